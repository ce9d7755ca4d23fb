//! A Secrets Manager that answers what it was told to, in order, at the level of HTTP: the SDK above
//! it is the real one.

#[path = "wire.rs"]
mod wire;

use std::sync::Arc;

use tokio::io::BufStream;
use tokio::net::TcpListener;
use tokio::sync::Mutex;
use wire::{answer, read_call};

/// A call that is expected next, and the status and body to answer.
pub(crate) type Exchange = (&'static str, u16, String);

/// The server, for as long as the test runs.
pub(crate) struct Recorded {
    pub(crate) endpoint: String,
    calls: Arc<Mutex<Vec<(String, serde_json::Value)>>>,
}

impl Recorded {
    pub(crate) async fn start(exchanges: Vec<Exchange>) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let endpoint = format!("http://{}", listener.local_addr().unwrap());
        let calls = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&calls);
        tokio::spawn(async move {
            let mut exchanges = exchanges.into_iter();
            while let Ok((stream, _)) = listener.accept().await {
                let mut stream = BufStream::new(stream);
                while let Some((action, parameters)) = read_call(&mut stream).await {
                    seen.lock().await.push((action.clone(), parameters));
                    let (status, body) = match exchanges.next() {
                        Some((expected, status, body)) if expected == action => (status, body),
                        other => (400, error("UnexpectedCall", &format!("{action} instead of {other:?}"))),
                    };
                    answer(&mut stream, status, &body).await.unwrap();
                }
            }
        });
        Self { endpoint, calls }
    }

    /// The calls made so far, each with its parameters.
    pub(crate) async fn calls(&self) -> Vec<(String, serde_json::Value)> {
        self.calls.lock().await.clone()
    }
}

/// The body of an error.
pub(crate) fn error(code: &str, message: &str) -> String {
    serde_json::json!({"__type": code, "message": message}).to_string()
}
