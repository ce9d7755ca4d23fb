//! Removing claims that nobody needs any more. This only tidies up: a claim that stays behind keeps the name
//! from nobody, once no call of its function can arrive any more.

use latchkey::store::{BackOff, Opened, Store};
use latchkey::{Error, Result, Scope, audit};

use crate::claim::Claimed;
use crate::document::Document;
use crate::id::Slot;

/// A claim, and the slot that it stands in as it was opened ahead, beside the write that ends the claim.
pub(crate) struct Former {
    claimed: Claimed,
    opened: Option<Opened>,
}

/// Opens the slot in which a claim stands that will not be needed any more.
pub(crate) async fn open(store: &Store, scope: &Scope, claimed: Option<Claimed>) -> Option<Former> {
    let claimed = claimed?;
    let slot = Slot::of(&claimed.name);
    // What fails here is tried again, and logged, when the claim is removed.
    let opened = store.open_credential(scope, slot.as_str(), &mut BackOff::new()).await.ok();
    Some(Former { claimed, opened })
}

/// Removes the claim by which a credential had a name that it has no more: after the write which made that
/// so, and never before. `former` is what was opened ahead, perhaps of another claim.
pub(crate) async fn release(store: &Store, scope: &Scope, claimed: &Claimed, former: Option<Former>) {
    let ahead = former.filter(|former| former.claimed == *claimed).and_then(|former| former.opened);
    if let Err(error) = try_to_release(store, scope, claimed, ahead).await {
        audit::warn("the claim to a name that is not used could not be removed", Some(&error));
    }
}

async fn try_to_release(
    store: &Store,
    scope: &Scope,
    claimed: &Claimed,
    mut ahead: Option<Opened>,
) -> Result<()> {
    let slot = Slot::of(&claimed.name);
    let mut back_off = BackOff::new();
    loop {
        let opened = match ahead.take() {
            Some(opened) => opened,
            None => match store.open_credential(scope, slot.as_str(), &mut back_off).await {
                Err(Error::NotFound) => return Ok(()),
                opened => opened?,
            },
        };
        let document = Document::parse(&opened.stored)?;
        // Another nonce: it was made anew.
        if document.claim.as_ref().is_none_or(|claim| claim.nonce != claimed.nonce) {
            return Ok(());
        }
        let released = if document.credential.is_some() {
            let draft = document.with_claim(None).draft()?;
            store.update_once(slot.as_str(), &opened, draft).await.map(drop)
        } else {
            store.delete_once(slot.as_str(), &opened).await
        };
        match released {
            Err(Error::AlreadyExists) => back_off.wait().await?,
            Err(Error::NotFound) => return Ok(()),
            released => return released,
        }
    }
}
