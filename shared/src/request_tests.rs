use super::*;

/// An event of a REST API with this path parameter and these fields in its context.
fn rest(parameter: &str, context: &str) -> Event {
    let parameter = serde_json::to_string(parameter).unwrap();
    serde_json::from_str(&format!(
        r#"{{"resource":"/c/{{name}}","path":"/c/x","httpMethod":"GET","headers":{{"IF-match":"\"v1\", \"v2\""}},
            "pathParameters":{{"name":{parameter}}},"body":"eyJhIjoxfQ==","isBase64Encoded":true,
            "multiValueQueryStringParameters":{{"a":["1","2"],"b":[""]}},
            "requestContext":{{"resourcePath":"/c/{{name}}","identity":{{}},"requestId":"r1",{context}}}}}"#
    ))
    .unwrap()
}

fn request(event: Event, max_body: usize) -> Request {
    Request::new(event, String::new(), max_body).unwrap()
}

fn name(event: Event) -> String {
    request(event, 0).path_parameter("name").unwrap().to_owned()
}

const AWS: &str = r#""domainName":"x.execute-api.eu-west-1.amazonaws.com","path":"/prod/c/x""#;
const SAM_LOCAL: &str = r#""domainName":"127.0.0.1:3000","path":"/c/{name}""#;

#[test]
fn an_encoded_parameter_is_decoded_once() {
    assert_eq!(name(rest("a%20b%2541%C3%BC+", AWS)), "a b%41ü+");
    assert_eq!(name(rest("100%25", AWS)), "100%");
}

/// An event that others recorded from AWS: see the file's source.
fn recorded(title: &str) -> Event {
    let events: serde_json::Value =
        serde_json::from_str(include_str!("../../tests/fixtures/rest-api-events.json")).unwrap();
    serde_json::from_str(&events[title].to_string()).unwrap()
}

#[test]
fn an_event_that_aws_made_is_read() {
    let event = recorded("a path with an encoded character");
    assert!(event.body.is_empty() && event.query.is_empty() && event.caller().is_err());
    assert_eq!(event.headers["tEsT-HEADeR"], "aValUE");
    let request = request(event, 0);
    assert_eq!(request.path(), "/test-path/api/user/test%2Balias@gmail.com/plus/test+alias@gmail.com");
    let decoded = "test-path/api/user/test+alias@gmail.com/plus/test+alias@gmail.com";
    assert_eq!(request.path_parameter("proxy").unwrap(), decoded);
}

#[test]
fn a_decoded_parameter_is_left_alone() {
    assert_eq!(name(rest("a b%41ü+", SAM_LOCAL)), "a b%41ü+");
}

#[test]
fn a_parameter_that_is_not_utf8_stays_encoded() {
    assert_eq!(name(rest("%FF", AWS)), "%FF");
}

#[test]
fn queries_have_all_values_in_order() {
    let request = request(rest("x", AWS), 0);
    assert_eq!(request.parameters("a").collect::<Vec<_>>(), ["1", "2"]);
    assert_eq!(request.parameter("a").unwrap_err().to_string(), "a: is given more than once");
    let once = |name| request.parameter(name).unwrap().text();
    assert_eq!((once("b"), once("c")), (Some(""), None));
}

#[test]
fn bodies_are_decoded_and_limited() {
    assert_eq!(request(rest("x", AWS), 7).json::<serde_json::Value>().unwrap()["a"], 1);
    let too_large = request(rest("x", AWS), 6);
    assert!(matches!(too_large.json::<serde_json::Value>(), Err(Error::TooLarge { limit: 6, .. })));
}

#[test]
fn a_body_that_is_not_base64_is_rejected() {
    for body in ["{}", "eyJhIjoxfQ", "\u{fc}"] {
        let event = Event { body: body.to_owned(), ..rest("x", AWS) };
        assert!(matches!(Request::new(event, String::new(), 100), Err(Error::Malformed(_))), "{body}");
    }
}

#[test]
fn if_match_is_a_list_of_strong_tags() {
    let request = request(rest("x", AWS), 0);
    let expected = Precondition::Versions(vec![Version::new("v1"), Version::new("v2")]);
    assert_eq!(request.if_match().unwrap(), expected);
    assert!(expected.check(&Version::new("v2")).is_ok());
    assert!(matches!(expected.check(&Version::new("v3")), Err(Error::PreconditionFailed)));
}

#[test]
fn a_header_that_is_too_long_or_not_ascii_is_rejected() {
    for value in ["\u{fc}".to_owned(), "v".repeat(LONGEST_HEADER + 1)] {
        let headers = [("If-Match".to_owned(), value)].into();
        let request = request(Event { headers, ..rest("x", AWS) }, 0);
        assert!(matches!(request.if_match(), Err(Error::Malformed(_))));
    }
}

#[test]
fn a_client_knows_a_version_that_it_names() {
    let knows = |header: &str| {
        let mut event = rest("x", AWS);
        event.headers = [("IF-NONE-match".to_owned(), header.to_owned())].into();
        request(event, 0).knows(&Version::new("v1"))
    };
    let many = format!("{}\"v1\"", "\"other\", ".repeat(100));
    for known in ["\"v1\"", "\"v0\", \"v1\"", "\"v0\",\"v1\"", "W/\"v1\"", "*", " * ", &many] {
        assert!(knows(known), "{known}");
    }
    for other in ["", "v1", "\"v1", "\"v10\"", "\"V1\"", "w/\"v1\"", "W/v1", "\"*\"", "\"\"", "é"] {
        assert!(!knows(other), "{other}");
    }
    assert!(!request(rest("x", AWS), 0).knows(&Version::new("v1")), "If-Match is another header");
}
