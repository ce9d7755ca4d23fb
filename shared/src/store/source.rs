//! Reads secrets that do not belong to Latchkey, whose values become parts of credentials. The function's role decides
//! which of them it can read. See `docs/decisions/provisioning.md`.

use super::calls::Store;
use super::failure::Failure;
use super::stored::{Source, Stored};
use crate::error::{Error, Result};

/// Why a source has no value.
#[derive(Debug)]
pub enum NoSource {
    /// There is no such secret, or it has no such version.
    Missing,
    /// It is scheduled for deletion.
    Deleted,
    /// The role is not allowed to read it, or to use its KMS key.
    Denied,
    /// Secrets Manager failed.
    Failed(Error),
}

impl From<Error> for NoSource {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Store {
    /// Reads the value of a source.
    ///
    /// # Errors
    /// Why it has no value.
    pub async fn source(&self, source: &Source) -> Result<Stored, NoSource> {
        match self.get_source(source).await {
            Ok(stored) => Ok(stored),
            Err(Failure::NotFound) => Err(NoSource::Missing),
            Err(Failure::Unusable) => Err(NoSource::Deleted),
            Err(Failure::Denied(_)) => Err(NoSource::Denied),
            Err(failure) => Err(NoSource::Failed(failure.into())),
        }
    }

    /// Whether `secret_name` belongs to this stack: a credential, an access key or a document.
    pub fn is_own(&self, secret_name: &str) -> bool {
        // With the slash: another stack's prefix can start with this one's.
        secret_name.strip_prefix(&self.prefix).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The Region whose secrets this store can read.
    pub fn region(&self) -> &str {
        &self.region
    }
}
