//! Changing a credential: read it, change it, and write it if nobody else has written meanwhile. See
//! `docs/decisions/compare-and-set.md`.

use super::back_off::BackOff;
use super::base::Opened;
use super::calls::{Call, Store};
use super::description::Description;
use super::draft::Draft;
use super::failure::Failure;
use super::stored::Stored;
use super::version::{Precondition, Version};
use crate::caller::Scope;
use crate::error::Result;

impl Store {
    /// Replaces the credential with the draft that `change` returns. Returns the new version and the other part of
    /// what `change` returned. Other writers' changes are never lost: if somebody writes in between, calls `change`
    /// again with the newer state.
    ///
    /// # Errors
    /// [`Error::NotFound`](crate::Error::NotFound); [`Error::PreconditionFailed`](crate::Error::PreconditionFailed);
    /// what `change` returns; [`Error::Throttled`](crate::Error::Throttled) if too many others write at the same time;
    /// [`Error::ManagedElsewhere`](crate::Error::ManagedElsewhere).
    pub async fn update<T>(
        &self,
        scope: &Scope,
        credential: &str,
        precondition: &Precondition,
        change: impl FnMut(&Stored) -> Result<(Draft, T)>,
    ) -> Result<(Version, T)> {
        let mut back_off = BackOff::new();
        let opened = self.open_credential(scope, credential, &mut back_off).await?;
        self.update_opened(scope, credential, precondition, opened, change).await
    }

    /// As [`Store::update`], for a credential that has been opened already.
    ///
    /// # Errors
    /// As [`Store::update`].
    pub async fn update_opened<T>(
        &self,
        scope: &Scope,
        credential: &str,
        precondition: &Precondition,
        mut opened: Opened,
        mut change: impl FnMut(&Stored) -> Result<(Draft, T)>,
    ) -> Result<(Version, T)> {
        let mut back_off = BackOff::new();
        loop {
            // In each round: the version that another writer has made need not meet the precondition.
            precondition.check(&opened.stored.version)?;
            let (draft, made) = change(&opened.stored)?;
            match self.write(credential, &opened, draft).await {
                Ok(version) => return Ok((version, made)),
                Err(Failure::Exists) => {}
                Err(failure) => return Err(opened.base.rejection(failure)),
            }
            back_off.wait().await?;
            // If labels were moved back, the next read shows the same version: its token is used up, and must not be
            // used again.
            let rejected = Some(&opened.stored.version);
            opened = self.open_again(scope, credential, rejected, &mut back_off).await?;
        }
    }

    /// Replaces the credential that was opened with `draft`, if nobody else has replaced it meanwhile.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`](crate::Error::AlreadyExists) if somebody else has;
    /// [`Error::NotFound`](crate::Error::NotFound) if it was deleted.
    pub async fn update_once(&self, credential: &str, opened: &Opened, draft: Draft) -> Result<Version> {
        self.write(credential, opened, draft).await.map_err(|failure| opened.base.rejection(failure))
    }

    fn write(&self, credential: &str, opened: &Opened, draft: Draft) -> Call<'static, Version> {
        let description = Description::live(credential, Some(draft.public));
        self.replace(&opened.base, &draft.value, description)
    }
}
