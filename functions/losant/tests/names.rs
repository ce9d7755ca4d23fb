//! A name stays with one credential, however many requests want it concurrently.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;

use latchkey::store::Store;
use latchkey::{Error, Result};
use latchkey_losant::operations::read;
use latchkey_stand_in::{Incident, SecretsManager, What};
use support::{expected, make, names, remove, rename, scope, store, store_at};

#[tokio::test]
async fn a_taken_name_stays_with_its_credential() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let first = make(&store, "a").await.unwrap();
    let second = make(&store, "b").await.unwrap();
    assert!(matches!(make(&store, "a").await, Err(Error::AlreadyExists)));
    assert!(matches!(rename(&store, &second, "a").await, Err(Error::AlreadyExists)));
    assert!(matches!(rename(&store, &first, "b").await, Err(Error::AlreadyExists)));
    rename(&store, &first, "c").await.unwrap();
    assert!(matches!(make(&store, "c").await, Err(Error::AlreadyExists)));
    assert!(matches!(rename(&store, &second, "c").await, Err(Error::AlreadyExists)));
    assert_eq!(names(&sm).await, expected([("b", &second), ("c", &first)]));
}

#[tokio::test]
async fn credentials_can_exchange_their_names() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let (first, second) = (make(&store, "a").await.unwrap(), make(&store, "b").await.unwrap());
    rename(&store, &first, "c").await.unwrap();
    rename(&store, &second, "a").await.unwrap();
    rename(&store, &first, "b").await.unwrap();
    assert_eq!(names(&sm).await, expected([("a", &second), ("b", &first)]));
    // `first` was stored in the slot of "a". Deleting it does not free the name, which `second` has.
    remove(&store, &first).await.unwrap();
    assert!(matches!(read(&store, &scope(), &first).await, Err(Error::NotFound)));
    assert!(matches!(make(&store, "a").await, Err(Error::AlreadyExists)));
    let third = make(&store, "b").await.unwrap();
    assert_eq!(names(&sm).await, expected([("a", &second), ("b", &third)]));
    // In the end nothing is left.
    for id in [second, third] {
        remove(&store, &id).await.unwrap();
    }
    sm.purge();
    assert_eq!(sm.names(), Vec::<String>::new());
}

#[tokio::test]
async fn a_first_name_can_be_given_to_a_new_credential() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let first = make(&store, "a").await.unwrap();
    rename(&store, &first, "b").await.unwrap();
    let second = make(&store, "a").await.unwrap();
    assert_ne!(second.slot(), first.slot());
    assert!(matches!(make(&store, "a").await, Err(Error::AlreadyExists)));
    assert!(matches!(rename(&store, &first, "a").await, Err(Error::AlreadyExists)));
    remove(&store, &second).await.unwrap();
    rename(&store, &first, "a").await.unwrap();
    assert_eq!(names(&sm).await, expected([("a", &first)]));
    sm.purge();
    assert_eq!(sm.names().len(), 1);
}

