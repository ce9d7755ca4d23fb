//! Renames that have not finished. An operation that meets a mark looks at the secret that the credential comes from:
//! the tombstone there says whether the credential has left.
//!
//! To overwrite a mark that does not count, an operation must stop its rename first. To overwrite the tombstone, it
//! must take the mark off first. See `docs/decisions/rename.md`.

use futures_util::future::BoxFuture;

use super::answers::CURRENT;
use super::back_off::BackOff;
use super::base::Opened;
use super::calls::{Call, Store};
use super::description::{Description, State};
use super::failure::Failure;
use super::late;
use super::mark::{Arrival, Rename, is_marked};
use super::stored::Stored;
use super::tombstone::{Tombstone, is_tombstone};
use crate::caller::Scope;
use crate::error::{Error, Result};

impl Store {
    /// The credential in `stored`, without its mark if it has one; `None` for a tombstone, and for a marked value that
    /// does not count.
    pub(super) fn credential_in<'a>(&'a self, scope: &'a Scope, stored: Stored) -> Call<'a, Option<Stored>> {
        Box::pin(async move {
            if is_tombstone(&stored.value) {
                return Ok(None);
            }
            let Some(Arrival { from, value }) = Arrival::parse(&stored.value) else {
                return Ok(Some(stored));
            };
            let has_arrived = self.has_departed(scope, &from).await?;
            Ok(has_arrived.then_some(Stored { value, ..stored }))
        })
    }

    /// Whether the credential has left the secret that its mark names.
    pub(super) async fn has_departed(&self, scope: &Scope, from: &Rename) -> Result<bool, Failure> {
        let secret_name = self.secret_name(scope, &from.name);
        match self.get_secret_value(&secret_name, CURRENT).await {
            Ok(stored) => {
                Ok(Tombstone::parse(&stored.value).is_some_and(|tombstone| tombstone.is_other_end_of(from)))
            }
            // A rename takes its mark off before it schedules the old secret (`rename.rs`), so this mark does not
            // count. The Description there is no proof: that of a rejected departure names the version of the write
            // that won.
            Err(Failure::NotFound | Failure::Unusable) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    async fn is_described_as_departed(&self, secret_name: &str, from: &Rename) -> Result<bool, Failure> {
        match self.describe_secret(secret_name).await {
            Ok(secret) => {
                let state = secret.current_description().map(|description| &description.state);
                Ok(matches!(state, Some(State::Departed(id)) if *id == from.id))
            }
            Err(Failure::NotFound) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Makes sure that the rename of a mark can no longer succeed. Returns `false` if it has succeeded.
    ///
    /// A read is no proof, because it may lag. A new version of the old secret with the same value is one: it makes
    /// the rename's compare-and-set fail.
    ///
    /// # Errors
    /// [`Error::BeingDeleted`] if nothing can be written there, and not enough time has passed to be a proof;
    /// [`Error::DeletedElsewhere`] if the old secret is scheduled for deletion, and its Description says that the
    /// credential has left it.
    pub(super) fn stop_rename<'a>(
        &'a self,
        scope: &'a Scope,
        from: &'a Rename,
        back_off: &'a mut BackOff,
    ) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let secret_name = self.secret_name(scope, &from.name);
            let mut rejected = None;
            loop {
                let opened = match self.open(&secret_name, rejected.as_ref(), back_off).await {
                    Err(Failure::NotFound | Failure::Unusable) => {
                        // No proof that the rename has succeeded (see `has_departed`), but it may have: the mark must
                        // stay.
                        if self.is_described_as_departed(&secret_name, from).await? {
                            return Err(Error::DeletedElsewhere);
                        }
                        // Nothing can be written there, so time is the proof: by then no call of the rename can
                        // arrive, and a read would have shown what it did.
                        return late::until_late_calls_show(from.at)
                            .map_or(Ok(true), |wait| Err(Error::BeingDeleted { wait }));
                    }
                    opened => opened?,
                };
                let tombstone = Tombstone::parse(&opened.stored.value);
                // The rename was faster, so the marked value is the credential.
                if tombstone.is_some_and(|tombstone| tombstone.is_other_end_of(from)) {
                    return Ok(false);
                }
                // This uses up the token of the departure, which then fails, however late it arrives.
                match self.write_again(&from.name, &opened).await {
                    Ok(()) => return Ok(true),
                    // Perhaps the departure itself was faster: only another read can tell.
                    Err(Failure::Exists) => rejected = Some(opened.stored.version),
                    Err(Failure::NotFound | Failure::Unusable) => {}
                    Err(failure) => return Err(failure.into()),
                }
                back_off.wait().await?;
            }
        })
    }

    /// Writes what was read as a new version, unchanged.
    async fn write_again(&self, name: &str, opened: &Opened) -> Result<(), Failure> {
        let Opened { stored, base } = opened;
        let state = match (is_tombstone(&stored.value), is_marked(&stored.value)) {
            (true, _) => State::Deleted,
            (_, true) => State::Arriving,
            _ => State::Live,
        };
        let mut description = Description::of(name, state);
        description.public.clone_from(&base.public);
        self.replace(base, &stored.value, description).await.map(drop)
    }

    /// Checks that a secret that is scheduled for deletion has no mark, and so needs no tombstone elsewhere if
    /// somebody restores it.
    ///
    /// # Errors
    /// [`Error::DeletedElsewhere`] if its Description does not say so.
    async fn check_settled(&self, secret_name: &str) -> Result<()> {
        let secret = match self.describe_secret(secret_name).await {
            Err(Failure::NotFound) => return Ok(()),
            described => described?,
        };
        // The value cannot be read while the secret is scheduled, so only the Description can tell.
        let is_settled =
            secret.current_description().is_some_and(|description| description.state != State::Arriving);
        if is_settled { Ok(()) } else { Err(Error::DeletedElsewhere) }
    }

    /// Takes the mark off the credential that left this tombstone, if it still has the mark: without the tombstone the
    /// mark would not count.
    pub(super) fn settle_tombstone<'a>(
        &'a self,
        scope: &'a Scope,
        tombstone: &'a Tombstone,
        back_off: &'a mut BackOff,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let Some(to) = &tombstone.renamed_to else { return Ok(()) };
            let secret_name = self.secret_name(scope, &to.name);
            let mut rejected = None;
            loop {
                let Opened { stored, base } = match self.open(&secret_name, rejected.as_ref(), back_off).await
                {
                    Err(Failure::NotFound) => return Ok(()),
                    Err(Failure::Unusable) => return self.check_settled(&secret_name).await,
                    opened => opened?,
                };
                // The mark of another rename depends on another tombstone.
                let arrival = Arrival::parse(&stored.value).filter(|arrival| arrival.from.id == to.id);
                let Some(arrival) = arrival else { return Ok(()) };
                let description = Description::live(&to.name, base.public.clone());
                match self.replace(&base, &arrival.value, description).await {
                    Ok(_) | Err(Failure::NotFound | Failure::Unusable) => return Ok(()),
                    // Perhaps only the mark was written again, and still needs the tombstone.
                    Err(Failure::Exists) => rejected = Some(stored.version),
                    Err(failure) => return Err(failure.into()),
                }
                back_off.wait().await?;
            }
        })
    }
}
