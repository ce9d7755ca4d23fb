//! How a name stays with one credential, also while many requests want it. `docs/decisions/losant-names.md`
//! says why it is done this way.
//!
//! Every name has one slot, and whoever takes the name writes that slot's secret: a credential by being
//! created in it, and one that stands elsewhere by a [`Claim`] in it. All writes are compare-and-set, so
//! of two that take a name one fails. A claim counts for as long as its credential has the name; before
//! that, for as long as a call of the function which made it may still arrive.

mod create;
mod look;
mod release;

use latchkey::store::{Opened, Store};
use latchkey::{Error, Result, Scope};

use crate::claim::{Claim, Claimed};
use crate::document::{Document, Head};
use crate::id::{CredentialId, Slot};
use look::{Look, NameState};

pub(crate) use create::{Asked, create};
pub(crate) use release::{open, release};

/// How a credential comes by another name.
#[derive(Clone, Debug)]
pub(crate) enum Hold {
    /// By a claim in the name's slot.
    Claim {
        /// Which.
        nonce: String,
        /// Whether it takes the place of a claim of the same credential that still counts: then the write of a
        /// function that died may yet give it the name.
        is_renewed: bool,
    },
    /// It stands in the name's slot itself, where nobody else's claim counts except one made after this.
    Home(Option<Claim>),
}

/// The credential that has `name`, as far as it is known.
///
/// # Errors
/// Those of the store.
pub(crate) async fn holder(store: &Store, scope: &Scope, name: &str) -> Result<Option<Head>> {
    let (slot, nobody) = (Slot::of(name), CredentialId::elsewhere(&[0; 32]));
    match Look::new(store, scope, &slot, name, &nobody).again().await? {
        NameState::Taken(stored) => Document::parse(&stored)?.head(),
        _ => Ok(None),
    }
}

/// Takes `name` for the credential `id`, which has another one and was opened; its next write must then give
/// it the name, within the time of this request. `None` where it has the name by now.
///
/// # Errors
/// [`Error::AlreadyExists`] where another credential has the name; [`Error::BeingDeleted`] where another was
/// taking it, and may have died.
pub(crate) async fn take(
    store: &Store,
    scope: &Scope,
    name: &str,
    id: &CredentialId,
    opened: &Opened,
) -> Result<Option<Hold>> {
    let slot = Slot::of(name);
    let stands_there = slot == id.slot();
    let mut look = Look::new(store, scope, &slot, name, id);
    let mut state = if stands_there { look.judge(opened.clone()).await? } else { NameState::Empty };
    let claim = Claim::new(id)?;
    loop {
        let is_renewed = look.has_own_claim;
        let claimed = match state {
            NameState::Taken(holder) => {
                return Document::parse(&holder)?.head_of(id).map(|_| None).map_err(|_| Error::AlreadyExists);
            }
            NameState::Empty if stands_there => return Err(Error::NotFound),
            NameState::Free(opened) if stands_there => {
                return Ok(Some(Hold::Home(Document::parse(&opened.stored)?.claim)));
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

/// Removes the claim to a name that its credential did not get, as the write failed with `error`: unless a
/// write that gives it the name may still be under way.
pub(crate) async fn withdraw(store: &Store, scope: &Scope, name: &str, hold: Hold, error: &Error) {
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
    if let Hold::Claim { nonce, is_renewed: false } = hold
        && is_final
    {
        release(store, scope, &Claimed { name: name.to_owned(), nonce }, None).await;
    }
}
