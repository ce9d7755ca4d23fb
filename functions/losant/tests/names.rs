//! Names stay with one credential, however many want them at once, and whoever dies on the way.
//!
//! `LATCHKEY_ROUNDS` is how often the random runs are made, 10 times unless it is set.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // It is all a test.

#[path = "../../../shared/tests/support/fake.rs"]
#[allow(dead_code)]
mod fake;
#[path = "../../../shared/tests/support/mod.rs"]
mod support;

use std::collections::BTreeMap;
use std::time::Duration;

use fake::{Fake, Incident, What};
use latchkey::request::Precondition;
use latchkey::store::{Draft, Store};
use latchkey::{Caller, Error, Namespace, Result, Scope, Secret};
use latchkey_losant::id::CredentialId;
use latchkey_losant::input::Input;
use latchkey_losant::operations::{create, delete, patch, read};
use serde_json::{Value, json};
use support::store;

const NAMES: [&str; 3] = ["a", "b", "c"];
/// Longer than a call takes.
const QUIET: Duration = Duration::from_millis(12);
/// How many random runs there are at once: they mostly wait.
const RUNS: usize = 20;
/// How long a caller waits for others before it goes away: as good as a death.
const PATIENCE: Duration = Duration::from_millis(250);

fn scope() -> Scope {
    let grants = serde_json::from_str(r#"[{"api":"*","namespaces":["*"],"permissions":["*"]}]"#).unwrap();
    Caller::new("tester", grants).enter(Namespace::new("losant", ["5".repeat(24)]), &[]).unwrap()
}

fn input(body: &Value) -> Input {
    Input::read(&latchkey::json::from_slice(body.to_string().as_bytes()).unwrap()).unwrap()
}

fn id_of(credential: &str) -> CredentialId {
    let credential: Value = serde_json::from_str(credential).unwrap();
    CredentialId::parse(credential["id"].as_str().unwrap()).unwrap()
}

async fn make(store: &Store, name: &str) -> Result<CredentialId> {
    let body = json!({"name": name, "type": "loggly", "logglyConfig": {"customerToken": "the secret"}});
    let made = create(store, &scope(), input(&body).into_post()?, None).await?;
    Ok(id_of(made.credential.get()))
}

async fn rename(store: &Store, id: &CredentialId, name: &str) -> Result<()> {
    let renamed = input(&json!({ "name": name })).into_patch()?;
    patch(store, &scope(), id, &Precondition::None, renamed).await.map(drop)
}

async fn remove(store: &Store, id: &CredentialId) -> Result<()> {
    delete(store, &scope(), id, &Precondition::None).await
}

/// The calls that `operation` makes, where nothing comes in between.
async fn calls<T, F: Future<Output = Result<T>>>(
    fake: &Fake,
    operation: impl FnOnce(Store) -> F,
) -> Vec<String> {
    let line = fake.line(None).await;
    operation(store(&line.endpoint)).await.unwrap();
    line.calls.lock().unwrap().clone()
}

/// The names of all credentials, by id. Fails where two have the same name, or a list and a read disagree.
async fn names(fake: &Fake) -> BTreeMap<String, CredentialId> {
    let store = store(&fake.line(None).await.endpoint);
    let mut names = BTreeMap::new();
    for listed in store.list(&scope()).await.unwrap() {
        let Some(name) =
            listed.public::<Value>().and_then(|public| Some(public["name"].as_str()?.to_owned()))
        else {
            continue;
        };
        let id = id_of(&listed.public::<Value>().unwrap().to_string());
        let found: Value =
            serde_json::from_str(read(&store, &scope(), &id).await.unwrap().credential.get()).unwrap();
        assert_eq!(found["name"], name);
        assert_eq!(names.insert(name, id), None, "two credentials have one name: {}", fake.dump());
    }
    names
}

/// Makes every claim and tombstone so old that nobody can be at work on it any more.
async fn age(fake: &Fake) {
    fake.age();
    let store = store(&fake.line(None).await.endpoint);
    for listed in store.list(&scope()).await.unwrap() {
        let stored = store.read(&scope(), &listed.name).await.unwrap();
        let mut value: Value = serde_json::from_slice(stored.value.expose()).unwrap();
        if let Some(claim) = value.get_mut("lent") {
            claim["at"] = json!(1);
            let draft = Draft::new(Secret::new(value.to_string()), &value.get("credential")).unwrap();
            store.update_once(&scope(), &listed.name, &stored, draft).await.unwrap();
        }
    }
}

#[tokio::test]
async fn the_ordinary_operations_make_few_calls() {
    let fake = Fake::default();
    let line = fake.line(None).await;
    let id = make(&store(&line.endpoint), "a").await.unwrap();
    assert_eq!(*line.calls.lock().unwrap(), ["CreateSecret"]);

    let patched = calls(&fake, |store| {
        let id = id.clone();
        async move {
            let change = input(&json!({"name": "a", "enabled": false})).into_patch()?;
            patch(&store, &scope(), &id, &Precondition::None, change).await
        }
    });
    assert_eq!(patched.await, ["GetSecretValue", "UpdateSecret"]);
    let read_one = calls(&fake, async |store| read(&store, &scope(), &id).await);
    assert_eq!(read_one.await, ["GetSecretValue"]);

    let renamed = calls(&fake, async |store| rename(&store, &id, "b").await);
    assert_eq!(renamed.await, ["GetSecretValue", "CreateSecret", "UpdateSecret"]);
    // Back to its first name, and the claim to the other one is removed.
    let renamed = calls(&fake, async |store| rename(&store, &id, "a").await).await;
    assert_eq!(renamed[..3], ["GetSecretValue", "GetSecretValue", "UpdateSecret"]);
    assert_eq!(renamed[3..], ["GetSecretValue", "GetSecretValue", "UpdateSecret", "DeleteSecret"]);

    let removed = calls(&fake, async |store| remove(&store, &id).await);
    assert_eq!(removed.await, ["GetSecretValue", "UpdateSecret", "DeleteSecret"]);
    assert_eq!(names(&fake).await, BTreeMap::new());
}

#[tokio::test]
async fn a_name_that_is_taken_stays_with_its_credential() {
    let fake = Fake::default();
    let store = store(&fake.line(None).await.endpoint);
    let first = make(&store, "a").await.unwrap();
    let second = make(&store, "b").await.unwrap();
    assert!(matches!(make(&store, "a").await, Err(Error::AlreadyExists)));
    assert!(matches!(rename(&store, &second, "a").await, Err(Error::AlreadyExists)));
    assert!(matches!(rename(&store, &first, "b").await, Err(Error::AlreadyExists)));
    rename(&store, &first, "c").await.unwrap();
    assert!(matches!(make(&store, "c").await, Err(Error::AlreadyExists)));
    assert!(matches!(rename(&store, &second, "c").await, Err(Error::AlreadyExists)));
    assert_eq!(names(&fake).await, BTreeMap::from([("b".into(), second), ("c".into(), first)]));
}

#[tokio::test]
async fn credentials_can_exchange_their_names() {
    let fake = Fake::default();
    let store = store(&fake.line(None).await.endpoint);
    let (first, second) = (make(&store, "a").await.unwrap(), make(&store, "b").await.unwrap());
    rename(&store, &first, "c").await.unwrap();
    rename(&store, &second, "a").await.unwrap();
    rename(&store, &first, "b").await.unwrap();
    let expected = BTreeMap::from([("a".into(), second.clone()), ("b".into(), first.clone())]);
    assert_eq!(names(&fake).await, expected);
    // The other's first name goes on being taken when the credential that stands in its slot is deleted.
    remove(&store, &first).await.unwrap();
    assert!(matches!(read(&store, &scope(), &first).await, Err(Error::NotFound)));
    assert!(matches!(make(&store, "a").await, Err(Error::AlreadyExists)));
    let third = make(&store, "b").await.unwrap();
    let expected = BTreeMap::from([("a".into(), second.clone()), ("b".into(), third.clone())]);
    assert_eq!(names(&fake).await, expected);
    // Nothing is left in the end.
    for id in [second, third] {
        remove(&store, &id).await.unwrap();
    }
    assert!(store.list(&scope()).await.unwrap().is_empty(), "{}", fake.dump());
}

#[tokio::test]
async fn a_first_name_can_be_given_to_a_new_credential() {
    let fake = Fake::default();
    let store = store(&fake.line(None).await.endpoint);
    let first = make(&store, "a").await.unwrap();
    rename(&store, &first, "b").await.unwrap();
    let second = make(&store, "a").await.unwrap();
    assert_ne!(second.slot(), first.slot());
    assert!(matches!(make(&store, "a").await, Err(Error::AlreadyExists)));
    assert!(matches!(rename(&store, &first, "a").await, Err(Error::AlreadyExists)));
    remove(&store, &second).await.unwrap();
    rename(&store, &first, "a").await.unwrap();
    assert_eq!(names(&fake).await, BTreeMap::from([("a".into(), first)]));
    assert_eq!(store.list(&scope()).await.unwrap().len(), 1);
}

#[tokio::test]
async fn a_deleted_name_is_free_and_gets_another_id() {
    let fake = Fake::default();
    let store = store(&fake.line(None).await.endpoint);
    let first = make(&store, "a").await.unwrap();
    remove(&store, &first).await.unwrap();
    assert!(matches!(remove(&store, &first).await, Err(Error::NotFound)));
    let second = make(&store, "a").await.unwrap();
    assert_eq!(first.slot(), second.slot());
    assert_ne!(first, second);
    assert!(matches!(read(&store, &scope(), &first).await, Err(Error::NotFound)));
    assert!(matches!(remove(&store, &first).await, Err(Error::NotFound)));
    assert!(matches!(rename(&store, &first, "b").await, Err(Error::NotFound)));
    assert_eq!(names(&fake).await, BTreeMap::from([("a".into(), second)]));
}

#[tokio::test(flavor = "multi_thread")]
async fn of_many_who_want_a_name_one_gets_it() {
    let fake = Fake::default();
    let store_ = store(&fake.line(None).await.endpoint);
    let mut tasks = Vec::new();
    for number in 0..10 {
        let id = make(&store_, &number.to_string()).await.unwrap();
        let (one, other) = (store(&fake.line(None).await.endpoint), store(&fake.line(None).await.endpoint));
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
    assert!(names(&fake).await.contains_key("a"));
}

/// Lets `outer` wait before the call after so many, and performs `inner` meanwhile.
async fn around<F: Future<Output = Result<()>>>(
    fake: &Fake,
    after: usize,
    outer: impl FnOnce(Store) -> F,
    inner: impl Future<Output = ()>,
) -> Result<()> {
    let line = fake.line(Some(Incident { after, what: What::Waits })).await;
    let inner = async {
        line.happened.notified().await;
        inner.await;
        line.go_on.notify_one();
    };
    tokio::join!(outer(store(&line.endpoint)), inner).0
}

#[tokio::test]
async fn a_patch_that_names_the_old_name_does_not_bring_it_back() {
    let fake = Fake::default();
    let store = store(&fake.line(None).await.endpoint);
    let id = make(&store, "a").await.unwrap();
    rename(&store, &id, "b").await.unwrap();
    let patched = around(&fake, 1, async |outer| rename(&outer, &id, "b").await, async {
        rename(&store, &id, "c").await.unwrap();
        make(&store, "b").await.unwrap();
    });
    patched.await.unwrap();
    assert_eq!(names(&fake).await["c"], id);
}

#[tokio::test]
async fn a_first_name_that_somebody_gets_meanwhile_is_taken() {
    let fake = Fake::default();
    let store = store(&fake.line(None).await.endpoint);
    let id = make(&store, "a").await.unwrap();
    rename(&store, &id, "b").await.unwrap();
    let renamed = around(&fake, 2, async |outer| rename(&outer, &id, "a").await, async {
        make(&store, "a").await.unwrap();
    });
    assert!(matches!(renamed.await, Err(Error::AlreadyExists)));
    assert_eq!(names(&fake).await["b"], id);
}

#[test]
fn whoever_dies_no_name_is_used_twice_or_lost() {
    let rounds = std::env::var("LATCHKEY_ROUNDS").map_or(10, |rounds| rounds.parse().unwrap());
    for _ in 0..rounds {
        // A runtime of its own, with which all connections end.
        let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let runs: Vec<_> = (0..RUNS).map(|_| tokio::spawn(run())).collect();
            for run in runs {
                run.await.unwrap();
            }
        });
    }
}

