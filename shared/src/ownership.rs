//! Whose a credential is that was provisioned as code: tags of its secret, which outlive every write, and the
//! secret's deletion too.

use sha2::{Digest, Sha256};

use crate::credential::hex;

/// The tag that names the owner.
const OWNER: &str = "latchkey:owner";
/// The tag that says how the owner came by the credential.
const ORIGIN: &str = "latchkey:origin";
/// The tag that says for what a value or a key was made.
const GENERATED: &str = "latchkey:generated";
/// The tag that says what was asked for last, and which version that has made.
const APPLIED: &str = "latchkey:applied";

/// The longest value of a tag, in characters.
const LONGEST_TAG: usize = 256;

/// Whose a credential is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Ownership {
    owner: String,
    /// How the owner came by the credential.
    pub origin: Origin,
    /// For what its value or its key was made here: the same, as long as the same is asked for.
    pub generated: Option<String>,
    /// What was asked for last, as a hash.
    pub applied: Option<String>,
    /// The version that this has made.
    version: String,
}

/// How an owner came by a credential.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Origin {
    /// The owner has made it.
    Created,
    /// It was there before.
    Adopted,
    /// The owner was removing it, at the version that the tags name. Another one is what somebody else has made under
    /// the same name since: tags outlive a deletion.
    Removed,
}

impl Ownership {
    /// That of an owner who makes the credential. `owner` is text as tags hold it.
    pub fn new(owner: &str) -> Self {
        let owner = match owner.chars().count() {
            0..=LONGEST_TAG => owner.to_owned(),
            _ => format!("sha256:{}", hex(&Sha256::digest(owner))),
        };
        Self { owner, origin: Origin::Created, generated: None, applied: None, version: String::new() }
    }

    /// Whether what was removed is gone, so that a credential at `version` is somebody else's.
    pub fn is_over_at(&self, version: &str) -> bool {
        self.origin == Origin::Removed && self.version != version
    }

    /// Whether both are of the same owner.
    pub fn is_of_same_owner(&self, other: &Self) -> bool {
        self.owner == other.owner
    }

    /// The same owner's, who came by the credential in this way.
    #[must_use]
    pub fn with_origin(self, origin: Origin) -> Self {
        Self { origin, ..self }
    }

    /// The same owner's, with what is asked for, and what its value or its key is made for.
    #[must_use]
    pub fn with_applied(self, applied: String, generated: Option<String>) -> Self {
        Self { applied: Some(applied), generated, ..self }
    }

    /// The same owner's, whose wishes have made this version.
    #[must_use]
    pub fn at(self, version: &str) -> Self {
        Self { version: version.to_owned(), ..self }
    }

    /// Whether what `wanted` asks for has made this very version.
    pub fn has_made(&self, version: &str, wanted: &Self) -> bool {
        self.version == version && self.applied.is_some() && self.applied == wanted.applied
    }

    /// The owner, as the tag names it.
    pub fn owner(&self) -> &str {
        &self.owner
    }

    /// What the tags with these keys and values say; `None` where nobody is named.
    pub(crate) fn of_tags<'a>(tags: impl Iterator<Item = (&'a str, &'a str)>) -> Option<Self> {
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

    /// The tags, each of them: one that says nothing must take the place of what it said of another owner.
    pub(crate) fn tags(&self) -> [(&'static str, String); 4] {
        // Without anything that was asked for, the version alone.
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
        // What somebody has tagged by hand was there before.
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
