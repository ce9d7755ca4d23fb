//! What an operation answers.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use lambda_http::{Body, http};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::store::Version;

/// An HTTP response. None may be kept by a cache.
#[derive(Debug)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Response {
    /// An answer without a body.
    pub fn empty(status: StatusCode) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { status, headers, body: Body::Empty }
    }

    /// An answer with a JSON body.
    ///
    /// # Errors
    /// [`Error::Internal`] where `body` is not JSON at all (a map with other keys than strings).
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        let text = serde_json::to_string(body)
            .map_err(|_| Error::internal("an answer cannot be written as JSON"))?;
        let mut response = Self::empty(status);
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.body = Body::Text(text);
        Ok(response)
    }

    /// An answer with bytes.
    pub fn bytes(status: StatusCode, body: Vec<u8>) -> Self {
        let mut response = Self::empty(status);
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        response.body = Body::Binary(body);
        response
    }

    /// Adds a header; one whose value HTTP cannot carry is left out.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.insert(name, value);
        }
        self
    }

    /// Adds the version as an `ETag`.
    #[must_use]
    pub fn etag(self, version: &Version) -> Self {
        let tag = format!("\"{}\"", version.as_str());
        self.header(ETAG, &tag)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// For a REST API: headers are multi-valued, and bytes are said to be base64.
impl From<Response> for ApiGatewayProxyResponse {
    fn from(response: Response) -> Self {
        let mut answer = Self::default();
        answer.status_code = response.status.as_u16().into();
        answer.multi_value_headers = response.headers;
        answer.is_base64_encoded = matches!(response.body, Body::Binary(_));
        answer.body = (!matches!(response.body, Body::Empty)).then_some(response.body);
        answer
    }
}
