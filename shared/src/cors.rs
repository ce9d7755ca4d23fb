//! Which web pages may call: CORS. A browser passes a response to a page of another origin only if the response allows
//! it.
//!
//! A page sends an access key in a header that it sets itself, and never in a cookie. So an allowed origin lets nobody
//! in: it only lets a page that has a key use it.
//!
//! Source: <https://fetch.spec.whatwg.org/#http-cors-protocol>
//!
//! See docs/decisions/web-pages.md.

use std::env;

use http::StatusCode;
use http::header::{
    ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
    ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, VARY,
};
use lambda_http::http;

use crate::response::Response;

/// Stands for all origins.
const ANY: &str = "*";
/// The methods of all routes.
const METHODS: &str = "DELETE, GET, PATCH, POST, PUT";
/// The response headers that a page may read, besides those that any page may.
const EXPOSED: &str = "Content-Disposition, ETag, Latchkey-Key-Expires, Location, Retry-After";
/// How long a browser caches the response to a preflight, in seconds: the longest that any browser does.
const MAX_AGE: &str = "7200";
/// The longest list of headers that a preflight may ask for, in bytes.
const LONGEST_LIST: usize = 1_024;

/// The origins whose pages may call.
#[derive(Debug)]
pub(crate) struct AllowedOrigins(String);

impl AllowedOrigins {
    /// The origins in `LATCHKEY_ALLOWED_ORIGINS`, separated by commas; none if that is not set.
    pub(crate) fn from_env() -> Self {
        Self(env::var("LATCHKEY_ALLOWED_ORIGINS").unwrap_or_default())
    }

    /// The origin to allow in a response to a page of `origin`: that one, or `*`. `None` if the page may not call.
    pub(crate) fn allow(&self, origin: Option<&str>) -> Option<&str> {
        let origin = origin.filter(|origin| !origin.is_empty())?;
        self.0.split(',').find(|allowed| *allowed == ANY || *allowed == origin)
    }
}

/// Lets a page of the `allowed` origin read a response.
pub(crate) fn expose(response: Response, allowed: &str) -> Response {
    let response = response.header(ACCESS_CONTROL_EXPOSE_HEADERS, EXPOSED);
    for_origin(response, allowed)
}

/// The response to a preflight, with which a browser asks whether a page of the `allowed` origin may call with the
/// headers `asked`.
pub fn preflight(allowed: Option<&str>, asked: Option<&str>) -> Response {
    let response = Response::empty(StatusCode::NO_CONTENT);
    let Some(allowed) = allowed else { return response };
    let response =
        response.header(ACCESS_CONTROL_ALLOW_METHODS, METHODS).header(ACCESS_CONTROL_MAX_AGE, MAX_AGE);
    // Any header is allowed, because clients have some of their own, and `*` does not include `Authorization`.
    let response = match asked.filter(|list| is_list_of_headers(list)) {
        Some(list) => response.header(ACCESS_CONTROL_ALLOW_HEADERS, list),
        None => response,
    };
    for_origin(response, allowed)
}

fn for_origin(response: Response, allowed: &str) -> Response {
    // A cache must not return a response to a page of another origin.
    response.header(ACCESS_CONTROL_ALLOW_ORIGIN, allowed).header(VARY, "Origin")
}

/// Whether `list` holds names of headers, separated by commas, and no more than a browser sends.
fn is_list_of_headers(list: &str) -> bool {
    let is_name = |name: &str| http::HeaderName::try_from(name.trim()).is_ok();
    list.len() <= LONGEST_LIST && list.split(',').all(is_name)
}

#[cfg(test)]
mod tests {
    use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;

    use super::*;

    const PAGE: Option<&str> = Some("https://app.example.com");

    fn origins(list: &str) -> AllowedOrigins {
        AllowedOrigins(list.to_owned())
    }

    fn headers(response: Response) -> Vec<(String, String)> {
        let headers = ApiGatewayProxyResponse::from(response).multi_value_headers;
        let text = |value: &http::HeaderValue| value.to_str().unwrap().to_owned();
        headers.iter().map(|(name, value)| (name.to_string(), text(value))).collect()
    }

    fn header(response: Response, name: &str) -> Option<String> {
        headers(response).into_iter().find(|(found, _)| found == name).map(|(_, value)| value)
    }

    #[test]
    fn only_an_origin_on_the_list_may_call() {
        let two = origins("http://localhost:8080,https://app.example.com");
        assert_eq!(two.allow(PAGE), PAGE);
        assert_eq!(two.allow(Some("http://localhost:8080")), Some("http://localhost:8080"));
        for other in [
            "https://app.example.com:8443",
            "http://app.example.com",
            "https://app.example.com.evil.example",
            "https://APP.example.com",
            "http://localhost:8080,https://app.example.com",
            "http://localhost",
            "null",
            "*",
            ",",
            "",
        ] {
            assert_eq!(two.allow(Some(other)), None, "{other}");
        }
        assert_eq!(two.allow(None), None);
    }

    #[test]
    fn without_a_list_nobody_may_call_and_with_a_star_everybody() {
        for origin in ["https://app.example.com", "null", "", "*"] {
            assert_eq!(origins("").allow(Some(origin)), None, "{origin}");
        }
        assert_eq!(origins("*").allow(PAGE), Some("*"));
        assert_eq!(origins("*").allow(Some("null")), Some("*"));
        assert_eq!(origins("*").allow(None), None, "no page calls");
    }

    #[test]
    fn a_preflight_allows_what_it_asks_for() {
        let answer = |asked| header(preflight(PAGE, asked), "access-control-allow-headers");
        for asked in ["authorization", "authorization,content-type", "X-TILEDB-REST-API-KEY, if-match"] {
            assert_eq!(answer(Some(asked)).as_deref(), Some(asked));
        }
        for odd in ["", ",", "a b", "a:b", "a,,b", "é", &"x".repeat(1_025)] {
            assert_eq!(answer(Some(odd)), None, "{odd}");
        }
        assert_eq!(header(preflight(PAGE, None), "access-control-allow-origin").as_deref(), PAGE);
    }

    #[test]
    fn a_page_that_may_not_call_is_told_nothing() {
        let answered = headers(preflight(None, Some("authorization")));
        assert_eq!(answered, [("cache-control".to_owned(), "no-store".to_owned())]);
    }

    #[test]
    fn a_page_may_read_our_own_headers() {
        let answer = expose(Response::empty(StatusCode::OK), "https://app.example.com");
        assert_eq!(header(answer, "access-control-expose-headers").as_deref(), Some(EXPOSED));
    }
}
