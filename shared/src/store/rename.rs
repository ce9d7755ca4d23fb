//! Renaming a credential. Secrets Manager cannot rename a secret, so the credential moves into another
//! one, and of two secrets one must be it at any moment, whatever dies or runs beside.
//!
//! 1. The new secret is made, with the whole value behind a mark that names the rename and the old name.
//! 2. A compare-and-set replaces the old secret's value by a tombstone that names the rename. From this
//!    moment on, and not before, the marked value is the credential.
//! 3. The mark is taken off the new secret; only then is the old one scheduled for deletion.
//!
//! Whoever meets a mark looks at the old secret. Whoever wants to overwrite a mark that does not count
//! yet must stop its rename before; whoever wants to overwrite the tombstone must take the mark off
//! before. `docs/decisions/rename.md` goes through the cases.

mod journey;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use super::compare_and_set::Base;
use super::create::current_version;
use super::description::Description;
use super::failure::Failure;
use super::update::Contention;
use super::{MAX_VALUE_BYTES, Store, tombstone};
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::secret::Secret;

/// What every marked value starts with, and no credential's may.
const MARK: &str = "latchkey:renaming:";

/// One end of a rename, as the secret at the other end tells of it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Rename {
    /// Which rename: the same at both ends.
    id: String,
    /// The credential's name at the other end.
    name: String,
}

impl Rename {
    /// Whether both are ends of one rename.
    pub(super) fn is_of(&self, other: &Self) -> bool {
        self.id == other.id
    }

    /// The secret at the other end.
    pub(super) fn secret_name(&self, store: &Store, scope: &Scope) -> String {
        store.secret_name(scope, &self.name)
    }
}

/// A marked value: it is the credential once its old name's secret says that it has gone.
pub(super) struct Arrival {
    pub(super) from: Rename,
    pub(super) value: Secret,
}

impl Arrival {
    /// The marked value that `value` is, if it is one.
    pub(super) fn parse(value: &Secret) -> Option<Self> {
        let marked = value.expose().strip_prefix(MARK.as_bytes())?;
        let end = marked.iter().position(|byte| *byte == b'\n')?;
        let (from, value) = marked.split_at_checked(end)?;
        Some(Self { from: serde_json::from_slice(from).ok()?, value: Secret::new(value.get(1..)?) })
    }

    /// The bytes to store.
    fn marked(from: &Rename, value: &Secret) -> Result<Secret> {
        let from = serde_json::to_string(from)
            .map_err(|_| Error::internal("the mark of a rename cannot be written as JSON"))?;
        let marked = Secret::new([format!("{MARK}{from}\n").as_bytes(), value.expose()].concat());
        if marked.len() > MAX_VALUE_BYTES {
            return Err(Error::TooLarge { what: "The credential with its old name", limit: MAX_VALUE_BYTES });
        }
        Ok(marked)
    }
}

/// Whether this is a marked value.
pub(super) fn is_arriving(value: &Secret) -> bool {
    value.expose().starts_with(MARK.as_bytes())
}

/// Whether a credential's name and public part fit into a Description together, also beside the mark of
/// a rename from any name of up to `longest_name` characters without control characters.
pub fn renamable(name: &str, longest_name: usize, public: &impl Serialize) -> bool {
    let public = serde_json::value::to_raw_value(public).ok();
    let id = Uuid::nil().to_string();
    // A quote is what JSON makes the most of.
    let from = Rename { id: id.clone(), name: "\"".repeat(longest_name) };
    arriving(name, public, from, &id).text().is_ok()
}

/// The Description of a marked value.
fn arriving(
    name: &str,
    public: Option<Box<serde_json::value::RawValue>>,
    from: Rename,
    created_as: &str,
) -> Description {
    Description {
        name: name.to_owned(),
        public,
        created_as: Some(created_as.to_owned()),
        renamed_from: Some(from),
        ..Description::default()
    }
}

impl Store {
    /// Whether the credential has left the other end for good.
    pub(super) async fn has_departed(&self, scope: &Scope, from: &Rename) -> Result<bool> {
        match self.describe(&from.secret_name(self, scope)).await {
            Ok(secret) => Ok(departed_with(secret.description()).is_some_and(|to| to.is_of(from))),
            Err(Failure::NotFound) => Ok(false),
            Err(failure) => Err(failure.into()),
        }
    }

