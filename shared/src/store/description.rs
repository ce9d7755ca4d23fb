//! What the Description of a secret says, so that a list need not read values.
//!
//! It speaks for one version, which it names, and for nothing when another one is current. Others write
//! Descriptions as well (administrators, CloudFormation, perhaps a write that was rejected), so what it says
//! never decides whether a credential exists. `docs/decisions/the-value-decides.md`

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use super::failure::Failure;
use super::version::Version;
use crate::error::Cause;

/// The most that Secrets Manager keeps as a Description. It says "characters"; these are UTF-16 units, the
/// most that any of its layers can mean.
const LONGEST: usize = 2_048;

/// The Description, as JSON.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct Description {
    /// The credential's name as its clients know it.
    pub(super) name: String,
    /// The version that it speaks for.
    #[serde(default)]
    version: Version,
    /// What a list shows, in the API's own form. Nothing secret. Absent where it would be too long.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) public: Option<Box<RawValue>>,
    /// Which creates with an Idempotency-Key this name has seen ([`super::create`]).
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
    /// A marked value, which is a credential once its rename has come through.
    Arriving,
    /// A tombstone.
    Deleted,
    /// The tombstone that the rename of this id has left.
    Departed(String),
}

impl State {
    fn is_live(&self) -> bool {
        *self == Self::Live
    }
}

impl Description {
    /// What a list is to show of a live credential.
    pub(super) fn live(name: &str, public: Option<Box<RawValue>>) -> Self {
        Self { public, ..Self::of(name, State::Live) }
    }

    /// The Description of a value that no list shows.
    pub(super) fn of(name: &str, state: State) -> Self {
        Self { name: name.to_owned(), version: Version::default(), public: None, created_as: vec![], state }
    }

    /// A Description that Latchkey wrote, be it for the current version or another; `None` for any other text.
    pub(super) fn parse(text: Option<&str>) -> Option<Self> {
        serde_json::from_str(text?).ok()
    }

    /// Whether it says that the value is a tombstone.
    pub(super) fn is_of_tombstone(&self) -> bool {
        matches!(self.state, State::Deleted | State::Departed(_))
    }

    /// Whether it speaks for the secret, whose current version is `current`.
    pub(super) fn speaks_for(&self, current: Option<&Version>) -> bool {
        current == Some(&self.version) && !self.version.as_str().is_empty()
    }

    /// The text to write together with the value that becomes `version`. Without the public part where it is
    /// too long with it: then a list reads the value.
    ///
    /// [`Failure::Other`] where even that is too long, which no API's names are.
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
    fn it_speaks_for_the_version_that_it_names_alone() {
        let version = Version::new("v1");
        let text = Description::live("n", raw("p")).text(&version).unwrap();
        let read = Description::parse(Some(&text)).unwrap();
        assert!(read.speaks_for(Some(&version)));
        assert!(!read.speaks_for(Some(&Version::new("v2"))) && !read.speaks_for(None));
        for other in [r#"{"name":"admin-chosen"}"#, r#"{"name":"n","version":""}"#] {
            let read = Description::parse(Some(other)).unwrap();
            assert!(!read.speaks_for(Some(&version)) && !read.speaks_for(Some(&Version::default())));
        }
        assert!(Description::parse(Some("for the team")).is_none());
    }

    #[test]
    fn what_is_too_long_is_left_to_the_value() {
        // 1,024 of them are 2,048 UTF-16 units, without a word around them.
        for (count, is_kept) in [(900, true), (1_024, false)] {
            let description = Description::live("n", raw(&"\u{1F511}".repeat(count)));
            let text = description.text(&Version::new("v")).unwrap();
            assert_eq!(Description::parse(Some(&text)).unwrap().public.is_some(), is_kept);
        }
    }

    #[test]
    fn the_longest_name_fits_with_all_that_it_has_seen() {
        let mut description = Description::of(&"\u{1}".repeat(255), State::Departed("0".repeat(36)));
        description.created_as = vec!["0".repeat(32); 4];
        assert!(description.text(&Version::new("0".repeat(64))).is_ok());
    }
}
