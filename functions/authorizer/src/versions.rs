//! The versions of an access key, and which tokens they accept.
//! See `docs/decisions/access-keys.md`.

use latchkey::Fault;
use latchkey::access_key::{AccessKey, Token, Validity};
use latchkey::store::StoredKey;
use time::{Duration, OffsetDateTime};

use crate::reason::{Denial, Proof};

/// The versions that were read of an access key; none if there is no such key.
#[derive(Debug, Default)]
pub(crate) struct Versions {
    current: Option<Result<AccessKey, Fault>>,
    previous: Option<AccessKey>,
    /// Until when the previous version is accepted.
    previous_ends: Option<OffsetDateTime>,
}

impl Versions {
    /// Sets the current version. The previous one is accepted until `overlap` after this one was made, and not longer,
    /// so that a rotation ends a secret that has leaked.
    pub(crate) fn set_current(&mut self, read: Option<StoredKey>, overlap: Duration) {
        // If it is not known when the key was rotated, the previous version is not accepted.
        let rotated = read.as_ref().and_then(|key| key.created);
        self.previous_ends = rotated.and_then(|rotated| rotated.checked_add(overlap));
        self.current = read.map(|key| AccessKey::parse(&key.value));
    }

    /// Sets the version before the current one.
    pub(crate) fn set_previous(&mut self, read: Option<StoredKey>) {
        self.previous = read.and_then(|key| AccessKey::parse(&key.value).ok());
    }

    /// What is wrong with the current version, if nobody can use it.
    pub(crate) fn fault(&self) -> Option<&Fault> {
        self.current.as_ref()?.as_ref().err()
    }

    /// The version that `token` proves, if it may be used now.
    pub(crate) fn judge(&self, token: &Token, now: OffsetDateTime) -> Result<(&AccessKey, Proof), Denial> {
        let current = match &self.current {
            None => return Err(Denial::UnknownKey),
            // It may have been meant to take access away, also from the previous version.
            Some(Err(_)) => return Err(Denial::UnusableKey),
            Some(Ok(current)) => current,
        };
        // Both are compared, even if the first one matches, so that the time does not tell which one did.
        let is_current = current.is_proved_by(token);
        let previous = self.previous.as_ref().filter(|key| key.is_proved_by(token));
        let (key, proof) = match previous {
            _ if is_current => (current, Proof::CurrentSecret),
            None => return Err(Denial::WrongSecret),
            // Otherwise an expired key would still work with its previous secret.
            Some(_) if current.validity(now) == Validity::Expired => return Err(Denial::Expired),
            Some(previous) if self.previous_ends.is_some_and(|end| now < end) => {
                (previous, Proof::PreviousSecret)
            }
            Some(_) => return Err(Denial::PreviousSecretEnded),
        };
        match key.validity(now) {
            Validity::Valid => Ok((key, proof)),
            Validity::NotYet => Err(Denial::NotYetValid),
            Validity::Expired => Err(Denial::Expired),
        }
    }
}
