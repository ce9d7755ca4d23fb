//! What is read, and what was.

use super::version::Version;
use crate::secret::Secret;

/// The most that Secrets Manager keeps as one value, in bytes.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// A credential as it was read.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The value.
    pub value: Secret,
    /// Its version.
    pub version: Version,
    pub(super) arn: String,
    /// Whether it is kept as bytes, be they text or not.
    pub is_binary: bool,
    /// When the version was made, in seconds since 1970 by AWS's clock.
    pub(super) created: i64,
}

/// A version of a secret that is read for its value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The secret's ARN.
    pub arn: String,
    /// The version's label; AWSCURRENT where neither this nor `version` is given.
    pub stage: Option<String>,
    /// The version's id.
    pub version: Option<String>,
}
