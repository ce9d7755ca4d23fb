//! Reads access keys. Only the authorizer's role is allowed to. See `docs/decisions/access-keys.md`.

use time::OffsetDateTime;

use super::answers::CURRENT;
use super::calls::Store;
use super::failure::Failure;
use crate::access_key::AccessKeyId;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// A version of an access key. After a rotation, the previous secret stays valid for some hours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyVersion {
    /// The current one.
    Current,
    /// The one before it.
    Previous,
}

impl KeyVersion {
    fn stage(self) -> &'static str {
        match self {
            Self::Current => CURRENT,
            Self::Previous => "AWSPREVIOUS",
        }
    }
}

/// A version of an access key that was read.
#[derive(Debug)]
pub struct StoredKey {
    /// The value, not parsed.
    pub value: Secret,
    /// When the version was created, by AWS's clock; `None` if AWS did not say.
    pub created: Option<OffsetDateTime>,
}

impl Store {
    /// Reads an access key; `None` if there is no key with this id, or it has no such version.
    ///
    /// # Errors
    /// Errors of Secrets Manager itself.
    pub async fn access_key(&self, id: &AccessKeyId, version: KeyVersion) -> Result<Option<StoredKey>> {
        let secret_name = format!("{}/keys/{}", self.prefix, id.as_str());
        match self.get_secret_value(&secret_name, version.stage()).await {
            Ok(stored) => {
                let created = OffsetDateTime::from_unix_timestamp(stored.created).ok();
                Ok(Some(StoredKey { value: stored.value, created }))
            }
            // A key whose secret is scheduled for deletion is revoked immediately.
            Err(Failure::NotFound | Failure::Unusable) => Ok(None),
            Err(failure) => Err(Error::from(failure)),
        }
    }
}
