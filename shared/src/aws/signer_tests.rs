use std::time::Duration;

use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningSettings, sign};
use aws_sigv4::sign::v4::SigningParams;
use aws_smithy_types::body::SdkBody;

use super::*;

const NOON: Duration = Duration::from_hours(498_708);

fn credentials(secret: &str, token: Option<&str>) -> Credentials {
    Credentials::new("ASIAIOSFODNN7EXAMPLE", secret, token.map(str::to_owned), None, "test")
}

fn signer() -> Signer {
    DailyKey::new("eu-central-1", "secretsmanager").signer
}

fn request(url: &str, headers: &[(&'static str, &'static str)], body: &'static str) -> HttpRequest {
    let mut request = HttpRequest::new(SdkBody::from(body));
    request.set_method("POST").unwrap();
    request.set_uri(url).unwrap();
    for (name, value) in headers {
        request.headers_mut().append(*name, *value);
    }
    request
}

/// The headers that AWS's own crate signs a request with.
fn by_aws(request: &HttpRequest, credentials: &Credentials, now: SystemTime) -> Vec<(String, String)> {
    let identity = credentials.clone().into();
    let params = SigningParams::builder()
        .identity(&identity)
        .region("eu-central-1")
        .name("secretsmanager")
        .time(now)
        .settings(SigningSettings::default())
        .build()
        .unwrap()
        .into();
    let body = SignableBody::Bytes(request.body().bytes().unwrap());
    let signable =
        SignableRequest::new(request.method(), request.uri(), request.headers().iter(), body).unwrap();
    let (instructions, _) = sign(signable, &params).unwrap().into_parts();
    let (headers, query) = instructions.into_parts();
    assert!(query.is_empty());
    let mut headers: Vec<_> =
        headers.iter().map(|header| (header.name().to_owned(), header.value().to_owned())).collect();
    headers.sort();
    headers
}

fn by_us(signed: Signed) -> Vec<(String, String)> {
    let text = |value: HeaderValue| value.to_str().unwrap().to_owned();
    let mut headers =
        vec![(AUTHORIZATION.to_owned(), text(signed.authorization)), (DATE.to_owned(), text(signed.date))];
    headers.extend(signed.token.map(|token| (TOKEN.to_owned(), text(token))));
    headers
}

const URL: &str = "https://secretsmanager.eu-central-1.amazonaws.com/";
const TARGET: (&str, &str) = ("x-amz-target", "secretsmanager.GetSecretValue");

#[test]
fn it_signs_as_awss_own_crate_does() {
    let signer = signer();
    let long = "t".repeat(1_200);
    for url in [URL, "http://localhost:4566/", "https://vpce-1.example.com:8443/", "https://[::1]:1/"] {
        for headers in [
            &[][..],
            &[TARGET],
            &[("x-b", "b"), ("x-a-", "1 2"), ("x-a", ""), ("user-agent", "a  b"), ("x-amzn-trace-id", "t")],
            &[("content-type", "application/x-amz-json-1.1"), ("content-length", "17"), TARGET],
        ] {
            for (body, token) in [("", None), (r#"{"SecretId":"ü"}"#, Some(&*long)), ("{}", Some("+/="))] {
                let (request, credentials) = (request(url, headers, body), credentials("secret", token));
                let now = SystemTime::UNIX_EPOCH + NOON;
                let found = signer.sign(&request, &credentials, now).unwrap();
                assert_eq!(by_us(found), by_aws(&request, &credentials, now), "{request:?}");
            }
        }
    }
}

#[test]
fn a_key_belongs_to_one_day_and_one_secret() {
    let (signer, request) = (signer(), request(URL, &[TARGET], "{}"));
    for hours in [0, 1, 12, 13, 0, 24 * 400] {
        for secret in ["secret", "another", "anothe", ""] {
            let now = SystemTime::UNIX_EPOCH + NOON + Duration::from_hours(hours);
            let credentials = credentials(secret, None);
            let found = signer.sign(&request, &credentials, now).unwrap();
            assert_eq!(by_us(found), by_aws(&request, &credentials, now), "{hours} {secret}");
        }
    }
}

#[test]
fn any_other_form_is_left_to_the_sdk() {
    let signer = signer();
    let (credentials, now) = (credentials("secret", None), SystemTime::UNIX_EPOCH + NOON);
    let mut get = request(URL, &[], "");
    get.set_method("GET").unwrap();
    let mut streamed = request(URL, &[], "");
    *streamed.body_mut() = SdkBody::taken();
    let by_url = [
        "https://example.com/path",
        "https://example.com//",
        "https://example.com/?query",
        "https://user@example.com/",
        "https://example.com:443/",
        "http://example.com:80/",
    ];
    let by_header =
        [[("x-a", " a"), TARGET], [("x-a", "a  b"), TARGET], [TARGET, TARGET], [(DATE, "a"), TARGET]];
    let by_url = by_url.map(|url| request(url, &[], ""));
    let by_header = by_header.map(|headers| request(URL, &headers, ""));
    for request in [get, streamed].iter().chain(&by_url).chain(&by_header) {
        assert!(signer.sign(request, &credentials, now).is_none(), "{request:?}");
    }
}

#[test]
fn nothing_secret_is_shown() {
    let scheme = DailyKey::new("eu-central-1", "secretsmanager");
    let credentials = credentials("hunter2", Some("hunter3"));
    scheme.signer.sign(&request(URL, &[], ""), &credentials, SystemTime::UNIX_EPOCH).unwrap();
    let shown = format!("{scheme:?}");
    assert!(shown.contains("19700101") && !shown.contains("hunter"), "{shown}");
}
