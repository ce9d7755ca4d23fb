//! Reading access keys. Only the authorizer's role may.

use super::answers::CURRENT;
use super::calls::Store;
use super::failure::Failure;
use crate::access_key::{AccessKey, AccessKeyId};
use crate::error::{Error, Result};

/// Which version of an access key: both are accepted while one rotates.
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

impl Store {
    /// An access key, `None` where there is none of that id or it has no such version.
    ///
    /// # Errors
    /// Only those of Secrets Manager itself.
    pub async fn access_key(&self, id: &AccessKeyId, version: KeyVersion) -> Result<Option<AccessKey>> {
        let secret_name = format!("{}/keys/{}", self.prefix, id.as_str());
        match self.get_secret_value(&secret_name, version.stage()).await {
            Ok(stored) => Ok(stored.value.expose_text().and_then(AccessKey::parse)),
            Err(Failure::NotFound | Failure::Unusable) => Ok(None),
            Err(failure) => Err(Error::from(failure)),
        }
    }
}
