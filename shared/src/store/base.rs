//! Compare-and-set in one call: the token of a write is made of the version that it replaces.
//!
//! Two writers that start from the same version use the same token, and Secrets Manager rejects the second of
//! them where its value differs; a repeated write of the same value is a success. Labels that somebody has
//! moved back break this, as the token is used up then. `docs/decisions/compare-and-set.md`

use futures_util::future::join;
use serde_json::value::RawValue;
use sha2::{Digest, Sha256};

use super::answers::{CURRENT, Metadata, Written};
use super::back_off::BackOff;
use super::calls::{Call, Store};
use super::description::Description;
use super::failure::Failure;
use super::stored::Stored;
use super::version::Version;
use crate::credential::hex;
use crate::error::Error;
use crate::secret::Secret;

/// How many creates with an Idempotency-Key a name remembers.
const REMEMBERED: usize = 4;

/// A secret as it was read in order to change it: its value, and what a write over that needs to know.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What was read.
    pub stored: Stored,
    pub(super) base: Base,
}

/// A state of a secret that a write may replace.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) arn: String,
    /// The version that is replaced.
    pub(super) version: Version,
    /// The one that the write makes. All writers that replace this state make the same one.
    pub(super) token: Version,
    /// What a list shows of the version that is replaced, where the Description speaks for it.
    pub(super) public: Option<Box<RawValue>>,
    /// Which creates with an Idempotency-Key this name has seen, as far as the Description tells.
    pub(super) created_as: Vec<String>,
    /// A replica, or another service's: it cannot be written here.
    is_managed: bool,
}

impl Base {
    /// The state of a secret that this very function has just written.
    pub(super) fn of_own(written: Written) -> Self {
        let Written { arn, version, created_as } = written;
        let token = successor(&arn, &[&version]);
        Self { arn, version, token, public: None, created_as, is_managed: false }
    }

    /// The state that was read as `stored`, of which `metadata` tells more.
    fn of_read(stored: &Stored, token: Version, metadata: Metadata) -> Self {
        let (arn, version) = (stored.arn.clone(), stored.version.clone());
        let speaks = metadata.description.as_ref().is_some_and(|text| text.speaks_for(Some(&version)));
        let (public, created_as) = metadata
            .description
            .map(|text| (text.public.filter(|_| speaks), text.created_as))
            .unwrap_or_default();
        Self { arn, version, token, public, created_as, is_managed: metadata.is_managed }
    }

    /// The same state, as it is after a write over it has made `version`.
    pub(super) fn written(&self, version: Version) -> Written {
        Written { arn: self.arn.clone(), version, created_as: self.created_as.clone() }
    }

    /// What it means that a write over it was rejected for good.
    pub(super) fn rejection(&self, failure: Failure) -> Error {
        match failure {
            Failure::Unusable if self.is_managed => Error::ManagedElsewhere,
            failure => failure.into(),
        }
    }
}

/// The version that a write makes in the secret `arn`. `replaced` is the version that it replaces, and then
/// those that replaced it before, until somebody moved the labels back.
fn successor(arn: &str, replaced: &[&Version]) -> Version {
    let mut digest = Sha256::new().chain_update(arn);
    for version in replaced {
        digest = digest.chain_update("|").chain_update(version.as_str());
    }
    Version::new(hex(&digest.finalize()))
}

/// Whether `version` is what a write over `base` makes.
pub(super) fn is_successor(arn: &str, base: &Version, version: &Version) -> bool {
    successor(arn, &[base]) == *version
}

impl Store {
    /// Reads a secret in order to change it. `rejected` is the version over which a write was rejected just now.
    ///
    /// [`Failure::NotFound`] and [`Failure::Unusable`] as they are for a read; waits where reads lag.
    pub(super) fn open<'a>(
        &'a self,
        secret_name: &'a str,
        rejected: Option<&'a Version>,
        back_off: &'a mut BackOff,
    ) -> Call<'a, Opened> {
        Box::pin(async move {
            loop {
                match self.open_once(secret_name, rejected).await {
                    Err(Failure::Exists) => back_off.wait().await.map_err(|_| Failure::Throttled)?,
                    opened => return opened,
                }
            }
        })
    }

    /// [`Failure::Exists`] where what was read is not the current state any more.
    async fn open_once(&self, secret_name: &str, rejected: Option<&Version>) -> Result<Opened, Failure> {
        let reads = join(self.get_secret_value(secret_name, CURRENT), self.describe_secret(secret_name));
        let (stored, metadata) = reads.await;
        let stored = stored?;
        let metadata = match metadata {
            Ok(metadata) if metadata.arn == stored.arn => metadata,
            // One of the two lags behind: it says nothing of this secret.
            Ok(_) | Err(Failure::NotFound) => Metadata::default(),
            Err(failure) => return Err(failure),
        };
        // After every write of ours the Description speaks for the version that it made. Where it does not,
        // somebody else has written, or moved the labels: then the token may be used up, and a write of the
        // same value would "succeed" without becoming current.
        let is_ordinary = metadata.speaking().is_some()
            && metadata.current.as_ref() == Some(&stored.version)
            && rejected != Some(&stored.version);
        let token = successor(&stored.arn, &[&stored.version]);
        let token = if is_ordinary { token } else { self.unused(&stored, token).await? };
        let base = Base::of_read(&stored, token, metadata);
        Ok(Opened { stored, base })
    }

    /// The token of a write over `stored`, which would be `token` unless that is used up.
    async fn unused(&self, stored: &Stored, mut token: Version) -> Result<Version, Failure> {
        let versions = match self.list_secret_version_ids(&stored.arn).await {
            Ok(versions) => versions,
            Err(Failure::NotFound) => return Ok(token),
            Err(failure) => return Err(failure),
        };
        if !versions.contain(&token) {
            return Ok(token);
        }
        // Ordinarily a version that was replaced is not current any more. That it is, in one and the same
        // answer, no lagging read can show: the labels were moved back. Without this proof a read that lags
        // would get a fresh token for an old state, and overwrite what came after it.
        if versions.current.as_ref() != Some(&stored.version) {
            return Err(Failure::Exists);
        }
        while versions.contain(&token) {
            token = successor(&stored.arn, &[&stored.version, &token]);
        }
        Ok(token)
    }

    /// Replaces value and Description of a secret, if it is still at the base.
    ///
    /// [`Failure::Exists`] says that somebody else has replaced the base.
    pub(super) fn replace(
        &self,
        base: &Base,
        value: &Secret,
        mut description: Description,
    ) -> Call<'static, Version> {
        // What the name has seen stays known.
        for seen in &base.created_as {
            if !description.created_as.contains(seen) {
                description.created_as.push(seen.clone());
            }
        }
        description.created_as.truncate(REMEMBERED);
        self.update_secret(&base.arn, &base.token, value, description)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_successor_depends_on_secret_and_base() {
        let (one, other) = (Version::new("v1"), Version::new("v2"));
        assert_eq!(successor("arn", &[&one]), successor("arn", &[&one]));
        assert_ne!(successor("arn", &[&one]), successor("arn2", &[&one]));
        assert_ne!(successor("arn", &[&one]), successor("arn", &[&other]));
        assert_ne!(successor("arn", &[&one]), successor("arn", &[&one, &other]));
        assert_eq!(successor("arn", &[&one]).as_str().len(), 64);
        assert!(is_successor("arn", &one, &successor("arn", &[&one])));
    }
}
