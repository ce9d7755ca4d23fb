//! For whom an event is carried out, and which credential it finds.
//!
//! See docs/decisions/provisioning.md.

use std::time::{Duration, Instant};

use super::properties::Properties;
use super::resource::Resource;
use super::tree::Tree;
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::ownership::Ownership;
use crate::store::{BackOff, Place, Store, Stored};

/// How long a read is not believed if it shows no credential, or somebody else's: the owner's may have been written a
/// moment ago. Only an event that fails, or finds nothing to remove, waits for this, and only once.
const DOUBT: Duration = Duration::from_secs(1);

/// How long an event waits while AWS throttles calls, as it does for a stack with many credentials. The SDK has retried
/// already, and nobody else would retry.
const WHILE_THROTTLED: Duration = Duration::from_secs(5);

/// For whom an event is carried out, and where.
pub(super) struct Context<'a> {
    pub(super) store: &'a Store,
    pub(super) ownership: &'a Ownership,
    /// The owner before, if Terraform names another one now.
    pub(super) former: Option<&'a Ownership>,
    pub(super) key: Option<&'a IdempotencyKey>,
}

/// A credential as it was found: what it holds, and who owns it.
pub(super) struct Found {
    pub(super) stored: Stored,
    pub(super) place: Place,
}

impl Context<'_> {
    /// Whether a credential belongs to the event's owner, or to the owner before.
    pub(super) fn owns(&self, found: &Found) -> bool {
        found.is_of(self.ownership) || self.former.is_some_and(|former| found.is_of(former))
    }

    /// The owner before an update.
    pub(super) fn before(&self) -> &Ownership {
        self.former.unwrap_or(self.ownership)
    }

    /// The credential that the API's clients call `credential`; `None` if there is none.
    pub(super) async fn found<R: Resource>(&self, scope: &Scope, credential: &str) -> Result<Option<Found>> {
        let read = self.store.read_owned(scope, R::stored_as(credential)).await?;
        Ok(read.map(|(stored, place)| Found { stored, place }))
    }

    /// The credential that properties name, if they name any. Invalid properties name none.
    pub(super) async fn named<R: Resource>(
        &self,
        tree: &Tree,
        ownership: &Ownership,
    ) -> Result<Option<(Scope, String)>> {
        let Ok((properties, scope)) = meant::<R>(tree, ownership) else { return Ok(None) };
        match R::find(self.store, &scope, None, &properties).await {
            // Nor does a name whose secret is not a credential: nobody owns that.
            Err(Error::Invalid(_) | Error::Malformed(_) | Error::ForeignValue) => Ok(None),
            credential => Ok(credential?.map(|credential| (scope, credential))),
        }
    }

    /// Gives up the name that a create with these properties has reserved, if no credential has it yet.
    pub(super) async fn abandon<R: Resource>(&self, tree: &Tree) -> Result<()> {
        let Ok((properties, scope)) = meant::<R>(tree, self.ownership) else { return Ok(()) };
        let Some(place) = R::place(&properties) else { return Ok(()) };
        self.store.abandon(&scope, &place, self.ownership).await
    }
}

/// The parsed properties, and the namespace that they mean.
fn meant<R: Resource>(tree: &Tree, ownership: &Ownership) -> Result<(Properties, Scope)> {
    let properties = Properties::parse(tree, R::NAMESPACE, R::ID)?;
    let scope = Scope::of_owner(R::namespace(&properties.levels)?, ownership.clone())?;
    Ok((properties, scope))
}

impl Found {
    /// Whether it belongs to this owner.
    pub(super) fn is_of(&self, ownership: &Ownership) -> bool {
        let is_over = |own: &Ownership| own.is_over_at(self.stored.version.as_str());
        self.is_tagged_for(ownership) && !self.place.ownership.as_ref().is_some_and(is_over)
    }

    /// Whether its tags name this owner, even if the owner's credential is gone.
    pub(super) fn is_tagged_for(&self, ownership: &Ownership) -> bool {
        self.place.ownership.as_ref().is_some_and(|own| own.is_of_same_owner(ownership))
    }

    /// Whether exactly what `wanted` asks for made its version.
    pub(super) fn was_made_by(&self, wanted: &Ownership) -> bool {
        let version = self.stored.version.as_str();
        self.place.ownership.as_ref().is_some_and(|own| own.has_made(version, wanted))
    }
}

/// Repeated looks at a credential, until a time limit that begins with the first one.
pub(super) struct Looks {
    back_off: BackOff,
    time_limit: Duration,
    end: Option<Instant>,
}

impl Looks {
    /// For as long as a read may be out of date.
    pub(super) fn new() -> Self {
        Self { back_off: BackOff::new(), time_limit: DOUBT, end: None }
    }

    /// For as long as AWS may throttle calls.
    pub(super) fn while_throttled() -> Self {
        Self { back_off: BackOff::new(), time_limit: WHILE_THROTTLED, end: None }
    }

    /// Waits a moment before the next look. False if the time is up: what was seen is to be believed.
    pub(super) async fn again(&mut self) -> bool {
        let now = Instant::now();
        now < *self.end.get_or_insert(now + self.time_limit) && self.back_off.wait().await.is_ok()
    }
}
