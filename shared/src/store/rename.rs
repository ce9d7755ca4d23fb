//! Renaming a credential. Secrets Manager cannot rename a secret, so the credential moves into another one. At any
//! moment exactly one of the two secrets must be the credential, whatever dies or runs concurrently.
//!
//! 1. A new secret is created. It holds the whole value behind a mark that names the rename and the old name.
//! 2. A compare-and-set replaces the old secret's value with a tombstone that names the rename. From this moment on,
//!    and not before, the marked value is the credential.
//! 3. The mark is taken off the new secret. Only then is the old secret scheduled for deletion.
//!
//! `settle.rs` is what others do when they meet an unfinished rename. See `docs/decisions/rename.md`.

use futures_util::future::BoxFuture;
use uuid::Uuid;

use super::answers::Written;
use super::back_off::BackOff;
use super::base::{Base, Opened, is_successor};
use super::calls::Store;
use super::description::{Description, State};
use super::draft::Draft;
use super::failure::Failure;
use super::mark::{Arrival, Rename};
use super::occupy::Occupant;
use super::stored::Stored;
use super::tombstone::Tombstone;
use super::version::{Precondition, Version};
use crate::audit;
use crate::caller::Scope;
use crate::error::{Error, Result};

impl Store {
    /// Renames the credential and replaces it with the draft that `change` returns. Returns the new version and the
    /// other part of what `change` returned. If somebody else has changed the credential meanwhile, calls `change`
    /// again.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DeletedElsewhere`] and [`Error::BeingDeleted`] are about the new name, the
    /// others as for [`Store::update`]. After any error, a credential that still exists has exactly one of the two
    /// names.
    pub async fn rename<T>(
        &self,
        scope: &Scope,
        credential: &str,
        to: &str,
        precondition: &Precondition,
        mut change: impl FnMut(&Stored) -> Result<(Draft, T)>,
    ) -> Result<(Version, T)> {
        let mut journey = Journey::new(self, scope, credential, to);
        loop {
            let planned = async {
                let opened = journey.open().await?;
                precondition.check(&opened.stored.version)?;
                let (draft, made) = change(&opened.stored)?;
                Ok((opened, draft, made))
            };
            let (opened, draft, made) = match planned.await {
                Ok(planned) => planned,
                // An earlier attempt may have left a marked value.
                Err(error) => return Err(journey.withdraw(error).await),
            };
            if let Some(version) = journey.travel(opened, draft).await? {
                return Ok((version, made));
            }
        }
    }
}

/// A rename that is under way.
struct Journey<'a> {
    store: &'a Store,
    scope: &'a Scope,
    from: Rename,
    to: Rename,
    back_off: BackOff,
    /// Where this rename has written the marked value.
    place: Option<Written>,
    /// The version of the old secret over which a write was rejected.
    rejected: Option<Version>,
}

impl<'a> Journey<'a> {
    fn new(store: &'a Store, scope: &'a Scope, from: &str, to: &str) -> Self {
        let id = Uuid::new_v4().to_string();
        let (from, to) = (Rename::new(&id, from), Rename::new(&id, to));
        Self { store, scope, from, to, back_off: BackOff::new(), place: None, rejected: None }
    }

