//! The value that takes the place of a deleted one, before its secret is scheduled for deletion.

use uuid::Uuid;

use crate::secret::Secret;

/// What every tombstone starts with, and no credential may.
const MARK: &str = "latchkey:deleted:";

/// A new tombstone. Every one differs, so that of two deletions from the same version one fails.
pub(super) fn new() -> Secret {
    with_id(&Uuid::new_v4().to_string())
}

/// The tombstone with this id, which no other one may have.
pub(super) fn with_id(id: &str) -> Secret {
    Secret::new(format!("{MARK}{id}"))
}

/// Whether this value stands for a deleted one.
pub(super) fn is_tombstone(value: &Secret) -> bool {
    value.expose().starts_with(MARK.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tombstones_are_known_and_differ() {
        assert!(is_tombstone(&new()));
        assert!(!is_tombstone(&Secret::new("latchkey")));
        assert!(!new().matches(&new()));
    }
}
