//! What the store does with responses that no emulator gives.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;

use latchkey::store::{Precondition, Store, Version};
use latchkey::{Error, Result};
use latchkey_stand_in::{Incident, Line, Pages, SecretsManager, What, wire};
use serde_json::{Value, json};
use support::{draft, public_of, scope, store};
use tokio::io::BufStream;
use tokio::net::TcpListener;

const SECRET: &str = "latchkey/organizations/n/name";
const ALWAYS: usize = usize::MAX;

async fn create(store: &Store, value: &str) -> Result<Version> {
    store.create(&scope("n"), "name", &draft(value), None).await
}

async fn delete(store: &Store) -> Result<()> {
    store.delete(&scope("n"), "name", &Precondition::None).await
}

async fn read(store: &Store) -> Result<String> {
    let stored = store.read(&scope("n"), "name").await?;
    Ok(stored.value.expose_text().unwrap().to_owned())
}

/// Secrets, and a store for them whose calls are recorded.
async fn start() -> (SecretsManager, Line, Store) {
    let sm = SecretsManager::new();
    let line = sm.line().await;
    let store = store(line.endpoint());
    (sm, line, store)
}

/// The same, with a name that is scheduled for deletion, and with no calls recorded yet.
async fn start_after_a_deletion() -> (SecretsManager, Line, Store) {
    let (sm, _, before) = start().await;
    create(&before, "old").await.unwrap();
    delete(&before).await.unwrap();
    let line = sm.line().await;
    let store = store(line.endpoint());
    (sm, line, store)
}

fn is_scheduled(sm: &SecretsManager) -> bool {
    sm.call("DescribeSecret", json!({"SecretId": SECRET})).unwrap().get("DeletedDate").is_some()
}

#[tokio::test]
async fn a_name_scheduled_for_deletion_is_restored_and_gets_the_new_value() {
    let (sm, line, store) = start_after_a_deletion().await;
    create(&store, "new").await.unwrap();
    let (calls, mut actions) = (line.calls(), line.actions());
    // Two reads are concurrent.
    actions[3..5].sort();
    let restoring = ["CreateSecret", "DescribeSecret", "RestoreSecret"];
    assert_eq!(actions[..3], restoring);
    assert_eq!(actions[3..], ["DescribeSecret", "GetSecretValue", "UpdateSecret"]);
    assert_eq!(calls[5].parameters["SecretString"], "new");
    // The token is derived from the version that is replaced, so that one of two writers fails.
    assert_eq!(calls[5].parameters["ClientRequestToken"].as_str().unwrap().len(), 64);
    assert!(!is_scheduled(&sm));
    assert_eq!(read(&store).await.unwrap(), "new");
}

#[tokio::test]
async fn a_name_that_others_scheduled_for_deletion_is_left_alone() {
    let (sm, line, store) = start().await;
    let by_hand = json!({"Name": SECRET, "Description": "made by hand", "SecretString": "v", "ClientRequestToken": "0".repeat(32)});
    sm.call("CreateSecret", by_hand).unwrap();
    sm.call("DeleteSecret", json!({"SecretId": SECRET})).unwrap();
    assert!(matches!(create(&store, "new").await, Err(Error::DeletedElsewhere)));
    assert_eq!(line.actions(), ["CreateSecret", "DescribeSecret"]);
    assert!(is_scheduled(&sm));
}

#[tokio::test]
async fn the_second_of_two_creates_that_take_over_a_name_fails() {
    let (sm, line, store) = start_after_a_deletion().await;
    let other_line = sm.line().await;
    let other = support::store(other_line.endpoint());
    // Both have seen the scheduled secret, and both restore it.
    other_line.set_incident(Incident::new(0, What::Waits).of("RestoreSecret"));
    line.set_incident(Incident::new(0, What::Waits).of("UpdateSecret"));
    let first = async {
        let first = create(&other, "first").await;
        line.go_on();
        first
    };
    let second = async {
        other_line.happened().await;
        create(&store, "second").await
    };
    let (first, second, ()) = tokio::join!(first, second, async {
        line.happened().await;
        other_line.go_on();
    });
    assert!(first.is_ok());
    assert!(matches!(second, Err(Error::AlreadyExists)));
    assert_eq!(read(&store).await.unwrap(), "first");
}

