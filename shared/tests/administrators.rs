//! What administrators and other tools do to a secret: none of it loses a credential, hides it, brings a deleted one
//! back or makes it unchangeable. See `docs/decisions/the-value-decides.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;

use std::time::Duration;

use latchkey::idempotency::IdempotencyKey;
use latchkey::store::{Precondition, Store, Stored};
use latchkey::{Error, Result};
use latchkey_stand_in::{Managed, SecretsManager};
use serde_json::{Value, json};
use support::{age, draft, public_of, scope, store};

const NAME: &str = "name";
const SECRET: &str = "latchkey/organizations/n/name";

/// Secrets, and a store for them.
async fn start() -> (SecretsManager, Store) {
    let sm = SecretsManager::new();
    let store = store(sm.line().await.endpoint());
    (sm, store)
}

async fn create(store: &Store, value: &str) -> Result<()> {
    store.create(&scope("n"), NAME, &draft(value), None).await.map(drop)
}

async fn put(store: &Store, value: &str) -> Result<()> {
    let change = |_: &Stored| Ok((draft(value), ()));
    store.update(&scope("n"), NAME, &Precondition::None, change).await.map(drop)
}

async fn delete(store: &Store) -> Result<()> {
    store.delete(&scope("n"), NAME, &Precondition::None).await
}

/// The value. Fails if a list and a get disagree on whether there is a credential.
async fn get(store: &Store) -> Option<String> {
    let value = match store.read(&scope("n"), NAME).await {
        Ok(stored) => Some(stored.value.expose_text().unwrap().to_owned()),
        Err(Error::NotFound) => None,
        Err(error) => panic!("{error:?}"),
    };
    let listed = store.list(&scope("n"), public_of).await.unwrap();
    let names: Vec<_> = listed.iter().map(|listed| listed.name.as_str()).collect();
    assert_eq!(names.contains(&NAME), value.is_some(), "list and get: {names:?}");
    value
}

/// The id of the version with this label.
fn labelled(sm: &SecretsManager, label: &str) -> String {
    let secret = sm.call("DescribeSecret", json!({"SecretId": SECRET})).unwrap();
    let versions = secret["VersionIdsToStages"].as_object().unwrap();
    let has_label = |stages: &&Value| stages.as_array().unwrap().contains(&json!(label));
    versions.iter().find(|(_, stages)| has_label(stages)).unwrap().0.clone()
}

fn make_current(sm: &SecretsManager, version: &str) {
    let from = labelled(sm, "AWSCURRENT");
    let moved = json!({"SecretId": SECRET, "VersionStage": "AWSCURRENT", "MoveToVersionId": version, "RemoveFromVersionId": from});
    sm.call("UpdateSecretVersionStage", moved).unwrap();
}

fn make_previous_current(sm: &SecretsManager) {
    let previous = labelled(sm, "AWSPREVIOUS");
    make_current(sm, &previous);
}

/// Fails unless every write works, and the name can be created again after a deletion.
async fn assert_usable(sm: &SecretsManager, store: &Store) {
    put(store, "put").await.unwrap();
    assert_eq!(get(store).await.as_deref(), Some("put"));
    assert!(matches!(create(store, "other").await, Err(Error::AlreadyExists)));
    delete(store).await.unwrap();
    assert_eq!(get(store).await, None);
    create(store, "again").await.unwrap();
    assert_eq!(get(store).await.as_deref(), Some("again"), "{}", sm.dump());
}

#[tokio::test]
async fn an_undelete_by_labels_brings_the_credential_back_whole() {
    let (sm, store) = start().await;
    create(&store, "v").await.unwrap();
    delete(&store).await.unwrap();
    sm.call("RestoreSecret", json!({"SecretId": SECRET})).unwrap();
    make_previous_current(&sm);
    assert_eq!(get(&store).await.as_deref(), Some("v"));
    assert!(matches!(create(&store, "new").await, Err(Error::AlreadyExists)));
    assert_eq!(get(&store).await.as_deref(), Some("v"));
    assert_usable(&sm, &store).await;
}

