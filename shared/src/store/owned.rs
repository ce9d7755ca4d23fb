//! Credentials with an owner, such as a stack. Tags of the secret say who the owner is.
//!
//! A new secret gets its value and its tags in one call. A name that was used before already has a secret. There it
//! takes three calls: a tombstone that reserves the name for the owner, the tags, the value. Wherever the function
//! dies, no credential has the tags of another owner. See `docs/decisions/provisioning.md`.

use futures_util::future::{BoxFuture, join};
use uuid::Uuid;

use super::answers::Place;
use super::back_off::BackOff;
use super::base::Base;
use super::calls::Store;
use super::description::{Description, State};
use super::draft::Owned;
use super::failure::Failure;
use super::occupy::Occupant;
use super::stored::Stored;
use super::tombstone::Tombstone;
use super::version::Version;
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::ownership::Ownership;

impl Store {
    /// The same store, able to create credentials for owners.
    #[must_use]
    pub fn for_owners(mut self) -> Self {
        self.create_owned = Some(Self::occupy_owned);
        self
    }

    /// Creates a credential for its owner, under a name that no credential has.
    ///
    /// # Errors
    /// As [`Store::create`](super::create).
    fn occupy_owned<'a>(
        &'a self,
        scope: &'a Scope,
        secret_name: &'a str,
        asked: Owned<'a>,
    ) -> BoxFuture<'a, Result<Version>> {
        Box::pin(async move {
            let Owned { credential, value, description, trace, ownership } = asked;
            let token = Version::new(Uuid::new_v4().to_string());
            // The token is the version to come, so the tags can name it in the same call.
            let own = ownership.clone().at(token.as_str());
            let created =
                self.create_secret(secret_name, &token, value, description.clone(), Some(&own)).await;
            match created {
                Ok(written) => return Ok(written.version),
                Err(Failure::Exists | Failure::Unusable) => {}
                Err(failure) => return Err(failure.into()),
            }
            // Without a reservation, these tags could end up on the credential of another owner who creates this name
            // now.
            let reservation = Tombstone::of_reservation(ownership.owner()).value()?;
            let place = Occupant {
                value: &reservation,
                description: Description::of(credential, State::Deleted),
                trace,
                repeatable: None,
                reserved_for: Some(ownership.owner()),
            };
            let written = self.occupy(scope, secret_name, place).await?;
            // While the tombstone reserves the name, nobody else can take it, so these tags cannot end up on the
            // credential of another owner. After the value they would come too late: a function that dies in between
            // would leave a credential that its stack can neither change nor remove.
            let base = Base::of_own(written);
            self.tag_resource(&base.arn, &ownership.clone().at(base.token.as_str())).await?;
            Ok(self.replace(&base, value, description).await?)
        })
    }

    /// Reads the credential called `credential` and its owner; `None` if there is no such credential.
    ///
    /// # Errors
    /// Errors of Secrets Manager itself; [`Error::Throttled`] if reads lag for too long.
    pub async fn read_owned(&self, scope: &Scope, credential: &str) -> Result<Option<(Stored, Place)>> {
        let secret_name = self.secret_name(scope, credential);
        let mut back_off = BackOff::new();
        loop {
            let reads = join(self.read(scope, credential), self.describe_ownership(&secret_name));
            let (stored, place) = reads.await;
            let stored = match stored {
                Err(Error::NotFound) => return Ok(None),
                stored => stored?,
            };
            match place {
                Ok(place) if place.arn == stored.arn => return Ok(Some((stored, place))),
                // One of the two lags: the tags are not those of the secret that was read.
                Ok(_) | Err(Failure::NotFound) => back_off.wait().await?,
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// Where a credential that was just written is stored.
    ///
    /// # Errors
    /// Errors of Secrets Manager itself; [`Error::Throttled`] if reads lag for too long.
    pub async fn place_of(&self, scope: &Scope, credential: &str) -> Result<Place> {
        let secret_name = self.secret_name(scope, credential);
        let mut back_off = BackOff::new();
        loop {
            match self.describe_ownership(&secret_name).await {
                Ok(place) => return Ok(place),
                Err(Failure::NotFound) => back_off.wait().await?,
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// Makes `ownership` the owner of the credential at `place`.
    ///
    /// # Errors
    /// [`Error::NotFound`] if it was deleted.
    pub async fn set_ownership(&self, place: &Place, ownership: &Ownership) -> Result<()> {
        Ok(self.tag_resource(&place.arn, ownership).await?)
    }

    /// Gives up a name that is reserved for an owner whose create has died. That create can then no longer finish.
    ///
    /// # Errors
    /// Errors of Secrets Manager itself; [`Error::Throttled`] if reads lag for too long.
    pub async fn abandon(&self, scope: &Scope, credential: &str, ownership: &Ownership) -> Result<()> {
        let secret_name = self.secret_name(scope, credential);
        let (mut back_off, mut rejected) = (BackOff::new(), None);
        loop {
            let opened = match self.open(&secret_name, rejected.as_ref(), &mut back_off).await {
                Err(Failure::NotFound | Failure::Unusable) => return Ok(()),
                opened => opened?,
            };
            let reserved_for =
                Tombstone::parse(&opened.stored.value).and_then(|tombstone| tombstone.reserved_for);
            // What is there is not this owner's reservation: perhaps a credential by now, which must stay.
            if reserved_for.as_deref() != Some(ownership.owner()) {
                return Ok(());
            }
            // Over the reservation: if the create is still under way after all, its write of the value fails.
            match self.replace_by_tombstone(credential, &opened.base).await {
                Err(Error::AlreadyExists) => rejected = Some(opened.stored.version),
                Err(Error::NotFound) => return Ok(()),
                buried => return buried,
            }
            back_off.wait().await?;
        }
    }
}