    /// Reads the credential under its old name.
    fn open(&mut self) -> BoxFuture<'_, Result<Opened>> {
        self.store.open_again(self.scope, &self.from.name, self.rejected.as_ref(), &mut self.back_off)
    }

    /// Tries to move the credential that was opened. Returns `None` if it has to be read again.
    fn travel(&mut self, opened: Opened, draft: Draft) -> BoxFuture<'_, Result<Option<Version>>> {
        Box::pin(async move {
            // Each attempt writes the mark again first. A create that has stopped the last attempt is about to
            // overwrite the mark that it saw; now one of the two writes fails.
            if self.write_marked(&draft).await? && self.depart(&opened.base).await? {
                return self.arrive(draft, &opened.base.arn).await.map(Some);
            }
            match self.back_off.wait().await {
                Ok(()) => Ok(None),
                Err(error) => Err(self.withdraw(error).await),
            }
        })
    }

    /// Writes the marked value under the new name, or over the one that this rename has written there before. Returns
    /// `false` if somebody else has replaced that one.
    async fn write_marked(&mut self, draft: &Draft) -> Result<bool> {
        let value = Arrival::marked(&self.from, &draft.value)?;
        let mut description = Description::of(&self.to.name, State::Arriving);
        // If this function dies, whoever takes the mark off writes this for lists.
        description.public = Some(draft.public.clone());
        // Taken out: if this write fails, nobody knows what is there, and nothing may be withdrawn.
        let Some(place) = self.place.take() else {
            let secret_name = self.store.secret_name(self.scope, &self.to.name);
            let (trace, repeatable, reserved_for) = (None, None, None);
            let occupant = Occupant { value: &value, description, trace, repeatable, reserved_for };
            self.place = Some(self.store.occupy(self.scope, &secret_name, occupant).await?);
            return Ok(true);
        };
        let base = Base::of_own(place);
        match self.store.replace(&base, &value, description).await {
            Ok(version) => {
                self.place = Some(base.written(version));
                Ok(true)
            }
            // The next attempt creates the marked value again, and fails if the name is taken.
            Err(Failure::Exists | Failure::NotFound | Failure::Unusable) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Replaces the old secret's value with the tombstone, which makes the marked value the credential. Returns
    /// `false` if the old secret has changed meanwhile: this attempt can then no longer succeed.
    async fn depart(&mut self, base: &Base) -> Result<bool> {
        let tombstone = Tombstone::of_rename(base.created_as.clone(), self.to.clone()).value()?;
        let description = Description::of(&self.from.name, State::Departed(self.from.id.clone()));
        match self.store.replace(base, &tombstone, description).await {
            Ok(_) => Ok(true),
            // No earlier try of this write has come through either: its repetition would be a success.
            Err(Failure::Exists) => {
                self.rejected = Some(base.version.clone());
                Ok(false)
            }
            Err(Failure::NotFound | Failure::Unusable) => {
                // An earlier try can have come through, and its response been lost.
                Ok(self.store.has_departed(self.scope, &self.from).await?)
            }
            // Rejected for hours, so no try of this write can still come through.
            Err(Failure::QuotaExceeded) => Err(self.withdraw(Error::QuotaExceeded).await),
            // It may have come through, or still do so. The marked value is then the credential, and must stay.
            Err(failure) => Err(base.rejection(failure)),
        }
    }

    /// Takes the mark off, then schedules the deletion of the old secret. The rename has already succeeded, so a
    /// failure here is only logged. The next operation on one of the names finishes the work.
    async fn arrive(&mut self, draft: Draft, old_arn: &str) -> Result<Version> {
        let place =
            self.place.take().ok_or_else(|| Error::internal("a rename has departed without a place"))?;
        let mut base = Base::of_own(place);
        let departed = base.version.clone();
        let mut value = draft.value;
        let mut description = Description::live(&self.to.name, Some(draft.public));
        loop {
            match self.store.replace(&base, &value, description).await {
                Ok(version) => {
                    // Not before: without the tombstone the mark would not count.
                    self.store.schedule_deletion(old_arn).await;
                    return Ok(version);
                }
                Err(Failure::Exists) => {}
                Err(failure) => {
                    audit::warn(
                        "a renamed credential may still bear the mark of its rename",
                        Some(&failure.into()),
                    );
                    return Ok(departed);
                }
            }
            // Somebody has already changed the credential under its new name, or has only written its mark again. Only
            // a read of the very version that replaced the mark tells which. Without such a read the tombstone stays
            // until its name is used, because the mark may still need it.
            let secret_name = self.store.secret_name(self.scope, &self.to.name);
            let opened = self.store.open(&secret_name, Some(&base.version), &mut self.back_off).await;
            let Ok(opened) = opened else { return Ok(departed) };
            if !is_successor(&base.arn, &base.version, &opened.stored.version) {
                return Ok(departed);
            }
            let arrival =
                Arrival::parse(&opened.stored.value).filter(|arrival| arrival.from.id == self.from.id);
            // The mark is gone for good: only a write over the version that was replaced could bring it back.
            let Some(arrival) = arrival else {
                self.store.schedule_deletion(old_arn).await;
                return Ok(departed);
            };
            value = arrival.value;
            description = Description::live(&self.to.name, opened.base.public.clone());
            base = opened.base;
        }
    }

    /// Removes the marked value of a rename that fails with `error`. Only after its last attempt to depart has failed
    /// for good: before, the marked value may become the credential.
    fn withdraw(&mut self, error: Error) -> BoxFuture<'_, Error> {
        Box::pin(async move {
            let Some(place) = self.place.take() else { return error };
            let base = Base::of_own(place);
            let Ok(tombstone) = Tombstone::new(base.created_as.clone()).value() else { return error };
            // Only over this rename's own mark: what somebody else has written there stays.
            match self.store.replace(&base, &tombstone, Description::of(&self.to.name, State::Deleted)).await
            {
                Ok(_) => self.store.schedule_deletion(&base.arn).await,
                Err(failure) => {
                    audit::warn("what a failed rename left could not be removed", Some(&failure.into()));
                }
            }
            error
        })
    }
}