#[tokio::test]
async fn an_undelete_by_a_new_value_is_not_overwritten() {
    let (sm, store) = start().await;
    create(&store, "v").await.unwrap();
    delete(&store).await.unwrap();
    sm.call("RestoreSecret", json!({"SecretId": SECRET})).unwrap();
    let put = json!({"SecretId": SECRET, "SecretString": "by hand", "ClientRequestToken": "0".repeat(32)});
    sm.call("PutSecretValue", put).unwrap();
    assert!(matches!(create(&store, "new").await, Err(Error::AlreadyExists)));
    assert_eq!(get(&store).await.as_deref(), Some("by hand"));
    assert_usable(&sm, &store).await;
}

#[tokio::test]
async fn a_put_of_the_value_that_a_rollback_undid_becomes_current() {
    let (sm, store) = start().await;
    create(&store, "one").await.unwrap();
    put(&store, "two").await.unwrap();
    for _ in 0..3 {
        make_previous_current(&sm);
        assert_eq!(get(&store).await.as_deref(), Some("one"));
        put(&store, "two").await.unwrap();
        assert_eq!(get(&store).await.as_deref(), Some("two"), "{}", sm.dump());
        // The next round goes back to "one", which is the previous version again.
    }
    assert_usable(&sm, &store).await;
}

/// Also if the version whose token is used up no longer has a label.
#[tokio::test]
async fn a_rollback_by_two_steps_leaves_every_write_possible() {
    let (sm, store) = start().await;
    let mut versions = Vec::new();
    create(&store, "one").await.unwrap();
    for value in ["two", "three"] {
        versions.push(labelled(&sm, "AWSCURRENT"));
        put(&store, value).await.unwrap();
    }
    make_current(&sm, &versions[0]);
    make_current(&sm, &versions[1]);
    assert_eq!(get(&store).await.as_deref(), Some("two"));
    put(&store, "three").await.unwrap();
    assert_eq!(get(&store).await.as_deref(), Some("three"));
    make_current(&sm, &versions[1]);
    put(&store, "four").await.unwrap();
    assert_eq!(get(&store).await.as_deref(), Some("four"));
    assert_usable(&sm, &store).await;
}

#[tokio::test]
async fn no_writer_after_a_rollback_loses_its_change() {
    let (sm, store) = start().await;
    create(&store, "one").await.unwrap();
    put(&store, "two").await.unwrap();
    make_previous_current(&sm);
    let append = |mark: &'static str| {
        let store = store.clone();
        async move {
            let change =
                |stored: &Stored| Ok((draft(&format!("{} {mark}", stored.value.expose_text().unwrap())), ()));
            store.update(&scope("n"), NAME, &Precondition::None, change).await.unwrap();
        }
    };
    tokio::join!(append("a"), append("b"), append("c"));
    let value = get(&store).await.unwrap();
    assert!(["one", "a", "b", "c"].iter().all(|word| value.contains(word)), "{value}");
}

#[tokio::test]
async fn a_deletion_after_a_rollback_deletes() {
    let (sm, store) = start().await;
    create(&store, "one").await.unwrap();
    put(&store, "two").await.unwrap();
    make_previous_current(&sm);
    delete(&store).await.unwrap();
    assert_eq!(get(&store).await, None);
    create(&store, "again").await.unwrap();
    assert_eq!(get(&store).await.as_deref(), Some("again"));
}

