//! The response of an operation.

use http::header::{CACHE_CONTROL, CONTENT_TYPE, ETAG, HeaderName};
use http::{HeaderMap, HeaderValue, StatusCode};
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use lambda_http::{Body, http};
use serde::Serialize;

use crate::error::{Error, Result};
use crate::limits::ANSWER_BYTES;
use crate::request::Request;
use crate::store::Version;

/// The largest list, in bytes of Lambda's response, with room for the headers.
const LONGEST_LIST: usize = ANSWER_BYTES - 16 * 1_024;

/// An HTTP response. No cache may store it.
#[derive(Debug)]
pub struct Response {
    status: StatusCode,
    headers: HeaderMap,
    body: Body,
}

impl Response {
    /// A response without a body.
    pub fn empty(status: StatusCode) -> Self {
        let mut headers = HeaderMap::new();
        headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
        Self { status, headers, body: Body::Empty }
    }

    /// A response with a JSON body.
    ///
    /// # Errors
    /// [`Error::Internal`] if `body` is not JSON at all (a map whose keys are not strings).
    pub fn json(status: StatusCode, body: &impl Serialize) -> Result<Self> {
        let text = serde_json::to_string(body)
            .map_err(|_| Error::internal("an answer cannot be written as JSON"))?;
        let mut response = Self::empty(status);
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
        response.body = Body::Text(text);
        Ok(response)
    }

    /// A response with bytes.
    pub fn bytes(status: StatusCode, body: Vec<u8>) -> Self {
        Self::file(status, Body::Binary(body))
    }

    /// A response with a text that is a file of its own. It is not sent as bytes, because a client without an `Accept`
    /// would get those from API Gateway as base64.
    pub fn text(status: StatusCode, body: &str) -> Self {
        Self::file(status, Body::Text(body.to_owned()))
    }

    fn file(status: StatusCode, body: Body) -> Self {
        let mut response = Self::empty(status);
        response.headers.insert(CONTENT_TYPE, HeaderValue::from_static("application/octet-stream"));
        response.body = body;
        response
    }

    /// A response with a JSON list, which must not be larger than Lambda can return. `instead` says what to do if it
    /// is.
    ///
    /// # Errors
    /// [`Error::ListTooLarge`]; otherwise as [`Response::json`].
    pub fn list(body: &impl Serialize, instead: &'static str) -> Result<Self> {
        let response = Self::json(StatusCode::OK, body)?;
        let Body::Text(text) = &response.body else { return Ok(response) };
        limit_list(size_in_answer(text), instead)?;
        Ok(response)
    }

    /// Adds a header, unless HTTP cannot carry its value.
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

    /// Adds the version as an `ETag`. If the client of `request` has the version already, the response is a 304 without
    /// the body. Only for a response that depends on nothing but the version.
    #[must_use]
    pub fn or_not_modified(self, request: &Request, version: &Version) -> Self {
        let response = if request.knows(version) { Self::empty(StatusCode::NOT_MODIFIED) } else { self };
        response.etag(version)
    }

    /// The status.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

/// How many bytes a JSON text takes in Lambda's response, which is itself JSON: a quote becomes two bytes there.
pub fn size_in_answer(json: &str) -> usize {
    json.len() + json.bytes().filter(|byte| matches!(byte, b'"' | b'\\')).count()
}

/// Rejects a list of `size` bytes if Lambda would not return it.
///
/// # Errors
/// [`Error::ListTooLarge`].
pub fn limit_list(size: usize, instead: &'static str) -> Result<()> {
    if size > LONGEST_LIST {
        return Err(Error::ListTooLarge { limit: LONGEST_LIST, instead });
    }
    Ok(())
}

/// For a REST API: headers have several values, and bytes are marked as base64.
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

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(response: Response) -> String {
        serde_json::to_string(&ApiGatewayProxyResponse::from(response)).unwrap()
    }

    #[test]
    fn a_list_can_be_as_large_as_lambda_allows() {
        // Each name has two quotes, which are four bytes in the response, and a comma.
        let largest = vec!["n".repeat(95); (LONGEST_LIST - 2) / 100];
        let response = Response::list(&largest, "Ask for less.").unwrap();
        let size = answer(response.header(ETAG, &"e".repeat(8 * 1_024))).len();
        assert!(size <= ANSWER_BYTES && size > ANSWER_BYTES - 16 * 1_024, "{size}");

        let one_more = vec!["n".repeat(95); largest.len() + 1];
        let rejected = Response::list(&one_more, "Ask for less.").unwrap_err();
        assert_eq!(
            rejected.to_string(),
            "The list is larger than 6275072 bytes, the most that AWS Lambda answers. Ask for less."
        );
    }

    #[test]
    fn quotes_and_backslashes_count_twice() {
        let names = vec!["\\\"".repeat(LONGEST_LIST / 8 - 10)];
        assert!(Response::list(&names, "").is_ok());
        assert!(Response::list(&[&*names[0], &"n".repeat(1_000)], "").is_err());
    }

    #[test]
    fn a_text_is_not_sent_as_base64() {
        let answer: serde_json::Value =
            serde_json::from_str(&answer(Response::text(StatusCode::OK, "Hell\u{0}ö"))).unwrap();
        assert_eq!((&answer["body"], &answer["isBase64Encoded"]), (&"Hell\u{0}ö".into(), &false.into()));
        assert_eq!(answer["multiValueHeaders"]["content-type"][0], "application/octet-stream");
    }
}
