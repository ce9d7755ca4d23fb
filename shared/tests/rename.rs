//! Renames: whatever dies and whatever runs beside, a credential is there under exactly one name.
//!
//! `LATCHKEY_ROUNDS` is how many random runs there are.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // It is all a test.

#[path = "support/fake.rs"]
mod fake;
mod support;

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use fake::{Fake, Incident, What};
use latchkey::request::Precondition;
use latchkey::store::{Draft, Store, Stored};
use latchkey::{Error, Result, Secret};
use serde_json::{Value, json};
use support::{scope, store};
use tokio::task::JoinSet;

const NAMES: [&str; 3] = ["a", "b", "c"];
/// What the calls of a rename are, where nothing comes in between.
const RENAME: [&str; 5] = ["GetSecretValue", "CreateSecret", "UpdateSecret", "UpdateSecret", "DeleteSecret"];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    Create(&'static str),
    Patch(&'static str),
    Rename(&'static str, &'static str),
    Delete(&'static str),
    Read(&'static str),
}

/// What became of an operation.
struct Outcome {
    operation: Operation,
    /// `None` where its caller died.
    result: Option<Result<()>>,
    /// Which credential it was about, as far as it got to know.
    id: Option<String>,
    /// What it writes into it.
    mark: String,
}

impl Outcome {
    fn is_done(&self) -> bool {
        matches!(self.result, Some(Ok(())))
    }

    /// Whether it came through, or may have: its caller, or its answer, was lost.
    fn may_be_done(&self) -> bool {
        self.result.as_ref().is_none_or(|result| match result {
            Ok(()) | Err(Error::Unavailable(_)) => true,
            Err(_) => false,
        })
    }
}

/// A credential: an identity that never changes, and the marks of all that was done to it.
fn credential(id: &str, marks: &[String]) -> Draft {
    let value = json!({"id": id, "marks": marks});
    Draft::new(Secret::new(value.to_string()), &json!({ "id": id })).unwrap()
}

fn parse(stored: &Stored) -> (String, Vec<String>) {
    let value: Value = serde_json::from_slice(stored.value.expose()).unwrap();
    (value["id"].as_str().unwrap().to_owned(), serde_json::from_value(value["marks"].clone()).unwrap())
}

fn marked(stored: &Stored, mark: &str, id: &mut Option<String>) -> Draft {
    let (found, mut marks) = parse(stored);
    marks.push(mark.to_owned());
    *id = Some(found.clone());
    credential(&found, &marks)
}

async fn perform(store: &Store, operation: Operation, mark: &str, id: &mut Option<String>) -> Result<()> {
    let (scope, always) = (scope("n"), Precondition::None);
    match operation {
        Operation::Create(name) => {
            *id = Some(mark.to_owned());
            store.create(&scope, name, &credential(mark, &[]), None).await.map(drop)
        }
        Operation::Patch(name) => {
            store.update(&scope, name, &always, |stored| Ok(marked(stored, mark, id))).await.map(drop)
        }
        Operation::Rename(name, to) => {
            store.rename(&scope, name, to, &always, |stored| Ok(marked(stored, mark, id))).await.map(drop)
        }
        Operation::Delete(name) => {
            let note = |stored: &Stored| {
                *id = Some(parse(stored).0);
                Ok(())
            };
            store.delete_if(&scope, name, &always, note).await
        }
        Operation::Read(name) => {
            *id = Some(parse(&store.read(&scope, name).await?).0);
            Ok(())
        }
    }
}

/// Secrets, and one caller who does not die.
#[derive(Clone)]
struct World {
    fake: Fake,
    store: Store,
}

impl World {
    async fn perform(&self, operation: Operation, mark: &str) -> Outcome {
        let mut id = None;
        let result = Some(perform(&self.store, operation, mark, &mut id).await);
        Outcome { operation, result, id, mark: mark.to_owned() }
    }

    /// Performs an operation whose caller dies, unless it needs no more than `after` calls.
    async fn die_during(
        &self,
        operation: Operation,
        mark: &str,
        after: usize,
        last_call: Option<Duration>,
    ) -> Outcome {
        let line = self.fake.line(Some(Incident { after, what: What::Dies(last_call) })).await;
        let (mut id, store) = (None, store(&line.endpoint));
        let result = tokio::select! {
            biased;
            () = line.happened.notified() => None,
            result = perform(&store, operation, mark, &mut id) => Some(result),
        };
        Outcome { operation, result, id, mark: mark.to_owned() }
    }

    /// Performs the operation `between` in the middle of another, after so many of its calls. `None` where
    /// it makes no more calls than that.
    async fn perform_around(
        &self,
        operation: Operation,
        after: usize,
        between: Operation,
    ) -> Option<[Outcome; 2]> {
        let line = self.fake.line(Some(Incident { after, what: What::Waits })).await;
        let (mut id, store) = (None, store(&line.endpoint));
        let mut outer = Box::pin(perform(&store, operation, "outer", &mut id));
        let inner = async {
            line.happened.notified().await;
            let inner = self.perform(between, "inner").await;
            line.go_on.notify_one();
            inner
        };
        let inner = tokio::select! {
            biased;
            _ = outer.as_mut() => None,
            inner = inner => Some(inner),
        }?;
        let result = Some(outer.as_mut().await);
        drop(outer);
        Some([Outcome { operation, result, id, mark: "outer".into() }, inner])
    }
}

/// What is there: each name's credential with its marks. Fails where list and reads disagree.
async fn found(World { store, .. }: &World) -> BTreeMap<&'static str, (String, Vec<String>)> {
    let mut found = BTreeMap::new();
    for name in NAMES {
        match store.read(&scope("n"), name).await {
            Ok(stored) => drop(found.insert(name, parse(&stored))),
            Err(Error::NotFound) => {}
            Err(error) => panic!("{error:?}"),
        }
    }
    let listed = store.list(&scope("n")).await.unwrap().into_iter();
    let listed: BTreeMap<_, _> =
        listed.map(|listed| (listed.name.clone(), listed.public::<Value>().unwrap()["id"].clone())).collect();
    let read: BTreeMap<_, _> = found.iter().map(|(name, (id, _))| ((*name).to_owned(), json!(id))).collect();
    assert_eq!(listed, read, "list and reads");
    found
}

/// What must be true whenever nothing is under way.
async fn assert_nothing_is_lost(world: &World, outcomes: &[Outcome]) {
    let found = found(world).await;
    let ids: BTreeSet<_> = found.values().map(|(id, _)| id).collect();
    assert_eq!(ids.len(), found.len(), "a credential is there twice");
    let gone: BTreeSet<_> = outcomes
        .iter()
        .filter(|outcome| matches!(outcome.operation, Operation::Delete(_)) && outcome.may_be_done())
        .filter_map(|outcome| outcome.id.as_ref())
        .collect();
    for outcome in outcomes {
        let Some(id) = outcome.id.as_ref() else { continue };
        let there = found.values().find(|(found, _)| found == id);
        match outcome.operation {
            Operation::Delete(_) if outcome.is_done() => assert!(there.is_none(), "a deleted one is there"),
            Operation::Create(_) if !outcome.may_be_done() => {
                assert!(there.is_none(), "a refused one is there");
            }
            Operation::Create(_) if outcome.is_done() => {
                assert!(there.is_some() || gone.contains(id), "{id} is lost");
            }
            Operation::Patch(_) | Operation::Rename(..) if outcome.is_done() => {
                assert!(there.is_some() || gone.contains(id), "{id} is lost");
                let is_marked = there.is_none_or(|(_, marks)| marks.contains(&outcome.mark));
                assert!(is_marked, "{:?} of {id} is lost", outcome.operation);
            }
            _ => {}
        }
    }
}

/// Whatever has happened, every name can be used: taken ones are whole, free ones can be taken.
async fn assert_every_name_works(world: &World, outcomes: &mut Vec<Outcome>) {
    world.fake.age();
    let before = found(world).await;
    for name in NAMES {
        let outcome = world.perform(Operation::Create(name), &format!("after-{name}")).await;
        match &outcome.result {
            Some(Ok(())) => assert!(!before.contains_key(name), "{name} was overwritten"),
            Some(Err(Error::AlreadyExists)) => assert!(before.contains_key(name), "{name} cannot be created"),
            other => panic!("{name}: {other:?}"),
        }
        outcomes.push(outcome);
    }
    assert_nothing_is_lost(world, outcomes).await;
    for name in NAMES {
        let outcome = world.perform(Operation::Patch(name), &format!("last-{name}")).await;
        assert!(outcome.is_done());
        outcomes.push(outcome);
    }
    world.fake.purge();
    assert_nothing_is_lost(world, outcomes).await;
}

async fn start(names: &[&'static str]) -> (World, Vec<Outcome>) {
    let fake = Fake::default();
    let store = store(&fake.line(None).await.endpoint);
    let world = World { fake, store };
    let mut outcomes = Vec::new();
    for name in names {
        outcomes.push(world.perform(Operation::Create(name), &format!("first-{name}")).await);
        assert!(outcomes.iter().all(Outcome::is_done));
    }
    (world, outcomes)
}

/// Runs all cases, as many at a time as keep the machine busy.
async fn at_once<T, F: Future<Output = ()> + Send + 'static>(
    cases: impl Iterator<Item = T>,
    run: impl Fn(T) -> F,
) {
    let mut running = JoinSet::new();
    for case in cases {
        if running.len() >= 16 {
            running.join_next().await.unwrap().unwrap();
        }
        running.spawn(run(case));
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_takes_five_calls() {
    let (world, _) = start(&["a"]).await;
    let line = world.fake.line(None).await;
    perform(&store(&line.endpoint), Operation::Rename("a", "b"), "r", &mut None).await.unwrap();
    assert_eq!(*line.calls.lock().unwrap(), RENAME);
    assert_eq!(found(&world).await, BTreeMap::from([("b", ("first-a".to_owned(), vec!["r".to_owned()]))]));
}

#[tokio::test(flavor = "multi_thread")]
async fn onto_a_taken_name_nothing_changes() {
    let (world, outcomes) = start(&["a", "b"]).await;
    let before = world.fake.dump();
    let outcome = world.perform(Operation::Rename("a", "b"), "r").await;
    assert!(matches!(outcome.result, Some(Err(Error::AlreadyExists))));
    assert_eq!(world.fake.dump(), before);
    assert_nothing_is_lost(&world, &outcomes).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_that_dies_leaves_exactly_one_name_and_all_names_usable() {
    let last_calls = [None, Some(Duration::ZERO), Some(Duration::from_millis(3))];
    let deaths = (0..8).flat_map(|after| last_calls.map(|last_call| (after, last_call)));
    let cases = deaths.flat_map(|death| [false, true].map(|was_used| (death, was_used)));
    at_once(cases, |((after, last_call), was_used)| async move {
        let (world, mut outcomes) = start(&["a"]).await;
        if was_used {
            for operation in [Operation::Create("b"), Operation::Delete("b")] {
                outcomes.push(world.perform(operation, "other").await);
            }
        }
        outcomes.push(world.die_during(Operation::Rename("a", "b"), "r", after, last_call).await);
        world.fake.quiet().await;
        assert_nothing_is_lost(&world, &outcomes).await;
        assert_eq!(found(&world).await.len(), 1, "{after} {last_call:?}");
        assert_every_name_works(&world, &mut outcomes).await;
    })
    .await;
}

/// What can come after or in between, as far as it has to do with the names of a rename from a to b.
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

#[tokio::test(flavor = "multi_thread")]
async fn what_catches_up_on_a_dead_rename_may_die_as_well() {
    let cases = (1..5).flat_map(|first| OPERATIONS.map(|operation| (first, operation)));
    at_once(cases, |(first, operation)| async move {
        for second in 0.. {
            let (world, mut outcomes) = start(&["a"]).await;
            outcomes.push(world.die_during(Operation::Rename("a", "b"), "r", first, None).await);
            world.fake.age();
            let last_call = (second % 2 == 0).then_some(Duration::ZERO);
            let outcome = world.die_during(operation, "second", second, last_call).await;
            let has_died = outcome.result.is_none();
            outcomes.push(outcome);
            world.fake.quiet().await;
            assert_nothing_is_lost(&world, &outcomes).await;
            assert_every_name_works(&world, &mut outcomes).await;
            if !has_died {
                break;
            }
        }
    })
    .await;
}

/// Any operation may come between any two calls of any other, also after a rename that died.
#[tokio::test(flavor = "multi_thread")]
async fn operations_may_come_in_between_each_other() {
    let reads = [Operation::Read("a"), Operation::Read("b")];
    let cases = [0, 2, 3, 5].into_iter().flat_map(move |first| {
        let outer = OPERATIONS.into_iter().chain(reads);
        outer.flat_map(move |outer| OPERATIONS.map(|inner| (first, outer, inner)))
    });
    at_once(cases, |(first, outer, inner)| async move {
        for after in 1.. {
            let (world, mut outcomes) = start(&["a"]).await;
            outcomes.push(world.die_during(Operation::Rename("a", "b"), "r", first, None).await);
            world.fake.age();
            let before = found(&world).await;
            let Some(both) = world.perform_around(outer, after, inner).await else { break };
            let read = both[0].id.clone();
            outcomes.extend(both);
            assert_nothing_is_lost(&world, &outcomes).await;
            if let Operation::Read(name) = outer
                && let (Some((id, _)), Some((same, _))) = (before.get(name), found(&world).await.get(name))
                && id == same
            {
                assert_eq!(read.as_ref(), Some(id), "{first} {outer:?} {after} {inner:?}");
            }
            assert_every_name_works(&world, &mut outcomes).await;
        }
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_rename_that_is_overtaken_by_a_delete_leaves_nothing() {
    let (world, _) = start(&["a"]).await;
    let both = world.perform_around(Operation::Rename("a", "b"), 2, Operation::Delete("a")).await;
    let [rename, delete] = both.unwrap();
    assert!(delete.is_done());
    assert!(matches!(rename.result, Some(Err(Error::NotFound))));
    world.fake.purge();
    assert_eq!(world.fake.dump(), "{}");
}

fn random_operation() -> Operation {
    let name = || NAMES[fastrand::usize(0..NAMES.len())];
    match fastrand::u8(0..10) {
        0..4 => {
            let from = fastrand::usize(0..NAMES.len());
            let to = (from + fastrand::usize(1..NAMES.len())) % NAMES.len();
            Operation::Rename(NAMES[from], NAMES[to])
        }
        4..6 => Operation::Create(name()),
        6..8 => Operation::Patch(name()),
        _ => Operation::Delete(name()),
    }
}

async fn perform_or_die(world: World, operation: Operation, mark: String) -> Outcome {
    if fastrand::u8(0..4) > 0 {
        return world.perform(operation, &mark).await;
    }
    let last_call = fastrand::bool().then(|| Duration::from_millis(fastrand::u64(0..8)));
    world.die_during(operation, &mark, fastrand::usize(0..7), last_call).await
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_runs_and_dies_at_once_nothing_is_lost() {
    let rounds = std::env::var("LATCHKEY_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(200);
    at_once(0..rounds, |_: usize| async move {
        let (world, mut outcomes) = start(&["a"]).await;
        for wave in 0..3 {
            let mut running = JoinSet::new();
            for number in 0..fastrand::usize(2..8) {
                running.spawn(perform_or_die(world.clone(), random_operation(), format!("{wave}-{number}")));
            }
            outcomes.extend(running.join_all().await);
            world.fake.quiet().await;
            assert_nothing_is_lost(&world, &outcomes).await;
            if fastrand::bool() {
                world.fake.age();
            }
            if fastrand::bool() {
                world.fake.purge();
            }
            assert_nothing_is_lost(&world, &outcomes).await;
        }
        assert_every_name_works(&world, &mut outcomes).await;
    })
    .await;
}
