use serde_json::{Value, json};

use super::*;

const ARN: &str = "arn:aws:execute-api:us-east-1:123456789012:abc/prod/GET/c";
const DQOPS: &str = "/api/credentials";
const TILEDB: &str = "/v4/credentials";

fn event(json: &str) -> serde_json::Result<Event> {
    serde_json::from_str(json)
}

/// The id that the event's token claims.
fn id(resource: &str, headers: &str, multi: &str) -> Result<String, Denial> {
    let json = format!(
        r#"{{"methodArn":"{ARN}","resource":"{resource}","headers":{headers},"multiValueHeaders":{multi}}}"#
    );
    event(&json).unwrap().token.map(|token| token.id.as_str().to_owned())
}

#[test]
fn a_token_is_found_however_its_header_is_written() {
    for (headers, multi) in [
        (r#"{"Authorization":"Bearer a.b"}"#, r#"{"Authorization":["Bearer a.b"]}"#),
        (r#"{"Authorization":"Bearer a.b"}"#, "null"),
        ("null", r#"{"authorization":["Bearer a.b"]}"#),
        (r#"{"AUTHORIZATION":"Bearer a.b","authorization":"Bearer a.b"}"#, "{}"),
        (r#"{"Authorization":"Bearer\u0020a.b"}"#, r#"{"Authorization":["Bearer a.b","Bearer a.b"]}"#),
        (r#"{"authorization":null,"Authorization":"Bearer a.b"}"#, r#"{"Authorization":[null]}"#),
    ] {
        assert_eq!(id(DQOPS, headers, multi).unwrap(), "a", "{headers} {multi}");
    }
}

#[test]
fn without_a_header_there_is_no_token() {
    for (headers, multi) in [
        ("null", "null"),
        ("{}", "{}"),
        ("1", "\"Authorization\""),
        ("[]", "[[]]"),
        (r#"{"Authorization":null}"#, r#"{"Authorization":[]}"#),
        (r#"["Authorization","Bearer a.b"]"#, "false"),
        (r#"{"X-Authorization":"Bearer a.b"}"#, r#"{"Authorization ":["Bearer a.b"]}"#),
        (r#"{"X-TILEDB-REST-API-KEY":"a.b"}"#, r#"{"x-tiledb-rest-api-key":["a.b"]}"#),
    ] {
        assert_eq!(id(DQOPS, headers, multi), Err(Denial::NoToken), "{headers} {multi}");
    }
    assert_eq!(event(&format!(r#"{{"methodArn":"{ARN}"}}"#)).unwrap().token.err(), Some(Denial::NoToken));
}

#[test]
fn a_header_without_a_single_text_carries_no_token() {
    for (headers, multi) in [
        (r#"{"Authorization":1}"#, "null"),
        (r#"{"Authorization":["Bearer a.b"]}"#, "null"),
        (r#"{"Authorization":{"Bearer":"a.b"}}"#, "null"),
        (r#"{"Authorization":"\ud800"}"#, "null"),
        (r#"{"Authorization":"Bearer a.b\u0000"}"#, "null"),
        (r#"{"Authorization":"Bearer a.b","authorization":"Bearer c.d"}"#, "null"),
        (r#"{"Authorization":"Bearer a.b"}"#, r#"{"Authorization":["Bearer c.d","Bearer a.b"]}"#),
        (r#"{"Authorization":"Bearer a.b"}"#, r#"{"Authorization":"Bearer c.d"}"#),
        (r#"{"Authorization":"Bearer a.b"}"#, r#"{"Authorization":[{}]}"#),
    ] {
        assert_eq!(id(DQOPS, headers, multi), Err(Denial::MalformedToken), "{headers} {multi}");
    }
}

#[test]
fn tiledbs_header_decides_on_tiledbs_routes_and_counts_nowhere_else() {
    let both = r#"{"Authorization":"Bearer a.b","X-TILEDB-REST-API-KEY":"Bearer c.d"}"#;
    assert_eq!(id(DQOPS, both, "null").unwrap(), "a");
    assert_eq!(id(TILEDB, both, "null").unwrap(), "c");
    assert_eq!(id("/tiledb/v4/credentials/{workspace}", both, "null").unwrap(), "c");
    assert_eq!(id(TILEDB, r#"{"Authorization":"Bearer a.b"}"#, "null").unwrap(), "a");
    for wrong in [r#""""#, "1", r#""c""#, r#""c.d\n""#] {
        let headers = format!(r#"{{"Authorization":"Bearer a.b","X-TILEDB-REST-API-KEY":{wrong}}}"#);
        let token = id(TILEDB, &headers, "null");
        assert_eq!(token, Err(Denial::MalformedToken), "{wrong}");
    }
}

#[test]
fn the_request_id_is_the_gateways() {
    for (context, request_id) in [
        (json!({"requestId": "r1", "identity": {}}), Some("r1")),
        (json!({"requestId": 1}), None),
        (json!({}), None),
        (Value::Null, None),
    ] {
        let json = json!({"methodArn": ARN, "requestContext": context}).to_string();
        assert_eq!(event(&json).unwrap().request_id.as_deref(), request_id, "{json}");
    }
}

#[test]
fn any_other_event_is_rejected_and_not_repeated() {
    let deep = "[".repeat(100_000);
    for other in [
        r#"{"key1":"hunter2"}"#,
        r#""hunter2""#,
        r#"["hunter2"]"#,
        r#"{"methodArn":{"hunter2":1}}"#,
        r#"{"methodArn":"hunter2\ud800"}"#,
        r#"{"methodArn":"hunter2"#,
        &format!(r#"{{"hunter2":{deep}"#),
    ] {
        let error = event(other).err().unwrap().to_string();
        assert!(!error.contains("hunter2"), "{error}");
    }
    // Deep nesting elsewhere does no harm.
    let json = format!(r#"{{"methodArn":"{ARN}","hunter2":{deep}{}}}"#, deep.replace('[', "]"));
    assert!(event(&json).is_ok());
}
