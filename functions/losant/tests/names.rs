//! Names stay with one credential, however many want them at once.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // It is all a test.

mod support;

use latchkey::store::Store;
use latchkey::{Error, Result};
use latchkey_losant::operations::read;
use latchkey_stand_in::{Incident, SecretsManager, What};
use support::{expected, make, names, remove, rename, scope, store, store_at};

#[tokio::test]
async fn a_name_that_is_taken_stays_with_its_credential() {
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
    // The other's first name goes on being taken when the credential that stands in its slot is deleted.
    remove(&store, &first).await.unwrap();
    assert!(matches!(read(&store, &scope(), &first).await, Err(Error::NotFound)));
    assert!(matches!(make(&store, "a").await, Err(Error::AlreadyExists)));
    let third = make(&store, "b").await.unwrap();
    assert_eq!(names(&sm).await, expected([("a", &second), ("b", &third)]));
    // Nothing is left in the end.
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
async fn of_many_who_want_a_name_one_gets_it() {
    let sm = SecretsManager::new();
    let store_ = store(&sm).await;
    let mut tasks = Vec::new();
    for number in 0..10 {
        let id = make(&store_, &number.to_string()).await.unwrap();
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
async fn the_same_rename_at_once_is_a_success_for_all() {
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

/// Lets `outer` wait before the call after so many of an action, and performs `inner` meanwhile.
async fn around<F: Future<Output = Result<()>>>(
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
async fn a_patch_that_names_the_old_name_does_not_bring_it_back() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    rename(&store, &id, "b").await.unwrap();
    let patched = around(&sm, (0, "UpdateSecret"), async |outer| rename(&outer, &id, "b").await, async {
        rename(&store, &id, "c").await.unwrap();
        make(&store, "b").await.unwrap();
    });
    patched.await.unwrap();
    assert_eq!(names(&sm).await["c"], id);
}

#[tokio::test]
async fn a_first_name_that_somebody_gets_meanwhile_is_taken() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    rename(&store, &id, "b").await.unwrap();
    let renamed = around(&sm, (0, "UpdateSecret"), async |outer| rename(&outer, &id, "a").await, async {
        make(&store, "a").await.unwrap();
    });
    assert!(matches!(renamed.await, Err(Error::AlreadyExists)));
    assert_eq!(names(&sm).await["b"], id);
}

/// Both have made a claim, and the credential needs the one that is still there.
#[tokio::test]
async fn the_same_rename_that_comes_through_meanwhile_keeps_its_claim() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    let renamed = around(&sm, (0, "UpdateSecret"), async |outer| rename(&outer, &id, "b").await, async {
        rename(&store, &id, "b").await.unwrap();
    });
    renamed.await.unwrap();
    assert!(matches!(make(&store, "b").await, Err(Error::AlreadyExists)));
    assert_eq!(names(&sm).await, expected([("b", &id)]));
}

/// What was opened ahead of a rename says nothing of the claim that another rename has made since.
#[tokio::test]
async fn a_rename_that_is_overtaken_removes_the_claim_that_came_last() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    rename(&store, &id, "b").await.unwrap();
    let renamed = around(&sm, (0, "UpdateSecret"), async |outer| rename(&outer, &id, "c").await, async {
        rename(&store, &id, "d").await.unwrap();
    });
    renamed.await.unwrap();
    assert_eq!(names(&sm).await, expected([("c", &id)]));
    sm.purge();
    assert_eq!(sm.names().len(), 2, "the credential and its one claim: {}", sm.dump());
}
