//! Changing a credential: read, change, and write if nobody else has written meanwhile.

use std::time::Duration;

use super::compare_and_set::Base;
use super::description::Description;
use super::failure::Failure;
use super::{Draft, Store, Stored, Version};
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::request::Precondition;

/// How long a write tries to get in between other writers of the same credential.
const PATIENCE: Duration = Duration::from_secs(8);
/// The longest wait before the second attempt; doubles with each further one.
const FIRST_WAIT: Duration = Duration::from_millis(20);
/// The longest wait before any attempt.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

impl Store {
    /// Replaces the credential with what `change` makes of it. Other writers' changes are never
    /// lost: where one comes in between, `change` is asked again, with the newer state.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::PreconditionFailed`]; what `change` answers;
    /// [`Error::Throttled`] where too many others write at the same time.
    pub async fn update(
        &self,
        scope: &Scope,
        credential: &str,
        precondition: &Precondition,
        change: impl FnMut(&Stored) -> Result<Draft>,
    ) -> Result<Version> {
        let stored = self.read(scope, credential).await?;
        self.update_read(scope, credential, precondition, stored, change).await
    }

    /// As [`Store::update`], for a credential that has been read already.
    ///
    /// # Errors
    /// As [`Store::update`].
    pub async fn update_read(
        &self,
        scope: &Scope,
        credential: &str,
        precondition: &Precondition,
        mut stored: Stored,
        mut change: impl FnMut(&Stored) -> Result<Draft>,
    ) -> Result<Version> {
        let mut contention = Contention::new();
        loop {
            precondition.check(&stored.version)?;
            let draft = change(&stored)?;
            match self.update_once(scope, credential, &stored, draft).await {
                Err(Error::AlreadyExists) => contention.wait().await?,
                done => return done,
            }
            stored = self.read(scope, credential).await?;
        }
    }

    /// Replaces the credential that was read as `stored` with `draft`, if nobody else has replaced
    /// it meanwhile.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] where somebody else has; [`Error::NotFound`] where it was deleted.
    pub async fn update_once(
        &self,
        scope: &Scope,
        credential: &str,
        stored: &Stored,
        draft: Draft,
    ) -> Result<Version> {
        let description =
            Description { name: credential.to_owned(), public: draft.public, ..Description::default() }
                .text()?;
        let base = Base { arn: &stored.arn, version: &stored.version };
        let secret_name = self.secret_name(scope, credential);
        self.replace(&secret_name, base, &draft.value, description).await.map_err(Failure::into)
    }
}

/// Waits between attempts of writers that get in each other's way.
#[derive(Debug)]
pub struct Contention {
    wait: Duration,
    deadline: tokio::time::Instant,
}

impl Default for Contention {
    fn default() -> Self {
        Self { wait: FIRST_WAIT, deadline: tokio::time::Instant::now() + PATIENCE }
    }
}

impl Contention {
    /// The patience of a write that starts now.
    pub fn new() -> Self {
        Self::default()
    }

    /// Waits a random while, longer each time, so that the writers come apart.
    ///
    /// # Errors
    /// [`Error::Throttled`] once the patience is used up.
    pub async fn wait(&mut self) -> Result<()> {
        let wait = self.wait.mul_f64(fastrand::f64());
        self.wait = LONGEST_WAIT.min(self.wait * 2);
        if tokio::time::Instant::now() + wait > self.deadline {
            return Err(Error::Throttled);
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
