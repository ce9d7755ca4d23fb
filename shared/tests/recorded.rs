//! The store against recorded answers of AWS, for what no emulator gets right.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // It is all a test.

#[path = "support/aws.rs"]
mod aws;
mod support;

use aws::{Exchange, Recorded, error};
use latchkey::request::Precondition;
use latchkey::{Error, Result};
use support::{draft, scope, store};

const SCHEDULED: &str = "You can't perform this operation on the secret because it was marked for deletion.";
const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:latchkey/organizations/n/name-AbCdEf";

fn described(description: &str, deleted: bool) -> String {
    let deleted = if deleted { r#","DeletedDate":1.7e9"# } else { "" };
    let description = serde_json::to_string(description).unwrap();
    format!(
        r#"{{"ARN":"{ARN}","Name":"latchkey/organizations/n/name","Description":{description},
            "VersionIdsToStages":{{"v1":["AWSPREVIOUS"],"v2":["AWSCURRENT"]}}{deleted}}}"#
    )
}

async fn create(exchanges: Vec<Exchange>) -> (Result<()>, Vec<(String, serde_json::Value)>) {
    let aws = Recorded::start(exchanges).await;
    let created = store(&aws.endpoint).create(&scope("n"), "name", &draft("new"), None).await;
    (created.map(drop), aws.calls().await)
}

#[tokio::test]
async fn a_name_scheduled_for_deletion_is_restored_and_gets_the_new_value() {
    let (created, calls) = create(vec![
        ("CreateSecret", 400, error("InvalidRequestException", "... scheduled for deletion")),
        ("DescribeSecret", 200, described(r#"{"name":"name","deleted_at":1}"#, true)),
        ("RestoreSecret", 200, "{}".into()),
        ("UpdateSecret", 200, r#"{"VersionId":"v3"}"#.into()),
    ])
    .await;
    created.unwrap();
    assert_eq!(calls[3].1["SecretString"], "new");
    // The token is made of the version that is replaced, so that of two writers one fails.
    assert_eq!(calls[3].1["ClientRequestToken"].as_str().unwrap().len(), 64);
}

#[tokio::test]
async fn a_name_that_others_scheduled_for_deletion_is_left_alone() {
    let (created, calls) = create(vec![
        ("CreateSecret", 400, error("InvalidRequestException", SCHEDULED)),
        ("DescribeSecret", 200, described("made by hand", true)),
    ])
    .await;
    assert!(matches!(created, Err(Error::DeletedElsewhere)));
    assert_eq!(calls.len(), 2);
}

#[tokio::test]
async fn of_two_that_take_over_a_name_the_second_fails() {
    let (created, _) = create(vec![
        ("CreateSecret", 400, error("InvalidRequestException", SCHEDULED)),
        ("DescribeSecret", 200, described(r#"{"name":"name","deleted_at":1}"#, true)),
        ("RestoreSecret", 200, "{}".into()),
        ("UpdateSecret", 400, error("ResourceExistsException", "a version with another value")),
        ("CreateSecret", 400, error("ResourceExistsException", "the secret exists")),
        ("DescribeSecret", 200, described(r#"{"name":"name"}"#, false)),
    ])
    .await;
    assert!(matches!(created, Err(Error::AlreadyExists)));
}

#[tokio::test]
async fn a_used_up_quota_is_not_tried_again() {
    let (created, calls) =
        create(vec![("CreateSecret", 400, error("LimitExceededException", "too many"))]).await;
    assert!(matches!(created, Err(Error::QuotaExceeded)));
    assert_eq!(calls.len(), 1);
}

#[tokio::test]
async fn throttling_is_tried_again_and_then_reported() {
    let throttled = || ("CreateSecret", 400, error("ThrottlingException", "Rate exceeded"));
    let (created, calls) = create(vec![throttled(), throttled(), throttled()]).await;
    assert!(matches!(created, Err(Error::Throttled)));
    assert_eq!(calls.len(), 3);
    let tokens: Vec<_> = calls.iter().map(|(_, parameters)| &parameters["ClientRequestToken"]).collect();
    assert!(tokens.iter().all(|token| *token == tokens[0]), "a repeated call must have the same token");
}

#[tokio::test]
async fn messages_of_aws_are_not_repeated() {
    let echo = "1 validation error detected: Value 'hunter2' at 'secretString' failed";
    let (created, _) = create(vec![("CreateSecret", 400, error("ValidationException", echo))]).await;
    let error = created.unwrap_err();
    assert_eq!(error.cause().unwrap().as_str(), "CreateSecret: ValidationException (HTTP 400)");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_secret_that_is_scheduled_for_deletion_is_not_found() {
    let aws = Recorded::start(vec![
        ("GetSecretValue", 400, error("InvalidRequestException", SCHEDULED)),
        ("GetSecretValue", 400, error("InvalidRequestException", SCHEDULED)),
    ])
    .await;
    let store = store(&aws.endpoint);
    assert!(matches!(store.read(&scope("n"), "name").await, Err(Error::NotFound)));
    assert!(matches!(store.delete(&scope("n"), "name", &Precondition::None).await, Err(Error::NotFound)));
}

#[tokio::test]
async fn short_and_empty_pages_are_followed_to_the_end() {
    let page = |names: &[&str], next: &str| {
        let secrets: Vec<_> = names
            .iter()
            .map(|name| serde_json::json!({"Name": format!("latchkey/organizations/n/{name}"), "ARN": ARN}))
            .collect();
        let next = if next.is_empty() { serde_json::Value::Null } else { next.into() };
        serde_json::json!({"SecretList": secrets, "NextToken": next}).to_string()
    };
    let aws = Recorded::start(vec![
        ("ListSecrets", 200, page(&["a"], "1")),
        ("ListSecrets", 200, page(&[], "2")),
        ("ListSecrets", 200, page(&["b"], "")),
    ])
    .await;
    let mut names: Vec<_> =
        store(&aws.endpoint).list(&scope("n")).await.unwrap().into_iter().map(|listed| listed.name).collect();
    names.sort();
    assert_eq!(names, ["a", "b"]);
    let calls = aws.calls().await;
    assert_eq!(calls[0].1["Filters"][0]["Values"][0], "latchkey/organizations/n/");
    assert_eq!(calls[0].1["MaxResults"], 100);
}

#[tokio::test]
async fn the_connection_is_opened_by_a_call_that_does_nothing_and_serves_the_next() {
    let aws = Recorded::start(vec![
        ("", 404, error("UnknownOperationException", "")),
        ("GetSecretValue", 200, r#"{"SecretString":"value","VersionId":"v1"}"#.into()),
    ])
    .await;
    let store = store(&aws.endpoint);
    store.open_connection().await;
    // The server takes one connection at a time: a second one would wait forever.
    let stored = store.read(&scope("n"), "name").await.unwrap();
    assert_eq!(stored.value.expose(), b"value");
    assert_eq!(aws.calls().await.len(), 2);
}

#[tokio::test]
async fn a_connection_that_cannot_be_opened_is_no_failure_yet() {
    let store = store("http://127.0.0.1:1");
    store.open_connection().await;
    assert!(matches!(store.read(&scope("n"), "name").await, Err(Error::Unavailable(_))));
}
