//! Who owns a credential that was provisioned as code. Tags of its secret say so. They outlive every write, and even
//! the secret's deletion.
//!
//! See docs/decisions/provisioning.md.

use sha2::{Digest, Sha256};

use crate::credential::hex;

/// The tag that names the owner.
const OWNER: &str = "latchkey:owner";
/// The tag that says how the owner got the credential.
const ORIGIN: &str = "latchkey:origin";
/// The tag that says what a value or a key was generated for.
const GENERATED: &str = "latchkey:generated";
/// The tag that says what was last asked for, and which version that made.
const APPLIED: &str = "latchkey:applied";

/// The longest value of a tag, in characters.
const LONGEST_TAG: usize = 256;

/// Who owns a credential.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    owner: String,
    /// How the owner got the credential.
    pub origin: Origin,
    /// What its value or its key was generated for. This stays the same as long as the same is asked for.
    pub generated: Option<String>,
    /// A hash of what was last asked for.
    pub applied: Option<String>,
    /// The version that this made.
    version: String,
}

/// How an owner got a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The owner created it.
    Created,
    /// It existed before.
    Adopted,
    /// The owner was removing it, at the version that the tags name. Tags outlive a deletion: a credential at another
    /// version is one that somebody else has made under the same name since.
    Removed,
}

impl Ownership {
    /// The ownership of an owner that creates the credential. `owner` has only characters that tags can have.
    pub fn new(owner: &str) -> Self {
        let owner = match owner.chars().count() {
            0..=LONGEST_TAG => owner.to_owned(),
            _ => format!("sha256:{}", hex(&Sha256::digest(owner))),
        };
        Self { owner, origin: Origin::Created, generated: None, applied: None, version: String::new() }
    }

    /// Whether the removed credential is gone, so that one at `version` is somebody else's.
    pub fn is_over_at(&self, version: &str) -> bool {
        self.origin == Origin::Removed && self.version != version
    }

    /// Whether both name the same owner.
    pub fn is_of_same_owner(&self, other: &Self) -> bool {
        self.owner == other.owner
    }

    /// The same owner, who got the credential in this way.
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// The same owner, with what is asked for and what a value or a key is generated for.
    #[must_use]
    pub fn with_applied(self, applied: String, generated: Option<String>) -> Self {
        Self { applied: Some(applied), generated, ..self }
    }

    /// The same owner, for whom this version was made.
    #[must_use]
    pub fn at(self, version: &str) -> Self {
        Self { version: version.to_owned(), ..self }
    }

    /// Whether exactly what `wanted` asks for made this version.
    pub fn has_made(&self, version: &str, wanted: &Self) -> bool {
        self.version == version && self.applied.is_some() && self.applied == wanted.applied
    }

    /// The owner, as the tag names it.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// The ownership in these tags; `None` if they name no owner.
    pub(crate) fn of_tags<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        // Tags that somebody wrote by hand name no origin. Such a credential existed before, and is retained when its
        // resource goes.
        let (mut owner, mut origin, mut generated) = (None, Origin::Adopted, None);
        let (mut applied, mut version) = (None, String::new());
        for (key, value) in tags {
            match key {
                OWNER => owner = Some(value.to_owned()),
                ORIGIN if value == Origin::Created.as_str() => origin = Origin::Created,
                ORIGIN if value == Origin::Removed.as_str() => origin = Origin::Removed,
                GENERATED => generated = Some(value.to_owned()).filter(|value| !value.is_empty()),
                APPLIED => {
                    if let Some((hash, made)) = value.split_once(' ') {
                        (applied, version) =
                            (Some(hash.to_owned()).filter(|hash| !hash.is_empty()), made.to_owned());
                    }
                }
                _ => {}
            }
        }
        owner.map(|owner| Self { owner, origin, generated, applied, version })
    }

    /// All of the tags: an empty one must replace what the tag said about another owner.
    pub(crate) fn tags(&self) -> [(&'static str, String); 4] {
        // If nothing was asked for, this is only the version.
        let applied = self.applied.as_deref().unwrap_or_default();
        let applied = format!("{applied} {}", self.version);
        [
            (OWNER, self.owner.clone()),
            (ORIGIN, self.origin.as_str().to_owned()),
            (GENERATED, self.generated.clone().unwrap_or_default()),
            (APPLIED, applied),
        ]
    }
}

impl Origin {
    fn as_str(self) -> &'static str {
        match self {
            Self::Created => "created",
            Self::Adopted => "adopted",
            Self::Removed => "removed",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_read_as_they_were_written() {
        for origin in [Origin::Created, Origin::Adopted, Origin::Removed] {
            for generated in [None, Some("f00".to_owned())] {
                let ownership = Ownership::new("stack/Warehouse").with_origin(origin);
                let ownership = ownership.with_applied("ba5e".into(), generated).at("v1");
                let tags = ownership.tags();
                let read = Ownership::of_tags(tags.iter().map(|(key, value)| (*key, value.as_str())));
                assert_eq!(read, Some(ownership));
            }
        }
        assert_eq!(Ownership::of_tags([("team", "data"), (ORIGIN, "created")].into_iter()), None);
        let made = Ownership::new("o").with_applied("ba5e".into(), None).at("v1");
        let wanted = |applied: &str| Ownership::new("o").with_applied(applied.into(), None);
        assert!(made.has_made("v1", &wanted("ba5e")));
        assert!(!made.has_made("v2", &wanted("ba5e")) && !made.has_made("v1", &wanted("0dd")));
        assert!(!Ownership::new("o").has_made("", &Ownership::new("o")));
        let removed = made.with_origin(Origin::Removed);
        assert!(removed.is_over_at("v2") && !removed.is_over_at("v1"));
        // What somebody tagged by hand existed before.
        let by_hand = Ownership::of_tags([(OWNER, "stack/Warehouse")].into_iter()).unwrap();
        assert_eq!(by_hand.origin, Origin::Adopted);
    }

    #[test]
    fn an_owner_of_any_length_has_a_tag_of_its_own() {
        let [one, other] = ["a", "b"].map(|last| Ownership::new(&("x".repeat(300) + last)));
        assert!(!one.is_of_same_owner(&other));
        assert!(one.owner().len() <= LONGEST_TAG);
        assert_eq!(Ownership::new(&"x".repeat(256)).owner(), "x".repeat(256));
    }
}
