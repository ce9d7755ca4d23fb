//! A function that dies between any two of its calls, and the event that comes again: one credential, the right
//! value, the right owner. And a removal in place of the repetition: nothing.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // It is all a test.

use futures_util::future::{BoxFuture, join_all};
use latchkey_provisioning_tests::*;
use latchkey_stand_in::{Incident, SecretsManager, What};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// More than any of the events needs.
const MOST_CALLS: usize = 30;

/// Where each of the cases begins, and the event that is cut off.
type Begin = fn(Api, SecretsManager, Value) -> BoxFuture<'static, Case>;

struct Case {
    event: Box<RawValue>,
    password: &'static str,
    /// Whether what the event has made goes with a removal; what was adopted stays.
    goes: bool,
}

fn create(api: Api, _: SecretsManager, source: Value) -> BoxFuture<'static, Case> {
    Box::pin(async move {
        let event = to_create("mine", &(api.properties)(&source));
        Case { event, password: PASSWORD, goes: true }
    })
}

/// Over what another owner has made and removed, or the owner itself where ids are the owners'.
fn create_over(api: Api, sm: SecretsManager, source: Value) -> BoxFuture<'static, Case> {
    Box::pin(async move {
        let (store, properties) = (store(&sm).await, (api.properties)(&source));
        let before = if api.name == "organizations" { "mine" } else { "theirs" };
        let (id, _) = done(api.carry_out(&store, &to_create(before, &properties)).await);
        done(api.carry_out(&store, &to_delete(before, &id, &properties)).await);
        // A younger one keeps its name for minutes, should its secret be restored by a function that dies then.
        age(&sm);
        Case { event: to_create("mine", &properties), password: PASSWORD, goes: true }
    })
}

fn update(api: Api, sm: SecretsManager, source: Value) -> BoxFuture<'static, Case> {
    Box::pin(async move {
        let (store, properties) = (store(&sm).await, (api.properties)(&source));
        let (id, _) = done(api.carry_out(&store, &to_create("mine", &properties)).await);
        rotate(&sm);
        let (name, value) = api.change;
        let event = to_update("mine", &id, &properties, &with(&properties, name, value()));
        Case { event, password: ROTATED, goes: true }
    })
}

fn adopt(api: Api, sm: SecretsManager, source: Value) -> BoxFuture<'static, Case> {
    Box::pin(async move {
        let (store, mut properties) = (store(&sm).await, (api.properties)(&source));
        let (_, data) = done(api.carry_out(&store, &to_create("theirs", &properties)).await);
        rotate(&sm);
        properties["OnConflict"] = json!("adopt");
        if api.name == "organizations" {
            properties["CredentialId"] = data["Id"].clone();
        }
        Case { event: to_create("mine", &properties), password: ROTATED, goes: false }
    })
}

const CASES: [(&str, Begin); 4] =
    [("create", create), ("create over", create_over), ("update", update), ("adopt", adopt)];

/// The same, with the function dying at or after its call `at`. `None` where it did not come so far.
async fn cut_off(api: Api, begin: Begin, at: usize, what: What) -> Option<(SecretsManager, Case)> {
    let (sm, source) = stage();
    let case = begin(api, sm.clone(), source).await;
    let line = sm.line().await;
    line.set_incident(Incident::new(at, what));
    let dead = store_at(line.endpoint());
    tokio::select! {
        () = line.happened() => Some((sm, case)),
        _ = api.carry_out(&dead, &case.event) => None,
    }
}

fn check(sm: &SecretsManager, api: Api, case: &Case, place: &str) {
    let live = api.live(sm);
    let [(name, value)] = live.as_slice() else { panic!("{place}: {live:?}") };
    assert!(value.contains(case.password), "{place}: {value}");
    assert_eq!(tag(sm, name, "owner"), Some(owner("mine")), "{place}");
}

