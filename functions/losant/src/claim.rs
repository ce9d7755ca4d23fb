//! Claims: what a name's slot says of a credential that has the name and stands elsewhere.

use std::time::Duration;

use latchkey::Result;
use latchkey::store::{now, until_late_calls_show};
use serde::{Deserialize, Serialize};

use crate::id::{CredentialId, hex, random};

/// Says in a name's slot that a credential which stands elsewhere has the name, or is about to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// The credential.
    pub(crate) id: CredentialId,
    /// Another one for each claim.
    pub(crate) nonce: String,
    /// When it was made, in seconds since 1970.
    at: i64,
}

/// Which claim a credential has its name by, as the credential's own document tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) name: String,
    pub(crate) nonce: String,
}

impl Claim {
    /// A claim of the credential `id`, made now.
    ///
    /// # Errors
    /// [`Error::Internal`](latchkey::Error) where there is no randomness.
    pub(crate) fn new(id: &CredentialId) -> Result<Self> {
        Ok(Self { id: id.clone(), nonce: hex(&random()?, 32), at: now() })
    }

    /// How long its credential may still come by the name, or have come by it unseen: as long as a call can
    /// arrive of the function that made the claim, which may have died since, and a read may not show it.
    pub(crate) fn counts_for(&self) -> Option<Duration> {
        until_late_calls_show(self.at)
    }
}
