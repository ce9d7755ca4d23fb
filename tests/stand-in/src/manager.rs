//! The service, and what an administrator or a test can do with it.

use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::sync::watch;

use crate::failure::Result as Answer;
use crate::history::{Moment, View};
use crate::line::Line;
use crate::secret::{Managed, Secret};
use crate::state::State;
use crate::switches::Switches;

/// Secrets Manager in memory. Clones are the same service.
#[derive(Clone)]
pub struct SecretsManager {
    state: Arc<Mutex<State>>,
    /// How many late calls have not been carried out yet.
    late_calls: Arc<watch::Sender<usize>>,
}

impl SecretsManager {
    /// A service without secrets, with the default switches.
    pub fn new() -> Self {
        Self { state: Arc::new(Mutex::new(State::new())), late_calls: Arc::default() }
    }

    /// A service whose clock is `late` behind the real one: what happens before an [`advance`](Self::advance) by
    /// the same time is that old.
    pub fn behind(late: Duration) -> Self {
        let service = Self::new();
        service.state().clock.set_back(late);
        service
    }

    /// Opens a line for one caller.
    pub async fn line(&self) -> Line {
        Line::open(self.clone()).await
    }

    /// Calls an action without HTTP, as an administrator. The same rules and switches apply, except that reads see the
    /// current state. The error is AWS's code, such as `ResourceNotFoundException`.
    #[expect(clippy::needless_pass_by_value, reason = "it is called with json!")]
    pub fn call(&self, action: &str, parameters: Value) -> Result<Value, String> {
        self.answer(action, &parameters, &View::Truth).map_err(|failure| failure.code.to_owned())
    }

    /// Turns switches, at any time. `turn` must not call the service, which is locked meanwhile.
    pub fn set(&self, turn: impl FnOnce(&mut Switches)) {
        turn(&mut self.state().switches);
    }

    /// The current switches.
    pub fn switches(&self) -> Switches {
        self.state().switches.clone()
    }

    /// All secrets as they are now, for [`Line::reads_as_of`].
    pub fn moment(&self) -> Moment {
        self.state().history.moment()
    }

    /// Moves the service's clock forward. The clock decides about new dates, recovery windows, the day of
    /// [`Switches::versions_per_day`], and the lag.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.clock.advance(by);
        state.end_recovery_windows(false);
    }

    /// Ends all recovery windows: every secret that is scheduled for deletion is gone.
    pub fn purge(&self) {
        self.state().end_recovery_windows(true);
    }

    /// Edits every text value of every secret in place; `edit` also gets the secret's name. Reads, even those that lag,
    /// see the edited values as if they had been written like that. No new versions are made, and tokens stay bound to
    /// what was sent. `edit` must not call the service, which is locked meanwhile.
    pub fn rewrite(&self, mut edit: impl FnMut(&str, &mut String)) {
        for (name, version) in self.state().history.versions() {
            version.rewrite(|value| edit(name, value));
        }
    }

    /// Sets who manages a secret; `None` means that nobody else does.
    ///
    /// # Panics
    /// If there is no secret with this name.
    pub fn set_managed(&self, name: &str, managed: impl Into<Option<Managed>>) {
        let mut state = self.state();
        let secret = state.history.get(name).unwrap_or_else(|| panic!("no secret is named {name}"));
        let secret = Secret { managed: managed.into(), ..Secret::clone(secret) };
        state.save(secret);
    }

    /// The names that are taken, including those of secrets that are scheduled for deletion.
    pub fn names(&self) -> Vec<String> {
        self.state().history.secrets().map(|secret| secret.name.clone()).collect()
    }

    /// The whole current state, to be shown when a test fails; `{}` if there are no secrets.
    pub fn dump(&self) -> String {
        let state = self.state();
        let dump: BTreeMap<_, _> =
            state.history.secrets().map(|secret| (secret.name.clone(), secret.dump())).collect();
        format!("{:#}", Value::from_iter(dump))
    }

    /// Waits until every late call of every line has been carried out.
    pub async fn quiet(&self) {
        // This cannot fail, because `self` holds the sender.
        let _ = self.late_calls.subscribe().wait_for(|count| *count == 0).await;
    }

    pub(crate) fn answer(&self, action: &str, parameters: &Value, view: &View) -> Answer<Value> {
        self.state().call(action, parameters, view)
    }

    /// Makes [`quiet`](Self::quiet) wait until the returned value is dropped.
    pub(crate) fn expect_late_call(&self) -> LateCall {
        self.late_calls.send_modify(|count| *count += 1);
        LateCall(Arc::clone(&self.late_calls))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Default for SecretsManager {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for SecretsManager {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "SecretsManager {}", self.dump())
    }
}

/// A late call that has not been carried out yet.
pub(crate) struct LateCall(Arc<watch::Sender<usize>>);

impl Drop for LateCall {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_rewritten_value_shows_in_all_reads_and_its_token_stays_bound() {
        let sm = SecretsManager::new();
        let write = |key: &str, token: char, value: &str| json!({key: "name", "ClientRequestToken": token.to_string().repeat(32), "SecretString": value});
        sm.call("CreateSecret", write("Name", 'a', "first at 5")).unwrap();
        let moment = sm.moment();
        sm.call("UpdateSecret", write("SecretId", 'b', "second at 6")).unwrap();
        let mut names = Vec::new();
        sm.rewrite(|name, value| {
            names.push(name.to_owned());
            value.replace_range(value.len() - 1.., "0");
        });
        assert_eq!(names, ["name", "name"], "each version once");
        let read = |view: &View| sm.answer("GetSecretValue", &json!({"SecretId": "name"}), view).unwrap();
        assert_eq!(read(&View::Truth)["SecretString"], "second at 0");
        assert_eq!(read(&View::AsOf(moment))["SecretString"], "first at 0");
        sm.call("UpdateSecret", write("SecretId", 'b', "second at 6")).unwrap();
        let code = sm.call("UpdateSecret", write("SecretId", 'b', "second at 0")).unwrap_err();
        assert_eq!(code, "ResourceExistsException");
    }

    #[test]
    fn an_unknown_action_is_rejected() {
        let sm = SecretsManager::new();
        assert_eq!(sm.call("MakeCoffee", json!({})), Err("UnknownOperationException".into()));
    }
}