async fn for_each_death(what: fn() -> What) {
    each(|api| async move {
        for (name, begin) in CASES {
            let mut at = 0;
            while let Some((sm, case)) = cut_off(api, begin, at, what()).await {
                let place = format!("{} {name} at {at}", api.name);
                let properties: Value = serde_json::from_str(case.event.get()).unwrap();
                // The event again.
                let (id, _) = done(api.carry_out(&store(&sm).await, &case.event).await);
                check(&sm, api, &case, &place);
                let properties = &properties["ResourceProperties"];
                done(api.carry_out(&store(&sm).await, &to_delete("mine", &id, properties)).await);
                assert_eq!(api.live(&sm).is_empty(), case.goes, "{place}");
                at += 1;
            }
            assert!(at > 2, "{} {name} ended after {at} calls", api.name);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_dies_before_a_call_is_caught_up_with() {
    for_each_death(|| What::Dies { late: None }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_dies_after_a_call_is_caught_up_with() {
    for_each_death(|| What::DiesAfter).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_in_place_of_the_repetition_leaves_nothing() {
    each(|api| async move {
        for (name, begin) in [CASES[0], CASES[1]] {
            let removed = join_all((0..MOST_CALLS).map(|at| async move {
                let Some((sm, case)) = cut_off(api, begin, at, What::DiesAfter).await else { return false };
                let event: Value = serde_json::from_str(case.event.get()).unwrap();
                let delete = to_delete("mine", "stack-Resource-1ABCDEF", &event["ResourceProperties"]);
                done(api.carry_out(&store(&sm).await, &delete).await);
                assert_eq!(api.live(&sm), [], "{} {name} after {at}", api.name);
                // Nor a name that is kept for somebody who does not come any more.
                let mut kept = Vec::new();
                sm.names().iter().for_each(|name| {
                    let read = sm.call("GetSecretValue", json!({ "SecretId": name }));
                    kept.extend(read.ok().filter(|read| read.to_string().contains("reserved_for")));
                });
                assert_eq!(kept, Vec::<Value>::new(), "{} {name} after {at}", api.name);
                true
            }));
            let removed = removed.await.into_iter().filter(|is_cut_off| *is_cut_off).count();
            assert!((3..MOST_CALLS).contains(&removed), "{} {name} ended after {removed} calls", api.name);
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_removal_that_is_cut_off_is_done_when_it_comes_again() {
    each(|api| async move {
        let cut_off = join_all((0..MOST_CALLS).map(|at| async move {
            let (sm, source) = stage();
            let properties = (api.properties)(&source);
            let (id, _) = done(api.carry_out(&store(&sm).await, &to_create("mine", &properties)).await);
            let (line, delete) = (sm.line().await, to_delete("mine", &id, &properties));
            line.set_incident(Incident::new(at, What::DiesAfter));
            let dead = store_at(line.endpoint());
            let is_cut_off = tokio::select! {
                () = line.happened() => true,
                _ = api.carry_out(&dead, &delete) => false,
            };
            done(api.carry_out(&store(&sm).await, &delete).await);
            assert_eq!(api.live(&sm), [], "{} after {at}", api.name);
            is_cut_off
        }));
        let cut_off = cut_off.await.into_iter().filter(|is_cut_off| *is_cut_off).count();
        assert!((4..MOST_CALLS).contains(&cut_off), "{} ended after {cut_off} calls", api.name);
    })
    .await;
}

/// Two owners want a name that was deleted: one gets it, with its own tags, whatever the other does beside it.
#[tokio::test(flavor = "multi_thread")]
async fn of_two_owners_one_gets_the_name_and_its_tags() {
    join_all((0..30).map(|round| async move {
        let api = APIS[round % 3];
        let (sm, source) = stage();
        let (first, properties) = (store(&sm).await, (api.properties)(&source));
        let (id, _) = done(api.carry_out(&first, &to_create("before", &properties)).await);
        done(api.carry_out(&first, &to_delete("before", &id, &properties)).await);
        let (one, other) = (store(&sm).await, store(&sm).await);
        let (one, other) =
            tokio::join!(async { api.carry_out(&one, &to_create("one", &properties)).await }, async {
                api.carry_out(&other, &to_create("other", &properties)).await
            },);
        let live = api.live(&sm);
        let [(name, _)] = live.as_slice() else { panic!("{live:?}") };
        let winner = tag(&sm, name, "owner").unwrap();
        assert!(one.result.is_ok() || other.result.is_ok(), "{one:?} {other:?}");
        assert_eq!(winner, owner(if one.result.is_ok() { "one" } else { "other" }), "{one:?} {other:?}");
        assert!(one.result.is_err() || other.result.is_err(), "{one:?} {other:?}");
        // The loser's stack rolls back.
        let loser = if one.result.is_ok() { "other" } else { "one" };
        done(api.carry_out(&first, &to_delete(loser, &id, &properties)).await);
        assert_eq!(api.live(&sm).len(), 1);
    }))
    .await;
}
