//! Renames: whatever dies and whatever comes in between, a credential exists under exactly one name. See
//! `docs/decisions/rename.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;
#[path = "support/world.rs"]
mod world;

use std::collections::BTreeMap;
use std::time::Duration;

use latchkey::Error;
use latchkey_stand_in::What;
use support::{at_once, store};
use world::{Operation, World, perform};

/// The calls of a rename if nothing comes in between. The first two are concurrent.
const RENAME: [&str; 6] =
    ["DescribeSecret", "GetSecretValue", "CreateSecret", "UpdateSecret", "UpdateSecret", "DeleteSecret"];
/// How many calls a rename has made when it has written its marked value, departed, and arrived.
const MARKED: usize = 3;
const DEPARTED: usize = 4;
const ARRIVED: usize = 5;
const DONE: usize = 6;

/// What can come after or in between, and concerns the names of a rename from a to b.
const OPERATIONS: [Operation; 10] = [
    Operation::Create("a"),
    Operation::Create("b"),
    Operation::Patch("a"),
    Operation::Patch("b"),
    Operation::Delete("a"),
    Operation::Delete("b"),
    Operation::Rename("a", "b"),
    Operation::Rename("a", "c"),
    Operation::Rename("b", "a"),
    Operation::Rename("b", "c"),
];

fn deaths() -> [What; 4] {
    let late = |millis| What::Dies { late: Some(Duration::from_millis(millis)) };
    [What::Dies { late: None }, late(0), late(3), What::DiesAfter]
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_takes_six_calls_of_which_two_are_concurrent() {
    let (world, _) = World::start(&["a"]).await;
    let line = world.sm.line().await;
    perform(&store(line.endpoint()), Operation::Rename("a", "b"), "r", &mut None).await.unwrap();
    let mut actions = line.actions();
    actions[..2].sort();
    assert_eq!(actions, RENAME);
    let renamed = ("first-a".to_owned(), vec!["r".to_owned()]);
    assert_eq!(world.found().await, BTreeMap::from([("b", renamed)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_onto_a_taken_name_changes_nothing() {
    let (world, outcomes) = World::start(&["a", "b"]).await;
    let before = world.sm.dump();
    let outcome = world.perform(Operation::Rename("a", "b"), "r").await;
    assert!(matches!(outcome.result, Some(Err(Error::AlreadyExists))));
    assert_eq!(world.sm.dump(), before);
    world.assert_nothing_is_lost(&outcomes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_that_dies_leaves_exactly_one_name_and_all_names_usable() {
    let cases =
        deaths().into_iter().flat_map(|death| [false, true].map(|was_used| (death.clone(), was_used)));
    at_once(cases, |(death, was_used)| async move {
        for at in 0.. {
            let (world, mut outcomes) = World::start(&["a"]).await;
            if was_used {
                for operation in [Operation::Create("b"), Operation::Delete("b")] {
                    outcomes.push(world.perform(operation, "other").await);
                }
            }
            let outcome = world.die_during(Operation::Rename("a", "b"), "r", at, death.clone()).await;
            let has_died = outcome.result.is_none();
            outcomes.push(outcome);
            world.settle().await;
            world.assert_nothing_is_lost(&outcomes).await;
            assert_eq!(world.found().await.len(), 1, "{at} {death:?}");
            world.assert_every_name_works(&mut outcomes).await;
            if !has_died {
                break;
            }
        }
    })
    .await;
}

/// Also right away, while what the rename left is fresh and blocks names for some minutes.
#[tokio::test(flavor = "multi_thread")]
async fn what_finishes_a_dead_rename_can_die_as_well() {
    let cases = (MARKED - 1..DONE)
        .flat_map(|first| OPERATIONS.map(|operation| (first, operation)))
        .flat_map(|(first, operation)| [true, false].map(|is_old| (first, operation, is_old)));
    at_once(cases, |(first, operation, is_old)| async move {
        for second in 0.. {
            let (world, mut outcomes) = World::start(&["a"]).await;
            let death = What::Dies { late: None };
            outcomes.push(world.die_during(Operation::Rename("a", "b"), "r", first, death).await);
            if is_old {
                world.age().await;
            }
            let late = (second % 2 == 0).then_some(Duration::ZERO);
            let outcome = world.die_during(operation, "second", second, What::Dies { late }).await;
            let has_died = outcome.result.is_none();
            outcomes.push(outcome);
            world.settle().await;
            world.assert_nothing_is_lost(&outcomes).await;
            world.assert_every_name_works(&mut outcomes).await;
            if !has_died {
                break;
            }
        }
    })
    .await;
}

/// Any operation can come between any two calls of any other, also after a rename that died.
async fn operations_between_each_others_calls(deaths: &[usize], is_old: bool) {
    let reads = [Operation::Read("a"), Operation::Read("b")];
    let cases = deaths.iter().flat_map(move |first| {
        let outer = OPERATIONS.into_iter().chain(reads);
        outer.flat_map(move |outer| OPERATIONS.map(|inner| (*first, outer, inner)))
    });
    at_once(cases, move |(first, outer, inner)| async move {
        for at in 0.. {
            let (world, mut outcomes) = World::start(&["a"]).await;
            let death = What::Dies { late: None };
            outcomes.push(world.die_during(Operation::Rename("a", "b"), "r", first, death).await);
            if is_old {
                world.age().await;
            }
            let before = world.found().await;
            let Some(both) = world.perform_around(outer, at, inner).await else { break };
            let read = both[0].id.clone();
            outcomes.extend(both);
            world.assert_nothing_is_lost(&outcomes).await;
            if let Operation::Read(name) = outer
                && let (Some((id, _)), Some((same, _))) = (before.get(name), world.found().await.get(name))
                && id == same
            {
                assert_eq!(read.as_ref(), Some(id), "{first} {outer:?} {at} {inner:?}");
            }
            world.assert_every_name_works(&mut outcomes).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_operation_can_come_between_the_calls_of_another() {
    operations_between_each_others_calls(&[0, MARKED, DEPARTED, DONE], true).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn any_operation_can_come_between_the_calls_of_another_right_after_a_rename_has_died() {
    operations_between_each_others_calls(&[MARKED, DEPARTED, ARRIVED], false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_leaves_nothing_if_a_deletion_overtakes_it() {
    let (world, _) = World::start(&["a"]).await;
    let both = world.perform_around(Operation::Rename("a", "b"), MARKED, Operation::Delete("a")).await;
    let [rename, delete] = both.unwrap();
    assert!(delete.is_done());
    assert!(matches!(rename.result, Some(Err(Error::NotFound))));
    world.sm.purge();
    assert_eq!(world.sm.dump(), "{}");
}
