//! Looking how a name stands, and claiming it.

use std::time::Duration;

use latchkey::store::{BackOff, Opened, Store, Stored};
use latchkey::{Error, Result, Scope};

use crate::claim::Claim;
use crate::document::Document;
use crate::id::{CredentialId, Slot};

/// How a name stands.
pub(super) enum NameState {
    /// Its slot is empty.
    Empty,
    /// No credential has it, though its slot is in use.
    Free(Opened),
    /// This credential has it; as it is stored.
    Taken(Stored),
    /// Somebody is just taking it.
    Contested,
}

/// Who looks at a name, again and again while others are at work on it.
pub(super) struct Look<'a> {
    pub(super) store: &'a Store,
    pub(super) scope: &'a Scope,
    slot: &'a Slot,
    name: &'a str,
    /// The credential that is to have the name.
    own: &'a CredentialId,
    /// None before the first look.
    back_off: Option<BackOff>,
    /// How long whoever was just taking the name may need at most.
    contested_for: Option<Duration>,
    /// Whether a claim of its own still counts, which an earlier request has made. It does not stand in its way.
    pub(super) has_own_claim: bool,
    /// The credential that was deleted in the slot while somebody else had its name.
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

    /// Looks at once for the first time, then after a while.
    ///
    /// # Errors
    /// [`Error::Throttled`] where that took too long, [`Error::BeingDeleted`] where the reason is a claim that
    /// will not count any more after a while.
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

    /// How the name stands where its slot has been opened.
    pub(super) async fn judge(&mut self, opened: Opened) -> Result<NameState> {
        let document = Document::parse(&opened.stored)?;
        let has_name = document.head()?.is_some_and(|head| head.name == self.name);
        let (claim, gone) = (document.claim, document.gone);
        (self.gone, self.contested_for, self.has_own_claim) = (gone, None, false);
        if has_name {
            return Ok(NameState::Taken(opened.stored));
        }
        let Some(claim) = claim else { return Ok(NameState::Free(opened)) };
        if let Some(holder) = self.holder(&claim).await? {
            return Ok(NameState::Taken(holder));
        }
        match claim.counts_for() {
            Some(wait) if claim.id != *self.own => {
                self.contested_for = Some(wait);
                Ok(NameState::Contested)
            }
            counts => {
                self.has_own_claim = counts.is_some();
                Ok(NameState::Free(opened))
            }
        }
    }

    /// The credential that this is a claim of, if it has the name.
    async fn holder(&self, claim: &Claim) -> Result<Option<Stored>> {
        let holder = match self.store.read(self.scope, claim.id.slot().as_str()).await {
            Err(Error::NotFound) => return Ok(None),
            holder => holder?,
        };
        let head = Document::parse(&holder)?.head()?;
        Ok(head.filter(|head| head.id == claim.id && head.name == self.name).map(|_| holder))
    }

    /// Writes a claim to the name into its slot, which is empty or was opened.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`] or [`Error::NotFound`] where that has changed meanwhile.
    pub(super) async fn claim(&self, opened: Option<&Opened>, claim: &Claim) -> Result<()> {
        let slot = self.slot.as_str();
        let claim = Some(claim.clone());
        match opened {
            None => {
                let draft = Document::default().with_claim(claim).draft()?;
                self.store.create(self.scope, slot, &draft, None).await?
            }
            Some(opened) => {
                let draft = Document::parse(&opened.stored)?.with_claim(claim).draft()?;
                self.store.update_once(slot, opened, draft).await?
            }
        };
        Ok(())
    }
}
