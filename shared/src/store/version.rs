//! Versions of a credential, and which of them a write may replace. See `docs/decisions/compare-and-set.md`.

use serde::{Deserialize, Serialize};

use crate::error::{Error, Result};

/// Secrets Manager's id of one state of a credential. It changes with every write.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(String);

impl Version {
    /// The version with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The version id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a write requires of the version that it replaces.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Precondition {
    /// Nothing.
    #[default]
    None,
    /// The credential must exist.
    Exists,
    /// The credential must be at one of these versions.
    Versions(Vec<Version>),
}

impl Precondition {
    /// # Errors
    /// [`Error::PreconditionFailed`] if the credential is at another version.
    pub fn check(&self, current: &Version) -> Result<()> {
        match self {
            Self::Versions(versions) if !versions.contains(current) => Err(Error::PreconditionFailed),
            _ => Ok(()),
        }
    }
}
