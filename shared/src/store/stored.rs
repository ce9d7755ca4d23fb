//! A credential as it was read.

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
    /// When the version was made, in seconds since 1970 by AWS's clock.
    pub(super) created: i64,
}
