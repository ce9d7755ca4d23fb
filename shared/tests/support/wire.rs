//! Secrets Manager's calls and answers, as HTTP carries them.

use serde_json::Value;
use tokio::io::{
    AsyncBufReadExt as _, AsyncRead, AsyncReadExt as _, AsyncWrite, AsyncWriteExt as _, BufStream,
};

/// The next call, with its parameters; `None` at the end of the connection.
pub(crate) async fn read_call(
    stream: &mut BufStream<impl AsyncRead + AsyncWrite + Unpin>,
) -> Option<(String, Value)> {
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

/// Answers a call.
pub(crate) async fn answer(
    stream: &mut BufStream<impl AsyncRead + AsyncWrite + Unpin>,
    status: u16,
    body: &str,
) -> std::io::Result<()> {
    let length = body.len();
    let head = format!(
        "HTTP/1.1 {status} X\r\nContent-Type: application/x-amz-json-1.1\r\nContent-Length: {length}\r\n\r\n"
    );
    stream.write_all((head + body).as_bytes()).await?;
    stream.flush().await
}
