//! A request as an operation sees it: its parameters are decoded once, its body is limited and strictly read.
//!
//! See docs/decisions/path-parameters.md.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::error::{Error, Fault, Result};
use crate::event::{self, Event};
use crate::idempotency::IdempotencyKey;
use crate::json;
use crate::query::Parameter;
use crate::store::{Precondition, Version};
use crate::wording;

/// The longest `Idempotency-Key`, and the longest `If-Match`.
const LONGEST_HEADER: usize = 255;

/// An HTTP request to a REST API.
pub struct Request {
    id: String,
    path: String,
    path_parameters: BTreeMap<String, String>,
    query: BTreeMap<String, Vec<String>>,
    headers: BTreeMap<String, String>,
    body: Zeroizing<Vec<u8>>,
    max_body: usize,
}

impl Request {
    /// The request in the gateway's event. `max_body` is the API's limit in bytes.
    ///
    /// # Errors
    /// [`Error::Malformed`] if the event says that the body is base64, and it is not.
    pub(crate) fn new(mut event: Event, id: String, max_body: usize) -> Result<Self> {
        // Decoding a second time would turn a name like `100%41` into another one.
        if !event.has_decoded_path() {
            for value in event.path_parameters.values_mut() {
                *value = decode(value);
            }
        }
        let Event { path, path_parameters, query, headers, body, is_base64_encoded, .. } = event;
        let mut body = Zeroizing::new(body.into_bytes());
        if is_base64_encoded {
            let bytes = STANDARD.decode(&body);
            body = Zeroizing::new(bytes.map_err(|_| Error::malformed("body", wording::NOT_BASE64))?);
        }
        Ok(Self { id, path, path_parameters, query, headers, body, max_body })
    }

    /// The request's id, as in the log.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The requested path, without the stage.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path parameter `name`, decoded.
    ///
    /// # Errors
    /// [`Error::Internal`] if the template's route has no such parameter.
    pub fn path_parameter(&self, name: &str) -> Result<&str> {
        let found = self.path_parameters.get(name).map(String::as_str);
        found.ok_or_else(|| Error::internal(format!("the route has no parameter {name}")))
    }

    /// The query parameter `name`, which can be given once.
    ///
    /// # Errors
    /// A fault if it is given more than once.
    pub fn parameter(&self, name: &'static str) -> Result<Parameter<'_>, Fault> {
        Parameter::new(name, self.parameters(name))
    }

    /// All values of the query parameter `name`, which can be repeated, in their order.
    pub fn parameters(&self, name: &str) -> impl Iterator<Item = &str> + use<'_> {
        self.query.get(name).into_iter().flatten().map(String::as_str)
    }

    /// The body as a `T`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] before anything is parsed; otherwise as [`json::parse`].
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        if self.body.len() > self.max_body {
            return Err(Error::TooLarge { what: "The request body", limit: self.max_body });
        }
        json::parse(&self.body)
    }

    /// What `If-Match` requires.
    ///
    /// # Errors
    /// [`Error::Malformed`] for anything but `*` or a list of strong ETags.
    pub fn if_match(&self) -> Result<Precondition> {
        let Some(value) = self.header("if-match")? else { return Ok(Precondition::None) };
        if value.trim() == "*" {
            return Ok(Precondition::Exists);
        }
        let tags = value.split(',').map(str::trim);
        let versions = tags.map(|tag| tag.strip_prefix('"')?.strip_suffix('"').map(Version::new));
        let versions: Option<Vec<_>> = versions.collect();
        versions
            .map(Precondition::Versions)
            .ok_or_else(|| Error::malformed("If-Match", "is neither * nor a list of ETags in double quotes"))
    }

    /// Whether `If-None-Match` says that the client has this version already. If it cannot be read, it says nothing: a
    /// complete response is always right.
    pub fn knows(&self, version: &Version) -> bool {
        let tags = event::header(&self.headers, "if-none-match").unwrap_or_default();
        // Compared weakly, because proxies that compress responses make their ETags weak.
        let is_known = |tag: &str| {
            let strong = tag.strip_prefix("W/").unwrap_or(tag);
            strong.strip_prefix('"').and_then(|tag| tag.strip_suffix('"')) == Some(version.as_str())
        };
        tags.split(',').map(str::trim).any(|tag| tag == "*" || is_known(tag))
    }

    /// The client's `Idempotency-Key`.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is too short to be unique, or too long.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey>> {
        self.header("idempotency-key")?.map(IdempotencyKey::parse).transpose()
    }

    fn header(&self, name: &'static str) -> Result<Option<&str>> {
        let Some(value) = event::header(&self.headers, name) else { return Ok(None) };
        if value.len() > LONGEST_HEADER || !value.is_ascii() {
            return Err(Error::malformed(name, "is too long, or not ASCII"));
        }
        Ok(Some(value))
    }
}

/// A path parameter, decoded. If the result is not valid UTF-8, the text stays as it is: every credential's name is
/// UTF-8.
fn decode(value: &str) -> String {
    match percent_decode_str(value).decode_utf8() {
        Ok(text) => text.into_owned(),
        Err(_) => value.to_owned(),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
