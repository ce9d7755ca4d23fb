//! The current and the former states of all secrets: reads may show any of them. See `docs/decisions/lag.md`.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use crate::secret::{Secret, Version};

/// How many states of a name are remembered: more than any test makes within a lag, but not all of a long run.
const MOST_STATES: usize = 128;

type Secrets = BTreeMap<String, Arc<Secret>>;

/// All secrets as they were at one moment, for [`Line::reads_as_of`](crate::Line::reads_as_of).
#[derive(Clone, Debug)]
pub struct Moment(Secrets);

/// Which state of the secrets a call sees.
#[derive(Clone, Debug)]
pub(crate) enum View {
    /// The current state.
    Truth,
    /// Each secret as it was at some moment within the lag.
    Lagging,
    /// All secrets as they were at one moment.
    AsOf(Moment),
}

/// The states of one name, each with the time at which it began; `None` if no secret had the name.
type States = VecDeque<(Duration, Option<Arc<Secret>>)>;

/// All names and their states.
#[derive(Debug, Default)]
pub(crate) struct History(BTreeMap<String, States>);

impl History {
    /// The current secret with this name.
    pub(crate) fn get(&self, name: &str) -> Option<&Arc<Secret>> {
        self.0.get(name)?.back()?.1.as_ref()
    }

    /// All current secrets.
    pub(crate) fn secrets(&self) -> impl Iterator<Item = &Arc<Secret>> {
        self.0.values().filter_map(|states| states.back()?.1.as_ref())
    }

    /// All names that a secret has or had.
    pub(crate) fn names(&self) -> impl Iterator<Item = &String> {
        self.0.keys()
    }

    pub(crate) fn moment(&self) -> Moment {
        Moment(self.secrets().map(|secret| (secret.name.clone(), Arc::clone(secret))).collect())
    }

    /// Sets what the name stands for from `now` on.
    pub(crate) fn put(&mut self, name: &str, now: Duration, secret: Option<Secret>) {
        let states =
            self.0.entry(name.to_owned()).or_insert_with(|| VecDeque::from([(Duration::ZERO, None)]));
        states.push_back((now, secret.map(Arc::new)));
        if states.len() > MOST_STATES {
            states.pop_front();
        }
    }

    /// What a call sees under the name if reads may lag by up to `lag`.
    pub(crate) fn seen(&self, name: &str, view: &View, now: Duration, lag: Duration) -> Option<Arc<Secret>> {
        match view {
            View::Truth => self.get(name).cloned(),
            View::AsOf(moment) => moment.0.get(name).cloned(),
            View::Lagging => {
                let lag = lag.as_nanos().try_into().expect("a lag of less than centuries");
                let then = now.saturating_sub(Duration::from_nanos(fastrand::u64(0..=lag)));
                let states = self.0.get(name)?;
                let state = states.iter().rev().find(|(since, _)| *since <= then);
                state.or_else(|| states.front())?.1.clone()
            }
        }
    }

    /// Every version that a read may still show, once, with its secret's name.
    pub(crate) fn versions(&self) -> Vec<(&str, Arc<Version>)> {
        let mut seen = BTreeSet::new();
        let mut versions = Vec::new();
        for (name, states) in &self.0 {
            for secret in states.iter().filter_map(|(_, secret)| secret.as_ref()) {
                for (id, version) in &secret.versions {
                    // By the ARN: secrets that had the same name in turn can have versions with the same id.
                    if seen.insert((secret.arn.as_str(), id.as_str())) {
                        versions.push((name.as_str(), Arc::clone(version)));
                    }
                }
            }
        }
        versions
    }
}
