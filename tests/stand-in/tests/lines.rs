//! What happens to calls over a line.

#![allow(clippy::unwrap_used, clippy::indexing_slicing)] // It is all a test.

use std::time::Duration;

use latchkey_stand_in::{Incident, Line, SecretsManager, What};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpStream;

/// Makes one call; `None` if there is no answer.
async fn post(line: &Line, action: &str, body: &str) -> Option<(u16, String)> {
    let mut stream = TcpStream::connect(line.endpoint().strip_prefix("http://").unwrap()).await.unwrap();
    let target =
        if action.is_empty() { String::new() } else { format!("X-Amz-Target: secretsmanager.{action}\r\n") };
    let length = body.len();
    let request = format!("POST / HTTP/1.1\r\nHost: here\r\n{target}Content-Length: {length}\r\n\r\n{body}");
    stream.write_all(request.as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    let (head, body) = answer.split_once("\r\n\r\n")?;
    Some((head.split(' ').nth(1).unwrap().parse().unwrap(), body.to_owned()))
}

async fn call(line: &Line, action: &str, parameters: Value) -> Option<(u16, Value)> {
    let (status, body) = post(line, action, &parameters.to_string()).await?;
    Some((status, serde_json::from_str(&body).unwrap()))
}

/// Writes a value and returns the status.
async fn update(line: &Line, value: &str) -> Option<u16> {
    let token = format!("{value:0>32}");
    let parameters = json!({"SecretId": "name", "ClientRequestToken": token, "SecretString": value});
    Some(call(line, "UpdateSecret", parameters).await?.0)
}

async fn read(line: &Line) -> Option<String> {
    let (_, body) = call(line, "GetSecretValue", json!({"SecretId": "name"})).await?;
    Some(body["SecretString"].as_str().or_else(|| body["__type"].as_str()).unwrap().to_owned())
}

/// The current value.
fn value(sm: &SecretsManager) -> String {
    sm.call("GetSecretValue", json!({"SecretId": "name"})).unwrap()["SecretString"]
        .as_str()
        .unwrap()
        .to_owned()
}

async fn start() -> (SecretsManager, Line) {
    let sm = SecretsManager::new();
    let parameters = json!({"Name": "name", "ClientRequestToken": "0".repeat(32), "SecretString": "first"});
    sm.call("CreateSecret", parameters).unwrap();
    let line = sm.line().await;
    (sm, line)
}

#[tokio::test]
async fn calls_are_answered_and_recorded() {
    let (_, line) = start().await;
    assert_eq!(read(&line).await.unwrap(), "first");
    let parameters = json!({"SecretId": "other"});
    let (status, body) = call(&line, "DescribeSecret", parameters.clone()).await.unwrap();
    assert_eq!((status, &body["__type"]), (400, &json!("ResourceNotFoundException")));
    assert_eq!(line.actions(), ["GetSecretValue", "DescribeSecret"]);
    assert_eq!(line.calls()[1].parameters, parameters);
    assert_eq!(line.connections(), 2);
}

#[tokio::test]
async fn a_request_that_is_not_a_call_is_rejected() {
    let (_, line) = start().await;
    for action in ["", "MakeCoffee"] {
        let (status, body) = post(&line, action, "").await.unwrap();
        assert_eq!(status, 404);
        assert!(body.contains("UnknownOperationException"));
    }
    let (status, body) = post(&line, "GetSecretValue", "{").await.unwrap();
    assert_eq!(status, 400);
    assert!(body.contains("SerializationException"));
    assert_eq!(line.actions(), ["", "MakeCoffee"]);
}

#[tokio::test]
async fn one_connection_carries_many_calls() {
    let (_, line) = start().await;
    let mut stream = TcpStream::connect(line.endpoint().strip_prefix("http://").unwrap()).await.unwrap();
    let request =
        "POST / HTTP/1.1\r\nx-amz-target: secretsmanager.ListSecrets\r\ncontent-length: 2\r\n\r\n{}";
    stream.write_all(request.repeat(2).as_bytes()).await.unwrap();
    stream.shutdown().await.unwrap();
    let mut answers = String::new();
    stream.read_to_string(&mut answers).await.unwrap();
    assert_eq!(answers.matches("HTTP/1.1 200").count(), 2);
    assert_eq!(line.connections(), 1);
}

#[tokio::test]
async fn dropped_calls_are_not_carried_out_and_lost_ones_are() {
    for (what, after_second) in [(What::Drop { times: 2 }, "a"), (What::Lose { times: 2 }, "c")] {
        let (sm, line) = start().await;
        line.set_incident(Incident::new(1, what).of("UpdateSecret"));
        assert_eq!(update(&line, "a").await, Some(200));
        assert_eq!(read(&line).await.unwrap(), "a", "only calls of the action count");
        assert_eq!(update(&line, "b").await, None);
        assert_eq!(update(&line, "c").await, None);
        line.happened().await;
        assert_eq!(value(&sm), after_second);
        assert_eq!(update(&line, "d").await, Some(200));
    }
}

#[tokio::test]
async fn an_outage_ends_when_the_incident_is_removed() {
    let (sm, line) = start().await;
    line.set_incident(Incident::new(
        0,
        What::Error { code: "ThrottlingException", status: 400, times: usize::MAX },
    ));
    for _ in 0..5 {
        assert_eq!(read(&line).await.unwrap(), "ThrottlingException");
        assert_eq!(update(&line, "a").await, Some(400));
    }
    assert_eq!(value(&sm), "first");
    line.set_incident(None);
    assert_eq!(update(&line, "a").await, Some(200));
}

#[tokio::test]
async fn the_answer_can_be_garbage() {
    let (_, line) = start().await;
    line.set_incident(Incident::new(0, What::Garbage { times: 1 }));
    let (status, body) = post(&line, "GetSecretValue", "{}").await.unwrap();
    assert_eq!(status, 200);
    assert!(body.starts_with("<html>"));
    assert_eq!(read(&line).await.unwrap(), "first");
}

#[tokio::test]
async fn a_caller_dies_with_its_call() {
    let (sm, line) = start().await;
    line.set_incident(Incident::new(0, What::Dies { late: None }).of("UpdateSecret"));
    assert_eq!(read(&line).await.unwrap(), "first");
    assert_eq!(update(&line, "a").await, None);
    line.happened().await;
    assert_eq!(read(&line).await, None, "nothing is answered, whatever its action");
    assert_eq!(update(&line, "b").await, None);
    sm.quiet().await;
    assert_eq!(value(&sm), "first");
}

#[tokio::test]
async fn a_caller_dies_and_its_call_comes_late() {
    let (sm, line) = start().await;
    line.set_incident(Incident::new(0, What::Dies { late: Some(Duration::from_millis(5)) }));
    assert_eq!(update(&line, "a").await, None);
    line.happened().await;
    sm.quiet().await;
    assert_eq!(value(&sm), "a");
    assert_eq!(update(&line, "b").await, None);
    assert_eq!(value(&sm), "a");
}

#[tokio::test]
async fn a_caller_dies_after_its_call() {
    let (sm, line) = start().await;
    line.set_incident(Incident::new(0, What::DiesAfter));
    assert_eq!(update(&line, "a").await, None);
    line.happened().await;
    assert_eq!(value(&sm), "a");
    assert_eq!(update(&line, "b").await, None);
    assert_eq!(value(&sm), "a");
}

#[tokio::test]
async fn a_late_call_comes_after_the_next_one() {
    let (sm, line) = start().await;
    line.set_incident(Incident::new(0, What::Late { after: Duration::from_millis(50) }));
    assert_eq!(update(&line, "a").await, None);
    assert_eq!(update(&line, "b").await, Some(200));
    sm.quiet().await;
    let versions = json!({"SecretId": "name", "IncludeDeprecated": true});
    let versions = sm.call("ListSecretVersionIds", versions).unwrap();
    assert_eq!(versions["Versions"].as_array().unwrap().len(), 3);
}

#[tokio::test]
async fn a_call_waits_until_it_may_go_on() {
    let (sm, line) = start().await;
    line.set_incident(Incident::new(0, What::Waits));
    let between = async {
        line.happened().await;
        let before = value(&sm);
        assert_eq!(update(&line, "b").await, Some(200), "others need not wait");
        line.go_on();
        before
    };
    let (waited, before) = tokio::join!(update(&line, "a"), between);
    assert_eq!((waited, before.as_str()), (Some(200), "first"));
    assert_eq!(value(&sm), "a");
}

#[tokio::test]
async fn one_line_reads_as_of_a_moment() {
    let (sm, line) = start().await;
    let other = sm.line().await;
    let moment = sm.moment();
    line.reads_as_of(Some(moment));
    assert_eq!(update(&line, "a").await, Some(200));
    sm.call("CreateSecret", json!({"Name": "new"})).unwrap();
    assert_eq!((read(&line).await.unwrap(), read(&other).await.unwrap()), ("first".into(), "a".into()));
    let (_, list) = call(&line, "ListSecrets", json!({})).await.unwrap();
    assert_eq!(list["SecretList"].as_array().unwrap().len(), 1);
    line.reads_as_of(None);
    assert_eq!(read(&line).await.unwrap(), "a");
}

#[tokio::test]
async fn only_reads_over_lines_lag() {
    let (sm, line) = start().await;
    sm.set(|switches| switches.lag.reads = Duration::from_hours(1));
    assert_eq!(read(&line).await.unwrap(), "ResourceNotFoundException");
    assert_eq!(value(&sm), "first");
    sm.advance(Duration::from_hours(1));
    assert_eq!(read(&line).await.unwrap(), "first");
}
