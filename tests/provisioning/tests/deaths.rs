//! A function dies between any two of its calls. If its event comes again, there must be one credential with the
//! right value and the right owner. If a removal comes instead, there must be nothing.
//! See `docs/decisions/provisioning.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // It is all a test.

use futures_util::future::{BoxFuture, join_all};
use latchkey_provisioning_tests::*;
use latchkey_stand_in::{Incident, SecretsManager, What};
use serde_json::value::RawValue;
use serde_json::{Value, json};

/// More calls than any of the events needs.
const MOST_CALLS: usize = 30;

/// Prepares a case, and returns the event that will be cut off.
type Begin = fn(Api, SecretsManager, Value) -> BoxFuture<'static, Case>;

struct Case {
    event: Box<RawValue>,
    password: &'static str,
    /// Whether a removal deletes the credential. An adopted one stays.
    goes: bool,
}

fn create(api: Api, _: SecretsManager, source: Value) -> BoxFuture<'static, Case> {
    Box::pin(async move {
        let event = to_create("mine", &(api.properties)(&source));
        Case { event, password: PASSWORD, goes: true }
    })
}

/// A create of a name that another owner has used and removed. If ids depend on the owner, it is the same owner.
fn create_over(api: Api, sm: SecretsManager, source: Value) -> BoxFuture<'static, Case> {
    Box::pin(async move {
        let (store, properties) = (store(&sm).await, (api.properties)(&source));
        let before = if api.name == "organizations" { "mine" } else { "theirs" };
        let (id, _) = done(api.carry_out(&store, &to_create(before, &properties)).await);
        done(api.carry_out(&store, &to_delete(before, &id, &properties)).await);
        // A young tombstone would reserve its name for minutes, if a function restored the secret and then died.
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

/// Carries out a case with a function that dies at or after its call `at`; `None` if it makes fewer calls.
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
                // The event comes again.
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
async fn a_repeated_event_recovers_from_a_death_before_a_call() {
    for_each_death(|| What::Dies { late: None }).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_repeated_event_recovers_from_a_death_after_a_call() {
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
                // Nor is any name still reserved, for an owner who does not come any more.
                let mut reserved = Vec::new();
                sm.names().iter().for_each(|name| {
                    let read = sm.call("GetSecretValue", json!({ "SecretId": name }));
                    reserved.extend(read.ok().filter(|read| read.to_string().contains("reserved_for")));
                });
                assert_eq!(reserved, Vec::<Value>::new(), "{} {name} after {at}", api.name);
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

/// Two owners want a deleted name: one of them gets it, with its own tags, whatever the other does meanwhile.
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
