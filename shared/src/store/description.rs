//! The Description of a secret: what a list shows of the secret, so that it need not read the value.
//!
//! A Description names one version. If another version is current, the Description says nothing. Others write
//! Descriptions as well (administrators, CloudFormation, perhaps a write that was rejected), so a Description never
//! decides whether a credential exists. See `docs/decisions/description-as-list.md` and
//! `docs/decisions/the-value-decides.md`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use super::version::Version;
use crate::error::Cause;

/// The longest Description that Secrets Manager stores. AWS says "characters". These are UTF-16 units, the most that
/// any of its layers can mean by that.
const LONGEST: usize = 2_048;

/// The Description, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Description {
    /// The credential's name as its clients know it.
    pub(super) name: String,
    /// The version that it speaks for.
    #[serde(default)]
    version: Version,
    /// What a list shows, in the API's own form. Nothing secret. Absent if it would be too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) public: Option<Box<RawValue>>,
    /// The traces of creates with an Idempotency-Key under this name ([`super::create`]).
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) created_as: Vec<String>,
    /// What the value is.
    #[serde(default, skip_serializing_if = "State::is_live")]
    pub(super) state: State,
}

/// What a value is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum State {
    /// A credential.
    #[default]
    Live,
    /// A marked value, which becomes the credential when its rename succeeds.
    Arriving,
    /// A tombstone.
    Deleted,
    /// The tombstone of the rename with this id.
    Departed(String),
}

impl State {
    fn is_live(&self) -> bool {
        *self == Self::Live
    }
}

impl Description {
    /// The Description of a credential, with what a list shows of it.
    pub(super) fn live(name: &str, public: Option<Box<RawValue>>) -> Self {
        Self { public, ..Self::of(name, State::Live) }
    }

    /// A Description without a public part.
    pub(super) fn of(name: &str, state: State) -> Self {
        Self { name: name.to_owned(), version: Version::default(), public: None, created_as: vec![], state }
    }

    /// Parses a Description that Latchkey wrote, for whatever version; `None` for any other text.
    pub(super) fn parse(text: Option<&str>) -> Option<Self> {
        serde_json::from_str(text?).ok()
    }

    /// Whether it says that the value is a tombstone.
    pub(super) fn is_of_tombstone(&self) -> bool {
        matches!(self.state, State::Deleted | State::Departed(_))
    }

    /// Whether it describes `current`, the secret's current version.
    pub(super) fn describes(&self, current: Option<&Version>) -> bool {
        // A Description by somebody else names no version. It must not match a response that names none either.
        current == Some(&self.version) && !self.version.as_str().is_empty()
    }

    /// The text to write together with the value that becomes `version`. Leaves out the public part if the text would
    /// be too long with it: a list then reads the value.
    ///
    /// [`Failure::Other`] if the text is too long even so. No API allows names of that length.
    pub(super) fn text(mut self, version: &Version) -> Result<String, Failure> {
        self.version = version.clone();
        let text = self.json();
        if text.as_ref().is_some_and(|text| !fits(text)) {
            self.public = None;
        }
        let text = if self.public.is_none() { self.json() } else { text };
        text.filter(|text| fits(text)).ok_or_else(|| Failure::Other(Cause::new("a Description is too long")))
    }

    fn json(&self) -> Option<String> {
        serde_json::to_string(self).ok()
    }
}

fn fits(text: &str) -> bool {
    text.encode_utf16().count() <= LONGEST
}

#[cfg(test)]
mod tests {
    use super::*;

    fn raw(text: &str) -> Option<Box<RawValue>> {
        serde_json::value::to_raw_value(text).ok()
    }

    #[test]
    fn it_speaks_only_for_the_version_that_it_names() {
        let version = Version::new("v1");
        let text = Description::live("n", raw("p")).text(&version).unwrap();
        let read = Description::parse(Some(&text)).unwrap();
        assert!(read.describes(Some(&version)));
        assert!(!read.describes(Some(&Version::new("v2"))) && !read.describes(None));
        for other in [r#"{"name":"admin-chosen"}"#, r#"{"name":"n","version":""}"#] {
            let read = Description::parse(Some(other)).unwrap();
            assert!(!read.describes(Some(&version)) && !read.describes(Some(&Version::default())));
        }
        assert!(Description::parse(Some("for the team")).is_none());
    }

    #[test]
    fn a_public_part_that_is_too_long_is_left_out() {
        // 1,024 keys are 2,048 UTF-16 units, without any JSON around them.
        for (count, is_there) in [(900, true), (1_024, false)] {
            let description = Description::live("n", raw(&"\u{1F511}".repeat(count)));
            let text = description.text(&Version::new("v")).unwrap();
            assert_eq!(Description::parse(Some(&text)).unwrap().public.is_some(), is_there);
        }
    }

    #[test]
    fn the_longest_name_fits_with_all_its_traces() {
        let mut description = Description::of(&"\u{1}".repeat(255), State::Departed("0".repeat(36)));
        description.created_as = vec!["0".repeat(32); 4];
        assert!(description.text(&Version::new("0".repeat(64))).is_ok());
    }
}
