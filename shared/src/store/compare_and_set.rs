//! Compare-and-set in one call: the token of a write is made of the version that it replaces.
//!
//! Two writers that start from the same version use the same token, and Secrets Manager refuses the
//! second of them where its value differs; a repeated write of the same value is a success.

use sha2::{Digest, Sha256};

use super::{Call, Store, Version};
use crate::credential::hex;
use crate::secret::Secret;
use crate::store::failure::Failure;

/// The version that a write to `arn` makes if it replaces `base`.
pub(super) fn successor(arn: &str, base: &Version) -> Version {
    let digest = Sha256::new().chain_update(arn).chain_update("|").chain_update(base.as_str()).finalize();
    Version(hex(&digest))
}

/// A state of a secret that a write may replace.
#[derive(Clone, Copy)]
pub(super) struct Base<'a> {
    pub(super) arn: &'a str,
    pub(super) version: &'a Version,
}

/// A state of a secret, kept for a later write.
#[derive(Clone, Debug)]
pub(super) struct Place {
    pub(super) arn: String,
    pub(super) version: Version,
}

impl Place {
    pub(super) fn base(&self) -> Base<'_> {
        Base { arn: &self.arn, version: &self.version }
    }
}

impl Store {
    /// Replaces value and Description of the secret, if it is still at the base.
    ///
    /// [`Failure::Exists`] says that somebody else replaced the base first.
    pub(super) fn replace(
        &self,
        secret_name: &str,
        base: Base<'_>,
        value: &Secret,
        description: String,
    ) -> Call<'static, Version> {
        let version = successor(base.arn, base.version);
        let (text, binary) = text_or_binary(value);
        let update = self
            .client
            .update_secret()
            .secret_id(secret_name)
            .client_request_token(version.as_str())
            .description(description)
            .set_secret_string(text)
            .set_secret_binary(binary);
        Box::pin(async {
            let updated = update.send().await.map_err(|error| Failure::of("UpdateSecret", &error))?;
            Ok(updated.version_id.map_or(version, Version))
        })
    }
}

/// Text as SecretString, so that ECS, RDS and people can read it; other bytes as SecretBinary.
pub(super) fn text_or_binary(
    value: &Secret,
) -> (Option<String>, Option<aws_sdk_secretsmanager::primitives::Blob>) {
    match value.expose_text() {
        Some(text) => (Some(text.to_owned()), None),
        None => (None, Some(aws_sdk_secretsmanager::primitives::Blob::new(value.expose()))),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_depends_on_secret_and_base() {
        let base = Version::new("v1");
        assert_eq!(successor("arn", &base), successor("arn", &base));
        assert_ne!(successor("arn", &base), successor("arn2", &base));
        assert_ne!(successor("arn", &base), successor("arn", &Version::new("v2")));
        assert_eq!(successor("arn", &base).as_str().len(), 64);
    }
}
