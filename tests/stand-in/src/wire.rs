//! Calls and answers in HTTP. Tests that answer calls themselves use this, too.

use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufStream,
};

/// A request.
#[derive(Debug)]
pub struct Request {
    /// The path of the request.
    pub path: String,
    /// The action; empty if there is no target.
    pub action: String,
    /// The body; `None` if it is not JSON.
    pub parameters: Option<Value>,
}

/// Reads the next request; `None` at the end of the connection.
pub async fn read(stream: &mut BufStream<impl AsyncRead + AsyncWrite + Unpin>) -> Option<Request> {
    let (mut path, mut action, mut length) = (None, String::new(), 0);
    loop {
        let mut line = String::new();
        if stream.read_line(&mut line).await.ok()? == 0 {
            return None;
        }
        let line = line.trim();
        if line.is_empty() {
            break;
        }
        if path.is_none() {
            path = Some(line.split(' ').nth(1)?.to_owned());
            continue;
        }
        let Some((name, value)) = line.split_once(':') else { continue };
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "x-amz-target" => value.rsplit('.').next().unwrap_or(value).clone_into(&mut action),
            "content-length" => length = value.parse().ok()?,
            _ => {}
        }
    }
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await.ok()?;
    let parameters = if body.is_empty() { Some(Value::Null) } else { serde_json::from_slice(&body).ok() };
    Some(Request { path: path?, action, parameters })
}

/// Answers a request.
///
/// # Errors
/// If nobody reads the answer any more.
pub async fn answer(
    stream: &mut BufStream<impl AsyncRead + AsyncWrite + Unpin>,
    status: u16,
    body: &str,
) -> std::io::Result<()> {
    answer_with(stream, status, "", body).await
}

/// Answers a request with more headers, each with its end of line.
///
/// # Errors
/// If nobody reads the answer any more.
pub async fn answer_with(
    stream: &mut BufStream<impl AsyncRead + AsyncWrite + Unpin>,
    status: u16,
    headers: &str,
    body: &str,
) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\n{headers}\r\n"
    );
    stream.write_all((head + body).as_bytes()).await?;
    stream.flush().await
}
