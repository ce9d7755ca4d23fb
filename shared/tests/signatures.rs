//! Our signer signs what the SDK sends exactly as the SDK's own signer would. See `docs/decisions/cold-start.md`.

#![allow(clippy::unwrap_used)] // Only test code.

use std::sync::{Arc, Mutex};

use aws_sdk_secretsmanager::Client;
use aws_sdk_secretsmanager::config::retry::RetryConfig;
use aws_sdk_secretsmanager::config::{BehaviorVersion, Builder, Config, Credentials, HttpClient, Region};
use aws_smithy_runtime_api::client::http::{
    HttpConnector, HttpConnectorFuture, SharedHttpConnector, http_client_fn,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_types::body::SdkBody;
use latchkey::aws::DailyKey;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use time::{OffsetDateTime, PrimitiveDateTime};

/// The format of times in signatures, and in HTTP.
const BASIC: &[BorrowedFormatItem<'_>] = format_description!("[year][month][day]T[hour][minute][second]Z");
const IMF_FIXDATE: &[BorrowedFormatItem<'_>] =
    format_description!("[weekday repr:short], [day] [month repr:short] [year] [hour]:[minute]:[second] GMT");

/// Records every request, and fails it.
#[derive(Clone, Debug, Default)]
struct Broken(Arc<Mutex<Vec<HttpRequest>>>);

impl HttpConnector for Broken {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        self.0.lock().unwrap().push(request);
        HttpConnectorFuture::ready(Ok(HttpResponse::new(500.try_into().unwrap(), SdkBody::from("{}"))))
    }
}

/// A service whose clock is an hour ahead: it accepts only what is signed at its own time.
#[derive(Clone, Debug, Default)]
struct AnHourAhead(Arc<Mutex<usize>>);

impl HttpConnector for AnHourAhead {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let there = OffsetDateTime::now_utc() + time::Duration::HOUR;
        let signed = request.headers().get("x-amz-date").unwrap();
        let signed = PrimitiveDateTime::parse(signed, BASIC).unwrap().assume_utc();
        let (status, body) = if (there - signed).abs() < time::Duration::minutes(5) {
            (200, "{}")
        } else {
            *self.0.lock().unwrap() += 1;
            (400, r#"{"__type":"RequestTimeTooSkewed"}"#)
        };
        let mut answer = HttpResponse::new(status.try_into().unwrap(), SdkBody::from(body));
        answer.headers_mut().insert("date", there.format(IMF_FIXDATE).unwrap());
        HttpConnectorFuture::ready(Ok(answer))
    }
}

/// The SDK learns the difference from the first rejected call. Calls that are tried only once depend on that.
#[tokio::test(start_paused = true)]
async fn a_clock_that_is_off_is_rejected_only_once() {
    let service = AnHourAhead::default();
    let connector = SharedHttpConnector::new(service.clone());
    let client = client(http_client_fn(move |_, _| connector.clone()), |config| {
        config.push_auth_scheme(DailyKey::new("eu-central-1", "secretsmanager"))
    });
    client.list_secrets().send().await.unwrap();
    let once = Config::builder().retry_config(RetryConfig::disabled());
    client.delete_secret().secret_id("a").customize().config_override(once).send().await.unwrap();
    client.list_secrets().send().await.unwrap();
    assert_eq!(*service.0.lock().unwrap(), 1);
}

fn client(http_client: impl HttpClient + 'static, with: fn(Builder) -> Builder) -> Client {
    let config = Builder::default()
        .behavior_version(BehaviorVersion::latest())
        .region(Region::new("eu-central-1"))
        .credentials_provider(Credentials::new("AKIDEXAMPLE", "secret", Some("token".into()), None, "test"))
        .http_client(http_client);
    Client::from_conf(with(config).build())
}

/// The headers that come from signing, for each attempt of a call.
async fn signatures(with: fn(Builder) -> Builder) -> Vec<[String; 3]> {
    let broken = Broken::default();
    let connector = SharedHttpConnector::new(broken.clone());
    let client = client(http_client_fn(move |_, _| connector.clone()), with);
    client.list_secrets().max_results(7).send().await.unwrap_err();
    let requests = broken.0.lock().unwrap();
    let header =
        |request: &HttpRequest, name: &str| request.headers().get(name).unwrap_or_default().to_owned();
    requests
        .iter()
        .map(|request| {
            ["x-amz-date", "x-amz-security-token", "authorization"].map(|name| header(request, name))
        })
        .collect()
}

#[tokio::test(start_paused = true)]
async fn each_attempt_is_signed_as_the_sdk_signs_it() {
    // The two calls must be signed in the same second: signatures use the real clock.
    let (ours, by_sdk) = loop {
        let ours =
            signatures(|config| config.push_auth_scheme(DailyKey::new("eu-central-1", "secretsmanager")));
        let (ours, by_sdk) = (ours.await, signatures(|config| config).await);
        if ours.iter().zip(&by_sdk).all(|([ours, ..], [by_sdk, ..])| ours == by_sdk) {
            break (ours, by_sdk);
        }
    };
    assert_eq!(ours.len(), 3);
    assert_eq!(ours, by_sdk);
    assert!(ours.iter().all(|[_, _, authorization]| authorization.contains("Signature=")));
}
