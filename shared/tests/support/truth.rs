//! What must be true of credentials, whatever the callers did.

use std::collections::{BTreeMap, BTreeSet};

use latchkey::Error;
use serde_json::{Value, json};

use super::{Found, NAMES, Operation, Outcome, World, parse};
use crate::support::{public_of, scope};

/// What has been seen of the credentials so far.
#[derive(Default)]
pub(crate) struct Seen {
    gone: BTreeSet<String>,
    marks: BTreeMap<String, Vec<String>>,
}

impl World {
    /// The credential under each name. Fails unless a list shows exactly these.
    pub(crate) async fn found(&self) -> BTreeMap<&'static str, Found> {
        self.settle().await;
        let mut found = BTreeMap::new();
        for name in NAMES {
            match self.store.read(&scope("n"), name).await {
                Ok(stored) => drop(found.insert(name, parse(&stored))),
                Err(Error::NotFound) => {}
                Err(error) => panic!("{error:?}"),
            }
        }
        let listed = self.store.list(&scope("n"), public_of).await.unwrap().into_iter();
        let listed: BTreeMap<_, _> =
            listed.map(|listed| (listed.name.clone(), listed.public::<Value>().unwrap())).collect();
        if self.sm.switches().writes_descriptions_of_rejected {
            // Until the next write, a list may show the public part of a write that was rejected.
            assert!(found.keys().all(|name| listed.contains_key(*name)), "{listed:?}\n{}", self.sm.dump());
        } else {
            let shown = found.iter().map(|(name, (id, _))| ((*name).to_owned(), json!({ "id": id })));
            assert_eq!(listed, shown.collect(), "a list shows what a get finds\n{}", self.sm.dump());
        }
        found
    }

    /// Fails unless everything is true that must be true while nothing is under way.
    pub(crate) async fn assert_nothing_is_lost(&self, outcomes: &[Outcome]) {
        let found = self.found().await;
        let failed = |why: &str, id: &str| {
            panic!("{id} {why}\n{found:#?}\n{outcomes:#?}\n{}", self.sm.dump());
        };
        let marks: BTreeMap<_, _> = found.values().map(|(id, marks)| (id, marks)).collect();
        if marks.len() < found.len() {
            failed("is there twice", "a credential");
        }
        let may_be_gone: BTreeSet<_> = outcomes
            .iter()
            .filter(|outcome| matches!(outcome.operation, Operation::Delete(_)) && outcome.may_be_done())
            .filter_map(|outcome| outcome.id.as_ref())
            .collect();
        for outcome in outcomes {
            let Some(id) = &outcome.id else { continue };
            let there = marks.get(id);
            match outcome.operation {
                Operation::Delete(_) if outcome.is_done() && there.is_some() => failed("was deleted", id),
                Operation::Delete(_) | Operation::Read(_) | Operation::List => {}
                Operation::Create(_) if !outcome.may_be_done() && there.is_some() => {
                    failed("was rejected, and is there", id);
                }
                _ if outcome.is_done() && there.is_none() && !may_be_gone.contains(id) => {
                    failed("is lost", id);
                }
                Operation::Create(_) => {}
                Operation::Patch(_) | Operation::Rename(..) => {
                    let is_marked = there.map(|marks| marks.contains(&outcome.mark));
                    if outcome.is_done() && is_marked == Some(false) {
                        failed(&format!("has lost {}", outcome.mark), id);
                    }
                    if !outcome.may_be_done() && is_marked == Some(true) {
                        failed(&format!("has {}, which was rejected", outcome.mark), id);
                    }
                }
            }
        }
        self.assert_nothing_comes_back(&found, outcomes);
    }

    /// Fails if a credential is back that was gone, or if a change was undone or made twice.
    fn assert_nothing_comes_back(&self, found: &BTreeMap<&str, Found>, outcomes: &[Outcome]) {
        let mut seen = self.seen.lock().unwrap();
        let dump = || format!("{found:#?}\n{outcomes:#?}\n{}", self.sm.dump());
        for (id, marks) in found.values() {
            assert!(!seen.gone.contains(id), "{id} is back\n{}", dump());
            let before = seen.marks.insert(id.clone(), marks.clone()).unwrap_or_default();
            assert!(marks.starts_with(&before), "{before:?} of {id} was undone\n{}", dump());
            let different: BTreeSet<_> = marks.iter().collect();
            assert_eq!(different.len(), marks.len(), "something was done to {id} twice\n{}", dump());
        }
        let is_there = |id: &String| found.values().any(|(found, _)| found == id);
        let ids = outcomes.iter().filter_map(|outcome| outcome.id.clone());
        seen.gone.extend(ids.filter(|id| !is_there(id)));
    }

    /// Fails unless every name can be used, whatever has happened: a taken name has a whole credential, and a free
    /// name can be taken.
    pub(crate) async fn assert_every_name_works(&self, outcomes: &mut Vec<Outcome>) {
        self.age().await;
        let before = self.found().await;
        for name in NAMES {
            self.settle().await;
            let mut outcome = self.perform(Operation::Create(name), &format!("after-{name}")).await;
            if matches!(outcome.result, Some(Err(Error::DeletedElsewhere)))
                && self.sm.switches().writes_descriptions_of_rejected
            {
                // Until the secret is gone, nothing proves that this create would bring no value back.
                self.sm.purge();
                outcome = self.perform(Operation::Create(name), &format!("after-{name}")).await;
            }
            let is_expected = match outcome.result {
                Some(Ok(())) => !before.contains_key(name),
                Some(Err(Error::AlreadyExists)) => before.contains_key(name),
                _ => false,
            };
            outcomes.push(outcome);
            assert!(is_expected, "{name} of {before:#?}\n{outcomes:#?}\n{}", self.sm.dump());
        }
        self.assert_nothing_is_lost(outcomes).await;
        for name in NAMES {
            self.settle().await;
            let outcome = self.perform(Operation::Patch(name), &format!("last-{name}")).await;
            assert!(outcome.is_done(), "{outcome:?}");
            outcomes.push(outcome);
        }
        self.settle().await;
        self.sm.purge();
        self.assert_nothing_is_lost(outcomes).await;
    }
}
