//! Compare-and-set in one call: the token of a write is derived from the version that the write replaces.
//!
//! Two writers that start from the same version use the same token. Secrets Manager rejects the second of them if its
//! value differs; a repeated write of the same value is a success. If somebody has moved labels back, the token is
//! used up, and the write needs another one. See `docs/decisions/compare-and-set.md`.

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

/// A secret that was read in order to change it: its value, and what a write over it needs to know.
#[derive(Clone, Debug)]
pub struct Opened {
    /// What was read.
    pub stored: Stored,
    pub(super) base: Base,
}

/// A state of a secret that a write can replace.
#[derive(Clone, Debug)]
pub(super) struct Base {
    pub(super) arn: String,
    /// The version that the write replaces.
    pub(super) version: Version,
    /// The id of the version that the write makes. All writers that replace this state use the same one.
    pub(super) token: Version,
    /// What a list shows of the replaced version, if the Description speaks for it.
    pub(super) public: Option<Box<RawValue>>,
    /// The traces of creates with an Idempotency-Key under this name, as far as the Description has them.
    pub(super) created_as: Vec<String>,
    /// Whether it is a replica or another service's, and cannot be written here.
    is_managed: bool,
}

impl Base {
    /// The state of a secret that this function has just written.
    pub(super) fn of_own(written: Written) -> Self {
        // Not from a read: right after the write, a read can still show the version before.
        let Written { arn, version, created_as } = written;
        let token = successor(&arn, &[&version]);
        Self { arn, version, token, public: None, created_as, is_managed: false }
    }

    /// The state that was read as `stored` and `metadata`.
    fn of_read(stored: &Stored, token: Version, metadata: Metadata) -> Self {
        let (arn, version) = (stored.arn.clone(), stored.version.clone());
        let speaks = metadata.description.as_ref().is_some_and(|text| text.describes(Some(&version)));
        // Traces belong to the name, not to a version: they count even if the Description speaks for another one.
        let (public, created_as) = metadata
            .description
            .map(|text| (text.public.filter(|_| speaks), text.created_as))
            .unwrap_or_default();
        Self { arn, version, token, public, created_as, is_managed: metadata.is_managed }
    }

    /// The state after a write over this one has made `version`.
    pub(super) fn written(&self, version: Version) -> Written {
        Written { arn: self.arn.clone(), version, created_as: self.created_as.clone() }
    }

    /// What the final failure of a write over this state means.
    pub(super) fn rejection(&self, failure: Failure) -> Error {
        match failure {
            // AWS's code is the same if the secret is scheduled for deletion. Only DescribeSecret tells which it is.
            Failure::Unusable if self.is_managed => Error::ManagedElsewhere,
            failure => failure.into(),
        }
    }
}

/// The id of the version that a write makes in the secret `arn`. `replaced` starts with the version that the write
/// replaces. The versions that replaced that one before somebody moved the labels back follow.
fn successor(arn: &str, replaced: &[&Version]) -> Version {
    let mut digest = Sha256::new().chain_update(arn);
    for version in replaced {
        digest = digest.chain_update("|").chain_update(version.as_str());
    }
    Version::new(hex(&digest.finalize()))
}

/// Whether `version` is the one that a write over `base` makes. After moved labels it can be another one, so `false`
/// proves nothing.
pub(super) fn is_successor(arn: &str, base: &Version, version: &Version) -> bool {
    successor(arn, &[base]) == *version
}

impl Store {
    /// Reads a secret in order to change it, and waits while reads lag. `rejected` is the version over which a write
    /// has just been rejected.
    ///
    /// Returns [`Failure::NotFound`] and [`Failure::Unusable`] as a read does.
    pub(super) fn open<'a>(
        &'a self,
        secret_name: &'a str,
        rejected: Option<&'a Version>,
        back_off: &'a mut BackOff,
    ) -> Call<'a, Opened> {
        Box::pin(async move {
            loop {
                match self.open_once(secret_name, rejected).await {
                    // Must not leave as `Exists`: the caller would take a read that lags for another writer.
                    Err(Failure::Exists) => back_off.wait().await.map_err(|_| Failure::Throttled)?,
                    opened => return opened,
                }
            }
        })
    }

    /// Returns [`Failure::Exists`] if what was read is no longer the current state.
    async fn open_once(&self, secret_name: &str, rejected: Option<&Version>) -> Result<Opened, Failure> {
        // Concurrent, so that DescribeSecret costs no round trip. The two can show different moments.
        let reads = join(self.get_secret_value(secret_name, CURRENT), self.describe_secret(secret_name));
        let (stored, metadata) = reads.await;
        let stored = stored?;
        let metadata = match metadata {
            Ok(metadata) if metadata.arn == stored.arn => metadata,
            // One of the two lags: the metadata is not about the secret that was read.
            Ok(_) | Err(Failure::NotFound) => Metadata::default(),
            Err(failure) => return Err(failure),
        };
        // After each of our writes the Description speaks for the version that the write made. If it does not,
        // somebody else has written or moved labels, and the token may be used up: a write of the same value would
        // then "succeed" without becoming current.
        let is_ordinary = metadata.current_description().is_some()
            && metadata.current.as_ref() == Some(&stored.version)
            // A write over this version was rejected: this read lags, or labels were moved.
            && rejected != Some(&stored.version);
        let token = successor(&stored.arn, &[&stored.version]);
        let token = if is_ordinary { token } else { self.unused(&stored, token).await? };
        let base = Base::of_read(&stored, token, metadata);
        Ok(Opened { stored, base })
    }

    /// The token of a write over `stored`: `token`, unless that is used up.
    async fn unused(&self, stored: &Stored, mut token: Version) -> Result<Version, Failure> {
        let versions = match self.list_secret_version_ids(&stored.arn).await {
            Ok(versions) => versions,
            // This answer lags, or the secret is gone and the write to its ARN is rejected.
            Err(Failure::NotFound) => return Ok(token),
            Err(failure) => return Err(failure),
        };
        if !versions.contain(&token) {
            // Free, however old this answer is: if somebody uses the token meanwhile, the write is rejected.
            return Ok(token);
        }
        // Ordinarily a version that was replaced is not current. If one and the same answer shows that it is, labels
        // were moved back: a lagging read cannot show this. Without this proof a lagging read would get a fresh token
        // for an old state, and overwrite what came after it.
        if versions.current.as_ref() != Some(&stored.version) {
            return Err(Failure::Exists);
        }
        // Not a random token: all writers of this state must find the same one, so that the second is rejected.
        while versions.contain(&token) {
            token = successor(&stored.arn, &[&stored.version, &token]);
        }
        Ok(token)
    }

    /// Replaces value and Description of a secret, if the secret is still at the base.
    ///
    /// Returns [`Failure::Exists`] if somebody else has replaced the base.
    pub(super) fn replace(
        &self,
        base: &Base,
        value: &Secret,
        mut description: Description,
    ) -> Call<'static, Version> {
        // The write replaces the whole Description. Without the trace of a create, its repetition after a deletion
        // would create the credential again.
        for seen in &base.created_as {
            if !description.created_as.contains(seen) {
                description.created_as.push(seen.clone());
            }
        }
        // The newest come first, so this forgets the oldest.
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
