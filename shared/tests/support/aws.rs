//! A Secrets Manager that answers what it was told to, in order, at the level of HTTP: the SDK above
//! it is the real one.

use std::sync::Arc;

use tokio::io::{AsyncBufReadExt as _, AsyncReadExt as _, AsyncWriteExt as _, BufStream};
use tokio::net::TcpListener;
use tokio::sync::Mutex;

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
                    let head = format!(
                        "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {}\r\n\r\n",
                        body.len()
                    );
                    stream.write_all((head + &body).as_bytes()).await.unwrap();
                    stream.flush().await.unwrap();
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

async fn read_call(stream: &mut BufStream<tokio::net::TcpStream>) -> Option<(String, serde_json::Value)> {
    let (mut action, mut length) = (String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let Some((name, value)) = line.trim().split_once(": ") else {
            if line.trim().is_empty() {
                break;
            }
            continue;
        };
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => value.rsplit('.').next().unwrap().clone_into(&mut action),
            "content-length" => length = value.parse().unwrap(),
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    Some((action, serde_json::from_slice(&body).unwrap()))
}
