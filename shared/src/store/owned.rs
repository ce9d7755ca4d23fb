//! Credentials that somebody owns: a stack's, say. Tags of the secret say whose it is.
//!
//! A new secret gets its value and its tags in one call. A name that was used before has a secret already, and
//! there it takes three: a tombstone that keeps the name for the owner, the tags, the value. Whatever dies in
//! between, nobody meets a credential with the tags of another owner. `docs/decisions/provisioning.md`

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
    /// The same, able to create credentials that somebody owns.
    #[must_use]
    pub fn for_owners(mut self) -> Self {
        self.create_owned = Some(Self::occupy_owned);
        self
    }

    /// Creates a credential under a name that no credential has, as its owner's.
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
            let own = ownership.clone().at(token.as_str());
            let created =
                self.create_secret(secret_name, &token, value, description.clone(), Some(&own)).await;
            match created {
                Ok(written) => return Ok(written.version),
                Err(Failure::Exists | Failure::Unusable) => {}
                Err(failure) => return Err(failure.into()),
            }
            let reservation = Tombstone::of_reservation(ownership.owner()).value()?;
            let place = Occupant {
                value: &reservation,
                description: Description::of(credential, State::Deleted),
                trace,
                repeatable: None,
                reserved_for: Some(ownership.owner()),
            };
            let written = self.occupy(scope, secret_name, place).await?;
            // While the tombstone keeps the name nobody else can come by it: so these tags do not end up at another
            // owner's credential, though that one be created at the same time.
            let base = Base::of_own(written);
            self.tag_resource(&base.arn, &ownership.clone().at(base.token.as_str())).await?;
            Ok(self.replace(&base, value, description).await?)
        })
    }

    /// The credential called `credential`, and whose it is; `None` where there is none.
    ///
    /// # Errors
    /// Those of Secrets Manager itself; [`Error::Throttled`] where reads lag for too long.
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
                // One of the two lags behind: it says nothing of this secret.
                Ok(_) | Err(Failure::NotFound) => back_off.wait().await?,
                Err(failure) => return Err(failure.into()),
            }
        }
    }

    /// Where a credential is that was just written.
    ///
    /// # Errors
    /// Those of Secrets Manager itself; [`Error::Throttled`] where reads lag for too long.
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

    /// Makes the credential at `place` somebody's own.
    ///
    /// # Errors
    /// [`Error::NotFound`] where it was deleted.
    pub async fn set_ownership(&self, place: &Place, ownership: &Ownership) -> Result<()> {
        Ok(self.tag_resource(&place.arn, ownership).await?)
    }

    /// Gives up a name that is kept for an owner, whose create has died: it cannot come to its end any more.
    ///
    /// # Errors
    /// Those of Secrets Manager itself; [`Error::Throttled`] where reads lag for too long.
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
            if reserved_for.as_deref() != Some(ownership.owner()) {
                return Ok(());
            }
            match self.bury(credential, &opened.base).await {
                Err(Error::AlreadyExists) => rejected = Some(opened.stored.version),
                Err(Error::NotFound) => return Ok(()),
                buried => return buried,
            }
            back_off.wait().await?;
        }
    }
}
