//! Which credential of a namespace is its cloud's default: one document for each namespace, so that there can
//! never be two, and no lock is needed that a crash could leave behind.
//!
//! It is written before what else is to change about the credential: where it cannot be (its day's versions
//! are used up, an administrator has deleted it), nothing has changed yet that anybody sees.

use std::collections::BTreeMap;

use latchkey::store::{Change, Document};
use latchkey::{Error, Result, Scope, Store, audit};

use crate::access::CloudProvider;

/// The uuid of each cloud's default.
pub type Defaults = BTreeMap<CloudProvider, String>;

/// The document's name.
pub const DEFAULTS: &str = "defaults";

/// Makes a credential its cloud's default, or sees to it that it is none. Writes only where that changes
/// something, and answers what it has changed.
///
/// # Errors
/// As [`Store::update_document`].
pub(crate) async fn set(
    store: &Store,
    scope: &Scope,
    opened: Document<Defaults>,
    (provider, uuid): (CloudProvider, &str),
    is_default: bool,
) -> Result<Option<Change<Defaults>>> {
    let change = |defaults: &Defaults| {
        let mut changed = defaults.clone();
        changed.retain(|_, other| other != uuid);
        if is_default {
            changed.insert(provider, uuid.to_owned());
        }
        (changed != *defaults).then_some(changed)
    };
    store.update_document(scope, DEFAULTS, opened, change).await
}

/// Takes back a change, as that of the credential was rejected with `error`, which it answers. Of what others
/// have changed since, nothing is taken back.
pub(crate) async fn take_back(
    store: &Store,
    scope: &Scope,
    change: Option<Change<Defaults>>,
    error: Error,
) -> Error {
    // Where nobody knows whether the credential has changed, a repetition of the request brings both together.
    let is_rejected = !matches!(error, Error::Unavailable(_) | Error::Internal(_));
    let Some(change) = change.filter(|_| is_rejected) else { return error };
    let taken_back = async {
        let opened = store.open_document(scope, DEFAULTS).await?;
        store.update_document(scope, DEFAULTS, opened, |now| before(now, &change)).await
    };
    if let Err(failure) = taken_back.await {
        audit::warn("a default that was set too early could not be taken back", Some(&failure));
    }
    error
}

/// The defaults as they are now, without what `change` has made of them.
fn before(now: &Defaults, change: &Change<Defaults>) -> Option<Defaults> {
    let mut taken_back = now.clone();
    for provider in change.before.keys().chain(change.after.keys()) {
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
    fn only_the_own_change_is_taken_back() {
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