    /// Makes sure that a rename from the other end cannot come to its end any more: a new version of
    /// the old secret, with nothing changed, makes its compare-and-set fail. `false` where it has.
    pub(super) async fn stop_rename(&self, scope: &Scope, from: &Rename) -> Result<bool> {
        let secret_name = from.secret_name(self, scope);
        let mut contention = Contention::new();
        loop {
            let secret = match self.describe(&secret_name).await {
                Err(Failure::NotFound) => return Ok(true),
                described => described?,
            };
            if departed_with(secret.description()).is_some_and(|to| to.is_of(from)) {
                return Ok(false);
            }
            let stored = match self.read_secret(&secret_name).await {
                // Scheduled for deletion, or gone: nothing can be written there.
                Err(Failure::NotFound | Failure::Unusable) => return Ok(true),
                read => read?,
            };
            if current_version(&secret).as_ref() == Some(&stored.version) {
                if tombstone::is_tombstone(&stored.value) {
                    return Ok(true);
                }
                let base = Base { arn: &stored.arn, version: &stored.version };
                let description = secret.description().unwrap_or_default().to_owned();
                match self.replace(&secret_name, base, &stored.value, description).await {
                    Ok(_) | Err(Failure::NotFound | Failure::Unusable) => return Ok(true),
                    Err(Failure::Exists) => {}
                    Err(failure) => return Err(failure.into()),
                }
            }
            contention.wait().await?;
        }
    }

    /// Takes the mark off the credential that left this tombstone, if it still bears it: without the
    /// tombstone it would not count.
    pub(super) async fn settle_tombstone(&self, scope: &Scope, tombstone: &Description) -> Result<()> {
        let Some(Rename { id, name }) = &tombstone.renamed_to else { return Ok(()) };
        let secret_name = self.secret_name(scope, name);
        let mut contention = Contention::new();
        loop {
            let stored = match self.read_secret(&secret_name).await {
                Err(Failure::NotFound | Failure::Unusable) => return Ok(()),
                read => read?,
            };
            let Some(arrival) = Arrival::parse(&stored.value).filter(|arrival| arrival.from.id == *id) else {
                return Ok(());
            };
            let secret = self.describe(&secret_name).await?;
            if current_version(&secret).as_ref() == Some(&stored.version) {
                let public = Description::parse(secret.description()).and_then(|found| found.public);
                let settled = Description { name: name.clone(), public, ..Description::default() };
                let base = Base { arn: &stored.arn, version: &stored.version };
                match self.replace(&secret_name, base, &arrival.value, settled.text()?).await {
                    Ok(_) | Err(Failure::NotFound | Failure::Unusable) => return Ok(()),
                    Err(Failure::Exists) => {}
                    Err(failure) => return Err(failure.into()),
                }
            }
            contention.wait().await?;
        }
    }
}

fn departed_with(description: Option<&str>) -> Option<Rename> {
    Description::parse(description)?.renamed_to
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rename(name: &str) -> Rename {
        Rename { id: "r".into(), name: name.into() }
    }

    #[test]
    fn a_marked_value_is_read_back_whole() {
        for value in [&b"{\"a\":1}"[..], b"", b"a\nb\n", b"\xff"] {
            let marked = Arrival::marked(&rename("a\n\"b"), &Secret::new(value)).unwrap();
            assert!(is_arriving(&marked));
            let arrival = Arrival::parse(&marked).unwrap();
            assert_eq!(arrival.from, rename("a\n\"b"));
            assert_eq!(arrival.value.expose(), value);
        }
    }

    #[test]
    fn other_values_bear_no_mark() {
        for value in ["", "latchkey:renaming", "latchkey:renaming:", "latchkey:renaming:x\n", "{}"] {
            assert!(Arrival::parse(&Secret::new(value)).is_none(), "{value}");
        }
    }

    #[test]
    fn what_is_renamable_fits_into_every_description_of_its_rename() {
        let public = "x".repeat(1_400);
        assert!(renamable("name", 128, &public));
        assert!(!renamable("name", 128, &"x".repeat(1_800)));
    }
}
