//! A credential that is about to be stored. See `docs/decisions/idempotency.md`.

use serde::Serialize;
use serde_json::value::RawValue;

use super::description::Description;
use super::mark::is_marked;
use super::stored::MAX_VALUE_BYTES;
use super::tombstone::is_tombstone;
use crate::error::{Error, Result};
use crate::json;
use crate::ownership::Ownership;
use crate::secret::Secret;

/// What to store: the value, and the public part that lists may show.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) value: Secret,
    pub(super) public: Box<RawValue>,
    /// Who will own the credential, if this draft creates one.
    pub(super) ownership: Option<Ownership>,
    essence: fn(&Secret) -> Option<Secret>,
}

/// A credential to create for an owner.
pub(super) struct Owned<'a> {
    pub(super) credential: &'a str,
    pub(super) value: &'a Secret,
    pub(super) description: Description,
    pub(super) trace: Option<String>,
    pub(super) ownership: &'a Ownership,
}

impl Draft {
    /// A value and its public part, which must not hold anything secret.
    ///
    /// # Errors
    /// [`Error::TooLarge`] or [`Error::Invalid`] if the value cannot be stored.
    pub fn new(value: Secret, public: &impl Serialize) -> Result<Self> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(Error::TooLarge { what: "The credential's value", limit: MAX_VALUE_BYTES });
        }
        if value.is_empty() {
            return Err(Error::invalid(
                "",
                "The credential's value is empty; Secrets Manager keeps no empty values.",
            ));
        }
        // The store would read such a value as a deleted credential, or as one that has not arrived.
        if is_tombstone(&value) || is_marked(&value) {
            return Err(Error::invalid(
                "",
                "The credential's value starts with text that is reserved for Latchkey.",
            ));
        }
        let public = json::raw(public)?;
        Ok(Self { value, public, ownership: None, essence: |value| Some(value.clone()) })
    }

    /// Compares only the `essence` of the value to recognize a repeated create. For values that differ each time
    /// because they hold the time of the create.
    #[must_use]
    pub fn repeated_with(mut self, essence: fn(&Secret) -> Option<Secret>) -> Self {
        self.essence = essence;
        self
    }

    /// Sets the owner of the credential that this draft creates.
    #[must_use]
    pub fn owned_by(mut self, ownership: Option<&Ownership>) -> Self {
        self.ownership = ownership.cloned();
        self
    }

    /// Whether `value` is what this draft would write, apart from what differs between a create and its repetition.
    pub fn repeats(&self, value: &Secret) -> bool {
        match ((self.essence)(&self.value), (self.essence)(value)) {
            (Some(own), Some(other)) => own.matches(&other),
            _ => false,
        }
    }
}
