//! Ids have 24 hexadecimal digits. The first 16 are the slot in which the credential is stored.
//!
//! The slot is the last component of the secret's name. Usually it is a hash of the name that the credential was
//! created with. The other 8 digits are random, so a credential that is created again with the same name gets
//! another id.
//!
//! See `docs/decisions/losant-names.md`.

use std::fmt::Write as _;

use latchkey::{Error, Result};
use ring::rand::{SecureRandom as _, SystemRandom};
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

const ID: usize = 24;
/// How many of an id's digits are its slot.
pub(crate) const SLOT: usize = 16;

/// Whether this has the form of an id, of an application for example.
pub fn is_id(text: &str) -> bool {
    text.len() == ID && text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'))
}

/// The id of a credential.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CredentialId(String);

/// The slot of a name in an application, which lets only one credential have the name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot(String);

/// 32 bytes from which ids are derived: random, or the same for the same name, caller and Idempotency-Key.
pub type Seed = [u8; 32];

impl CredentialId {
    /// Parses an id from a path.
    pub fn parse(text: &str) -> Option<Self> {
        is_id(text).then(|| Self(text.to_owned()))
    }

    /// The id of a credential that cannot be stored in the slot of its first name, because that is in use.
    pub(crate) fn elsewhere(seed: &Seed) -> Self {
        // The first 4 bytes become the last 8 digits: using them twice would make the id less random.
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

    /// Its name in the store.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Random bytes.
///
/// # Errors
/// [`Error::Internal`] if there is no randomness.
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
