//! Reading access keys. Only the authorizer's role may.

use super::failure::Failure;
use super::{Call, Store};
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
            Self::Current => "AWSCURRENT",
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
        match self.read_access_key(id, version).await {
            Ok(key) => Ok(key),
            Err(Failure::NotFound | Failure::Unusable) => Ok(None),
            Err(failure) => Err(Error::from(failure)),
        }
    }

    fn read_access_key(&self, id: &AccessKeyId, version: KeyVersion) -> Call<'static, Option<AccessKey>> {
        let secret_name = format!("{}/keys/{}", self.prefix, id.as_str());
        let read = self.client.get_secret_value().secret_id(secret_name).version_stage(version.stage());
        Box::pin(async {
            let answer = read.send().await.map_err(|error| Failure::of("GetSecretValue", &error))?;
            Ok(answer.secret_string().and_then(AccessKey::parse))
        })
    }
}