/// Some callers at once, again and again, one of whom dies. In the end every name can be taken.
async fn run() {
    let fake = Fake::default();
    let store_ = store(&fake.line(None).await.endpoint);
    let mut ids = Vec::new();
    for name in ["a", "b"] {
        ids.push(make(&store_, name).await.unwrap());
    }
    for _ in 0..4 {
        let last_call = fastrand::bool().then(|| Duration::from_millis(fastrand::u64(0..8)));
        let death = Incident { after: fastrand::usize(0..6), what: What::Dies(last_call) };
        let tasks: Vec<_> = [Some(death), None, None]
            .map(|death| tokio::spawn(perform(fake.clone(), ids.clone(), death)))
            .into_iter()
            .collect();
        for task in tasks {
            ids.extend(task.await.unwrap());
        }
        fake.quiet().await;
        tokio::time::sleep(QUIET).await;
        ids.extend(names(&fake).await.into_values());
        age(&fake).await;
    }
    for name in NAMES {
        match make(&store_, name).await {
            Ok(_) => {}
            Err(Error::AlreadyExists) => assert!(names(&fake).await.contains_key(name), "{name} is lost"),
            Err(error) => panic!("{error:?}: {}", fake.dump()),
        }
    }
    for id in names(&fake).await.values() {
        remove(&store_, id).await.unwrap();
    }
    for name in NAMES {
        make(&store_, name).await.unwrap();
    }
    assert_eq!(names(&fake).await.len(), NAMES.len());
}

/// One random operation after the other, on a line of its own, on which the caller may die.
async fn perform(fake: Fake, ids: Vec<CredentialId>, death: Option<Incident>) -> Option<CredentialId> {
    let line = fake.line(death).await;
    let store = store(&line.endpoint);
    let name = NAMES[fastrand::usize(..NAMES.len())];
    let id = &ids[fastrand::usize(..ids.len())];
    let operation = async {
        match fastrand::u8(0..5) {
            0 => make(&store, name).await.map(Some),
            1 => remove(&store, id).await.map(|()| None),
            _ => rename(&store, id, name).await.map(|()| None),
        }
    };
    let result = tokio::select! {
        biased;
        () = line.happened.notified() => return None,
        () = tokio::time::sleep(PATIENCE) => return None,
        result = operation => result,
    };
    match result {
        Ok(made) => made,
        Err(Error::AlreadyExists | Error::NotFound | Error::Throttled | Error::BeingDeleted) => None,
        Err(error) => panic!("{error:?}"),
    }
}
