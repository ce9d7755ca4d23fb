//! Helpers for the tests of this crate: access keys in a Secrets Manager, and the function as Lambda runs it.

#![allow(dead_code)] // Each test binary uses its own part.

use std::process::Stdio;
use std::sync::Arc;

use latchkey::store::{Config, Store};
use latchkey_stand_in::{SecretsManager, wire};
use serde_json::{Value, json};
use tokio::io::{AsyncRead, AsyncReadExt as _, BufStream};
use tokio::net::{TcpListener, TcpStream};
use tokio::process::{Child, Command};
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinHandle;

pub(crate) const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/c";
pub(crate) const REQUEST_ID: &str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef";
const GRANTS: &str = r#"[{"api":"dqops","namespaces":["*"],"permissions":["edit"]}]"#;

/// A store that uses the Secrets Manager at `endpoint`.
pub(crate) fn store(endpoint: &str) -> Store {
    Store::new(Config { endpoint: Some(endpoint.into()), ..Config::new("latchkey", "us-east-1") }).unwrap()
}

/// A secret of 64 characters that begins with `begin`.
pub(crate) fn secret(begin: &str) -> String {
    format!("{begin:0<64}")
}

/// The value of a key.
pub(crate) fn key(secret: &str) -> String {
    format!(r#"{{"secret":"{secret}","grants":{GRANTS}}}"#)
}

/// Creates a key.
pub(crate) fn create(sm: &SecretsManager, id: &str, value: &str) {
    let name = format!("latchkey/keys/{id}");
    let create = json!({"Name": name, "SecretString": value, "ClientRequestToken": token()});
    sm.call("CreateSecret", create).unwrap();
}

/// Writes a new version of a key.
pub(crate) fn rotate(sm: &SecretsManager, id: &str, value: &str) {
    let name = format!("latchkey/keys/{id}");
    let put = json!({"SecretId": name, "SecretString": value, "ClientRequestToken": token()});
    sm.call("PutSecretValue", put).unwrap();
}

fn token() -> String {
    format!("{:032x}", fastrand::u128(..))
}

/// The event of a request to DQOps.
pub(crate) fn event(authorization: &str) -> String {
    event_with(&json!({ "Authorization": authorization }).to_string())
}

/// The same with other headers, as JSON.
pub(crate) fn event_with(headers: &str) -> String {
    format!(
        r#"{{"type":"REQUEST","methodArn":"{ARN}","resource":"/api/credentials","headers":{headers},
            "requestContext":{{"requestId":"{REQUEST_ID}"}}}}"#
    )
}

/// What the function returned for an event.
#[derive(Debug)]
pub(crate) enum Outcome {
    Answer(Value),
    Error(Value),
}

impl Outcome {
    /// `Allow` or `Deny`.
    pub(crate) fn effect(&self) -> &str {
        match self {
            Self::Answer(answer) => answer["policyDocument"]["Statement"][0]["Effect"].as_str().unwrap(),
            Self::Error(error) => panic!("{error}"),
        }
    }
}

/// The authorizer's process, and Lambda's Runtime API, from which it gets its events.
pub(crate) struct Function {
    child: Child,
    output: [JoinHandle<String>; 2],
    events: mpsc::UnboundedSender<String>,
    outcomes: mpsc::UnboundedReceiver<Outcome>,
}

impl Function {
    /// Starts it with the Secrets Manager at `endpoint`.
    pub(crate) async fn start(endpoint: &str) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let mut child = Command::new(env!("CARGO_BIN_EXE_authorizer"))
            .env_clear()
            .env("AWS_LAMBDA_RUNTIME_API", listener.local_addr().unwrap().to_string())
            .envs([
                ("AWS_ACCESS_KEY_ID", "test"),
                ("AWS_SECRET_ACCESS_KEY", "test"),
                ("AWS_REGION", "us-east-1"),
                ("AWS_ENDPOINT_URL_SECRETS_MANAGER", endpoint),
                ("AWS_LAMBDA_FUNCTION_NAME", "authorizer"),
                ("AWS_LAMBDA_FUNCTION_MEMORY_SIZE", "128"),
                ("AWS_LAMBDA_FUNCTION_VERSION", "$LATEST"),
                ("LATCHKEY_PREFIX", "latchkey"),
                ("RUST_BACKTRACE", "full"),
            ])
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .unwrap();
        let output = [read(child.stdout.take().unwrap()), read(child.stderr.take().unwrap())];
        let (events, handed_over) = mpsc::unbounded_channel();
        let (reports, outcomes) = mpsc::unbounded_channel();
        let handed_over = Arc::new(Mutex::new(handed_over));
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::spawn(serve(stream, Arc::clone(&handed_over), reports.clone()));
            }
        });
        Self { child, output, events, outcomes }
    }

    /// Sends it an event, and waits for the outcome.
    pub(crate) async fn ask(&mut self, event: String) -> Outcome {
        self.events.send(event).unwrap();
        self.outcomes.recv().await.unwrap()
    }

    /// Stops it, and returns everything that it wrote to stdout and stderr.
    pub(crate) async fn end(mut self) -> String {
        self.child.kill().await.unwrap();
        let [stdout, stderr] = self.output;
        stdout.await.unwrap() + &stderr.await.unwrap()
    }
}

fn read(mut pipe: impl AsyncRead + Send + Unpin + 'static) -> JoinHandle<String> {
    tokio::spawn(async move {
        let mut bytes = Vec::new();
        pipe.read_to_end(&mut bytes).await.unwrap();
        String::from_utf8(bytes).unwrap()
    })
}

async fn serve(
    stream: TcpStream,
    events: Arc<Mutex<mpsc::UnboundedReceiver<String>>>,
    outcomes: mpsc::UnboundedSender<Outcome>,
) {
    const NEXT: &str = "Lambda-Runtime-Aws-Request-Id: lambda-1\r\nLambda-Runtime-Deadline-Ms: 9999999999999\r\n\
        Lambda-Runtime-Invoked-Function-Arn: arn:aws:lambda:us-east-1:123456789012:function:authorizer\r\n";
    stream.set_nodelay(true).unwrap();
    let mut stream = BufStream::new(stream);
    while let Some(request) = wire::read(&mut stream).await {
        let answered = match request.path.rsplit('/').next() {
            Some("next") => {
                let Some(event) = events.lock().await.recv().await else { return };
                wire::answer_with(&mut stream, 200, NEXT, &event).await
            }
            Some(kind @ ("response" | "error")) => {
                let body = request.parameters.expect("it answers JSON");
                let outcome = if kind == "error" { Outcome::Error(body) } else { Outcome::Answer(body) };
                // Fails if the test has ended already.
                let _ = outcomes.send(outcome);
                wire::answer(&mut stream, 202, "{}").await
            }
            _ => panic!("Lambda has no {}", request.path),
        };
        if answered.is_err() {
            return;
        }
    }
}
