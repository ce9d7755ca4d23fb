//! Random crowds of callers, some of which die: whatever runs concurrently, nothing is lost, duplicated or brought
//! back. See `docs/decisions/rename.md`.
//!
//! `LATCHKEY_ROUNDS` is the number of random runs of each kind.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;
#[path = "support/world.rs"]
mod world;

use std::time::Duration;

use latchkey::Error;
use latchkey_stand_in::{Lag, Switches, What};
use support::at_once;
use tokio::task::JoinSet;
use world::{NAMES, Operation, Outcome, World};

/// Many times as long as a call takes.
const LAG: Lag = Lag { reads: Duration::from_millis(20), lists: Duration::from_millis(40) };

fn random_operation() -> Operation {
    let name = || NAMES[fastrand::usize(0..NAMES.len())];
    match fastrand::u8(0..11) {
        0..4 => {
            let from = fastrand::usize(0..NAMES.len());
            let to = (from + fastrand::usize(1..NAMES.len())) % NAMES.len();
            Operation::Rename(NAMES[from], NAMES[to])
        }
        4..6 => Operation::Create(name()),
        6..8 => Operation::Patch(name()),
        8..10 => Operation::Delete(name()),
        _ if fastrand::bool() => Operation::List,
        _ => Operation::Read(name()),
    }
}

async fn perform_or_die(world: World, operation: Operation, mark: String) -> Outcome {
    let death = match fastrand::u8(0..16) {
        0 => What::Dies { late: None },
        1 => What::DiesAfter,
        2..4 => What::Dies { late: Some(Duration::from_millis(fastrand::u64(0..8))) },
        _ => return world.perform(operation, &mark).await,
    };
    world.die_during(operation, &mark, fastrand::usize(0..10), death).await
}

/// Fails unless the result is one of these. Each of them tells the caller what to do.
fn assert_is_legitimate(outcome: &Outcome, switches: &Switches) {
    let is_legitimate = match &outcome.result {
        None | Some(Ok(())) => true,
        // A Description is no proof, and a lagging read can look like that.
        Some(Err(Error::DeletedElsewhere)) => {
            switches.writes_descriptions_of_rejected || !switches.lag.reads.is_zero()
        }
        Some(Err(error)) => matches!(
            error,
            Error::NotFound | Error::AlreadyExists | Error::BeingDeleted { .. } | Error::Throttled
        ),
    };
    assert!(is_legitimate, "{outcome:?}");
}

async fn crowds(configure: fn(&mut Switches)) {
    let rounds = std::env::var("LATCHKEY_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200);
    at_once(0..rounds, move |_: usize| async move {
        let (world, mut outcomes) = World::start(&["a"]).await;
        world.settle().await;
        world.sm.set(configure);
        for wave in 0..3 {
            let mut running = JoinSet::new();
            for number in 0..fastrand::usize(2..8) {
                running.spawn(perform_or_die(world.clone(), random_operation(), format!("{wave}-{number}")));
            }
            for outcome in running.join_all().await {
                assert_is_legitimate(&outcome, &world.sm.switches());
                outcomes.push(outcome);
            }
            world.settle().await;
            world.assert_nothing_is_lost(&outcomes).await;
            if fastrand::bool() {
                world.age().await;
            }
            if fastrand::bool() {
                world.sm.purge();
            }
            world.assert_nothing_is_lost(&outcomes).await;
        }
        world.assert_every_name_works(&mut outcomes).await;
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_whatever_runs_and_dies_concurrently() {
    crowds(|_| {}).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_while_reads_lag() {
    crowds(|switches| switches.lag = LAG).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_whatever_rejected_writes_leave_in_descriptions() {
    crowds(|switches| switches.writes_descriptions_of_rejected = true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_with_both() {
    crowds(|switches| {
        switches.lag = LAG;
        switches.writes_descriptions_of_rejected = true;
    })
    .await;
}
