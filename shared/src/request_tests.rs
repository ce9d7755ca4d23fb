use lambda_http::request::from_str;

use super::*;

/// An event of a REST API with this path parameter and these fields in its context.
fn rest(parameter: &str, context: &str) -> lambda_http::Request {
    let parameter = serde_json::to_string(parameter).unwrap();
    from_str(&format!(
        r#"{{"resource":"/c/{{name}}","path":"/c/x","httpMethod":"GET","headers":{{}},"multiValueHeaders":{{"If-Match":["\"v1\", \"v2\""]}},
            "pathParameters":{{"name":{parameter}}},"body":"eyJhIjoxfQ==","isBase64Encoded":true,
            "requestContext":{{"httpMethod":"GET","requestTimeEpoch":0,"resourcePath":"/c/{{name}}","identity":{{}},"requestId":"r1",{context}}}}}"#
    ))
    .unwrap()
}

fn name(request: lambda_http::Request) -> String {
    Request::new(request, String::new(), 100).path_parameter("name").unwrap().to_owned()
}

const AWS: &str = r#""domainName":"x.execute-api.eu-west-1.amazonaws.com","path":"/prod/c/x""#;
const MINISTACK: &str = r#""path":"/prod/c/x""#;
const SAM_LOCAL: &str = r#""domainName":"127.0.0.1:3000","path":"/c/{name}""#;

#[test]
fn an_encoded_parameter_is_decoded_once() {
    assert_eq!(name(rest("a%20b%2541%C3%BC+", AWS)), "a b%41ü+");
    assert_eq!(name(rest("100%25", AWS)), "100%");
}

#[test]
fn a_decoded_parameter_is_left_alone() {
    for request in [rest("a b%41ü+", MINISTACK), rest("a b%41ü+", SAM_LOCAL)] {
        assert_eq!(name(request), "a b%41ü+");
    }
}

#[test]
fn what_is_not_utf8_is_no_other_name() {
    assert_eq!(name(rest("%FF", AWS)), "%FF");
}

#[test]
fn callers_come_from_the_authorizer() {
    let context = r#""authorizer":{"principalId":"k","key_id":"k","grants":"[]"}"#;
    assert_eq!(caller(&rest("x", context)).unwrap().key_id(), "k");
}

#[test]
fn a_request_that_no_authorizer_saw_has_no_caller() {
    for context in [AWS, r#""authorizer":null"#, r#""authorizer":{}"#, r#""authorizer":{"key_id":"k"}"#] {
        assert!(matches!(caller(&rest("x", context)), Err(Error::Unauthenticated)), "{context}");
    }
}

#[test]
fn request_ids_are_the_gateways() {
    assert_eq!(request_id(&rest("x", AWS)), "r1");
}

#[test]
fn bodies_are_decoded_and_limited() {
    let request = Request::new(rest("x", AWS), String::new(), 7);
    assert_eq!(request.json::<serde_json::Value>().unwrap()["a"], 1);
    let request = Request::new(rest("x", AWS), String::new(), 6);
    assert!(matches!(request.json::<serde_json::Value>(), Err(Error::TooLarge { limit: 6, .. })));
}

#[test]
fn if_match_is_a_list_of_strong_tags() {
    let request = Request::new(rest("x", AWS), String::new(), 0);
    let expected = Precondition::Versions(vec![Version::new("v1"), Version::new("v2")]);
    assert_eq!(request.if_match().unwrap(), expected);
    assert!(expected.check(&Version::new("v2")).is_ok());
    assert!(matches!(expected.check(&Version::new("v3")), Err(Error::PreconditionFailed)));
}
