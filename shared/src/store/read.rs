//! Reading a credential: one GetSecretValue.

use super::failure::Failure;
use super::{Store, Stored, Version, tombstone};
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::secret::Secret;

impl Store {
    /// The credential called `credential`, with its value.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for a deleted one.
    pub async fn read(&self, scope: &Scope, credential: &str) -> Result<Stored> {
        let stored = self.read_secret(&self.secret_name(scope, credential)).await?;
        if tombstone::is_tombstone(&stored.value) {
            return Err(Error::NotFound);
        }
        Ok(stored)
    }

    /// The current value of a secret, be it a tombstone.
    pub(super) async fn read_secret(&self, secret_name: &str) -> Result<Stored, Failure> {
        let answer = self.client.get_secret_value().secret_id(secret_name).send().await;
        let answer = answer.map_err(|error| Failure::of("GetSecretValue", &error))?;
        let value = match (answer.secret_string, answer.secret_binary) {
            (Some(text), _) => Secret::new(text.into_bytes()),
            (None, Some(bytes)) => Secret::new(bytes.into_inner()),
            (None, None) => Secret::new([]),
        };
        let version = Version(answer.version_id.unwrap_or_default());
        Ok(Stored { value, version, arn: answer.arn.unwrap_or_default() })
    }
}
