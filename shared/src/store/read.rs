//! Reading a credential: one GetSecretValue.

use aws_sdk_secretsmanager::primitives::Blob;

use super::failure::Failure;
use super::rename::Arrival;
use super::{Call, Store, Stored, Version, tombstone};
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::secret::Secret;

impl Store {
    /// The credential called `credential`, with its value.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for a deleted one.
    pub async fn read(&self, scope: &Scope, credential: &str) -> Result<Stored> {
        let secret_name = self.secret_name(scope, credential);
        let mut not_arrived = None;
        loop {
            let stored = self.read_secret(&secret_name).await?;
            if tombstone::is_tombstone(&stored.value) {
                return Err(Error::NotFound);
            }
            let Some(Arrival { from, value }) = Arrival::parse(&stored.value) else { return Ok(stored) };
            if self.has_departed(scope, &from).await? {
                return Ok(Stored { value, ..stored });
            }
            // What the other name's secret says counts only if nothing happened here meanwhile.
            if not_arrived.as_ref() == Some(&stored.version) {
                return Err(Error::NotFound);
            }
            not_arrived = Some(stored.version);
        }
    }

    /// The current value of a secret, be it a tombstone.
    pub(super) fn read_secret(&self, secret_name: &str) -> Call<'static, Stored> {
        let read = self.client.get_secret_value().secret_id(secret_name);
        Box::pin(async {
            let answer = read.send().await.map_err(|error| Failure::of("GetSecretValue", &error))?;
            Ok(stored(answer.secret_string, answer.secret_binary, answer.version_id, answer.arn))
        })
    }
}

/// What Secrets Manager answered, as one value.
pub(super) fn stored(
    text: Option<String>,
    binary: Option<Blob>,
    version: Option<String>,
    arn: Option<String>,
) -> Stored {
    let value = match (text, binary) {
        (Some(text), _) => Secret::new(text.into_bytes()),
        (None, Some(bytes)) => Secret::new(bytes.into_inner()),
        (None, None) => Secret::new([]),
    };
    Stored { value, version: Version(version.unwrap_or_default()), arn: arn.unwrap_or_default() }
}
