//! What becomes of a rename that has not come to its end: whoever meets a mark looks at the secret that the
//! credential comes from. The tombstone there says whether it has left.
//!
//! Whoever wants to overwrite a mark that does not count must stop its rename before; whoever wants to
//! overwrite the tombstone must take the mark off before. `docs/decisions/rename.md` goes through the cases.

use futures_util::future::BoxFuture;

use super::answers::CURRENT;
use super::back_off::BackOff;
use super::base::Opened;
use super::calls::{Call, Store};
use super::description::{Description, State};
use super::failure::Failure;
use super::late;
use super::mark::{Arrival, Rename, is_arriving};
use super::stored::Stored;
use super::tombstone::{Tombstone, is_tombstone};
use crate::caller::Scope;
use crate::error::{Error, Result};

impl Store {
    /// The credential that `stored` is, or that it is the marked value of: `None` for a tombstone, and for a
    /// value that has not arrived.
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

    /// Whether the credential has left the other end of the rename that a mark tells of.
    pub(super) async fn has_departed(&self, scope: &Scope, from: &Rename) -> Result<bool, Failure> {
        let secret_name = self.secret_name(scope, &from.name);
        match self.get_secret_value(&secret_name, CURRENT).await {
            Ok(stored) => {
                Ok(Tombstone::parse(&stored.value).is_some_and(|tombstone| tombstone.is_other_end_of(from)))
            }
            // Scheduled for deletion: not before the mark was taken off (`rename.rs`). What its Description says is
            // no proof: that of a departure which was rejected names the version of the write that won.
            Err(Failure::NotFound | Failure::Unusable) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    async fn is_described_as_departed(&self, secret_name: &str, from: &Rename) -> Result<bool, Failure> {
        match self.describe_secret(secret_name).await {
            Ok(secret) => {
                let state = secret.speaking().map(|description| &description.state);
                Ok(matches!(state, Some(State::Departed(id)) if *id == from.id))
            }
            Err(Failure::NotFound) => Ok(false),
            Err(failure) => Err(failure),
        }
    }

    /// Makes sure that the rename of a mark cannot come to its end any more. `false` where it has.
    ///
    /// What a read says is no proof, as it may lag. A new version of the old secret, with the same value, is:
    /// it makes the compare-and-set of that rename fail.
    ///
    /// # Errors
    /// [`Error::BeingDeleted`] where nothing can be written there, until time alone is the proof;
    /// [`Error::DeletedElsewhere`] where the old secret is scheduled for deletion, and its Description says that
    /// the credential has left it.
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
                        // No proof that it has come to its end (`has_departed`), and none that it has not.
                        if self.is_described_as_departed(&secret_name, from).await? {
                            return Err(Error::DeletedElsewhere);
                        }
                        return late::until_late_calls_show(from.at)
                            .map_or(Ok(true), |wait| Err(Error::BeingDeleted { wait }));
                    }
                    opened => opened?,
                };
                let tombstone = Tombstone::parse(&opened.stored.value);
                if tombstone.is_some_and(|tombstone| tombstone.is_other_end_of(from)) {
                    return Ok(false);
                }
                match self.write_again(&from.name, &opened).await {
                    Ok(()) => return Ok(true),
                    Err(Failure::Exists) => rejected = Some(opened.stored.version),
                    Err(Failure::NotFound | Failure::Unusable) => {}
                    Err(failure) => return Err(failure.into()),
                }
                back_off.wait().await?;
            }
        })
    }

    /// Writes what was read as a new version, with nothing changed.
    async fn write_again(&self, name: &str, opened: &Opened) -> Result<(), Failure> {
        let Opened { stored, base } = opened;
        let state = match (is_tombstone(&stored.value), is_arriving(&stored.value)) {
            (true, _) => State::Deleted,
            (_, true) => State::Arriving,
            _ => State::Live,
        };
        let mut description = Description::of(name, state);
        description.public.clone_from(&base.public);
        self.replace(base, &stored.value, description).await.map(drop)
    }

    /// Whether the mark was taken off a secret that is scheduled for deletion, so that it needs no tombstone
    /// elsewhere should somebody restore it.
    ///
    /// # Errors
    /// [`Error::DeletedElsewhere`] where its Description does not say so.
    async fn check_settled(&self, secret_name: &str) -> Result<()> {
        let secret = match self.describe_secret(secret_name).await {
            Err(Failure::NotFound) => return Ok(()),
            described => described?,
        };
        let is_settled = secret.speaking().is_some_and(|description| description.state != State::Arriving);
        if is_settled { Ok(()) } else { Err(Error::DeletedElsewhere) }
    }

    /// Takes the mark off the credential that left this tombstone, if it still bears it: without the
    /// tombstone it would not count.
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
                let arrival = Arrival::parse(&stored.value).filter(|arrival| arrival.from.id == to.id);
                let Some(arrival) = arrival else { return Ok(()) };
                let description = Description::live(&to.name, base.public.clone());
                match self.replace(&base, &arrival.value, description).await {
                    Ok(_) | Err(Failure::NotFound | Failure::Unusable) => return Ok(()),
                    Err(Failure::Exists) => rejected = Some(stored.version),
                    Err(failure) => return Err(failure.into()),
                }
                back_off.wait().await?;
            }
        })
    }
}
