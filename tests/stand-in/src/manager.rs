//! The service, and what an administrator and a test can do to it.

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
    /// How many calls are still to be carried out late.
    late_calls: Arc<watch::Sender<usize>>,
}

impl SecretsManager {
    /// A service without secrets, with every switch off.
    pub fn new() -> Self {
        Self { state: Arc::new(Mutex::new(State::new())), late_calls: Arc::default() }
    }

    /// A service whose clock goes `late` behind the real one: what is done before
    /// [`advance`](Self::advance) by as much is that old.
    pub fn behind(late: Duration) -> Self {
        let service = Self::new();
        service.state().clock.set_back(late);
        service
    }

    /// A way to the secrets for one caller.
    pub async fn line(&self) -> Line {
        Line::open(self.clone()).await
    }

    /// Calls an action without HTTP, as an administrator: by the same rules and switches, except that reads see
    /// the truth. The error is its code, such as `ResourceNotFoundException`.
    #[expect(clippy::needless_pass_by_value, reason = "it is called with json!")]
    pub fn call(&self, action: &str, parameters: Value) -> Result<Value, String> {
        self.answer(action, &parameters, &View::Truth).map_err(|failure| failure.code.to_owned())
    }

    /// Turns switches, at any time. What turns them must not call the service.
    pub fn set(&self, turn: impl FnOnce(&mut Switches)) {
        turn(&mut self.state().switches);
    }

    /// How the switches stand.
    pub fn switches(&self) -> Switches {
        self.state().switches.clone()
    }

    /// All secrets as they are now, for [`Line::reads_as_of`].
    pub fn moment(&self) -> Moment {
        self.state().history.moment()
    }

    /// Moves the service's clock forward, and with it the dates of what comes, the recovery windows, the day of
    /// [`Switches::versions_per_day`] and the lag.
    pub fn advance(&self, by: Duration) {
        let mut state = self.state();
        state.clock.advance(by);
        state.end_recovery_windows(false);
    }

    /// Ends all recovery windows: what was scheduled for deletion is gone.
    pub fn purge(&self) {
        self.state().end_recovery_windows(true);
    }

    /// Edits every text value of every secret, with its name, in place: as if it had been written so, also for
    /// the reads that lag. Makes no version, and tokens stay bound to what was sent. `edit` must not
    /// call the service.
    pub fn rewrite(&self, mut edit: impl FnMut(&str, &mut String)) {
        for (name, version) in self.state().history.versions() {
            version.rewrite(|value| edit(name, value));
        }
    }

    /// Makes a secret one that others manage, or, with `None`, one that they do not.
    ///
    /// # Panics
    /// Where there is no secret with this name.
    pub fn set_managed(&self, name: &str, managed: impl Into<Option<Managed>>) {
        let mut state = self.state();
        let secret = state.history.get(name).unwrap_or_else(|| panic!("no secret is named {name}"));
        let secret = Secret { managed: managed.into(), ..Secret::clone(secret) };
        state.save(secret);
    }

    /// The names that are taken, also by what is scheduled for deletion.
    pub fn names(&self) -> Vec<String> {
        self.state().history.secrets().map(|secret| secret.name.clone()).collect()
    }

    /// Everything as it is in truth, to be shown where a test fails; `{}` where there is nothing.
    pub fn dump(&self) -> String {
        let state = self.state();
        let dump: BTreeMap<_, _> =
            state.history.secrets().map(|secret| (secret.name.clone(), secret.dump())).collect();
        format!("{:#}", Value::from_iter(dump))
    }

    /// Waits until every late call of every line has been carried out.
    pub async fn quiet(&self) {
        // It cannot fail: the sender is here.
        let _ = self.late_calls.subscribe().wait_for(|count| *count == 0).await;
    }

    pub(crate) fn answer(&self, action: &str, parameters: &Value, view: &View) -> Answer<Value> {
        self.state().call(action, parameters, view)
    }

    /// Makes [`quiet`](Self::quiet) wait until the answer is dropped.
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

/// A call that is still to be carried out.
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
    fn a_value_is_rewritten_for_all_and_its_token_stays_bound() {
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
    fn an_action_that_is_not_known_is_rejected() {
        let sm = SecretsManager::new();
        assert_eq!(sm.call("MakeCoffee", json!({})), Err("UnknownOperationException".into()));
    }
}
