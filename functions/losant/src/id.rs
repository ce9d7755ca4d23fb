//! Ids, and the slot that an id names: 24 hexadecimal digits, of which the first 16 are the slot.
//!
//! The slot is a hash of the name that the credential was created with, and the component of its secret's
//! name. The other 8 digits are random, so that a credential which is created again under the same name
//! is another one.

use std::fmt::Write as _;

use latchkey::{Error, Result};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const ID: usize = 24;
/// How many digits of an id are its slot.
pub(crate) const SLOT: usize = 16;

/// Whether this is an id, of an application for example.
pub fn is_id(text: &str) -> bool {
    text.len() == ID && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The id of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialId(String);

/// The place in an application that a name has: what keeps the name to one credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot(String);

/// 32 bytes that ids are made of: random, or the same for the same name, caller and Idempotency-Key.
pub type Seed = [u8; 32];

impl CredentialId {
    /// An id as it stands in a path.
    pub fn parse(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id of a credential whose first name has another credential's secret for its slot.
    pub(crate) fn elsewhere(seed: &Seed) -> Self {
        let (_, slot) = seed.split_at(4);
        Slot(hex(slot, SLOT)).id(seed)
    }

    /// The slot that holds the credential.
    pub fn slot(&self) -> Slot {
        Slot(self.0.get(..SLOT).unwrap_or_default().to_owned())
    }

    /// The digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Slot {
    /// The slot of a name.
    pub fn of(name: &str) -> Self {
        Self(hex(&Sha256::digest(name), SLOT))
    }

    /// An id in this slot.
    pub(crate) fn id(&self, seed: &Seed) -> CredentialId {
        CredentialId(self.0.clone() + &hex(seed, ID - SLOT))
    }

    /// What the store calls it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Random bytes.
///
/// # Errors
/// [`Error::Internal`] where there is no randomness.
pub(crate) fn random() -> Result<Seed> {
    let mut seed = [0; 32];
    SystemRandom::new().fill(&mut seed).map_err(|_| Error::internal("there is no randomness"))?;
    Ok(seed)
}

/// The first `digits` hexadecimal digits of `bytes`.
pub(crate) fn hex(bytes: &[u8], digits: usize) -> String {
    bytes.iter().take(digits / 2).fold(String::with_capacity(digits), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_24_lower_case_hexadecimal_digits() {
        assert!(is_id("575ec8687ae143cd83dc4a97"));
        for text in [
            "",
            "575ec8687ae143cd83dc4a9",
            "575ec8687ae143cd83dc4a970",
            "575EC8687ae143cd83dc4a97",
            "575ec8687ae143cd83dc4a9g",
            "üüüüüüüüüüüü",
        ] {
            assert!(!is_id(text), "{text}");
        }
    }

    #[test]
    fn an_id_begins_with_its_slot() {
        let slot = Slot::of("name");
        let id = slot.id(&[0xab; 32]);
        assert!(is_id(id.as_str()));
        assert_eq!(id.as_str(), format!("{}abababab", slot.as_str()));
        assert_eq!(id.slot(), slot);
        assert_ne!(Slot::of("Name"), slot);
        assert_eq!(CredentialId::elsewhere(&[0; 32]).as_str(), "0".repeat(24));
    }
}
