//! Functions die between any two calls, and their last calls may arrive late: no name is ever used twice or lost.
//!
//! `LATCHKEY_ROUNDS` is the number of rounds of random runs, 10 by default.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;

use std::time::Duration;

use latchkey::{Error, Result};
use latchkey_losant::id::CredentialId;
use latchkey_stand_in::{Incident, SecretsManager, What};
use support::{age, expected, key, make, make_with, names, remove, rename, store, store_at};

const NAMES: [&str; 3] = ["a", "b", "c"];
/// How many random runs are concurrent. They mostly wait.
const RUNS: usize = 20;
/// How long a caller waits for others before it gives up, which is like a death.
const TIME_LIMIT: Duration = Duration::from_millis(250);
/// How late a late call arrives: after the other callers have given up.
const LATE: Duration = Duration::from_millis(600);

/// The result of an operation, if there is one within the time limit.
async fn within_time_limit<T>(operation: impl Future<Output = Result<T>>) -> Option<Result<T>> {
    tokio::time::timeout(TIME_LIMIT, operation).await.ok()
}

/// Begins to rename a credential, and dies at the write that gives it the name.
async fn die_renaming(sm: &SecretsManager, id: &CredentialId, name: &str, late: Option<Duration>) {
    let line = sm.line().await;
    line.set_incident(Incident::new(0, What::Dies { late }).of("UpdateSecret"));
    let dead = store_at(line.endpoint());
    tokio::select! {
        () = line.happened() => {}
        result = rename(&dead, id, name) => panic!("{result:?}"),
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_rename_never_gives_two_credentials_the_same_name() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let (id, other) = (make(&store, "a").await.unwrap(), make(&store, "c").await.unwrap());
    die_renaming(&sm, &id, "b", Some(LATE)).await;
    assert!(!matches!(within_time_limit(make(&store, "b")).await, Some(Ok(_))));
    assert!(!matches!(within_time_limit(rename(&store, &other, "b")).await, Some(Ok(()))));
    sm.quiet().await;
    assert_eq!(names(&sm).await, expected([("b", &id), ("c", &other)]));
    assert!(matches!(make(&store, "b").await, Err(Error::AlreadyExists)));
}

/// After an error that does not tell what became of the write, the write may still be under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_rename_with_an_unknown_outcome_keeps_its_claim() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    let line = sm.line().await;
    line.set_incident(Incident::new(0, What::Dies { late: Some(LATE * 4) }).of("UpdateSecret"));
    let renamed = store_at(line.endpoint());
    let rejected = async {
        line.happened().await;
        // Rejects the further attempts of this call, and no other call.
        let what = What::Error { code: "ThrottlingException", status: 400, times: 2 };
        line.set_incident(Incident::new(0, what).of("UpdateSecret"));
    };
    let (renamed, ()) = tokio::join!(rename(&renamed, &id, "b"), rejected);
    assert!(matches!(renamed, Err(Error::Throttled | Error::Unavailable(_))), "{renamed:?}");
    assert!(!matches!(within_time_limit(make(&store, "b")).await, Some(Ok(_))));
    sm.quiet().await;
    assert_eq!(names(&sm).await, expected([("b", &id)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_claim_of_a_dead_rename_blocks_the_name_for_minutes_and_the_error_says_so() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let (id, other) = (make(&store, "a").await.unwrap(), make(&store, "c").await.unwrap());
    die_renaming(&sm, &id, "b", None).await;
    let (made, renamed) = tokio::join!(make(&store, "b"), rename(&store, &other, "b"));
    for rejected in [made.map(drop), renamed] {
        let Err(Error::BeingDeleted { wait }) = rejected else { panic!("{rejected:?}") };
        assert!(wait > Duration::from_mins(7) && wait < Duration::from_mins(8));
    }
    age(&sm);
    rename(&store, &other, "b").await.unwrap();
    assert_eq!(names(&sm).await, expected([("a", &id), ("b", &other)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dead_request_can_be_repeated_immediately() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    die_renaming(&sm, &id, "b", None).await;
    within_time_limit(rename(&store, &id, "b")).await.unwrap().unwrap();
    assert_eq!(names(&sm).await, expected([("b", &id)]));

    // The same holds for a create with an Idempotency-Key that needs a claim.
    let line = sm.line().await;
    line.set_incident(Incident::new(1, What::Dies { late: Some(LATE) }).of("CreateSecret"));
    let (dead, key) = (store_at(line.endpoint()), key(0));
    tokio::select! {
        () = line.happened() => {}
        result = make_with(&dead, "a", "s", Some(&key)) => panic!("{result:?}"),
    }
    let made = within_time_limit(make_with(&store, "a", "s", Some(&key))).await.unwrap().unwrap();
    sm.quiet().await;
    assert_eq!(make_with(&store, "a", "s", Some(&key)).await.unwrap(), made);
    assert_eq!(names(&sm).await, expected([("a", &made), ("b", &id)]));
}

/// A renewed claim must survive a failure, because the write of the first attempt may still be under way.
#[tokio::test(flavor = "multi_thread")]
async fn a_failed_second_attempt_keeps_the_claim_for_the_first() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let id = make(&store, "a").await.unwrap();
    die_renaming(&sm, &id, "b", Some(LATE * 2)).await;
    let line = sm.line().await;
    // At the write after the claim. The claim is an update here, too, because it renews the first one.
    let what = What::Error { code: "LimitExceededException", status: 400, times: 1 };
    line.set_incident(Incident::new(1, what).of("UpdateSecret"));
    let again = rename(&store_at(line.endpoint()), &id, "b").await;
    assert!(matches!(again, Err(Error::QuotaExceeded)), "{again:?}");
    assert!(!matches!(within_time_limit(make(&store, "b")).await, Some(Ok(_))));
    sm.quiet().await;
    assert_eq!(names(&sm).await, expected([("b", &id)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_that_dies_between_its_writes_leaves_every_name_usable() {
    for at in 0.. {
        for what in [What::Dies { late: None }, What::DiesAfter] {
            let sm = SecretsManager::new();
            let store = store(&sm).await;
            let id = make(&store, "a").await.unwrap();
            rename(&store, &id, "b").await.unwrap();
            let line = sm.line().await;
            line.set_incident(Incident::new(at, what));
            let dead = store_at(line.endpoint());
            let has_died = tokio::select! {
                biased;
                () = line.happened() => true,
                result = rename(&dead, &id, "c") => {
                    result.unwrap();
                    false
                }
            };
            let found = names(&sm).await;
            assert!(found == expected([("b", &id)]) || found == expected([("c", &id)]), "{found:?}");
            age(&sm);
            for name in NAMES {
                let made = make(&store, name).await;
                let is_taken = found.contains_key(name);
                assert_eq!(matches!(made, Err(Error::AlreadyExists)), is_taken, "{name} {made:?}");
            }
            assert_eq!(names(&sm).await.len(), NAMES.len());
            if !has_died {
                return;
            }
        }
    }
}

#[test]
fn random_deaths_never_make_a_name_used_twice_or_lost() {
    let rounds = std::env::var("LATCHKEY_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap());
    for _ in 0..rounds {
        // A runtime for each round, so that all connections end with it.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let runs: Vec<_> = (0..RUNS).map(|_| tokio::spawn(run())).collect();
            for run in runs {
                run.await.unwrap();
            }
        });
    }
}

/// Several times, three callers work concurrently, and one of them dies. In the end every name can be taken.
async fn run() {
    let sm = SecretsManager::new();
    let store = store(&sm).await;
    let mut ids = Vec::new();
    for name in ["a", "b"] {
        ids.push(make(&store, name).await.unwrap());
    }
    for _ in 0..4 {
        let late = fastrand::bool().then(|| Duration::from_millis(fastrand::u64(0..8)));
        let death = Incident::new(fastrand::usize(0..8), What::Dies { late });
        let tasks: Vec<_> = [Some(death), None, None]
            .map(|death| tokio::spawn(perform(sm.clone(), ids.clone(), death)))
            .into_iter()
            .collect();
        for task in tasks {
            ids.extend(task.await.unwrap());
        }
        sm.quiet().await;
        ids.extend(names(&sm).await.into_values());
        // In place of waiting for minutes. Half of the time, the claims stay fresh.
        if fastrand::bool() {
            age(&sm);
        }
    }
    age(&sm);
    for name in NAMES {
        match make(&store, name).await {
            Ok(_) => {}
            Err(Error::AlreadyExists) => assert!(names(&sm).await.contains_key(name), "{name} is lost"),
            Err(error) => panic!("{error:?}: {}", sm.dump()),
        }
    }
    for id in names(&sm).await.values() {
        remove(&store, id).await.unwrap();
    }
    for name in NAMES {
        make(&store, name).await.unwrap();
    }
    assert_eq!(names(&sm).await.len(), NAMES.len());
}

/// One random operation of a caller that has its own line and may die.
async fn perform(
    sm: SecretsManager,
    ids: Vec<CredentialId>,
    death: Option<Incident>,
) -> Option<CredentialId> {
    let line = sm.line().await;
    line.set_incident(death);
    let store = store_at(line.endpoint());
    let name = NAMES[fastrand::usize(..NAMES.len())];
    let id = &ids[fastrand::usize(..ids.len())];
    let operation = async {
        match fastrand::u8(0..6) {
            0 => make(&store, name).await.map(Some),
            1 => make_with(&store, name, "s", Some(&key(fastrand::usize(0..2)))).await.map(Some),
            2 => remove(&store, id).await.map(|()| None),
            _ => rename(&store, id, name).await.map(|()| None),
        }
    };
    let result = tokio::select! {
        biased;
        () = line.happened() => return None,
        () = tokio::time::sleep(TIME_LIMIT) => {
            line.set_incident(Incident::new(0, What::Dies { late: None }));
            return None;
        }
        result = operation => result,
    };
    match result {
        Ok(made) => made,
        Err(
            Error::AlreadyExists
            | Error::NotFound
            | Error::Throttled
            | Error::BeingDeleted { .. }
            | Error::IdempotencyKeyUsed,
        ) => None,
        Err(error) => panic!("{error:?}"),
    }
}
