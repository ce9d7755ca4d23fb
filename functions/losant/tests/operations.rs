//! The calls that each operation makes, repeated creates, and secrets that others have changed.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;

use latchkey::{Error, Result, Store};
use latchkey_losant::operations::read;
use latchkey_stand_in::SecretsManager;
use serde_json::{Value, json};
use support::{
    age, change, expected, key, list, make, make_with, names, put, remove, rename, scope, secret_of, store,
    store_at, value_of,
};

const OPEN: &[&str] = &["DescribeSecret", "GetSecretValue"];
const CREATE: &[&str] = &["CreateSecret"];
const UPDATE: &[&str] = &["UpdateSecret"];
const DELETE: &[&str] = &["DeleteSecret"];

/// Asserts the calls that `operation` makes if nothing comes in between: one round trip after the other, each with
/// all its concurrent calls.
async fn assert_calls<T, F: Future<Output = Result<T>>>(
    sm: &SecretsManager,
    operation: impl FnOnce(Store) -> F,
    round_trips: &[&[&str]],
) -> T {
    let line = sm.line().await;
    let made = operation(store_at(line.endpoint())).await.unwrap();
    let actions = line.actions();
    let mut rest = &actions[..];
    for expected in round_trips {
        let (found, after) = rest.split_at(expected.len().min(rest.len()));
        let mut found = found.to_vec();
        found.sort_unstable();
        assert_eq!(found, *expected, "{actions:?}");
        rest = after;
    }
    assert_eq!(rest, [""; 0], "{actions:?}");
    made
}

#[tokio::test]
async fn the_ordinary_operations_make_few_calls() {
    let sm = SecretsManager::new();
    let id = assert_calls(&sm, async |store| make(&store, "a").await, &[CREATE]).await;
    let body = json!({"name": "a", "enabled": false});
    assert_calls(&sm, async |store| change(&store, &id, &body).await, &[OPEN, UPDATE]).await;
    assert_calls(&sm, async |store| read(&store, &scope(), &id).await, &[&["GetSecretValue"]]).await;
    assert_calls(&sm, async |store| Ok(list(&store).await), &[&["ListSecrets"]]).await;
    assert_calls(&sm, async |store| remove(&store, &id).await, &[OPEN, UPDATE, DELETE]).await;
    let again = [CREATE, &["DescribeSecret"], &["RestoreSecret"], OPEN, UPDATE];
    assert_calls(&sm, async |store| make(&store, "a").await, &again).await;
}

#[tokio::test]
async fn operations_with_claims_make_a_few_more_calls() {
    let sm = SecretsManager::new();
    let id = make(&store(&sm).await, "a").await.unwrap();
    // The slot of the former name is read concurrently with the write that gives the name up.
    let leave = ["DescribeSecret", "GetSecretValue", "UpdateSecret"];
    assert_calls(&sm, async |store| rename(&store, &id, "b").await, &[OPEN, CREATE, UPDATE]).await;
    let second = [OPEN, CREATE, &leave, UPDATE, DELETE];
    assert_calls(&sm, async |store| rename(&store, &id, "c").await, &second).await;
    let back = [OPEN, &leave, UPDATE, DELETE];
    assert_calls(&sm, async |store| rename(&store, &id, "a").await, &back).await;

    rename(&store(&sm).await, &id, "d").await.unwrap();
    // A list does not read the value of a slot that only holds a claim.
    assert_calls(&sm, async |store| Ok(list(&store).await), &[&["ListSecrets"]]).await;
    // The first name of another credential: the store reads its slot, and then this API does.
    let elsewhere = [CREATE, OPEN, OPEN, UPDATE, CREATE];
    let second = assert_calls(&sm, async |store| make(&store, "a").await, &elsewhere).await;
    let end = ["DeleteSecret", "DescribeSecret", "GetSecretValue", "UpdateSecret"];
    let delete = [OPEN, &end, UPDATE];
    assert_calls(&sm, async |store| remove(&store, &second).await, &delete).await;
    let delete = [OPEN, &end, UPDATE, DELETE];
    assert_calls(&sm, async |store| remove(&store, &id).await, &delete).await;
    assert_eq!(names(&sm).await, expected([]));
}

