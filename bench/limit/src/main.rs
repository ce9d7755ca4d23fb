//! The least that DQOps' get can cost in a Lambda function: an event loop, one TLS connection that is opened before
//! the first event, a signature and one call. All of it is written by hand, without queues, timeouts, retries or a log.
//!
//! It is not for deployment: it exits at anything that it does not expect. `make bench` shows how far the functions
//! are from it. See `docs/decisions/cold-start.md`.

mod http;
mod signature;

use std::env;
use std::net::TcpStream;
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde::Deserialize;
use serde_json::value::RawValue;

use http::{Connection, Response};
use signature::Signer;

const INVOCATION: &str = "/2018-06-01/runtime/invocation";
const REQUEST_ID: &str = "lambda-runtime-aws-request-id";

/// The part of the gateway's event that is needed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Event {
    path_parameters: PathParameters,
    request_context: RequestContext,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct PathParameters {
    credential_name: String,
}

#[derive(Deserialize)]
struct RequestContext {
    authorizer: Authorizer,
}

#[derive(Deserialize)]
struct Authorizer {
    grants: String,
}

#[derive(Deserialize)]
struct Grant {
    permissions: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct Secret<'a> {
    #[serde(borrow)]
    secret_string: &'a RawValue,
    #[serde(borrow)]
    version_id: &'a RawValue,
}

fn main() -> Result<()> {
    let runtime_api = env::var("AWS_LAMBDA_RUNTIME_API")?;
    let mut secrets_manager = SecretsManager::open()?;
    let mut api = Connection::new(connect(&runtime_api)?);
    let next = format!("GET {INVOCATION}/next HTTP/1.1\r\nhost: {runtime_api}\r\n\r\n");
    loop {
        let Response { head, body } = api.exchange(&next)?;
        let id = http::header(&head, REQUEST_ID).context("an event without an id")?;
        let answer = secrets_manager.answer(&serde_json::from_slice(&body)?)?;
        api.exchange(&format!(
            "POST {INVOCATION}/{id}/response HTTP/1.1\r\nhost: {runtime_api}\r\ncontent-type: application/json\r\ncontent-length: {}\r\n\r\n{answer}",
            answer.len()
        ))?;
    }
}

/// Secrets Manager, over the connection that was opened at the start.
struct SecretsManager {
    connection: Connection<StreamOwned<ClientConnection, TcpStream>>,
    signer: Signer,
    prefix: String,
}

impl SecretsManager {
    /// Opens the connection and completes the TLS handshake.
    fn open() -> Result<Self> {
        let url = env::var("AWS_ENDPOINT_URL_SECRETS_MANAGER")?;
        let authority = url.strip_prefix("https://").context("no https")?.trim_end_matches('/');
        let (host, _) = authority.rsplit_once(':').context("no port")?;
        let mut roots = RootCertStore::empty();
        for certificate in CertificateDer::pem_file_iter(env::var("AWS_CA_BUNDLE")?)? {
            roots.add(certificate?)?;
        }
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ClientConfig::builder_with_provider(provider).with_safe_default_protocol_versions()?;
        let config = config.with_root_certificates(roots).with_no_client_auth();
        let mut tls = ClientConnection::new(Arc::new(config), ServerName::try_from(host.to_owned())?)?;
        let mut stream = connect(authority)?;
        tls.complete_io(&mut stream)?;
        Ok(Self {
            connection: Connection::new(StreamOwned::new(tls, stream)),
            signer: Signer::new(authority)?,
            prefix: env::var("LATCHKEY_PREFIX")?,
        })
    }

    /// The response for the gateway.
    fn answer(&mut self, event: &Event) -> Result<String> {
        let grants: Vec<Grant> = serde_json::from_str(&event.request_context.authorizer.grants)?;
        let may = |grant: &Grant| grant.permissions.iter().any(|name| name == "*" || name == "edit");
        ensure!(grants.iter().any(may), "forbidden");
        let name = &event.path_parameters.credential_name;
        let body = serde_json::json!({ "SecretId": format!("{}/dqops/{name}", self.prefix) }).to_string();
        let Response { body, .. } =
            self.connection.exchange(&self.signer.request("secretsmanager.GetSecretValue", &body)?)?;
        let secret: Secret<'_> = serde_json::from_slice(&body)?;
        let body = format!(
            r#"{{"credential_name":{},"type":"text","text_value":{}}}"#,
            serde_json::to_string(name)?,
            secret.secret_string.get()
        );
        let etag = serde_json::to_string(secret.version_id.get())?;
        Ok(format!(
            r#"{{"statusCode":200,"multiValueHeaders":{{"content-type":["application/json"],"cache-control":["no-store"],"etag":[{etag}]}},"body":{},"isBase64Encoded":false}}"#,
            serde_json::to_string(&body)?
        ))
    }
}

fn connect(authority: &str) -> Result<TcpStream> {
    let stream = TcpStream::connect(authority)?;
    stream.set_nodelay(true)?;
    Ok(stream)
}
