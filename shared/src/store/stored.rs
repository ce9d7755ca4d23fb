//! A credential that was read, and a source that is to be read.

use super::version::Version;
use crate::secret::Secret;

/// The largest value that Secrets Manager stores, in bytes.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// A credential that was read.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The value.
    pub value: Secret,
    /// Its version.
    pub version: Version,
    pub(super) arn: String,
    /// Whether the value is stored as SecretBinary, even if its bytes are text.
    pub is_binary: bool,
    /// When the version was created, in seconds since 1970 by AWS's clock; `i64::MAX` if AWS did not say.
    pub(super) created: i64,
}

/// A version of a secret whose value is to be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Source {
    /// The secret's ARN.
    pub arn: String,
    /// The version's label; AWSCURRENT if neither this nor `version` is given.
    pub stage: Option<String>,
    /// The version's id.
    pub version: Option<String>,
}
