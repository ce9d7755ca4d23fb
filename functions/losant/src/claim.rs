//! Claims: a name's slot reserves the name for a credential that is stored elsewhere.
//! See `docs/decisions/losant-names.md`.

use std::time::Duration;

use latchkey::Result;
use latchkey::store::{now, until_late_calls_show};
use serde::{Deserialize, Serialize};

use crate::id::{CredentialId, hex, random};

/// Says in a name's slot that a credential which is stored elsewhere has the name, or is about to get it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Claim {
    /// The id of that credential.
    pub(crate) id: CredentialId,
    /// Different for each claim.
    pub(crate) nonce: String,
    /// When it was made, in seconds since 1970.
    at: i64,
}

/// The claim to a credential's name, as the credential's own document records it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Claimed {
    pub(crate) name: String,
    pub(crate) nonce: String,
}

impl Claim {
    /// A claim of the credential `id`, made now.
    ///
    /// # Errors
    /// [`Error::Internal`](latchkey::Error) if there is no randomness.
    pub(crate) fn new(id: &CredentialId) -> Result<Self> {
        // The id is not enough: a request that tidies up must not remove a later claim of the same credential.
        Ok(Self { id: id.clone(), nonce: hex(&random()?, 32), at: now() })
    }

    /// How long its credential can still get the name, or can have got it without every read showing that: until
    /// no late call of the function that made the claim can arrive, and no read can lag behind one. The function
    /// may have died.
    pub(crate) fn counts_for(&self) -> Option<Duration> {
        until_late_calls_show(self.at)
    }
}
