//! HTTP/1.1 over a connection that stays open.

use std::io::{BufRead as _, BufReader, Read, Write};

use anyhow::{Context as _, Result, ensure};

/// An open connection.
pub(crate) struct Connection<S>(BufReader<S>);

/// A response, with its head as it was received.
pub(crate) struct Response {
    pub(crate) head: String,
    pub(crate) body: Vec<u8>,
}

impl<S: Read + Write> Connection<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self(BufReader::new(stream))
    }

    /// Sends a whole request and reads the response.
    pub(crate) fn exchange(&mut self, request: &str) -> Result<Response> {
        self.0.get_mut().write_all(request.as_bytes())?;
        self.0.get_mut().flush()?;
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            ensure!(self.0.read_line(&mut head)? > 0, "the connection ended");
        }
        ensure!(head.starts_with("HTTP/1.1 20"), "rejected: {head}");
        let length = header(&head, "content-length").context("an answer without a length")?;
        let mut body = vec![0; length.parse()?];
        self.0.read_exact(&mut body)?;
        Ok(Response { head, body })
    }
}

/// The value of a header.
pub(crate) fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    let mut lines = head.lines().filter_map(|line| line.split_once(':'));
    lines.find(|(found, _)| found.eq_ignore_ascii_case(name)).map(|(_, value)| value.trim())
}
