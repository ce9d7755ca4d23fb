//! Renaming a credential. Secrets Manager cannot rename a secret, so the credential moves into another one,
//! and of two secrets one must be it at any moment, whatever dies or runs beside.
//!
//! 1. The new secret is made, with the whole value behind a mark that names the rename and the old name.
//! 2. A compare-and-set replaces the old secret's value by a tombstone that names the rename. From this
//!    moment on, and not before, the marked value is the credential.
//! 3. The mark is taken off the new secret; only then is the old one scheduled for deletion.
//!
//! `docs/decisions/rename.md` goes through the cases; `settle.rs` is what others do when they meet one.

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
    /// Renames the credential, replaces it with what `change` makes of it, and hands back what that made
    /// beside the draft; asks again where somebody else has changed it meanwhile.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DeletedElsewhere`] and [`Error::BeingDeleted`] are about the new
    /// name, the others as for [`Store::update`]. After any of them one of the two names is there.
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
                Err(error) => return Err(journey.withdraw(error).await),
            };
            if let Some(version) = journey.travel(opened, draft).await? {
                return Ok((version, made));
            }
        }
    }
}

/// A rename on its way.
struct Journey<'a> {
    store: &'a Store,
    scope: &'a Scope,
    from: Rename,
    to: Rename,
    back_off: BackOff,
    /// The marked value.
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

    /// Tries to move the credential that was opened. `None` where it has to be read again.
    fn travel(&mut self, opened: Opened, draft: Draft) -> BoxFuture<'_, Result<Option<Version>>> {
        Box::pin(async move {
            if self.write_marked(&draft).await? && self.depart(&opened.base).await? {
                return self.arrive(draft, &opened.base.arn).await.map(Some);
            }
            match self.back_off.wait().await {
                Ok(()) => Ok(None),
                Err(error) => Err(self.withdraw(error).await),
            }
        })
    }

    /// Puts the marked value under the new name, or in place of the one that this rename has put there.
    /// `false` where somebody has taken that one's place.
    async fn write_marked(&mut self, draft: &Draft) -> Result<bool> {
        let value = Arrival::marked(&self.from, &draft.value)?;
        let mut description = Description::of(&self.to.name, State::Arriving);
        // For whoever takes the mark off in place of this function.
        description.public = Some(draft.public.clone());
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
            Err(Failure::Exists | Failure::NotFound | Failure::Unusable) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Ends the credential's life under the old name, and so begins that under the new one. `false` where the
    /// old secret has changed meanwhile: then this very attempt cannot succeed any more.
    async fn depart(&mut self, base: &Base) -> Result<bool> {
        let tombstone = Tombstone::of_rename(base.created_as.clone(), self.to.clone()).value()?;
        let description = Description::of(&self.from.name, State::Departed(self.from.id.clone()));
        match self.store.replace(base, &tombstone, description).await {
            Ok(_) => Ok(true),
            // Not even an earlier try of this write came through: its repetition would be a success.
            Err(Failure::Exists) => {
                self.rejected = Some(base.version.clone());
                Ok(false)
            }
            Err(Failure::NotFound | Failure::Unusable) => {
                Ok(self.store.has_departed(self.scope, &self.from).await?)
            }
            // Rejected for hours, so nothing of it is under way.
            Err(Failure::QuotaExceeded) => Err(self.withdraw(Error::QuotaExceeded).await),
            Err(failure) => Err(base.rejection(failure)),
        }
    }

    /// Takes the mark off, and gives up the old secret. The rename has succeeded already: what fails here is
    /// only logged, and whoever uses one of the names next catches up on it.
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
            // Somebody has changed the credential under its new name already, or has only written its mark again.
            // A read that does not show the very version which that has made lags, or came too late: then the
            // tombstone stays until somebody uses its name, as without it a mark would not count.
            let secret_name = self.store.secret_name(self.scope, &self.to.name);
            let opened = self.store.open(&secret_name, Some(&base.version), &mut self.back_off).await;
            let Ok(opened) = opened else { return Ok(departed) };
            if !is_successor(&base.arn, &base.version, &opened.stored.version) {
                return Ok(departed);
            }
            let arrival =
                Arrival::parse(&opened.stored.value).filter(|arrival| arrival.from.id == self.from.id);
            let Some(arrival) = arrival else {
                self.store.schedule_deletion(old_arn).await;
                return Ok(departed);
            };
            value = arrival.value;
            description = Description::live(&self.to.name, opened.base.public.clone());
            base = opened.base;
        }
    }

    /// Removes the marked value of a rename that ends with `error`, after its last attempt to depart has
    /// failed for good.
    fn withdraw(&mut self, error: Error) -> BoxFuture<'_, Error> {
        Box::pin(async move {
            let Some(place) = self.place.take() else { return error };
            let base = Base::of_own(place);
            let Ok(tombstone) = Tombstone::new(base.created_as.clone()).value() else { return error };
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
