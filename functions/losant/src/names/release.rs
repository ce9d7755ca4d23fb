//! Removing claims that are no longer needed. This only tidies up: a claim that is left behind stops blocking the
//! name once no late call of its function can arrive.
//! See `docs/decisions/losant-names.md`.

use latchkey::store::{BackOff, Opened, Store};
use latchkey::{Error, Result, Scope, audit};

use crate::claim::Claimed;
use crate::document::Document;
use crate::id::Slot;

/// A claim and its slot, which was opened in advance: concurrently with the write that makes the claim obsolete.
pub(crate) struct Former {
    claimed: Claimed,
    opened: Option<Opened>,
}

/// Opens the slot of a claim that will soon be obsolete.
pub(crate) async fn open(store: &Store, scope: &Scope, claimed: Option<Claimed>) -> Option<Former> {
    let claimed = claimed?;
    let slot = Slot::of(&claimed.name);
    // A failure does not matter: `release` opens the slot again, and logs if that fails, too.
    let opened = store.open_credential(scope, slot.as_str(), &mut BackOff::new()).await.ok();
    Some(Former { claimed, opened })
}

/// Removes the claim to a name that its credential does not have. Must not run before the write that takes the
/// name away, or others could take a name that is in use. `former` was opened in advance, perhaps for another
/// claim.
pub(crate) async fn release(store: &Store, scope: &Scope, claimed: &Claimed, former: Option<Former>) {
    // If another rename came in between, the slot that was opened in advance is of an earlier name.
    let in_advance = former.filter(|former| former.claimed == *claimed).and_then(|former| former.opened);
    if let Err(error) = try_to_release(store, scope, claimed, in_advance).await {
        audit::warn("the claim to a name that is not used could not be removed", Some(&error));
    }
}

async fn try_to_release(
    store: &Store,
    scope: &Scope,
    claimed: &Claimed,
    mut in_advance: Option<Opened>,
) -> Result<()> {
    let slot = Slot::of(&claimed.name);
    let mut back_off = BackOff::new();
    loop {
        let opened = match in_advance.take() {
            // Perhaps outdated by now: then the write below fails, and the slot is opened again.
            Some(opened) => opened,
            None => match store.open_credential(scope, slot.as_str(), &mut back_off).await {
                Err(Error::NotFound) => return Ok(()),
                opened => opened?,
            },
        };
        let document = Document::parse(&opened.stored)?;
        // A claim with another nonce was made later, and may be needed.
        if document.claim.as_ref().is_none_or(|claim| claim.nonce != claimed.nonce) {
            return Ok(());
        }
        // A credential that was created here and then renamed is still stored here.
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
