//! Credentials under a few names, callers that can die or wait, and what must be true whatever they did.

#![allow(dead_code)] // Each test binary uses its own part.

#[path = "truth.rs"]
mod truth;

use std::sync::{Arc, Mutex};
use std::time::Duration;

use latchkey::store::{Draft, Precondition, Store, Stored};
use latchkey::{Error, Result, Secret};
use latchkey_stand_in::{Incident, Line, SecretsManager, What};
use serde_json::{Value, json};
use truth::Seen;

use crate::support::{self, public_of, scope, store};

pub(crate) const NAMES: [&str; 3] = ["a", "b", "c"];
/// Longer than any lag.
const LONG_AFTER: Duration = Duration::from_mins(10);

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operation {
    Create(&'static str),
    Patch(&'static str),
    Rename(&'static str, &'static str),
    Delete(&'static str),
    Read(&'static str),
    List,
}

/// The outcome of an operation.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) operation: Operation,
    /// `None` if its caller died.
    pub(crate) result: Option<Result<()>>,
    /// The id of the credential that it was about, if it got far enough to know.
    pub(crate) id: Option<String>,
    /// What it writes into the credential.
    pub(crate) mark: String,
}

impl Outcome {
    pub(crate) fn is_done(&self) -> bool {
        matches!(self.result, Some(Ok(())))
    }

    /// Whether it succeeded, or may have: its caller died, or its response was lost.
    fn may_be_done(&self) -> bool {
        matches!(self.result, None | Some(Ok(()) | Err(Error::Unavailable(_))))
    }
}

/// A credential that was found: its id, which never changes, and the marks of everything that was done to it.
pub(crate) type Found = (String, Vec<String>);

fn credential(id: &str, marks: &[String]) -> Draft {
    let value = json!({"id": id, "marks": marks});
    Draft::new(Secret::new(value.to_string()), &json!({ "id": id })).unwrap()
}

fn parse(stored: &Stored) -> Found {
    let value: Value = serde_json::from_slice(stored.value.expose()).unwrap();
    (value["id"].as_str().unwrap().to_owned(), serde_json::from_value(value["marks"].clone()).unwrap())
}

/// The same credential with one more mark. Writes its id to `noted`, so that it is known even if the caller dies.
fn marked(stored: &Stored, mark: &str, noted: &mut Option<String>) -> (Draft, String) {
    let (id, mut marks) = parse(stored);
    marks.push(mark.to_owned());
    *noted = Some(id.clone());
    (credential(&id, &marks), id)
}

/// Performs an operation, and writes the id of its credential to `noted`.
pub(crate) async fn perform(
    store: &Store,
    operation: Operation,
    mark: &str,
    noted: &mut Option<String>,
) -> Result<()> {
    let (scope, always) = (scope("n"), Precondition::None);
    let returned = match operation {
        Operation::Create(name) => {
            *noted = Some(mark.to_owned());
            store.create(&scope, name, &credential(mark, &[]), None).await?;
            mark.to_owned()
        }
        Operation::Patch(name) => {
            store.update(&scope, name, &always, |stored| Ok(marked(stored, mark, noted))).await?.1
        }
        Operation::Rename(name, to) => {
            store.rename(&scope, name, to, &always, |stored| Ok(marked(stored, mark, noted))).await?.1
        }
        Operation::Delete(name) => {
            let note = |stored: &Stored| {
                let (id, _) = parse(stored);
                *noted = Some(id.clone());
                Ok(id)
            };
            store.delete_if(&scope, name, &always, note).await?
        }
        Operation::Read(name) => {
            let (id, _) = parse(&store.read(&scope, name).await?);
            *noted = Some(id.clone());
            id
        }
        Operation::List => return store.list(&scope, public_of).await.map(drop),
    };
    assert_eq!(noted.as_ref(), Some(&returned), "what is handed back is of the state that was written");
    Ok(())
}

/// Secrets, one caller that does not die, and what has been seen of the credentials so far.
#[derive(Clone)]
pub(crate) struct World {
    pub(crate) sm: SecretsManager,
    store: Store,
    seen: Arc<Mutex<Seen>>,
}

impl World {
    /// A world with a credential under each of `names`.
    pub(crate) async fn start(names: &[&'static str]) -> (Self, Vec<Outcome>) {
        let sm = SecretsManager::new();
        let store = store(sm.line().await.endpoint());
        let world = Self { sm, store, seen: Arc::default() };
        let mut outcomes = Vec::new();
        for name in names {
            outcomes.push(world.perform(Operation::Create(name), &format!("first-{name}")).await);
        }
        assert!(outcomes.iter().all(Outcome::is_done));
        (world, outcomes)
    }

    pub(crate) async fn perform(&self, operation: Operation, mark: &str) -> Outcome {
        Self::perform_in(&self.store, operation, mark).await
    }

    /// Performs an operation over this line.
    pub(crate) async fn perform_over(&self, line: &Line, operation: Operation, mark: &str) -> Outcome {
        Self::perform_in(&store(line.endpoint()), operation, mark).await
    }

    async fn perform_in(store: &Store, operation: Operation, mark: &str) -> Outcome {
        let mut id = None;
        let result = Some(perform(store, operation, mark, &mut id).await);
        Outcome { operation, result, id, mark: mark.to_owned() }
    }

    /// Performs an operation whose caller dies at the call with the index `at`, if the operation gets that far.
    pub(crate) async fn die_during(
        &self,
        operation: Operation,
        mark: &str,
        at: usize,
        death: What,
    ) -> Outcome {
        let line = self.sm.line().await;
        line.set_incident(Incident::new(at, death));
        self.die_over(&line, operation, mark).await
    }

    /// Performs an operation over this line. Its caller dies as soon as the line's incident happens.
    pub(crate) async fn die_over(&self, line: &Line, operation: Operation, mark: &str) -> Outcome {
        let (mut id, store) = (None, store(line.endpoint()));
        let result = tokio::select! {
            biased;
            () = line.happened() => None,
            result = perform(&store, operation, mark, &mut id) => Some(result),
        };
        Outcome { operation, result, id, mark: mark.to_owned() }
    }

    /// Performs the operation `between` while the call with the index `at` of `operation` waits. Returns `None` if
    /// `operation` does not get that far.
    pub(crate) async fn perform_around(
        &self,
        operation: Operation,
        at: usize,
        between: Operation,
    ) -> Option<[Outcome; 2]> {
        let line = self.sm.line().await;
        line.set_incident(Incident::new(at, What::Waits));
        let (mut id, store) = (None, store(line.endpoint()));
        let mut outer = Box::pin(perform(&store, operation, "outer", &mut id));
        let inner = async {
            line.happened().await;
            let inner = self.perform(between, "inner").await;
            line.go_on();
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

    /// Waits for late calls, then lets so much time pass that every read shows them.
    pub(crate) async fn settle(&self) {
        self.sm.quiet().await;
        self.sm.advance(LONG_AFTER);
    }

    /// Lets so much time pass that no caller can still be working.
    pub(crate) async fn age(&self) {
        self.settle().await;
        support::age(&self.sm);
    }
}
