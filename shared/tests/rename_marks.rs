//! Marks and tombstones of renames, in the exact orders of calls that once lost or duplicated a credential. See
//! `docs/decisions/rename.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;
#[path = "support/world.rs"]
mod world;

use latchkey::Error;
use latchkey_stand_in::{Call, Incident, What};
use world::{Operation, Outcome, World};

/// Performs an operation. While one of its calls waits, runs `between`.
async fn perform_around(
    world: &World,
    operation: Operation,
    incident: Incident,
    between: impl Future<Output = ()>,
) -> Outcome {
    let line = world.sm.line().await;
    line.set_incident(incident);
    let around = async {
        line.happened().await;
        between.await;
        line.go_on();
    };
    let performed = world.perform_over(&line, operation, "around");
    tokio::join!(performed, around).0
}

/// Performs a rename whose caller dies when it is about to write the tombstone. Also returns that call.
async fn die_departing(world: &World, rename: Operation) -> (Outcome, Call) {
    let line = world.sm.line().await;
    line.set_incident(Incident::new(0, What::Dies { late: None }).of("UpdateSecret"));
    let outcome = world.die_over(&line, rename, "died").await;
    assert!(outcome.result.is_none());
    (outcome, line.calls().pop().unwrap())
}

/// Stopping a rename writes its old secret again, and that secret can have the mark of another rename.
#[tokio::test(flavor = "multi_thread")]
async fn the_old_secret_stays_while_a_mark_that_was_written_again_needs_it() {
    let (world, mut outcomes) = World::start(&["a"]).await;
    let mut others = Vec::new();
    let before_arriving = Incident::new(1, What::Waits).of("UpdateSecret");
    let rename = perform_around(&world, Operation::Rename("a", "b"), before_arriving, async {
        others.push(die_departing(&world, Operation::Rename("b", "c")).await.0);
        others.push(world.perform(Operation::Create("c"), "other").await);
    })
    .await;
    assert!(rename.is_done() && others[1].is_done(), "{rename:?} {others:?}");
    outcomes.extend(others);
    outcomes.push(rename);
    world.assert_nothing_is_lost(&outcomes).await;
    world.sm.purge();
    world.assert_nothing_is_lost(&outcomes).await;
    world.assert_every_name_works(&mut outcomes).await;
}

/// Of two writes that replace the same version, the second is rejected. Its Description may be written all the same,
/// and names the version that the first write made.
#[tokio::test(flavor = "multi_thread")]
async fn a_rejected_departure_does_not_count_whatever_the_description_says() {
    for first in [Operation::Delete("a"), Operation::Rename("a", "c")] {
        let (world, mut outcomes) = World::start(&["a"]).await;
        world.sm.set(|switches| switches.writes_descriptions_of_rejected = true);
        let (died, departure) = die_departing(&world, Operation::Rename("a", "b")).await;
        outcomes.push(died);
        let before_scheduling = Incident::new(0, What::Waits).of("DeleteSecret");
        let buried = perform_around(&world, first, before_scheduling, async {
            let rejected = world.sm.call(&departure.action, departure.parameters);
            assert_eq!(rejected.unwrap_err(), "ResourceExistsException");
        })
        .await;
        assert!(buried.is_done());
        outcomes.push(buried);
        world.assert_nothing_is_lost(&outcomes).await;
        // The Description does not prove that the name is free either, until the old secret is gone.
        world.age().await;
        let create = world.perform(Operation::Create("b"), "early").await;
        assert!(matches!(create.result, Some(Err(Error::DeletedElsewhere))), "{create:?}");
        outcomes.push(create);
        world.assert_every_name_works(&mut outcomes).await;
    }
}

/// The mark of a rename that has not succeeded still does not count after it was written again, in a list as in a get.
#[tokio::test(flavor = "multi_thread")]
async fn a_mark_that_is_written_again_is_still_a_mark() {
    let (world, mut outcomes) = World::start(&["a", "b"]).await;
    outcomes.push(die_departing(&world, Operation::Rename("b", "c")).await.0);
    outcomes.push(world.perform(Operation::Delete("b"), "delete").await);
    let taking_over = Incident::new(1, What::Dies { late: None }).of("UpdateSecret");
    let line = world.sm.line().await;
    line.set_incident(taking_over);
    outcomes.push(world.die_over(&line, Operation::Rename("a", "b"), "died").await);
    outcomes.push(world.perform(Operation::Create("c"), "other").await);
    assert!(outcomes[5].is_done() && outcomes[4].result.is_none(), "{outcomes:#?}");
    world.assert_nothing_is_lost(&outcomes).await;
    world.assert_every_name_works(&mut outcomes).await;
}
