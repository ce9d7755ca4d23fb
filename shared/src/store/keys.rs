//! Reading access keys. Only the authorizer's role may.

use time::OffsetDateTime;

use super::answers::CURRENT;
use super::calls::Store;
use super::failure::Failure;
use crate::access_key::AccessKeyId;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// Which version of an access key: the secret of the one before is accepted for a while, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KeyVersion {
    /// The newest.
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

/// A version of an access key, as it was read.
#[derive(Debug)]
pub struct StoredKey {
    /// The value, whatever it is.
    pub value: Secret,
    /// When the version was made, by AWS's clock; `None` where that was not said.
    pub created: Option<OffsetDateTime>,
}

impl Store {
    /// An access key, `None` where there is none of that id or it has no such version.
    ///
    /// # Errors
    /// Only those of Secrets Manager itself.
    pub async fn access_key(&self, id: &AccessKeyId, version: KeyVersion) -> Result<Option<StoredKey>> {
        let secret_name = format!("{}/keys/{}", self.prefix, id.as_str());
        match self.get_secret_value(&secret_name, version.stage()).await {
            Ok(stored) => {
                let created = OffsetDateTime::from_unix_timestamp(stored.created).ok();
                Ok(Some(StoredKey { value: stored.value, created }))
            }
            Err(Failure::NotFound | Failure::Unusable) => Ok(None),
            Err(failure) => Err(Error::from(failure)),
        }
    }
}
