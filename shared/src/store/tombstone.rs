//! The value that replaces a deleted one before its secret is scheduled for deletion. It holds all there is to know
//! about the deletion, because anybody can overwrite a Description. See `docs/decisions/deletion.md`.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::late;
use super::mark::Rename;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// The prefix of every tombstone, and of no credential. JSON follows.
const PREFIX: &str = "latchkey:deleted:";

/// A tombstone. One that cannot be read counts as old and without history.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tombstone {
    /// Unique. If two deletions of the same version wrote the same value, both writes would be successes.
    id: String,
    /// When the function wrote it, in seconds since 1970.
    at: i64,
    /// The traces of creates with an Idempotency-Key under this name ([`super::create`]).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) created_as: Vec<String>,
    /// Where the credential went, if it was renamed and not deleted.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renamed_to: Option<Rename>,
    /// The owner for whom the name is reserved, who is about to create a credential here ([`super::owned`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reserved_for: Option<String>,
}

impl Tombstone {
    /// The tombstone of a deletion that happens now.
    pub(super) fn new(created_as: Vec<String>) -> Self {
        Self { id: Uuid::new_v4().to_string(), at: late::now(), created_as, ..Self::default() }
    }

    /// The tombstone of a credential that moves to another name now.
    pub(super) fn of_rename(created_as: Vec<String>, to: Rename) -> Self {
        Self { renamed_to: Some(to), ..Self::new(created_as) }
    }

    /// The tombstone that reserves a name for `owner` from now on.
    pub(super) fn of_reservation(owner: &str) -> Self {
        Self { reserved_for: Some(owner.to_owned()), ..Self::new(vec![]) }
    }

    /// Parses `value`, if it is a tombstone.
    pub(super) fn parse(value: &Secret) -> Option<Self> {
        let json = value.expose().strip_prefix(PREFIX.as_bytes())?;
        // The prefix alone makes it a tombstone: with broken JSON it must not become a credential.
        Some(serde_json::from_slice(json).unwrap_or_default())
    }

    /// The value to store.
    pub(super) fn value(&self) -> Result<Secret> {
        let json = serde_json::to_string(self);
        let json = json.map_err(|_| Error::internal("a tombstone cannot be written as JSON"))?;
        Ok(Secret::new(PREFIX.to_owned() + &json))
    }

    /// How long the function that wrote it can still schedule the secret's deletion; `None` if it no longer can.
    pub(super) fn ends_in(&self) -> Option<Duration> {
        late::until_no_call_is_late(self.at)
    }

    /// Whether this tombstone and `mark` are the two ends of one rename.
    pub(super) fn is_other_end_of(&self, mark: &Rename) -> bool {
        // By id: a name can be renamed away many times, and only this rename's tombstone makes its mark count.
        self.renamed_to.as_ref().is_some_and(|to| to.id == mark.id)
    }
}

/// Whether this value is a tombstone.
pub(super) fn is_tombstone(value: &Secret) -> bool {
    value.expose().starts_with(PREFIX.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tombstones_are_recognized_and_unique() {
        let (one, other) = (Tombstone::new(vec!["k".into()]), Tombstone::new(vec![]));
        assert!(!one.value().unwrap().matches(&other.value().unwrap()));
        let read = Tombstone::parse(&one.value().unwrap()).unwrap();
        assert_eq!((read.id, read.created_as), (one.id, one.created_as));
        assert!(other.ends_in().is_some());
        assert!(Tombstone::parse(&Secret::new("latchkey")).is_none());
    }

    #[test]
    fn a_tombstone_that_cannot_be_read_is_an_old_one() {
        for text in ["latchkey:deleted:", "latchkey:deleted:2f1c", "latchkey:deleted:{\"at\":\"x\"}"] {
            let tombstone = Tombstone::parse(&Secret::new(text)).unwrap();
            assert!(tombstone.ends_in().is_none() && tombstone.renamed_to.is_none(), "{text}");
        }
    }
}
