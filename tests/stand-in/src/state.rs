//! The secrets, the clock and the switches, and the rule for each action.

use std::sync::Arc;
use std::time::Duration;

use serde_json::Value;

use crate::clock::Clock;
use crate::failure::{Failure, Result};
use crate::history::{History, View};
use crate::parameters::Parameters;
use crate::rules;
use crate::secret::{ARN, Secret};
use crate::switches::Switches;

/// The whole state of the service.
#[derive(Debug)]
pub(crate) struct State {
    pub(crate) history: History,
    pub(crate) clock: Clock,
    pub(crate) switches: Switches,
}

impl State {
    pub(crate) fn new() -> Self {
        Self { history: History::default(), clock: Clock::new(), switches: Switches::default() }
    }

    /// Carries out a call, wholly or not at all.
    pub(crate) fn call(&mut self, action: &str, parameters: &Value, view: &View) -> Result<Value> {
        let parameters = Parameters(parameters);
        self.end_recovery_windows(false);
        match action {
            "CreateSecret" => rules::create::create(self, parameters),
            "UpdateSecret" => rules::write::update(self, parameters),
            "PutSecretValue" => rules::write::put(self, parameters),
            "UpdateSecretVersionStage" => rules::stages::update(self, parameters),
            "DeleteSecret" => rules::delete::delete(self, parameters),
            "TagResource" => rules::tags::tag(self, parameters),
            "RestoreSecret" => rules::delete::restore(self, parameters),
            "GetSecretValue" => rules::read::get(self, parameters, view),
            "DescribeSecret" => rules::read::describe(self, parameters, view),
            "BatchGetSecretValue" => rules::batch::batch_get(self, parameters, view),
            "ListSecretVersionIds" => rules::list::versions(self, parameters, view),
            "ListSecrets" => rules::list::secrets(self, parameters, view),
            _ => Err(Failure::unknown_operation()),
        }
    }

    /// The current secret that a call is about, even if it is scheduled for deletion.
    pub(crate) fn find(&self, parameters: Parameters) -> Result<Secret> {
        let id = parameters.secret_id()?;
        let secret = self.history.get(name_in(id)?).filter(|secret| is_of(secret, id));
        secret.map(|secret| Secret::clone(secret)).ok_or_else(Failure::no_such_secret)
    }

    /// The current secret that a call is about, which must neither be scheduled for deletion nor managed by others.
    pub(crate) fn find_to_write(&self, parameters: Parameters) -> Result<Secret> {
        let secret = self.find(parameters)?;
        check_live(&secret)?;
        check_unmanaged(&secret)?;
        Ok(secret)
    }

    /// The secret with this name or ARN as a read sees it, even if it is scheduled for deletion.
    pub(crate) fn see(&self, id: &str, view: &View) -> Result<Arc<Secret>> {
        let secret = self.see_name(name_in(id)?, view, self.switches.lag.reads);
        secret.filter(|secret| is_of(secret, id)).ok_or_else(Failure::no_such_secret)
    }

    pub(crate) fn see_name(&self, name: &str, view: &View, lag: Duration) -> Option<Arc<Secret>> {
        self.history.seen(name, view, self.clock.now(), lag)
    }

    /// Makes a changed secret the current one.
    pub(crate) fn save(&mut self, mut secret: Secret) {
        secret.changed = self.clock.millis();
        self.history.put(&secret.name.clone(), self.clock.now(), Some(secret));
    }

    pub(crate) fn remove(&mut self, name: &str) {
        self.history.put(name, self.clock.now(), None);
    }

    /// Removes the scheduled secrets whose recovery window is over, or all scheduled secrets.
    pub(crate) fn end_recovery_windows(&mut self, all: bool) {
        let now = self.clock.millis();
        let is_due = |secret: &&Arc<Secret>| secret.deleted.is_some_and(|deleted| all || deleted <= now);
        let due: Vec<_> = self.history.secrets().filter(is_due).map(|secret| secret.name.clone()).collect();
        for name in due {
            self.remove(&name);
        }
    }
}

/// Fails if the secret is scheduled for deletion.
pub(crate) fn check_live(secret: &Secret) -> Result<()> {
    if secret.deleted.is_some() { Err(Failure::scheduled()) } else { Ok(()) }
}

/// Fails if only others may change the secret.
pub(crate) fn check_unmanaged(secret: &Secret) -> Result<()> {
    let rejected = "You can't change this secret: it is a replica, or managed by another service.";
    if secret.managed.is_some() { Err(Failure::request(rejected)) } else { Ok(()) }
}

/// The name in a `SecretId`, which may be an ARN.
fn name_in(id: &str) -> Result<&str> {
    let Some(rest) = id.strip_prefix(ARN) else { return Ok(id) };
    let name = rest.len().checked_sub(7).and_then(|end| rest.get(..end));
    name.ok_or_else(Failure::no_such_secret)
}

/// Whether a `SecretId` means this secret, and not another one that had the same name before or after it.
fn is_of(secret: &Secret, id: &str) -> bool {
    !id.starts_with(ARN) || id == secret.arn
}
