//! The rename itself, step by step.

use time::OffsetDateTime;
use uuid::Uuid;

use super::{Arrival, Rename, arriving};
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::request::Precondition;
use crate::store::compare_and_set::{Base, Place};
use crate::store::description::Description;
use crate::store::failure::Failure;
use crate::store::{Contention, Draft, Store, Stored, Version, tombstone};

/// A rename on its way.
struct Journey<'a> {
    store: &'a Store,
    scope: &'a Scope,
    id: String,
    from: &'a str,
    to: &'a str,
}

impl Store {
    /// Renames the credential, and replaces it with what `change` makes of it; asks again where
    /// somebody else has changed it meanwhile.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DeletedElsewhere`] and [`Error::BeingDeleted`] are about the
    /// new name, the others as for [`Store::update`]. After any of them one of the two names is there.
    pub async fn rename(
        &self,
        scope: &Scope,
        credential: &str,
        to: &str,
        precondition: &Precondition,
        mut change: impl FnMut(&Stored) -> Result<Draft>,
    ) -> Result<Version> {
        let id = Uuid::new_v4().to_string();
        let journey = Journey { store: self, scope, id, from: credential, to };
        let mut contention = Contention::new();
        let mut place = None;
        loop {
            let planned = async {
                let stored = self.read(scope, credential).await?;
                precondition.check(&stored.version)?;
                let draft = change(&stored)?;
                Ok((stored, draft))
            };
            let (stored, draft) = match planned.await {
                Ok(planned) => planned,
                Err(error) => return Err(journey.withdraw(place, error).await),
            };
            place = journey.announce(place, &draft).await?;
            if let Some(place) = &place
                && journey.depart(&stored).await?
            {
                return journey.arrive(place, draft).await;
            }
            if let Err(error) = contention.wait().await {
                return Err(journey.withdraw(place, error).await);
            }
        }
    }
}

impl Journey<'_> {
    /// Puts the marked value under the new name, or in place of the one that this rename has put
    /// there. `None` where somebody has taken that one's place.
    async fn announce(&self, place: Option<Place>, draft: &Draft) -> Result<Option<Place>> {
        let from = Rename { id: self.id.clone(), name: self.from.to_owned() };
        let value = Arrival::marked(&from, &draft.value)?;
        // New for each attempt: with the token of one that came through, nothing would be written.
        let version = Version::new(Uuid::new_v4().to_string());
        let description = arriving(self.to, draft.public.clone(), from, version.as_str()).text()?;
        let secret_name = self.store.secret_name(self.scope, self.to);
        let Some(place) = place else {
            let place = self.store.occupy(self.scope, &secret_name, &version, &value, &description).await?;
            return Ok(Some(place));
        };
        match self.store.replace(&secret_name, place.base(), &value, description).await {
            Ok(version) => Ok(Some(Place { version, ..place })),
            Err(Failure::Exists | Failure::NotFound | Failure::Unusable) => Ok(None),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Ends the credential's life under the old name, and so begins that under the new one. `false`
    /// where the old secret has changed meanwhile: then this very attempt cannot succeed any more.
    async fn depart(&self, stored: &Stored) -> Result<bool> {
        let to = Rename { id: self.id.clone(), name: self.to.to_owned() };
        let description = Description {
            name: self.from.to_owned(),
            deleted_at: Some(OffsetDateTime::now_utc().unix_timestamp()),
            renamed_to: Some(to),
            ..Description::default()
        };
        let secret_name = self.store.secret_name(self.scope, self.from);
        let base = Base { arn: &stored.arn, version: &stored.version };
        let tombstone = tombstone::with_id(&self.id);
        match self.store.replace(&secret_name, base, &tombstone, description.text()?).await {
            Ok(_) => Ok(true),
            Err(Failure::Exists | Failure::NotFound | Failure::Unusable) => {
                let from = Rename { id: self.id.clone(), name: self.from.to_owned() };
                self.store.has_departed(self.scope, &from).await
            }
            Err(failure) => Err(failure.into()),
        }
    }

    /// Takes the mark off, and gives up the old secret. The rename has succeeded already: what fails
    /// here is only logged, and whoever uses one of the names next catches up on it.
    async fn arrive(&self, place: &Place, draft: Draft) -> Result<Version> {
        let name = self.to.to_owned();
        let description = Description { name, public: draft.public, ..Description::default() }.text()?;
        let secret_name = self.store.secret_name(self.scope, self.to);
        let version = match self.store.replace(&secret_name, place.base(), &draft.value, description).await {
            Ok(version) => version,
            // Somebody has changed or deleted the credential under its new name already.
            Err(Failure::Exists | Failure::NotFound | Failure::Unusable) => place.version.clone(),
            Err(failure) => {
                tracing::warn!(?failure, "a renamed credential still bears the mark of its rename");
                return Ok(place.version.clone());
            }
        };
        self.store.schedule_deletion(&self.store.secret_name(self.scope, self.from)).await;
        Ok(version)
    }

    /// Removes the marked value of a rename that ends with `error`, after its last attempt to depart
    /// has failed for good.
    async fn withdraw(&self, place: Option<Place>, error: Error) -> Error {
        let Some(place) = place else { return error };
        let deleted_at = Some(OffsetDateTime::now_utc().unix_timestamp());
        let description = Description { name: self.to.to_owned(), deleted_at, ..Description::default() };
        let secret_name = self.store.secret_name(self.scope, self.to);
        if let Ok(description) = description.text() {
            let replaced =
                self.store.replace(&secret_name, place.base(), &tombstone::new(), description).await;
            match replaced {
                Ok(_) => self.store.schedule_deletion(&secret_name).await,
                Err(failure) => tracing::warn!(?failure, "what a failed rename left could not be removed"),
            }
        }
        error
    }
}
