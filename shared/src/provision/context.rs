//! For whom an event is carried out, and what that one finds.

use std::time::{Duration, Instant};

use super::properties::Properties;
use super::resource::Resource;
use super::tree::Tree;
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::ownership::Ownership;
use crate::store::{BackOff, Place, Store, Stored};

/// For how long a read is not believed that shows no credential, or somebody else's: its own may have been written just
/// now. No more often than once for each event that fails, or finds nothing to remove.
const DOUBT: Duration = Duration::from_secs(1);

/// For how long an event waits while there are too many calls, as where a stack has many credentials. The SDK has tried
/// again already, and nobody else would.
const WHILE_THROTTLED: Duration = Duration::from_secs(5);

/// For whom an event is carried out, and where.
pub(super) struct Context<'a> {
    pub(super) store: &'a Store,
    pub(super) ownership: &'a Ownership,
    /// Whose it was before, where the one who asks has been another one.
    pub(super) former: Option<&'a Ownership>,
    pub(super) key: Option<&'a IdempotencyKey>,
}

/// A credential as it was found: what it holds, and whose it is.
pub(super) struct Found {
    pub(super) stored: Stored,
    pub(super) place: Place,
}

impl Context<'_> {
    /// Whether a credential is theirs who ask.
    pub(super) fn owns(&self, found: &Found) -> bool {
        found.is_of(self.ownership) || self.former.is_some_and(|former| found.is_of(former))
    }

    /// Whose it was before an update.
    pub(super) fn before(&self) -> &Ownership {
        self.former.unwrap_or(self.ownership)
    }

    /// The credential that the API's clients call `credential`; `None` where there is none.
    pub(super) async fn found<R: Resource>(&self, scope: &Scope, credential: &str) -> Result<Option<Found>> {
        let read = self.store.read_owned(scope, R::stored_as(credential)).await?;
        Ok(read.map(|(stored, place)| Found { stored, place }))
    }

    /// The credential that properties name, if they name any. Those that nothing can be made of name none.
    pub(super) async fn named<R: Resource>(
        &self,
        tree: &Tree,
        ownership: &Ownership,
    ) -> Result<Option<(Scope, String)>> {
        let Ok((properties, scope)) = meant::<R>(tree, ownership) else { return Ok(None) };
        match R::find(self.store, &scope, None, &properties).await {
            // Nor does a name that leads to what is no credential: nobody owns that.
            Err(Error::Invalid(_) | Error::Malformed(_) | Error::ForeignValue) => Ok(None),
            credential => Ok(credential?.map(|credential| (scope, credential))),
        }
    }

    /// Gives up the name that a create with these properties keeps, where no credential has it yet.
    pub(super) async fn abandon<R: Resource>(&self, tree: &Tree) -> Result<()> {
        let Ok((properties, scope)) = meant::<R>(tree, self.ownership) else { return Ok(()) };
        let Some(place) = R::place(&properties) else { return Ok(()) };
        self.store.abandon(&scope, &place, self.ownership).await
    }
}

/// What properties say, and the namespace that they mean.
fn meant<R: Resource>(tree: &Tree, ownership: &Ownership) -> Result<(Properties, Scope)> {
    let properties = Properties::parse(tree, R::NAMESPACE, R::ID)?;
    let scope = Scope::of_owner(R::namespace(&properties.levels)?, ownership.clone())?;
    Ok((properties, scope))
}

impl Found {
    /// Whether it is this owner's.
    pub(super) fn is_of(&self, ownership: &Ownership) -> bool {
        let is_over = |own: &Ownership| own.is_over_at(self.stored.version.as_str());
        self.is_tagged_for(ownership) && !self.place.ownership.as_ref().is_some_and(is_over)
    }

    /// Whether its tags name this owner, be it gone or not.
    pub(super) fn is_tagged_for(&self, ownership: &Ownership) -> bool {
        self.place.ownership.as_ref().is_some_and(|own| own.is_of_same_owner(ownership))
    }

    /// Whether it is as what this owner asks for has made it.
    pub(super) fn was_made_by(&self, wanted: &Ownership) -> bool {
        let version = self.stored.version.as_str();
        self.place.ownership.as_ref().is_some_and(|own| own.has_made(version, wanted))
    }
}

/// Looking again and again, for a while that begins with the first time.
pub(super) struct Looks {
    back_off: BackOff,
    time_limit: Duration,
    end: Option<Instant>,
}

impl Looks {
    /// For as long as what is seen may be out of date.
    pub(super) fn new() -> Self {
        Self { back_off: BackOff::new(), time_limit: DOUBT, end: None }
    }

    /// For as long as there may be too many calls.
    pub(super) fn while_throttled() -> Self {
        Self { back_off: BackOff::new(), time_limit: WHILE_THROTTLED, end: None }
    }

    /// Waits a moment; false once what is seen is to be believed.
    pub(super) async fn again(&mut self) -> bool {
        let now = Instant::now();
        now < *self.end.get_or_insert(now + self.time_limit) && self.back_off.wait().await.is_ok()
    }
}
