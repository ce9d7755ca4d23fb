//! What a list shows of a credential. See `docs/decisions/the-value-decides.md`.

use latchkey::{Error, Result, Secret, json};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::provider::Provider;

/// What a list shows of a credential; also stored in the secret's Description.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Public {
    pub(crate) r#type: Provider,
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) comments: String,
    /// When the credential was last changed.
    #[serde(default)]
    pub(crate) last_time: String,
}

/// What a list shows of the credential with this value.
///
/// # Errors
/// [`Error::ForeignValue`] if the value was not written by Latchkey.
pub fn public_of(value: &Secret) -> Result<Box<RawValue>> {
    let public: Public = serde_json::from_slice(value.expose()).map_err(|_| Error::ForeignValue)?;
    json::raw(&public)
}
