//! The mark: a prefix of a value that is about to become a credential under another name. See
//! `docs/decisions/rename.md`.

use serde::{Deserialize, Serialize};

use super::late;
use super::stored::MAX_VALUE_BYTES;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// The start of every marked value, and of no credential. JSON, a line feed and the value follow.
const MARK: &str = "latchkey:renaming:";

/// One end of a rename, as the secret at the other end names it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rename {
    /// The id of the rename, the same at both ends.
    pub(super) id: String,
    /// The credential's name at the other end.
    pub(super) name: String,
    /// When the rename began, in seconds since 1970.
    #[serde(default)]
    pub(super) at: i64,
}

impl Rename {
    /// One end of the rename `id`, which begins now.
    pub(super) fn new(id: &str, name: &str) -> Self {
        Self { id: id.to_owned(), name: name.to_owned(), at: late::now() }
    }
}

/// A marked value. It is the credential if the old name's secret says that the credential has left.
pub(super) struct Arrival {
    pub(super) from: Rename,
    pub(super) value: Secret,
}

impl Arrival {
    /// Parses `value`, if it is a marked value.
    pub(super) fn parse(value: &Secret) -> Option<Self> {
        let marked = value.expose().strip_prefix(MARK.as_bytes())?;
        // The first line feed ends the mark: JSON escapes those in a name.
        let end = marked.iter().position(|byte| *byte == b'\n')?;
        let (from, value) = marked.split_at_checked(end)?;
        Some(Self { from: serde_json::from_slice(from).ok()?, value: Secret::new(value.get(1..)?) })
    }

    /// The marked value to store.
    pub(super) fn marked(from: &Rename, value: &Secret) -> Result<Secret> {
        let from = serde_json::to_string(from)
            .map_err(|_| Error::internal("the mark of a rename cannot be written as JSON"))?;
        let marked = Secret::new([format!("{MARK}{from}\n").as_bytes(), value.expose()].concat());
        if marked.len() > MAX_VALUE_BYTES {
            return Err(Error::TooLarge { what: "The credential with its old name", limit: MAX_VALUE_BYTES });
        }
        Ok(marked)
    }
}

/// Whether this value has a mark.
pub(super) fn is_marked(value: &Secret) -> bool {
    value.expose().starts_with(MARK.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_marked_value_is_read_back_whole() {
        for value in [&b"{\"a\":1}"[..], b"", b"a\nb\n", b"\xff"] {
            let from = Rename::new("r", "a\n\"b");
            let marked = Arrival::marked(&from, &Secret::new(value)).unwrap();
            assert!(is_marked(&marked));
            let arrival = Arrival::parse(&marked).unwrap();
            assert_eq!(arrival.from, from);
            assert_eq!(arrival.value.expose(), value);
        }
    }

    #[test]
    fn other_values_have_no_mark() {
        for value in ["", "latchkey:renaming", "latchkey:renaming:", "latchkey:renaming:x\n", "{}"] {
            assert!(Arrival::parse(&Secret::new(value)).is_none(), "{value}");
        }
    }
}