#[tokio::test]
async fn the_value_decides_whatever_the_description_says() {
    let (sm, store) = start().await;
    create(&store, "v").await.unwrap();
    let own = sm.call("DescribeSecret", json!({"SecretId": SECRET})).unwrap()["Description"].clone();
    let (own, version) = (own.as_str().unwrap().to_owned(), labelled(&sm, "AWSCURRENT"));
    let deleted = json!({"name": NAME, "version": version, "state": "deleted"}).to_string();
    let admin_chosen = json!({"name": "admin-chosen", "version": version, "public": null}).to_string();
    let former_format = json!({"name": NAME, "deleted_at": 1}).to_string();
    for description in
        ["", "for the team", r#"{"name":"admin-chosen"}"#, "[]", &deleted, &admin_chosen, &former_format]
    {
        let update = json!({"SecretId": SECRET, "Description": description});
        sm.call("UpdateSecret", update).unwrap();
        assert_eq!(get(&store).await.as_deref(), Some("v"), "{description}");
        let names: Vec<_> =
            store.list(&scope("n"), public_of).await.unwrap().into_iter().map(|listed| listed.name).collect();
        assert_eq!(names, [NAME], "{description}");
        assert!(matches!(create(&store, "new").await, Err(Error::AlreadyExists)), "{description}");
        put(&store, "v").await.unwrap();
    }
    // The last write has fixed it.
    let fixed = sm.call("DescribeSecret", json!({"SecretId": SECRET})).unwrap()["Description"].clone();
    let versionless = |text: &str| {
        let mut description: Value = serde_json::from_str(text).unwrap();
        description["version"] = Value::Null;
        description
    };
    assert_eq!(versionless(fixed.as_str().unwrap()), versionless(&own));
    assert_usable(&sm, &store).await;
}

#[tokio::test]
async fn a_tombstone_that_is_described_as_a_credential_is_not_listed() {
    let (sm, store) = start().await;
    create(&store, "v").await.unwrap();
    delete(&store).await.unwrap();
    sm.call("RestoreSecret", json!({"SecretId": SECRET})).unwrap();
    let update = json!({"SecretId": SECRET, "Description": "owned by CloudFormation"});
    sm.call("UpdateSecret", update).unwrap();
    assert_eq!(get(&store).await, None);
    age(&sm);
    create(&store, "new").await.unwrap();
    assert_eq!(get(&store).await.as_deref(), Some("new"));
}

#[tokio::test]
async fn secrets_made_by_hand_are_credentials_under_their_own_names() {
    let (sm, store) = start().await;
    let names = ["prod-db", "api-key", "warehouse-prod", "a=b", "x+y@z_1.txt", "-"];
    for name in names {
        let secret = json!({"Name": format!("latchkey/organizations/n/{name}"), "SecretString": name, "ClientRequestToken": "0".repeat(32)});
        sm.call("CreateSecret", secret).unwrap();
    }
    let mut listed: Vec<_> =
        store.list(&scope("n"), public_of).await.unwrap().into_iter().map(|listed| listed.name).collect();
    let mut expected = names.map(str::to_owned);
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    for name in names {
        assert_eq!(store.read(&scope("n"), name).await.unwrap().value.expose_text(), Some(name));
        let create = store.create(&scope("n"), name, &draft("new"), None).await;
        assert!(matches!(create, Err(Error::AlreadyExists)), "{name}");
        store.update(&scope("n"), name, &Precondition::None, |_| Ok((draft("new"), ()))).await.unwrap();
    }
    assert_eq!(sm.names().len(), names.len());
}

#[tokio::test]
async fn a_secret_deleted_in_secrets_manager_itself_is_left_alone() {
    let (sm, store) = start().await;
    create(&store, "v").await.unwrap();
    sm.call("DeleteSecret", json!({"SecretId": SECRET, "RecoveryWindowInDays": 7})).unwrap();
    assert_eq!(get(&store).await, None);
    assert!(matches!(create(&store, "new").await, Err(Error::DeletedElsewhere)));
    assert!(matches!(put(&store, "new").await, Err(Error::NotFound)));
    assert!(matches!(delete(&store).await, Err(Error::NotFound)));
    sm.call("RestoreSecret", json!({"SecretId": SECRET})).unwrap();
    assert_eq!(get(&store).await.as_deref(), Some("v"));
    assert_usable(&sm, &store).await;
}

/// The Description of a rejected deletion names the version of the write that won, so it is no proof.
#[tokio::test]
async fn a_description_alone_does_not_bring_a_deleted_value_back() {
    let (sm, store) = start().await;
    create(&store, "v").await.unwrap();
    let version = labelled(&sm, "AWSCURRENT");
    let description = json!({"name": NAME, "version": version, "state": "deleted"}).to_string();
    sm.call("UpdateSecret", json!({"SecretId": SECRET, "Description": description})).unwrap();
    sm.call("DeleteSecret", json!({"SecretId": SECRET, "RecoveryWindowInDays": 7})).unwrap();
    assert!(matches!(create(&store, "new").await, Err(Error::DeletedElsewhere)));
    assert_eq!(get(&store).await, None);
    sm.call("RestoreSecret", json!({"SecretId": SECRET})).unwrap();
    assert_eq!(get(&store).await.as_deref(), Some("v"));
}

#[tokio::test]
async fn writes_to_a_secret_that_others_manage_say_so() {
    for managed in [Managed::ByService("rds".into()), Managed::AsReplicaFrom("eu-west-1".into())] {
        let (sm, store) = start().await;
        create(&store, "v").await.unwrap();
        sm.set_managed(SECRET, managed);
        assert_eq!(get(&store).await.as_deref(), Some("v"));
        assert!(matches!(put(&store, "new").await, Err(Error::ManagedElsewhere)));
        assert!(matches!(delete(&store).await, Err(Error::ManagedElsewhere)));
        assert_eq!(get(&store).await.as_deref(), Some("v"));
    }
}

#[tokio::test]
async fn with_the_days_versions_used_up_a_credential_can_be_deleted() {
    let (sm, store) = start().await;
    create(&store, "v").await.unwrap();
    sm.set(|switches| switches.versions_per_day = Some(1));
    assert!(matches!(put(&store, "new").await, Err(Error::QuotaExceeded)));
    assert_eq!(get(&store).await.as_deref(), Some("v"));
    delete(&store).await.unwrap();
    assert_eq!(get(&store).await, None);
    // The value went with the secret: restoring the secret would bring the value back.
    assert!(matches!(create(&store, "new").await, Err(Error::DeletedElsewhere)));
    sm.advance(Duration::from_hours(8 * 24));
    create(&store, "new").await.unwrap();
    assert_eq!(get(&store).await.as_deref(), Some("new"));
}

fn key(text: &str) -> IdempotencyKey {
    IdempotencyKey::parse(text).unwrap()
}

#[tokio::test]
async fn an_idempotency_key_makes_one_credential_even_after_its_deletion() {
    let (sm, store) = start().await;
    let (one, other) = (key("one-one-one-one-"), key("other-other-othe"));
    let create = async |key: &IdempotencyKey, value: &str| {
        store.create(&scope("n"), NAME, &draft(value), Some(key)).await
    };
    let version = create(&one, "v").await.unwrap();
    assert_eq!(create(&one, "v").await.unwrap(), version);
    assert!(matches!(create(&one, "w").await, Err(Error::AlreadyExists)));
    assert!(matches!(create(&other, "v").await, Err(Error::AlreadyExists)));
    put(&store, "changed").await.unwrap();
    assert!(matches!(create(&one, "v").await, Err(Error::AlreadyExists)));
    delete(&store).await.unwrap();
    assert!(matches!(create(&one, "v").await, Err(Error::IdempotencyKeyUsed)));
    assert_eq!(get(&store).await, None);
    // The same for a credential that has replaced a deleted one, and was changed.
    let version = create(&other, "w").await.unwrap();
    assert_eq!(create(&other, "w").await.unwrap(), version);
    put(&store, "changed").await.unwrap();
    delete(&store).await.unwrap();
    for key in [&one, &other] {
        assert!(matches!(create(key, "w").await, Err(Error::IdempotencyKeyUsed)), "{}", sm.dump());
    }
    assert_eq!(get(&store).await, None);
}

#[tokio::test]
async fn version_and_description_say_nothing_about_the_value() {
    let create = async |value: &str| {
        let (sm, store) = start().await;
        let version =
            store.create(&scope("n"), NAME, &draft(value), Some(&key("guessable-guessab"))).await.unwrap();
        let described =
            sm.call("DescribeSecret", json!({"SecretId": SECRET})).unwrap()["Description"].clone();
        (version.as_str().to_owned(), described.as_str().unwrap().replace(version.as_str(), "VERSION"))
    };
    let (one, same, other) = (create("hunter2").await, create("hunter2").await, create("hunter3").await);
    // A version derived from the value would be the same for the same value.
    assert_ne!(one.0, same.0);
    assert!(one.1 == same.1 && one.1 == other.1);
}

#[tokio::test]
async fn a_second_create_is_a_conflict_even_while_reads_lag() {
    let sm = SecretsManager::new();
    let line = sm.line().await;
    let store = support::store(line.endpoint());
    line.reads_as_of(Some(sm.moment()));
    create(&store, "v").await.unwrap();
    let (second, ()) = tokio::join!(create(&store, "w"), async {
        // More than the eight calls after which it once gave up.
        while line.calls().len() < 13 {
            tokio::task::yield_now().await;
        }
        line.reads_as_of(None);
    });
    assert!(matches!(second, Err(Error::AlreadyExists)));
    assert_eq!(get(&store).await.as_deref(), Some("v"));
}
