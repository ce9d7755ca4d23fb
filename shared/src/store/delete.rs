//! Deleting a credential: a tombstone replaces its value, then the secret is scheduled for deletion. Only the
//! tombstone counts. Until the recovery window is over, the secret can be restored, and the old value is the version
//! labelled AWSPREVIOUS. See `docs/decisions/deletion.md`.

use futures_util::future::BoxFuture;

use super::back_off::BackOff;
use super::base::{Base, Opened};
use super::calls::Store;
use super::description::{Description, State};
use super::failure::Failure;
use super::stored::Stored;
use super::tombstone::Tombstone;
use super::version::Precondition;
use crate::audit;
use crate::caller::Scope;
use crate::error::{Error, Result};

/// Logged if a secret costs money until somebody uses its name again. The template has an alarm for this message.
const UNSCHEDULED: &str = "a deleted credential's secret could not be scheduled for deletion";

impl Store {
    /// Deletes the credential.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::PreconditionFailed`]; [`Error::ManagedElsewhere`].
    pub async fn delete(&self, scope: &Scope, credential: &str, precondition: &Precondition) -> Result<()> {
        self.delete_if(scope, credential, precondition, |_| Ok(())).await
    }

    /// Deletes the credential, if `check` accepts the state that is deleted. Returns what `check` returned.
    ///
    /// # Errors
    /// As [`Store::delete`], and what `check` returns.
    pub async fn delete_if<T>(
        &self,
        scope: &Scope,
        credential: &str,
        precondition: &Precondition,
        mut check: impl FnMut(&Stored) -> Result<T>,
    ) -> Result<T> {
        let secret_name = self.secret_name(scope, credential);
        let (mut back_off, mut rejected) = (BackOff::new(), None);
        loop {
            let opened = self.open(&secret_name, rejected.as_ref(), &mut back_off).await?;
            if let Some(tombstone) = Tombstone::parse(&opened.stored.value) {
                // Already deleted. This only finishes what a function that died has left, unless somebody else has
                // just done so.
                return match self.finish(scope, credential, &tombstone, &opened.base, &mut back_off).await {
                    Ok(()) | Err(Error::AlreadyExists) => Err(Error::NotFound),
                    Err(error) => Err(error),
                };
            }
            let stored = match self.credential_in(scope, opened.stored).await? {
                Some(stored) => stored,
                // A mark whose rename may have finished between the two reads. Then the write below is rejected.
                None => self.open_credential(scope, credential, &mut back_off).await?.stored,
            };
            precondition.check(&stored.version)?;
            let made = check(&stored)?;
            match self.replace_by_tombstone(credential, &opened.base).await {
                Ok(()) => return Ok(made),
                Err(Error::AlreadyExists) => rejected = Some(stored.version),
                Err(error) => return Err(error),
            }
            back_off.wait().await?;
        }
    }

    /// Deletes what was opened, if nobody else has replaced it meanwhile.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] if somebody else has; [`Error::NotFound`]; [`Error::ManagedElsewhere`].
    pub async fn delete_once(&self, credential: &str, opened: &Opened) -> Result<()> {
        self.replace_by_tombstone(credential, &opened.base).await
    }

    /// Replaces the base with a tombstone, and schedules the secret's deletion.
    pub(super) fn replace_by_tombstone<'a>(
        &'a self,
        credential: &'a str,
        base: &'a Base,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            // The tombstone first: a create under this name restores the secret, which would bring the old value back.
            let tombstone = Tombstone::new(base.created_as.clone()).value()?;
            match self.replace(base, &tombstone, Description::of(credential, State::Deleted)).await {
                Ok(_) => {
                    self.schedule_deletion(&base.arn).await;
                    Ok(())
                }
                // The versions of the day are used up, and DeleteSecret alone makes none. The value goes with its
                // secret, and the name is taken until the secret is gone (`restore_deleted` in occupy.rs).
                Err(Failure::QuotaExceeded) => self.delete_secret(&base.arn).await.map_err(Error::from),
                Err(failure) => Err(base.rejection(failure)),
            }
        })
    }

    /// Finishes the deletion of a function that died, unless that function or its last call may still be under way.
    async fn finish(
        &self,
        scope: &Scope,
        credential: &str,
        tombstone: &Tombstone,
        base: &Base,
        back_off: &mut BackOff,
    ) -> Result<()> {
        // That function may still send its DeleteSecret.
        if tombstone.ends_in().is_some() {
            return Ok(());
        }
        // The credential that was renamed from here may still need this tombstone.
        self.settle_tombstone(scope, tombstone, back_off).await?;
        // With a new tombstone, because this DeleteSecret can be late as well: creates wait for a young tombstone.
        match self.replace_by_tombstone(credential, base).await {
            Err(Error::NotFound | Error::QuotaExceeded) => Ok(()),
            buried => buried,
        }
    }

    /// Schedules the deletion of a secret that holds a tombstone. The credential is already gone, so a failure is only
    /// logged: the secret costs money until somebody uses its name again.
    pub(super) fn schedule_deletion<'a>(&'a self, arn: &'a str) -> BoxFuture<'a, ()> {
        Box::pin(async move {
            if let Err(failure) = self.delete_secret(arn).await {
                audit::warn(UNSCHEDULED, Some(&failure.into()));
            }
        })
    }
}
