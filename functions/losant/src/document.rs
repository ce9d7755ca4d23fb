//! What a slot's secret holds: a credential, or who has the slot's name, or both.

use latchkey::store::{Draft, Stored, describable};
use latchkey::{Error, Result, Secret};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::credential::Credential;
use crate::id::{CredentialId, Slot};
use crate::names::Claim;

/// The secret's value, as JSON. What an operation does not look into stays as it is written.
#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub(crate) struct Document<'a> {
    /// The credential as it is answered.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<&'a RawValue>,
    /// The secret fields of its config.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    secrets: Option<&'a RawValue>,
    /// The claim by which the credential has its name, where this slot is not that name's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) named_by: Option<String>,
    /// Who else has the name that this slot is for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) lent: Option<Claim>,
}

/// What a list needs of a credential to sort and filter it.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    pub(crate) id: CredentialId,
    pub(crate) name: String,
    pub(crate) r#type: String,
    pub(crate) creation_date: String,
    pub(crate) last_updated: String,
    /// Set where the rest did not fit into the Description.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_partial: bool,
}

impl<'a> Document<'a> {
    /// The document that was read as `stored`.
    ///
    /// # Errors
    /// [`Error::Internal`] where the secret was written by others than Latchkey.
    pub(crate) fn of(stored: &'a Stored) -> Result<Self> {
        serde_json::from_slice(stored.value.expose()).map_err(|_| unreadable())
    }

    /// A document without a credential.
    pub(crate) fn without_credential(lent: Option<Claim>) -> Self {
        Self { lent, ..Self::default() }
    }

    /// The document, with who else has the name.
    pub(crate) fn lending(self, lent: Option<Claim>) -> Self {
        Self { lent, ..self }
    }

    /// What identifies the credential here, if there is one.
    pub(crate) fn head(&self) -> Result<Option<Head>> {
        let head = self.credential.map(|credential| serde_json::from_str(credential.get()));
        head.transpose().map_err(|_| unreadable())
    }

    /// What identifies the credential `id`.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none or another here.
    pub(crate) fn head_of(&self, id: &CredentialId) -> Result<Head> {
        self.head()?.filter(|head| head.id == *id).ok_or(Error::NotFound)
    }

    /// The credential here with its secret fields.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none.
    pub(crate) fn reveal(&self) -> Result<Credential> {
        let (Some(credential), Some(secrets)) = (self.credential, self.secrets) else {
            return Err(Error::NotFound);
        };
        Credential::read(credential, secrets).map_err(|_| unreadable())
    }

    /// What is to be stored in `slot`, with the credential as it is here.
    ///
    /// # Errors
    /// As [`Draft::new`].
    pub(crate) fn draft(&self, slot: &Slot) -> Result<Draft> {
        let value = serde_json::to_vec(self).map(Secret::new).map_err(|_| unwritable())?;
        match (self.credential, self.head()?) {
            (Some(credential), Some(_)) if describable(slot.as_str(), &credential) => {
                Draft::new(value, &credential)
            }
            (_, Some(head)) => Draft::new(value, &Head { is_partial: true, ..head }),
            // Nothing that a list would show.
            (_, None) => Draft::new(value, &()),
        }
    }

    /// What is to be stored in `slot`, with `credential` in the place of the one that is here.
    ///
    /// # Errors
    /// As [`Draft::new`].
    pub(crate) fn draft_with(&self, slot: &Slot, credential: &Credential) -> Result<Draft> {
        let public = serde_json::value::to_raw_value(credential).map_err(|_| unwritable())?;
        let secrets =
            serde_json::value::to_raw_value(&credential.config.secrets()).map_err(|_| unwritable())?;
        let document = Document {
            credential: Some(&public),
            secrets: Some(&secrets),
            named_by: self.named_by.clone(),
            lent: self.lent.clone(),
        };
        document.draft(slot)
    }
}

fn unreadable() -> Error {
    Error::internal("a secret of a Losant application does not hold what Latchkey writes there")
}

fn unwritable() -> Error {
    Error::internal("a credential cannot be written as JSON")
}
