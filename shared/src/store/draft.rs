//! A credential as it is to be stored.

use serde::Serialize;
use serde_json::value::RawValue;

use super::description::Description;
use super::mark::is_arriving;
use super::stored::MAX_VALUE_BYTES;
use super::tombstone::is_tombstone;
use crate::error::{Error, Result};
use crate::json;
use crate::ownership::Ownership;
use crate::secret::Secret;

/// What is to be stored: the value, and beside it what a list may show.
#[derive(Clone, Debug)]
pub struct Draft {
    pub(super) value: Secret,
    pub(super) public: Box<RawValue>,
    /// Whose the credential is to be, where it is created by this.
    pub(super) ownership: Option<Ownership>,
    essence: fn(&Secret) -> Option<Secret>,
}

/// A credential that is to be somebody's own.
pub(super) struct Owned<'a> {
    pub(super) credential: &'a str,
    pub(super) value: &'a Secret,
    pub(super) description: Description,
    pub(super) trace: Option<String>,
    pub(super) ownership: &'a Ownership,
}

impl Draft {
    /// A value with its public part, which must not hold anything secret.
    ///
    /// # Errors
    /// [`Error::TooLarge`] or [`Error::Invalid`] where Secrets Manager could not keep the value.
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
        if is_tombstone(&value) || is_arriving(&value) {
            return Err(Error::invalid(
                "",
                "The credential's value starts with text that is reserved for Latchkey.",
            ));
        }
        let public = json::raw(public)?;
        Ok(Self { value, public, ownership: None, essence: |value| Some(value.clone()) })
    }

    /// Makes `essence` of the value what a repeated create must have in common with the first one, in place of
    /// all of it: for values that differ each time, because the time of the create stands in them.
    #[must_use]
    pub fn repeated_with(mut self, essence: fn(&Secret) -> Option<Secret>) -> Self {
        self.essence = essence;
        self
    }

    /// Makes the credential that is created by this somebody's own.
    #[must_use]
    pub fn owned_by(mut self, ownership: Option<&Ownership>) -> Self {
        self.ownership = ownership.cloned();
        self
    }

    /// Whether `value` is what this would write, in all that matters: as a repeated create has it in common with
    /// the first one.
    pub fn repeats(&self, value: &Secret) -> bool {
        match ((self.essence)(&self.value), (self.essence)(value)) {
            (Some(own), Some(other)) => own.matches(&other),
            _ => false,
        }
    }
}
