//! Many concurrent writers, some of them with faults, and reads that lag: no change is lost, and every response stays
//! true. See `docs/decisions/compare-and-set.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;

use std::time::Duration;

use latchkey::store::{Precondition, Store, Stored};
use latchkey::{Error, Result};
use latchkey_stand_in::{Incident, Lag, SecretsManager, What};
use support::{at_once, draft, public_of, scope, store};
use tokio::task::JoinSet;

const WRITERS: usize = 8;
/// How many instances of a function serve each writer, one after the other.
const INSTANCES: usize = 3;
const ROUNDS: usize = 12;

/// Reads and lists that lag, far longer than a call takes.
const LAG: Lag = Lag { reads: Duration::from_millis(15), lists: Duration::from_millis(60) };

fn fault() -> What {
    let error = |code, status| What::Error { code, status, times: 1 };
    match fastrand::u8(0..6) {
        0 => What::Drop { times: 1 },
        1 => What::Lose { times: 1 },
        2 => What::Lose { times: usize::MAX },
        3 => error("InternalServiceError", 500),
        4 => error("ThrottlingException", 400),
        _ => What::Late { after: Duration::from_millis(3) },
    }
}

/// A new store for each instance. Half of the instances meet a fault.
async fn instance(sm: &SecretsManager) -> Store {
    let line = sm.line().await;
    if fastrand::bool() {
        line.set_incident(Incident::new(fastrand::usize(0..4), fault()));
    }
    store(line.endpoint())
}

async fn append(store: &Store, mark: &str) -> Result<()> {
    let change =
        |stored: &Stored| Ok((draft(&format!("{},{mark}", stored.value.expose_text().unwrap())), ()));
    store.update(&scope("n"), "set", &Precondition::None, change).await.map(drop)
}

/// Waits for late calls, then lets so much time pass that every read shows them.
async fn settle(sm: &SecretsManager) {
    sm.quiet().await;
    sm.advance(Duration::from_mins(1));
}

async fn no_change_is_lost(lag: Option<Lag>) {
    let sm = SecretsManager::new();
    let healthy = store(sm.line().await.endpoint());
    healthy.create(&scope("n"), "set", &draft("start"), None).await.unwrap();
    settle(&sm).await;
    sm.set(|switches| switches.lag = lag.unwrap_or_default());
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let sm = sm.clone();
        writers.spawn(async move {
            let mut results = Vec::new();
            for number in 0..INSTANCES {
                let mark = format!("{writer}.{number}");
                let result = append(&instance(&sm).await, &mark).await;
                results.push((mark, result));
            }
            results
        });
    }
    let results: Vec<_> = writers.join_all().await.into_iter().flatten().collect();
    settle(&sm).await;
    let marks = healthy.read(&scope("n"), "set").await.unwrap();
    let marks: Vec<_> = marks.value.expose_text().unwrap().split(',').map(str::to_owned).collect();
    for (mark, result) in results {
        let count = marks.iter().filter(|other| **other == mark).count();
        match result {
            Ok(()) => assert_eq!(count, 1, "{mark} in {marks:?}"),
            // Nobody knows whether it succeeded.
            Err(Error::Unavailable(_)) => assert!(count <= 1, "{mark} in {marks:?}"),
            Err(Error::Throttled | Error::NotFound) => assert_eq!(count, 0, "{mark} in {marks:?}"),
            Err(error) => panic!("{error:?}"),
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn all_changes_of_many_writers_survive() {
    at_once(0..ROUNDS, |_| no_change_is_lost(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn all_changes_of_many_writers_survive_while_reads_lag() {
    at_once(0..ROUNDS, |_| no_change_is_lost(Some(LAG))).await;
}

/// Creates and deletes one name again and again. Each value is there from its create to its deletion, and never again.
async fn no_value_comes_back(lag: Option<Lag>) {
    let sm = SecretsManager::new();
    sm.set(|switches| switches.lag = lag.unwrap_or_default());
    let mut callers = JoinSet::new();
    for caller in 0..WRITERS {
        let sm = sm.clone();
        callers.spawn(async move {
            let (mut created, mut deleted) = (Vec::new(), Vec::new());
            for number in 0..INSTANCES {
                let value = format!("{caller}.{number}");
                match instance(&sm).await.create(&scope("n"), "name", &draft(&value), None).await {
                    Ok(_) => created.push(value),
                    Err(
                        Error::AlreadyExists
                        | Error::BeingDeleted { .. }
                        | Error::Throttled
                        | Error::Unavailable(_),
                    ) => {}
                    Err(error) => panic!("{error:?}"),
                }
                let note = |stored: &Stored| Ok(stored.value.expose_text().unwrap().to_owned());
                match instance(&sm).await.delete_if(&scope("n"), "name", &Precondition::None, note).await {
                    Ok(value) => deleted.push(value),
                    Err(Error::NotFound | Error::Throttled | Error::Unavailable(_)) => {}
                    Err(error) => panic!("{error:?}"),
                }
            }
            (created, deleted)
        });
    }
    let results = callers.join_all().await;
    settle(&sm).await;
    let deleted: Vec<_> = results.iter().flat_map(|(_, deleted)| deleted).collect();
    let healthy = store(sm.line().await.endpoint());
    let found = match healthy.read(&scope("n"), "name").await {
        Ok(stored) => Some(stored.value.expose_text().unwrap().to_owned()),
        Err(Error::NotFound) => None,
        Err(error) => panic!("{error:?}"),
    };
    let listed = healthy.list(&scope("n"), public_of).await.unwrap();
    assert_eq!(listed.len(), usize::from(found.is_some()), "list and get");
    if let Some(found) = found {
        assert!(!deleted.contains(&&found), "{found} is back");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn no_deleted_value_comes_back() {
    at_once(0..ROUNDS, |_| no_value_comes_back(None)).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn no_deleted_value_comes_back_while_reads_lag() {
    at_once(0..ROUNDS, |_| no_value_comes_back(Some(LAG))).await;
}
