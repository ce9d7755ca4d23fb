#![allow(clippy::unused_async)] // A handler is async even if it does not wait.

use std::sync::OnceLock;

use lambda_http::Context;
use lambda_http::http::{HeaderMap, StatusCode};

use super::*;
use crate::credential::Namespace;
use crate::store::Config;

struct Plain;

impl Api for Plain {
    const MAX_BODY_BYTES: usize = 10;

    fn error_response(error: &Error, request: &FailedRequest<'_>) -> Result<Response> {
        let status = match error {
            Error::Unauthenticated => StatusCode::UNAUTHORIZED,
            Error::Throttled => StatusCode::TOO_MANY_REQUESTS,
            _ => StatusCode::INTERNAL_SERVER_ERROR,
        };
        Response::json(status, &[error.outcome(), request.path, request.request_id])
    }
}

fn store() -> &'static Store {
    static STORE: OnceLock<Store> = OnceLock::new();
    STORE.get_or_init(|| {
        Store::new(Config {
            endpoint: Some("http://127.0.0.1:9".into()),
            ..Config::new("latchkey", "us-east-1")
        })
        .unwrap()
    })
}

fn event(authorizer: &str, body: &str) -> LambdaEvent<Event> {
    let event = serde_json::from_str(&format!(
        r#"{{"resource":"/c","path":"/c","httpMethod":"GET","headers":{{}},"body":"{body}","isBase64Encoded":true,
            "requestContext":{{"identity":{{}},"requestId":"{REQUEST_ID}","authorizer":{authorizer}}}}}"#
    ));
    LambdaEvent::new(event.unwrap(), Context::default())
}

const REQUEST_ID: &str = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef";
const CALLER: &str = r#"{"principalId":"k","key_id":"k","grants":"[]"}"#;

fn error_body(outcome: &str) -> String {
    format!(r#"["{outcome}","/c","{REQUEST_ID}"]"#)
}

async fn answer_with<F>(
    event: LambdaEvent<Event>,
    handle: fn(&'static Store, Caller, Request) -> F,
) -> (i64, String, HeaderMap)
where
    F: Future<Output = Result<Response>> + Send + 'static,
{
    let operation = Operation::new::<Plain, _, _, _>("test", store(), handle);
    let answer = ApiGatewayProxyResponse::from(operation.answer(event).await);
    let body = answer.body.map(|body| String::from_utf8(body.to_vec()).unwrap());
    (answer.status_code, body.unwrap_or_default(), answer.multi_value_headers)
}

#[tokio::test]
async fn a_request_without_a_caller_never_reaches_the_handler() {
    async fn handle(_: &Store, _: Caller, _: Request) -> Result<Response> {
        panic!("was called")
    }
    let (status, body, headers) = answer_with(event("null", ""), handle).await;
    assert_eq!((status, body), (401, error_body("unauthenticated")));
    assert_eq!(headers["www-authenticate"], "Bearer");
}

#[tokio::test]
async fn a_body_that_cannot_be_read_never_reaches_the_handler() {
    async fn handle(_: &Store, _: Caller, _: Request) -> Result<Response> {
        panic!("was called")
    }
    for (authorizer, answer) in
        [(CALLER, (500, error_body("malformed"))), ("null", (401, error_body("unauthenticated")))]
    {
        let (status, body, _) = answer_with(event(authorizer, "{}"), handle).await;
        assert_eq!((status, body), answer);
    }
}

#[test]
fn a_request_id_that_does_not_look_like_the_gateways_is_ignored() {
    let id_of =
        |id| log::Invocation::begins("test", "lambda's".to_owned()).of_request(id).request_id().to_owned();
    let chosen = |id: &str| id_of(Some(id.to_owned()));
    assert_eq!(chosen(REQUEST_ID), REQUEST_ID);
    let padded = format!("{REQUEST_ID} ");
    for id in [
        "",
        "r1",
        &padded,
        "hunter2hunter2hunter2hunter2hunter2h",
        "c6af9ac6-7b61-11e6-9a41-93e8deadbee\u{2028}",
    ] {
        assert_eq!(chosen(id), "lambda's", "{id}");
    }
    assert_eq!(id_of(None), "lambda's");
}

#[tokio::test]
async fn a_panic_becomes_an_error_response_and_the_next_request_works() {
    async fn handle(_: &Store, _: Caller, request: Request) -> Result<Response> {
        assert!(request.parameter("fine").unwrap().text().is_some(), "hunter2");
        Ok(Response::empty(StatusCode::OK))
    }
    for _ in 0..2 {
        let (status, body, _) = answer_with(event(CALLER, ""), handle).await;
        assert_eq!((status, body), (500, error_body("internal")));
    }
}

#[tokio::test]
async fn an_error_response_says_when_to_try_again() {
    async fn handle(_: &Store, _: Caller, _: Request) -> Result<Response> {
        Err(Error::Throttled)
    }
    let (status, _, headers) = answer_with(event(CALLER, ""), handle).await;
    assert_eq!(status, 429);
    assert_eq!(headers["retry-after"], "1");
    assert_eq!(headers["cache-control"], "no-store");
}

#[tokio::test]
async fn every_response_to_a_key_that_expires_soon_says_when() {
    async fn done(_: &Store, _: Caller, _: Request) -> Result<Response> {
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }
    async fn rejected(_: &Store, _: Caller, _: Request) -> Result<Response> {
        Err(Error::NotFound)
    }
    let soon = r#"{"key_id":"k","grants":"[]","key_expires":"2026-12-01T00:00:00Z"}"#;
    for headers in
        [answer_with(event(soon, ""), done).await.2, answer_with(event(soon, ""), rejected).await.2]
    {
        assert_eq!(headers["latchkey-key-expires"], "2026-12-01T00:00:00Z");
    }
    let (_, _, headers) = answer_with(event(CALLER, ""), done).await;
    assert!(!headers.contains_key("latchkey-key-expires"));
}

#[tokio::test]
async fn an_unreachable_store_is_unavailable() {
    async fn handle(store: &Store, caller: Caller, _: Request) -> Result<Response> {
        let scope = caller.enter(Namespace::new("x", ["n"]), &["edit"]);
        let grants = r#"[{"api":"x","namespaces":["n"],"permissions":["edit"]}]"#;
        assert!(matches!(scope, Err(Error::ForeignNamespace)));
        let caller = Caller::new("k", serde_json::from_str(grants).unwrap());
        let scope = caller.enter(Namespace::new("x", ["n"]), &["edit"])?;
        assert!(matches!(store.read(&scope, "c").await, Err(Error::Unavailable(_))));
        Ok(Response::empty(StatusCode::NO_CONTENT))
    }
    let (status, _, _) = answer_with(event(CALLER, ""), handle).await;
    assert_eq!(status, 204);
}

#[tokio::test(start_paused = true)]
async fn an_operation_that_takes_too_long_is_answered_in_time() {
    async fn handle(_: &Store, _: Caller, _: Request) -> Result<Response> {
        std::future::pending().await
    }
    let (status, body, headers) = answer_with(event(CALLER, ""), handle).await;
    assert_eq!((status, body), (500, error_body("unavailable")));
    assert_eq!(headers["retry-after"], "5");
}