#[tokio::test]
async fn a_call_is_not_tried_again_if_a_quota_is_used_up() {
    let (_, line, store) = start().await;
    line.set_incident(Incident::new(
        0,
        What::Error { code: "LimitExceededException", status: 400, times: ALWAYS },
    ));
    assert!(matches!(create(&store, "new").await, Err(Error::QuotaExceeded)));
    assert_eq!(line.actions(), ["CreateSecret"]);
    line.set_incident(None);
    create(&store, "v").await.unwrap();
    line.set_incident(
        Incident::new(0, What::Error { code: "LimitExceededException", status: 400, times: ALWAYS })
            .of("UpdateSecret"),
    );
    let update = store.update(&scope("n"), "name", &Precondition::None, |_| Ok((draft("w"), ()))).await;
    assert!(matches!(update, Err(Error::QuotaExceeded)));
    assert_eq!(line.actions().iter().filter(|action| *action == "UpdateSecret").count(), 1);
}

#[tokio::test]
async fn a_throttled_call_is_tried_again_and_then_reported() {
    let (_, line, store) = start().await;
    line.set_incident(Incident::new(
        0,
        What::Error { code: "ThrottlingException", status: 400, times: ALWAYS },
    ));
    assert!(matches!(create(&store, "new").await, Err(Error::Throttled)));
    assert_eq!(line.actions(), ["CreateSecret"; 3]);
    let calls = line.calls();
    let tokens = calls.iter().map(|call| &call.parameters["ClientRequestToken"]);
    assert!(
        tokens.into_iter().all(|token| *token == calls[0].parameters["ClientRequestToken"]),
        "a repeated call must have the same token"
    );
}

