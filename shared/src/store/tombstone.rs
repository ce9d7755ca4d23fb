//! The value that takes the place of a deleted one, before its secret is scheduled for deletion. It says all
//! that there is to know of the deletion, as a Description can be overwritten by anybody.

use std::time::Duration;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::late;
use super::mark::Rename;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// What every tombstone starts with, and no credential may. JSON follows.
const MARK: &str = "latchkey:deleted:";

/// A tombstone. What cannot be read of one counts as old and without history.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(default)]
pub(super) struct Tombstone {
    /// Every one differs, so that of two deletions from the same version one fails.
    id: String,
    /// When the function that wrote it was at work, in seconds since 1970.
    at: i64,
    /// Which creates with an Idempotency-Key this name has seen ([`super::create`]).
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub(super) created_as: Vec<String>,
    /// Where the credential has gone, if it was not deleted but renamed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) renamed_to: Option<Rename>,
    /// For whom the name is kept, who is about to create a credential here ([`super::owned`]).
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(super) reserved_for: Option<String>,
}

impl Tombstone {
    /// A new one, for a deletion that happens now.
    pub(super) fn new(created_as: Vec<String>) -> Self {
        Self { id: Uuid::new_v4().to_string(), at: late::now(), created_as, ..Self::default() }
    }

    /// A new one, of a credential that has gone elsewhere.
    pub(super) fn of_rename(created_as: Vec<String>, to: Rename) -> Self {
        Self { renamed_to: Some(to), ..Self::new(created_as) }
    }

    /// A new one, which keeps the name for `owner`.
    pub(super) fn of_reservation(owner: &str) -> Self {
        Self { reserved_for: Some(owner.to_owned()), ..Self::new(vec![]) }
    }

    /// The tombstone that `value` is, if it is one.
    pub(super) fn parse(value: &Secret) -> Option<Self> {
        let json = value.expose().strip_prefix(MARK.as_bytes())?;
        Some(serde_json::from_slice(json).unwrap_or_default())
    }

    /// The value to store.
    pub(super) fn value(&self) -> Result<Secret> {
        let json = serde_json::to_string(self);
        let json = json.map_err(|_| Error::internal("a tombstone cannot be written as JSON"))?;
        Ok(Secret::new(MARK.to_owned() + &json))
    }

    /// How long until the function that wrote it cannot schedule the secret's deletion any more.
    pub(super) fn ends_in(&self) -> Option<Duration> {
        late::until_no_call_is_late(self.at)
    }

    /// Whether it is what the rename leaves that `mark` is the other end of.
    pub(super) fn is_other_end_of(&self, mark: &Rename) -> bool {
        self.renamed_to.as_ref().is_some_and(|to| to.id == mark.id)
    }
}

/// Whether this value stands for a deleted one.
pub(super) fn is_tombstone(value: &Secret) -> bool {
    value.expose().starts_with(MARK.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tombstones_are_known_and_differ() {
        let (one, other) = (Tombstone::new(vec!["k".into()]), Tombstone::new(vec![]));
        assert!(!one.value().unwrap().matches(&other.value().unwrap()));
        let read = Tombstone::parse(&one.value().unwrap()).unwrap();
        assert_eq!((read.id, read.created_as), (one.id, one.created_as));
        assert!(other.ends_in().is_some());
        assert!(Tombstone::parse(&Secret::new("latchkey")).is_none());
    }

    #[test]
    fn what_cannot_be_read_is_an_old_one() {
        for text in ["latchkey:deleted:", "latchkey:deleted:2f1c", "latchkey:deleted:{\"at\":\"x\"}"] {
            let tombstone = Tombstone::parse(&Secret::new(text)).unwrap();
            assert!(tombstone.ends_in().is_none() && tombstone.renamed_to.is_none(), "{text}");
        }
    }
}
