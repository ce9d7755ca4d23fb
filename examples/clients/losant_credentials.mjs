// Losant's application credentials: one for HTTP requests. Uses only what is built into Node and browsers, because
// npm's losant-rest does not support credentials yet.

const { LATCHKEY_URL, LATCHKEY_TOKEN } = process.env;
const credentials = "/applications/575ec8687ae143cd83dc4a97/credentials";

/** Returns the body of a response. Throws an error for an error response. */
async function call(method, path, body) {
  const response = await fetch(LATCHKEY_URL + path, {
    method,
    headers: { Authorization: `Bearer ${LATCHKEY_TOKEN}`, "Content-Type": "application/json" },
    body: body && JSON.stringify(body),
  });
  const content = await response.json();
  if (!response.ok) throw new Error(`${response.status} ${content.type}: ${content.message}`);
  return content;
}

const made = await call("POST", credentials, {
  name: "example webhook",
  type: "http",
  httpConfig: { uriMatch: "https://example.com/*", authMethod: "header", publicValue: "X-Key", secretValue: "s3cret" },
});
console.log(`created ${made.name}, without its secret: ${JSON.stringify(made.httpConfig)}`);

const one = `${credentials}/${made.id}`;
const { name } = await call("GET", one);
console.log(`read: ${name}`);

const { enabled } = await call("PATCH", one, { enabled: false });
console.log(`changed: enabled is ${enabled}`);

const filter = new URLSearchParams({ filterField: "name", filter: "example *" });
const { items } = await call("GET", `${credentials}?${filter}`);
for (const item of items) console.log(`listed: ${item.name} (${item.type})`);

await call("DELETE", one);
console.log("deleted it");
