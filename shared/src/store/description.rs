//! What the Description of a secret says: the credential's real name, and what a list may show.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::rename::Rename;
use crate::error::{Error, Result};

/// The most that Secrets Manager keeps as a Description, in characters.
const MAX_DESCRIPTION: usize = 2_048;
/// The longest version id, in characters.
const LONGEST_VERSION_ID: usize = 64;

/// The Description, as JSON.
#[derive(Debug, Default, Serialize, Deserialize)]
pub(super) struct Description {
    /// The credential's name as its clients know it.
    pub(super) name: String,
    /// What a list shows, in the API's own form. Nothing secret.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) public: Option<Box<RawValue>>,
    /// The version id that its create asked for, until the next write: by it a repeated create knows
    /// itself again, also where it had to replace a tombstone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) created_as: Option<String>,
    /// Set on a tombstone: when the credential was deleted, in seconds since 1970.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) deleted_at: Option<i64>,
    /// Where the credential is to come from, until its rename has come to an end.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) renamed_from: Option<Rename>,
    /// Set on the tombstone that a rename left behind: where the credential has gone.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) renamed_to: Option<Rename>,
}

impl Description {
    /// A Description that Latchkey wrote; `None` for any other text.
    pub(super) fn parse(text: Option<&str>) -> Option<Self> {
        serde_json::from_str(text?).ok()
    }

    /// The text to write.
    ///
    /// # Errors
    /// [`Error::Internal`] where it is too long: the API's public part must fit ([`describable`]).
    pub(super) fn text(&self) -> Result<String> {
        serde_json::to_string(self)
            .ok()
            .filter(|text| text.chars().count() <= MAX_DESCRIPTION)
            .ok_or_else(|| Error::internal("a public part does not fit into the Description"))
    }
}

/// Whether a credential's name and public part fit into a Description together, also beside the mark
/// that a create leaves there.
pub fn describable(name: &str, public: &impl Serialize) -> bool {
    let public = serde_json::value::to_raw_value(public).ok();
    let created_as = Some("0".repeat(LONGEST_VERSION_ID));
    Description { name: name.to_owned(), public, created_as, ..Description::default() }.text().is_ok()
}
