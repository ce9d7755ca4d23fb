// DQOps' get as a Node function with the AWS SDK, and a Lambda runtime that does no more than it needs. AWS's own
// runtime does more, so a real Node function is slower than this one. See docs/decisions/cold-start.md.

import { Agent, request } from "node:http";
import { GetSecretValueCommand, SecretsManagerClient } from "@aws-sdk/client-secrets-manager";

// Outside the handler, as AWS advises: this runs once per cold start, before the CPU is limited.
const secretsManager = new SecretsManagerClient();
const prefix = process.env.LATCHKEY_PREFIX;

async function handler(event) {
  const grants = JSON.parse(event.requestContext.authorizer.grants);
  if (!grants.some(({ permissions }) => permissions.includes("*") || permissions.includes("edit"))) {
    return answer(403, { message: "forbidden" });
  }
  const name = event.pathParameters.credentialName;
  const secret = await secretsManager.send(new GetSecretValueCommand({ SecretId: `${prefix}/dqops/${name}` }));
  return answer(200, { credential_name: name, type: "text", text_value: secret.SecretString });
}

function answer(statusCode, body) {
  const headers = { "Content-Type": "application/json", "Cache-Control": "no-store" };
  return { statusCode, headers, body: JSON.stringify(body), isBase64Encoded: false };
}

const [host, port] = process.env.AWS_LAMBDA_RUNTIME_API.split(":");
const agent = new Agent({ keepAlive: true });

function call(method, path, body) {
  return new Promise((resolve, reject) => {
    const options = { agent, host, port, method, path: `/2018-06-01/runtime/invocation/${path}` };
    const outgoing = request(options, async (incoming) => {
      const chunks = [];
      for await (const chunk of incoming) chunks.push(chunk);
      resolve({ headers: incoming.headers, body: Buffer.concat(chunks).toString() });
    });
    outgoing.on("error", reject);
    outgoing.end(body);
  });
}

while (true) {
  const { headers, body } = await call("GET", "next");
  const result = JSON.stringify(await handler(JSON.parse(body)));
  await call("POST", `${headers["lambda-runtime-aws-request-id"]}/response`, result);
}
