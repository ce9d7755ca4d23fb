//! Secrets that are none of Latchkey's, whose values are to become parts of credentials. Which of them a function
//! may read, its role says.

use super::calls::Store;
use super::failure::Failure;
use super::stored::{Source, Stored};
use crate::error::{Error, Result};

/// Why there is no value of a source.
#[derive(Debug)]
pub enum NoSource {
    /// There is none, or none with that version.
    Missing,
    /// It is scheduled for deletion.
    Deleted,
    /// The role may not read it, or may not use its KMS key.
    Denied,
    /// The service's own trouble.
    Failed(Error),
}

impl From<Error> for NoSource {
    fn from(error: Error) -> Self {
        Self::Failed(error)
    }
}

impl Store {
    /// The value of a source.
    ///
    /// # Errors
    /// Why there is none.
    pub async fn source(&self, source: &Source) -> Result<Stored, NoSource> {
        match self.get_source(source).await {
            Ok(stored) => Ok(stored),
            Err(Failure::NotFound) => Err(NoSource::Missing),
            Err(Failure::Unusable) => Err(NoSource::Deleted),
            Err(Failure::Denied(_)) => Err(NoSource::Denied),
            Err(failure) => Err(NoSource::Failed(failure.into())),
        }
    }

    /// Whether `secret_name` is one of this stack's own: a credential, an access key or a document.
    pub fn is_own(&self, secret_name: &str) -> bool {
        secret_name.strip_prefix(&self.prefix).is_some_and(|rest| rest.starts_with('/'))
    }

    /// The Region whose secrets this can read.
    pub fn region(&self) -> &str {
        &self.region
    }
}
