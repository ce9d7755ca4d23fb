//! How a name stays with one credential, even while many requests want it.
//!
//! Every name has one slot, and a request that takes the name writes that slot's secret: it creates the
//! credential there, or it writes a [`Claim`] there for a credential that is stored elsewhere. All writes are
//! compare-and-set, so of two requests that take a name, one fails. A claim counts as long as its credential
//! has the name. Before that, it counts until every read would show the last late call of the function that
//! made it.
//!
//! See `docs/decisions/losant-names.md`.

mod create;
mod look;
mod release;

use latchkey::store::{Opened, Store};
use latchkey::{Error, Result, Scope};

use crate::claim::{Claim, Claimed};
use crate::document::{Document, Head};
use crate::id::{CredentialId, Slot};
use look::{Look, NameState};

pub(crate) use create::{CreateRequest, create};
pub(crate) use release::{open, release};

/// How a credential takes another name.
#[derive(Clone, Debug)]
pub(crate) enum Hold {
    /// With a claim in the name's slot.
    Claim {
        /// The nonce of the claim.
        nonce: String,
        /// Whether the claim replaced one of the same credential that still counts: then the late write of a
        /// function that died can still give the credential the name.
        is_renewed: bool,
    },
    /// The credential is stored in the name's slot itself. Holds the claim that was found there and no longer counts.
    /// If the slot later has a different claim, that one counts.
    OwnSlot(Option<Claim>),
}

/// The credential that has `name`, as far as one look at its slot tells.
///
/// # Errors
/// Those of the store.
pub(crate) async fn holder(store: &Store, scope: &Scope, name: &str) -> Result<Option<Head>> {
    // Any id would do here: it only tells own claims from others', and neither kind makes a difference.
    let (slot, nobody) = (Slot::of(name), CredentialId::elsewhere(&[0; 32]));
    match Look::new(store, scope, &slot, name, &nobody).again().await? {
        NameState::Taken(stored) => Document::parse(&stored)?.head(),
        // Even if somebody is taking the name: the create that follows waits for the outcome.
        _ => Ok(None),
    }
}

/// Takes `name` for the opened credential `id`, which has another name. The caller must then write the name into
/// the credential within this request. `None` if the credential has the name by now.
///
/// # Errors
/// [`Error::AlreadyExists`] if another credential has the name; [`Error::BeingDeleted`] if a request that may have
/// died was taking it for another one.
pub(crate) async fn take(
    store: &Store,
    scope: &Scope,
    name: &str,
    id: &CredentialId,
    opened: &Opened,
) -> Result<Option<Hold>> {
    let slot = Slot::of(name);
    let is_own_slot = slot == id.slot();
    let mut look = Look::new(store, scope, &slot, name, id);
    // Its own slot was just read. Any other one is taken to be empty, which saves a read: CreateSecret fails if
    // it is not.
    let mut state = if is_own_slot { look.judge(opened.clone()).await? } else { NameState::Empty };
    let claim = Claim::new(id)?;
    loop {
        let is_renewed = look.has_own_claim;
        let claimed = match state {
            NameState::Taken(holder) => {
                // A concurrent request may have given the name to this very credential.
                return Document::parse(&holder)?.head_of(id).map(|_| None).map_err(|_| Error::AlreadyExists);
            }
            NameState::Empty if is_own_slot => return Err(Error::NotFound),
            NameState::Free(opened) if is_own_slot => {
                // No claim is needed: the write that gives the credential its name replaces this very secret, and
                // conflicts with any claim that others make here.
                return Ok(Some(Hold::OwnSlot(Document::parse(&opened.stored)?.claim)));
            }
            NameState::Contested => Err(Error::AlreadyExists),
            NameState::Empty => look.claim(None, &claim).await,
            NameState::Free(opened) => look.claim(Some(&opened), &claim).await,
        };
        match claimed {
            Err(Error::AlreadyExists | Error::NotFound) => state = look.again().await?,
            claimed => {
                claimed?;
                return Ok(Some(Hold::Claim { nonce: claim.nonce, is_renewed }));
            }
        }
    }
}

/// Removes the claim to a name that its credential did not get because the write failed with `error`. Keeps the
/// claim if a write that gives the credential the name may still be under way.
pub(crate) async fn withdraw(store: &Store, scope: &Scope, name: &str, hold: Hold, error: &Error) {
    // After any error but these, the write can still arrive. Without the claim, somebody else could have taken the
    // name by then, and two credentials would have it.
    let is_final = matches!(
        error,
        Error::AlreadyExists
            | Error::NotFound
            | Error::PreconditionFailed
            | Error::Invalid(_)
            | Error::TooLarge { .. }
            | Error::ListTooLarge { .. }
            | Error::ForeignValue
            | Error::ManagedElsewhere
            | Error::QuotaExceeded
    );
    // A renewed claim also protects the late write of the function that made it first.
    if let Hold::Claim { nonce, is_renewed: false } = hold
        && is_final
    {
        release(store, scope, &Claimed { name: name.to_owned(), nonce }, None).await;
    }
}