#[tokio::test]
async fn a_repeated_create_returns_what_is_stored() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let make = async |name, secret| make_with(&store, name, secret, Some(&key(0))).await;
    let id = make("a", "s").await.unwrap();
    assert_eq!(make("a", "s").await.unwrap(), id);
    // Also if it was changed or renamed meanwhile.
    change(&store, &id, &json!({"enabled": false})).await.unwrap();
    rename(&store, &id, "b").await.unwrap();
    assert_eq!(make("a", "s").await.unwrap(), id);
    assert!(matches!(make("a", "t").await, Err(Error::AlreadyExists)));

    // The same holds for a credential that is stored elsewhere, because the name is another one's first name.
    let elsewhere = make_with(&store, "a", "s", Some(&key(1))).await.unwrap();
    assert_ne!(elsewhere.slot(), id.slot());
    assert_eq!(make_with(&store, "a", "s", Some(&key(1))).await.unwrap(), elsewhere);
    rename(&store, &elsewhere, "c").await.unwrap();
    assert_eq!(make_with(&store, "a", "s", Some(&key(1))).await.unwrap(), elsewhere);
    assert!(matches!(make_with(&store, "a", "t", Some(&key(1))).await, Err(Error::AlreadyExists)));
    assert_eq!(names(&sm).await, expected([("b", &id), ("c", &elsewhere)]));
    assert_eq!(value_of(&sm, &secret_of(&id)).get("lent"), None, "no claim is left of the repetitions");
}

#[tokio::test]
async fn nothing_that_everybody_sees_depends_on_the_secret() {
    let (one, other) = (SecretsManager::new(), SecretsManager::new());
    let (right, wrong) = (store(&one).await, store(&other).await);
    let id = make_with(&right, "a", "the secret", Some(&key(0))).await.unwrap();
    assert_eq!(make_with(&wrong, "a", "a guess", Some(&key(0))).await.unwrap(), id);
    assert!(matches!(make_with(&right, "a", "a guess", Some(&key(0))).await, Err(Error::AlreadyExists)));
    assert_ne!(make_with(&right, "b", "the secret", Some(&key(0))).await.unwrap(), id);

    let [right, wrong] = [&one, &other].map(|sm| value_of(sm, &secret_of(&id))["createdAs"].clone());
    assert!(right.is_string() && wrong.is_string() && right != wrong);
    let described = one.call("DescribeSecret", json!({"SecretId": secret_of(&id)})).unwrap().to_string();
    assert!(!described.contains(right.as_str().unwrap()));
    assert!(!list(&store(&one).await).await.iter().any(|shown| shown.to_string().contains("createdAs")));
}

#[tokio::test]
async fn a_repeated_create_is_rejected_after_the_deletion() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let make = async |number| make_with(&store, "a", "s", Some(&key(number))).await;
    let is_used = |result: &Result<_>| matches!(result, Err(Error::IdempotencyKeyUsed));
    let id = make(0).await.unwrap();
    remove(&store, &id).await.unwrap();
    assert!(is_used(&make(0).await));

    // The same holds for a credential that is stored elsewhere.
    let first = make(1).await.unwrap();
    rename(&store, &first, "b").await.unwrap();
    let second = make(2).await.unwrap();
    assert_ne!(second.slot(), first.slot());
    remove(&store, &second).await.unwrap();
    assert!(is_used(&make(2).await));
    assert_eq!(names(&sm).await, expected([("b", &first)]));
    assert_eq!(value_of(&sm, &secret_of(&first)).get("lent"), None);

    // The same holds for one that is deleted while another one has its name, so that its secret stays.
    let third = make(3).await.unwrap();
    remove(&store, &first).await.unwrap();
    assert!(is_used(&make(1).await));
    assert_eq!(make(3).await.unwrap(), third);
    remove(&store, &third).await.unwrap();
    for number in 0..2 {
        assert!(is_used(&make(number).await), "{number}");
    }
}

/// A create that replaces an outdated claim also leaves a trace of its key.
#[tokio::test]
async fn a_repeated_create_that_replaced_a_claim_is_rejected_after_the_deletion() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "b").await.unwrap();
    rename(&store, &id, "a").await.unwrap();
    let slot = latchkey_losant::id::Slot::of("a");
    // As if the credential had lost the name, and the claim had stayed.
    let secret = secret_of(&id).replace(id.slot().as_str(), slot.as_str());
    let mut value = value_of(&sm, &secret);
    remove(&store, &id).await.unwrap();
    value["lent"]["at"] = json!(1);
    sm.call("RestoreSecret", json!({ "SecretId": secret })).unwrap();
    put(&sm, &secret, &value.to_string());

    let made = make_with(&store, "a", "s", Some(&key(0))).await.unwrap();
    assert_eq!(made.slot(), slot);
    assert_eq!(make_with(&store, "a", "s", Some(&key(0))).await.unwrap(), made);
    remove(&store, &made).await.unwrap();
    assert!(matches!(make_with(&store, "a", "s", Some(&key(0))).await, Err(Error::IdempotencyKeyUsed)));
}