#[tokio::test]
async fn a_deleted_name_is_free_and_gets_another_id() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let first = make(&store, "a").await.unwrap();
    remove(&store, &first).await.unwrap();
    assert!(matches!(remove(&store, &first).await, Err(Error::NotFound)));
    let second = make(&store, "a").await.unwrap();
    assert_eq!(first.slot(), second.slot());
    assert_ne!(first, second);
    assert!(matches!(read(&store, &scope(), &first).await, Err(Error::NotFound)));
    assert!(matches!(remove(&store, &first).await, Err(Error::NotFound)));
    assert!(matches!(rename(&store, &first, "b").await, Err(Error::NotFound)));
    assert_eq!(names(&sm).await, expected([("a", &second)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_concurrent_requests_for_a_name_one_succeeds() {
    let sm = SecretsManager::new();
    let first_store = store(&sm).await;
    let mut tasks = Vec::new();
    for number in 0..10 {
        let id = make(&first_store, &number.to_string()).await.unwrap();
        let (one, other) = (store(&sm).await, store(&sm).await);
        tasks.push(tokio::spawn(async move { rename(&one, &id, "a").await }));
        tasks.push(tokio::spawn(async move { make(&other, "a").await.map(drop) }));
    }
    let mut winners = 0;
    for task in tasks {
        match task.await.unwrap() {
            Ok(()) => winners += 1,
            Err(Error::AlreadyExists) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    assert_eq!(winners, 1);
    assert!(names(&sm).await.contains_key("a"));
}

#[tokio::test(flavor = "multi_thread")]
async fn concurrent_requests_for_the_same_rename_all_succeed() {
    let sm = SecretsManager::new();
    let id = make(&store(&sm).await, "a").await.unwrap();
    for name in ["b", "a", "c", "b"] {
        let mut tasks = Vec::new();
        for _ in 0..6 {
            let (store, id) = (store(&sm).await, id.clone());
            tasks.push(tokio::spawn(async move { rename(&store, &id, name).await }));
        }
        for task in tasks {
            task.await.unwrap().unwrap();
        }
        assert_eq!(names(&sm).await, expected([(name, &id)]));
        assert!(matches!(make(&store(&sm).await, name).await, Err(Error::AlreadyExists)));
    }
}

/// Pauses `outer` before its call of `action` that follows `after` others, and runs `inner` meanwhile.
async fn paused<F: Future<Output = Result<()>>>(
    sm: &SecretsManager,
    (after, action): (usize, &'static str),
    outer: impl FnOnce(Store) -> F,
    inner: impl Future<Output = ()>,
) -> Result<()> {
    let line = sm.line().await;
    line.set_incident(Incident::new(after, What::Waits).of(action));
    let inner = async {
        line.happened().await;
        inner.await;
        line.go_on();
    };
    tokio::join!(outer(store_at(line.endpoint())), inner).0
}

#[tokio::test]
async fn a_patch_with_the_current_name_does_not_undo_a_rename() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    rename(&store, &id, "b").await.unwrap();
    let patched = paused(&sm, (0, "UpdateSecret"), async |outer| rename(&outer, &id, "b").await, async {
        rename(&store, &id, "c").await.unwrap();
        make(&store, "b").await.unwrap();
    });
    patched.await.unwrap();
    assert_eq!(names(&sm).await["c"], id);
}

#[tokio::test]
async fn a_first_name_that_was_taken_meanwhile_stays_taken() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    rename(&store, &id, "b").await.unwrap();
    let renamed = paused(&sm, (0, "UpdateSecret"), async |outer| rename(&outer, &id, "a").await, async {
        make(&store, "a").await.unwrap();
    });
    assert!(matches!(renamed.await, Err(Error::AlreadyExists)));
    assert_eq!(names(&sm).await["b"], id);
}

/// Both renames make a claim. The credential needs the one that is left.
#[tokio::test]
async fn a_concurrent_request_for_the_same_rename_leaves_the_claim() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    let renamed = paused(&sm, (0, "UpdateSecret"), async |outer| rename(&outer, &id, "b").await, async {
        rename(&store, &id, "b").await.unwrap();
    });
    renamed.await.unwrap();
    assert!(matches!(make(&store, "b").await, Err(Error::AlreadyExists)));
    assert_eq!(names(&sm).await, expected([("b", &id)]));
}

/// A slot that was opened in advance says nothing about the claim that another rename has made since.
#[tokio::test]
async fn a_rename_removes_the_claim_of_another_that_came_in_between() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    rename(&store, &id, "b").await.unwrap();
    let renamed = paused(&sm, (0, "UpdateSecret"), async |outer| rename(&outer, &id, "c").await, async {
        rename(&store, &id, "d").await.unwrap();
    });
    renamed.await.unwrap();
    assert_eq!(names(&sm).await, expected([("c", &id)]));
    sm.purge();
    assert_eq!(sm.names().len(), 2, "the credential and its one claim: {}", sm.dump());
}
