//! The store against moto: what happens if many callers write concurrently. See `docs/decisions/test-worlds.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

#[path = "support/moto.rs"]
mod moto;
mod support;

use latchkey::store::{BackOff, Precondition, Store, Stored};
use latchkey::{Error, Result, Scope};
use latchkey_stand_in::SecretsManager;
use support::{draft, public_of, scope, store};

/// Each writer has two calls under way, and the tests run concurrently: moto queues 128 connections and rejects more.
const WRITERS: usize = 16;

fn text(stored: &Stored) -> &str {
    stored.value.expose_text().unwrap()
}

async fn read_text(store: &Store, scope: &Scope, name: &str) -> Result<String> {
    Ok(text(&store.read(scope, name).await?).to_owned())
}

/// Runs `task` once for each writer, all of them concurrently.
async fn all_at_once<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    task: impl Fn(usize, Store) -> F,
) -> Vec<T> {
    all_at_once_in(&store(moto::endpoint()), task).await
}

async fn all_at_once_in<T: Send + 'static, F: Future<Output = T> + Send + 'static>(
    store: &Store,
    task: impl Fn(usize, Store) -> F,
) -> Vec<T> {
    let tasks: Vec<_> = (0..WRITERS).map(|number| tokio::spawn(task(number, store.clone()))).collect();
    let mut results = Vec::new();
    for task in tasks {
        results.push(task.await.unwrap());
    }
    results
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_of_many_creates_of_one_name_succeeds() {
    let results = all_at_once(|number, store| async move {
        store.create(&scope("creates"), "name", &draft(&number.to_string()), None).await
    })
    .await;
    let winners: Vec<_> = results.iter().enumerate().filter(|(_, result)| result.is_ok()).collect();
    assert_eq!(winners.len(), 1);
    assert!(
        results.iter().filter_map(|result| result.as_ref().err()).all(|e| matches!(e, Error::AlreadyExists))
    );
    let found = read_text(&store(moto::endpoint()), &scope("creates"), "name").await.unwrap();
    assert_eq!(found, winners[0].0.to_string());
}

/// Not against moto: it says that the name of a scheduled secret is in use.
#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_of_many_creates_of_a_deleted_name_succeeds() {
    let sm = SecretsManager::new();
    let (scope_, store_) = (scope("recreates"), store(sm.line().await.endpoint()));
    store_.create(&scope_, "name", &draft("old"), None).await.unwrap();
    store_.delete(&scope_, "name", &Precondition::None).await.unwrap();
    let results = all_at_once_in(&store_, |number, store| async move {
        store.create(&scope("recreates"), "name", &draft(&number.to_string()), None).await
    })
    .await;
    let winners: Vec<_> = results.iter().enumerate().filter(|(_, result)| result.is_ok()).collect();
    assert_eq!(winners.len(), 1);
    let is_fine = |error: &Error| matches!(error, Error::AlreadyExists | Error::BeingDeleted { .. });
    assert!(results.iter().filter_map(|result| result.as_ref().err()).all(is_fine));
    assert_eq!(read_text(&store_, &scope_, "name").await.unwrap(), winners[0].0.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn exactly_one_of_many_updates_of_one_version_succeeds() {
    let (scope_, store_) = (scope("updates"), store(moto::endpoint()));
    store_.create(&scope_, "name", &draft("old"), None).await.unwrap();
    let base = store_.open_credential(&scope_, "name", &mut BackOff::new()).await.unwrap();
    let results = all_at_once(|number, store| {
        let base = base.clone();
        async move { store.update_once("name", &base, draft(&number.to_string())).await }
    })
    .await;
    let winners: Vec<_> = results.iter().enumerate().filter(|(_, result)| result.is_ok()).collect();
    assert_eq!(winners.len(), 1);
    assert!(
        results.iter().filter_map(|result| result.as_ref().err()).all(|e| matches!(e, Error::AlreadyExists))
    );
    assert_eq!(read_text(&store_, &scope_, "name").await.unwrap(), winners[0].0.to_string());
}

#[tokio::test(flavor = "multi_thread")]
async fn all_changes_of_many_writers_survive() {
    let (scope_, store_) = (scope("changes"), store(moto::endpoint()));
    store_.create(&scope_, "set", &draft("start"), None).await.unwrap();
    let results = all_at_once(|number, store| async move {
        let add = |stored: &Stored| Ok((draft(&format!("{},{number}", text(stored))), number));
        store.update(&scope("changes"), "set", &Precondition::None, add).await
    })
    .await;
    let found = read_text(&store_, &scope_, "set").await.unwrap();
    for (number, result) in results.iter().enumerate() {
        let is_there = found.split(',').any(|entry| entry == number.to_string());
        // A writer that gave up has changed nothing. Every other writer's change is there.
        assert_eq!(is_there, result.is_ok(), "{number}: {result:?} in {found}");
        match result {
            Ok((_, made)) => assert_eq!(*made, number),
            Err(Error::Throttled) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn updates_concurrent_with_a_deletion_do_not_bring_the_value_back() {
    let (scope_, store_) = (scope("deletes"), store(moto::endpoint()));
    store_.create(&scope_, "name", &draft("old"), None).await.unwrap();
    let results = all_at_once(|number, store| async move {
        let scope = scope("deletes");
        if number == 0 {
            // Among so many writers it may be throttled. Then it tries again, as a client does after a 429.
            loop {
                match store.delete(&scope, "name", &Precondition::None).await {
                    Err(Error::Throttled) => {}
                    done => return done,
                }
            }
        }
        let draft = draft(&number.to_string());
        store.update(&scope, "name", &Precondition::None, |_| Ok((draft.clone(), ()))).await.map(drop)
    })
    .await;
    assert!(results[0].is_ok(), "{:?}", results[0]);
    assert!(matches!(read_text(&store_, &scope_, "name").await, Err(Error::NotFound)));
    let is_fine = |result: &Result<()>| matches!(result, Ok(()) | Err(Error::NotFound | Error::Throttled));
    assert!(results.iter().all(is_fine), "{results:?}");
}

#[tokio::test]
async fn nothing_happens_if_the_precondition_does_not_hold() {
    let (scope_, store_) = (scope("preconditions"), store(moto::endpoint()));
    let first = store_.create(&scope_, "name", &draft("first"), None).await.unwrap();
    let at_first = Precondition::Versions(vec![first]);
    store_.update(&scope_, "name", &at_first, |_| Ok((draft("second"), ()))).await.unwrap();
    let stale = store_.update(&scope_, "name", &at_first, |_| Ok((draft("third"), ()))).await;
    assert!(matches!(stale, Err(Error::PreconditionFailed)));
    assert!(matches!(store_.delete(&scope_, "name", &at_first).await, Err(Error::PreconditionFailed)));
    assert_eq!(read_text(&store_, &scope_, "name").await.unwrap(), "second");
}

#[tokio::test]
async fn a_list_shows_only_the_credentials_of_its_own_namespace() {
    let store = store(moto::endpoint());
    for namespace in ["list", "list/x", "lis", "LIST", "list-"] {
        store.create(&scope(namespace), namespace, &draft("v"), None).await.unwrap();
    }
    let listed = store.list(&scope("list"), public_of).await.unwrap();
    assert_eq!(listed.iter().map(|listed| listed.name.as_str()).collect::<Vec<_>>(), ["list"]);
}
