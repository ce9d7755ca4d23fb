//! What an API's create takes, as far as a template has to know: which fields are secret, and which are not text.

/// A field of the vendor's JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Field {
    /// Its path, with dots between the parts: `credential.aws.access_key_id`.
    pub path: String,
    /// What it holds.
    pub kind: Kind,
}

/// What a field holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Text that everybody who may list credentials may see.
    Text,
    /// True or false.
    Flag,
    /// A number.
    Number,
    /// A secret.
    Secret,
    /// A secret that is bytes, in base64.
    SecretBytes,
    /// A flag that asks for a generated secret in the neighbouring field of this name.
    Makes(&'static str),
}

/// A level of a namespace, as a property names it.
#[derive(Debug)]
pub struct Level {
    /// The property.
    pub property: &'static str,
    /// Whether it can be missing or empty.
    pub is_optional: bool,
}

impl Level {
    /// A level that must be named.
    pub const fn required(property: &'static str) -> Self {
        Self { property, is_optional: false }
    }

    /// A level that can be left out.
    pub const fn optional(property: &'static str) -> Self {
        Self { property, is_optional: true }
    }
}

impl Field {
    /// The field at `path`.
    pub fn new(path: impl Into<String>, kind: Kind) -> Self {
        Self { path: path.into(), kind }
    }
}

impl Kind {
    pub(super) fn is_secret(self) -> bool {
        matches!(self, Self::Secret | Self::SecretBytes)
    }
}