/// The pages before are not read again: AWS allows an account 100 such calls a second, and others list as well.
#[tokio::test]
async fn a_list_waits_while_its_calls_are_throttled() {
    for action in ["ListSecrets", "BatchGetSecretValue"] {
        let (sm, line, store) = start().await;
        for number in 0..25 {
            let secret = json!({"Name": format!("latchkey/organizations/n/{number}"), "SecretString": r#"{"id":1}"#, "ClientRequestToken": format!("{number:032}")});
            sm.call("CreateSecret", secret).unwrap();
        }
        sm.set(|switches| switches.pages = Pages { size: Some(10), is_every_other_empty: false });
        let rejected = What::Error { code: "ThrottlingException", status: 400, times: 7 };
        line.set_incident(Incident::new(1, rejected).of(action));
        let listed = store.list(&scope("n"), public_of).await.unwrap();
        assert_eq!(listed.len(), 25, "{action}");
        let calls = line.calls();
        let lists: Vec<_> = calls.iter().filter(|call| call.action == "ListSecrets").collect();
        let first = lists.iter().filter(|call| call.parameters["NextToken"].is_null());
        assert_eq!(first.count(), 1, "{action}");
        assert_eq!(lists.len(), if action == "ListSecrets" { 3 + 7 } else { 3 });
    }
}

/// An endpoint that responds to one call with this error.
async fn reject_one_call(code: &str, message: &str) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let body = json!({"__type": code, "message": message}).to_string();
    tokio::spawn(async move {
        let mut stream = BufStream::new(listener.accept().await.unwrap().0);
        wire::read(&mut stream).await.unwrap().parameters.unwrap();
        wire::answer(&mut stream, 400, &body).await.unwrap();
    });
    endpoint
}

#[tokio::test]
async fn aws_messages_are_not_repeated() {
    let echo = "1 validation error detected: Value 'hunter2' at 'secretString' failed";
    let store = store(&reject_one_call("ValidationException", echo).await);
    let error = create(&store, "hunter2").await.unwrap_err();
    assert_eq!(error.cause().unwrap().as_str(), "CreateSecret: ValidationException (HTTP 400)");
    assert!(!format!("{error} {error:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_secret_that_is_scheduled_for_deletion_is_not_found() {
    let (_, _, store) = start_after_a_deletion().await;
    assert!(matches!(read(&store).await, Err(Error::NotFound)));
    assert!(matches!(delete(&store).await, Err(Error::NotFound)));
    let update = store.update(&scope("n"), "name", &Precondition::None, |_| Ok((draft("w"), ()))).await;
    assert!(matches!(update, Err(Error::NotFound)));
}

#[tokio::test]
async fn short_and_empty_pages_are_followed_to_the_end() {
    let (sm, line, store) = start().await;
    let names = ["a", "b", "c", "d", "e"];
    for name in names {
        store.create(&scope("n"), name, &draft(r#"{"id":1}"#), None).await.unwrap();
    }
    // The list reads the values of these, in pages as well.
    for name in ["b", "d", "e"] {
        let secret = format!("latchkey/organizations/n/{name}");
        sm.call("UpdateSecret", json!({"SecretId": secret, "Description": "for the team"})).unwrap();
    }
    sm.set(|switches| switches.pages = Pages { size: Some(2), is_every_other_empty: true });
    let before = line.calls().len();
    let mut listed: Vec<_> =
        store.list(&scope("n"), public_of).await.unwrap().into_iter().map(|listed| listed.name).collect();
    listed.sort();
    assert_eq!(listed, names);
    let calls = &line.calls()[before..];
    let of = |action: &str| calls.iter().filter(|call| call.action == action).collect::<Vec<_>>();
    assert_eq!(of("ListSecrets").len(), 6, "three pages, with an empty one before each");
    assert_eq!(of("BatchGetSecretValue").len(), 4);
    assert_eq!(calls[0].parameters["Filters"][0]["Values"][0], "latchkey/organizations/n/");
    assert_eq!(calls[0].parameters["MaxResults"], 100);
}

/// A version on the second page counts like one on the first: its token is used up.
#[tokio::test]
async fn versions_on_further_pages_are_known() {
    let (sm, _, store) = start().await;
    create(&store, "one").await.unwrap();
    let put = async |value: &str| {
        store.update(&scope("n"), "name", &Precondition::None, |_| Ok((draft(value), ()))).await.unwrap();
    };
    put("two").await;
    let described = sm.call("DescribeSecret", json!({"SecretId": SECRET})).unwrap();
    let labelled = |label: &str| {
        let mut versions = described["VersionIdsToStages"].as_object().unwrap().iter();
        versions.find(|(_, stages)| stages[0] == label).map(|(id, _)| Value::from(id.as_str())).unwrap()
    };
    let back = json!({"SecretId": SECRET, "VersionStage": "AWSCURRENT", "MoveToVersionId": labelled("AWSPREVIOUS"), "RemoveFromVersionId": labelled("AWSCURRENT")});
    sm.call("UpdateSecretVersionStage", back).unwrap();
    sm.set(|switches| switches.pages = Pages { size: Some(1), is_every_other_empty: true });
    assert_eq!(read(&store).await.unwrap(), "one");
    put("two").await;
    assert_eq!(read(&store).await.unwrap(), "two");
}

#[tokio::test]
async fn the_connection_is_opened_without_a_call_and_serves_the_first() {
    let (sm, _, before) = start().await;
    create(&before, "value").await.unwrap();
    let line = sm.line().await;
    let store = store(line.endpoint());
    store.warm_up().await;
    while line.connections() == 0 {
        tokio::task::yield_now().await;
    }
    assert!(line.actions().is_empty(), "an answer would be waited for");
    assert_eq!(read(&store).await.unwrap(), "value");
    assert_eq!(line.actions(), ["GetSecretValue"]);
    assert_eq!(line.connections(), 1);
}

#[tokio::test]
async fn a_connection_that_cannot_be_opened_fails_only_the_first_call() {
    let store = store("http://127.0.0.1:1");
    store.warm_up().await;
    assert!(matches!(read(&store).await, Err(Error::Unavailable(_))));
}
