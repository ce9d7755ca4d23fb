//! Finding out the state of a name, and claiming it.
//! See `docs/decisions/losant-names.md`.

use std::time::Duration;

use latchkey::store::{BackOff, Opened, Store, Stored};
use latchkey::{Error, Result, Scope};

use crate::claim::Claim;
use crate::document::Document;
use crate::id::{CredentialId, Slot};

/// The state of a name.
pub(super) enum NameState {
    /// Its slot is empty.
    Empty,
    /// No credential has it, but its slot is in use.
    Free(Opened),
    /// This stored credential has it.
    Taken(Stored),
    /// Another request is taking it, or has died while doing so.
    Contested,
}

/// A request's view of a name, which it renews while other requests change the name.
pub(super) struct Look<'a> {
    pub(super) store: &'a Store,
    pub(super) scope: &'a Scope,
    slot: &'a Slot,
    name: &'a str,
    /// The credential that should get the name.
    own: &'a CredentialId,
    /// `None` before the first look.
    back_off: Option<BackOff>,
    /// How long the request that is taking the name can need at most.
    contested_for: Option<Duration>,
    /// Whether an earlier request has made a claim for `own` that still counts. It does not block this request.
    pub(super) has_own_claim: bool,
    /// The credential that was deleted from the slot while another one had a claim to the slot's name.
    pub(super) gone: Option<CredentialId>,
}

impl<'a> Look<'a> {
    pub(super) fn new(
        store: &'a Store,
        scope: &'a Scope,
        slot: &'a Slot,
        name: &'a str,
        own: &'a CredentialId,
    ) -> Self {
        let (back_off, contested_for, gone) = (None, None, None);
        Self { store, scope, slot, name, own, back_off, contested_for, has_own_claim: false, gone }
    }

    /// Looks at the name: the first time immediately, then after a back-off.
    ///
    /// # Errors
    /// [`Error::Throttled`] if that takes too long; [`Error::BeingDeleted`] if it does because of another request's
    /// claim, with the time after which the claim will not count.
    pub(super) async fn again(&mut self) -> Result<NameState> {
        let mut back_off = match self.back_off.take() {
            None => BackOff::new(),
            Some(mut back_off) => {
                let contested = |wait| Error::BeingDeleted { wait };
                back_off.wait().await.map_err(|error| self.contested_for.map_or(error, contested))?;
                back_off
            }
        };
        let opened = self.store.open_credential(self.scope, self.slot.as_str(), &mut back_off).await;
        self.back_off = Some(back_off);
        match opened {
            Ok(opened) => self.judge(opened).await,
            Err(Error::NotFound) => Ok(NameState::Empty),
            Err(error) => Err(error),
        }
    }

    /// The state of the name, according to its opened slot.
    pub(super) async fn judge(&mut self, opened: Opened) -> Result<NameState> {
        let document = Document::parse(&opened.stored)?;
        let has_name = document.head()?.is_some_and(|head| head.name == self.name);
        let (claim, gone) = (document.claim, document.gone);
        (self.gone, self.contested_for, self.has_own_claim) = (gone, None, false);
        if has_name {
            return Ok(NameState::Taken(opened.stored));
        }
        let Some(claim) = claim else { return Ok(NameState::Free(opened)) };
        // However old the claim is: it counts as long as its credential has the name.
        if let Some(holder) = self.holder(&claim).await? {
            return Ok(NameState::Taken(holder));
        }
        match claim.counts_for() {
            Some(wait) if claim.id != *self.own => {
                // The read of the holder proves nothing yet: it may lag, or the write may come late.
                self.contested_for = Some(wait);
                Ok(NameState::Contested)
            }
            remaining => {
                self.has_own_claim = remaining.is_some();
                Ok(NameState::Free(opened))
            }
        }
    }

    /// The claim's credential, if it has the name.
    async fn holder(&self, claim: &Claim) -> Result<Option<Stored>> {
        let holder = match self.store.read(self.scope, claim.id.slot().as_str()).await {
            Err(Error::NotFound) => return Ok(None),
            holder => holder?,
        };
        let head = Document::parse(&holder)?.head()?;
        Ok(head.filter(|head| head.id == claim.id && head.name == self.name).map(|_| holder))
    }

    /// Writes a claim to the name into its slot, which was opened, or is empty (`None`).
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] or [`Error::NotFound`] if the slot has changed meanwhile.
    pub(super) async fn claim(&self, opened: Option<&Opened>, claim: &Claim) -> Result<()> {
        let slot = self.slot.as_str();
        let claim = Some(claim.clone());
        match opened {
            None => {
                let draft = Document::default().with_claim(claim).draft()?;
                self.store.create(self.scope, slot, &draft, None).await?
            }
            Some(opened) => {
                // A renamed credential that is stored here stays. Tried once: after another write the name may be
                // taken, so the slot has to be judged again.
                let draft = Document::parse(&opened.stored)?.with_claim(claim).draft()?;
                self.store.update_once(slot, opened, draft).await?
            }
        };
        Ok(())
    }
}