#[tokio::test]
async fn a_foreign_value_is_a_conflict_and_in_no_list() {
    let (credential, head) = (json!({"id": "0"}), json!({"secrets": {}}));
    let foreign = ["v", "{}", "[]", "null", r#"{"password":"p"}"#, r#"[null,null,null,null,{"id":"0"}]"#];
    let foreign = foreign.map(str::to_owned).into_iter();
    for value in foreign.chain([json!({"credential": credential}).to_string(), head.to_string()]) {
        let sm = SecretsManager::new();
        let store = store(&sm).await;
        let id = make(&store, "a").await.unwrap();
        put(&sm, &secret_of(&id), &value);
        assert!(matches!(read(&store, &scope(), &id).await, Err(Error::ForeignValue)), "{value}");
        for body in [json!({"enabled": false}), json!({"name": "b"})] {
            assert!(matches!(change(&store, &id, &body).await, Err(Error::ForeignValue)), "{value}");
        }
        assert!(matches!(make(&store, "a").await, Err(Error::ForeignValue)), "{value}");
        assert_eq!(list(&store).await, [Value::Null; 0], "{value}");
        remove(&store, &id).await.unwrap();
        assert!(matches!(read(&store, &scope(), &id).await, Err(Error::NotFound)));
        make(&store, "a").await.unwrap();
    }
}

/// For example a value that was copied to a secret in which no read of its id would look.
#[tokio::test]
async fn a_credential_that_no_read_would_find_is_in_no_list() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let (id, other) = (make(&store, "a").await.unwrap(), make(&store, "b").await.unwrap());
    put(&sm, &secret_of(&other), &value_of(&sm, &secret_of(&id)).to_string());
    assert!(matches!(read(&store, &scope(), &other).await, Err(Error::NotFound)));
    assert_eq!(names(&sm).await, expected([("a", &id)]));
}

#[tokio::test]
async fn an_overwritten_description_hides_nothing() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let (id, large) = (make(&store, "a").await.unwrap(), make(&store, "b").await.unwrap());
    change(&store, &large, &json!({"description": "x".repeat(30_000)})).await.unwrap();
    rename(&store, &large, "c").await.unwrap();
    let before = list(&store).await;
    for secret in sm.names() {
        for text in ["for the team", r#"{"name":"x","public":{}}"#] {
            sm.call("UpdateSecret", json!({"SecretId": secret, "Description": text})).unwrap();
        }
    }
    assert_eq!(list(&store).await, before);
    assert_eq!(names(&sm).await, expected([("a", &id), ("c", &large)]));
    // The names are still taken, and everything can be changed.
    assert!(matches!(make(&store, "c").await, Err(Error::AlreadyExists)));
    rename(&store, &large, "b").await.unwrap();
    rename(&store, &id, "c").await.unwrap();
    remove(&store, &large).await.unwrap();
    assert_eq!(names(&sm).await, expected([("c", &id)]));
}

/// A Description has room for the longest credential that it should hold whole, and for its other parts.
#[tokio::test]
async fn a_list_does_not_read_the_longest_credential_that_a_description_holds() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    for number in 0..4 {
        let id = make_with(&store, "a", "s", Some(&key(number))).await.unwrap();
        remove(&store, &id).await.unwrap();
    }
    let id = make(&store, "a").await.unwrap();
    let length = list(&store).await[0].to_string().len() + r#","description":"""#.len();
    for (longest, read) in [(1_700, false), (1_701, true)] {
        let body = json!({"description": "x".repeat(longest - length)});
        change(&store, &id, &body).await.unwrap();
        let line = sm.line().await;
        assert_eq!(list(&store_at(line.endpoint())).await[0].to_string().len(), longest);
        assert_eq!(line.actions().len(), if read { 2 } else { 1 }, "{longest}");
    }
}

#[tokio::test]
async fn a_deletion_works_after_the_days_versions_are_used_up() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let (id, renamed) = (make(&store, "a").await.unwrap(), make(&store, "b").await.unwrap());
    rename(&store, &renamed, "c").await.unwrap();
    let other = make(&store, "b").await.unwrap();
    sm.set(|switches| switches.versions_per_day = Some(1));
    for id in [&id, &other] {
        assert!(matches!(change(&store, id, &json!({"enabled": false})).await, Err(Error::QuotaExceeded)));
        remove(&store, id).await.unwrap();
    }
    // Unless its secret also holds the claim to its first name, which must stay.
    let rejected = remove(&store, &renamed).await;
    assert!(matches!(rejected, Err(Error::QuotaExceeded)), "{rejected:?}");
    sm.set(|switches| switches.versions_per_day = None);
    age(&sm);
    remove(&store, &renamed).await.unwrap();
    assert_eq!(names(&sm).await, expected([]));
}
