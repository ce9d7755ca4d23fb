//! Which credential of a namespace is its cloud's default. Each namespace has one document for this, so a cloud
//! never has two defaults, and there is no lock that a crash could leave behind.
//!
//! The document is written before the credential. If it cannot be written (its versions of the day are used up, or
//! an administrator has deleted it), nothing that clients see has changed yet. See `docs/decisions/deletion.md`.

use std::collections::BTreeMap;

use latchkey::store::{Change, Document};
use latchkey::{Error, Result, Scope, Store, audit};

use crate::access::CloudProvider;

/// The uuid of each cloud's default.
pub type Defaults = BTreeMap<CloudProvider, String>;

/// The document's name.
pub const DEFAULTS: &str = "defaults";

/// Makes a credential its cloud's default, or makes sure that it is not. Writes only if that changes something,
/// and returns the change.
///
/// # Errors
/// Those of [`Store::update_document`].
pub(crate) async fn set(
    store: &Store,
    scope: &Scope,
    opened: Document<Defaults>,
    (provider, uuid): (CloudProvider, &str),
    is_default: bool,
) -> Result<Option<Change<Defaults>>> {
    let change = |defaults: &Defaults| {
        let mut changed = defaults.clone();
        // Also under another cloud: otherwise a credential that was moved from there would be its default again if it
        // were ever moved back.
        changed.retain(|_, other| other != uuid);
        if is_default {
            changed.insert(provider, uuid.to_owned());
        }
        // A write that changes nothing would still use up one of the document's versions of the day.
        (changed != *defaults).then_some(changed)
    };
    store.update_document(scope, DEFAULTS, opened, change).await
}

/// Takes back a change because the credential's own change was rejected with `error`, and returns `error`. Changes
/// that others have made since stay.
pub(crate) async fn undo(
    store: &Store,
    scope: &Scope,
    change: Option<Change<Defaults>>,
    error: Error,
) -> Error {
    // After these errors the credential may have changed or not. A repetition of the request makes both agree again;
    // taking the default back would break them apart if the credential has changed.
    let is_rejected = !matches!(error, Error::Unavailable(_) | Error::Internal(_));
    let Some(change) = change.filter(|_| is_rejected) else { return error };
    let taken_back = async {
        // Opened again: what `set` opened is the state before its own write, and others may have written since.
        let opened = store.open_document(scope, DEFAULTS).await?;
        store.update_document(scope, DEFAULTS, opened, |now| before(now, &change)).await
    };
    if let Err(failure) = taken_back.await {
        audit::warn("a default that was set too early could not be taken back", Some(&failure));
    }
    error
}

/// The current defaults with `change` undone; `None` if nothing is left to undo.
fn before(now: &Defaults, change: &Change<Defaults>) -> Option<Defaults> {
    let mut taken_back = now.clone();
    for provider in change.before.keys().chain(change.after.keys()) {
        // Somebody else has set this cloud's default since: that one must stay.
        if now.get(provider) != change.after.get(provider) {
            continue;
        }
        match change.before.get(provider) {
            Some(uuid) => drop(taken_back.insert(*provider, uuid.clone())),
            None => drop(taken_back.remove(provider)),
        }
    }
    (taken_back != *now).then_some(taken_back)
}

#[cfg(test)]
mod tests {
    use super::*;
    use CloudProvider::{Aws, Azure, Gcp};

    fn defaults<const N: usize>(entries: [(CloudProvider, &str); N]) -> Defaults {
        entries.map(|(provider, uuid)| (provider, uuid.to_owned())).into()
    }

    #[test]
    fn only_this_requests_own_change_is_taken_back() {
        let change = Change {
            before: defaults([(Aws, "a"), (Gcp, "n")]),
            after: defaults([(Aws, "n"), (Azure, "z")]),
        };
        assert_eq!(before(&change.after, &change), Some(change.before.clone()));
        assert_eq!(before(&change.before, &change), None);
        let others = defaults([(Aws, "b"), (Azure, "z"), (Gcp, "c")]);
        assert_eq!(before(&others, &change), Some(defaults([(Aws, "b"), (Gcp, "c")])));
    }
}
