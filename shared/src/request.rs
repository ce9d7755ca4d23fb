//! A request as an operation sees it: parameters decoded once, the body limited and strictly read.

use http::HeaderMap;
use lambda_http::request::RequestContext;
use lambda_http::{Body, RequestExt as _, http};
use percent_encoding::percent_decode_str;
use serde::Deserialize;
use zeroize::Zeroizing;

use crate::caller::{CONTEXT_GRANTS, CONTEXT_KEY_ID, Caller};
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::json;
use crate::store::Version;

/// The most that `Idempotency-Key` and each `If-Match` may hold.
const LONGEST_HEADER: usize = 255;

/// An HTTP request, from a REST API.
pub struct Request {
    id: String,
    path: String,
    path_parameters: Vec<(String, String)>,
    query: Vec<(String, String)>,
    headers: HeaderMap,
    body: Zeroizing<Vec<u8>>,
    max_body: usize,
}

/// Which `If-Match` a write must honour.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// None was given.
    #[default]
    None,
    /// `*`: the credential must exist.
    Exists,
    /// The credential must be at one of these versions.
    Versions(Vec<Version>),
}

impl Precondition {
    /// # Errors
    /// [`Error::PreconditionFailed`] where the credential is at another version.
    pub fn check(&self, current: &Version) -> Result<()> {
        match self {
            Self::Versions(versions) if !versions.contains(current) => Err(Error::PreconditionFailed),
            _ => Ok(()),
        }
    }
}

impl Request {
    /// Takes over what `lambda_http` parsed. `max_body` is the API's limit in bytes.
    pub(crate) fn new(request: lambda_http::Request, id: String, max_body: usize) -> Self {
        let decoded = request.request_context_ref().is_some_and(has_decoded_path);
        let parameters = request.path_parameters();
        let path_parameters =
            parameters.iter().map(|(name, value)| (name.to_owned(), decode(value, decoded))).collect();
        let query = request.query_string_parameters();
        let query = query.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect();
        let path = request.raw_http_path().to_owned();
        let (parts, body) = request.into_parts();
        let body = match body {
            Body::Text(text) => text.into_bytes(),
            Body::Binary(bytes) => bytes,
            _ => Vec::new(),
        };
        Self {
            id,
            path,
            path_parameters,
            query,
            headers: parts.headers,
            body: Zeroizing::new(body),
            max_body,
        }
    }

    /// The id that the gateway gave this request; also in the log.
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The path as it was called, without the stage.
    pub fn path(&self) -> &str {
        &self.path
    }

    /// The path parameter `name`, decoded.
    ///
    /// # Errors
    /// [`Error::Internal`] where the template's route has no such parameter.
    pub fn path_parameter(&self, name: &str) -> Result<&str> {
        let found = self.path_parameters.iter().find(|(key, _)| key == name);
        let (_, value) =
            found.ok_or_else(|| Error::internal(format!("the route has no parameter {name}")))?;
        Ok(value)
    }

    /// The first value of the query parameter `name`.
    pub fn query(&self, name: &str) -> Option<&str> {
        self.query.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// All values of the query parameter `name`, in their order.
    pub fn query_all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.query.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// The body as a `T`.
    ///
    /// # Errors
    /// [`Error::TooLarge`] before anything is parsed; else as [`json::from_slice`].
    pub fn json<'a, T: Deserialize<'a>>(&'a self) -> Result<T> {
        if self.body.len() > self.max_body {
            return Err(Error::TooLarge { what: "The request body", limit: self.max_body });
        }
        json::from_slice(&self.body)
    }

    /// What `If-Match` asks for.
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

    /// The client's `Idempotency-Key`.
    ///
    /// # Errors
    /// [`Error::Malformed`] where it is too short to be unique, or too long.
    pub fn idempotency_key(&self) -> Result<Option<IdempotencyKey>> {
        self.header("idempotency-key")?.map(IdempotencyKey::parse).transpose()
    }

    fn header(&self, name: &'static str) -> Result<Option<&str>> {
        let Some(value) = self.headers.get(name) else { return Ok(None) };
        let text = value.to_str().ok().filter(|text| text.len() <= LONGEST_HEADER);
        text.map(Some).ok_or_else(|| Error::malformed(name, "is too long, or not ASCII"))
    }
}

/// Who is calling, as the authorizer put it into the request context.
///
/// # Errors
/// [`Error::Unauthenticated`] for a request that no authorizer has seen.
pub(crate) fn caller(request: &lambda_http::Request) -> Result<Caller> {
    let field = |name: &str| match request.request_context_ref()? {
        RequestContext::ApiGatewayV1(context) => context.authorizer.fields.get(name)?.as_str(),
        _ => None,
    };
    Caller::from_context(field(CONTEXT_KEY_ID), field(CONTEXT_GRANTS))
}

/// The id that the gateway gave a request.
pub(crate) fn request_id(request: &lambda_http::Request) -> String {
    let id = match request.request_context_ref() {
        Some(RequestContext::ApiGatewayV1(context)) => context.request_id.clone(),
        _ => None,
    };
    id.or_else(|| Some(request.lambda_context_ref()?.request_id.clone())).unwrap_or_default()
}

/// Whether path parameters arrive decoded. AWS hands them over as the client wrote them; its local
/// stand-ins decode them: MiniStack, whose context has no domain name, and SAM CLI, whose context has the
/// route in place of the path.
fn has_decoded_path(context: &RequestContext) -> bool {
    match context {
        RequestContext::ApiGatewayV1(context) => {
            context.domain_name.is_none() || context.path == context.resource_path
        }
        _ => true,
    }
}

/// A path parameter as the client meant it. What is not valid UTF-8 once decoded stays as it is: no
/// credential has such a name.
fn decode(value: &str, decoded: bool) -> String {
    if decoded {
        return value.to_owned();
    }
    match percent_decode_str(value).decode_utf8() {
        Ok(text) => text.into_owned(),
        Err(_) => value.to_owned(),
    }
}

#[cfg(test)]
#[path = "request_tests.rs"]
mod tests;
