//! A credential as it is stored: one JSON document that scripts can use as it is.

use latchkey::store::Draft;
use latchkey::{Error, Result, Secret, audit};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::id::CredentialId;
use crate::organization::OrgId;
use crate::provider::Specific;
use crate::public::Public;
use crate::wire::{CredentialInput, Data};

/// ISO 8601, always with the same length.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A whole credential.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Credential {
    org_id: String,
    id: String,
    #[serde(flatten)]
    public: Public,
    specific: Specific,
}

impl Credential {
    /// A new credential.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `input` is not what the credential's type needs.
    pub fn new(org_id: &OrgId, id: &CredentialId, input: CredentialInput) -> Result<Self> {
        audit::credential_name(input.name()?);
        Ok(Self {
            org_id: org_id.as_str().to_owned(),
            id: id.as_str().to_owned(),
            public: Public {
                r#type: input.r#type,
                name: input.name()?.to_owned(),
                comments: input.comments().to_owned(),
                last_time: String::new(),
            },
            specific: input.into_specific()?,
        })
    }

    /// Parses the value of a secret.
    ///
    /// # Errors
    /// [`Error::ForeignValue`] if the value was not written by Latchkey.
    pub fn parse(value: &Secret) -> Result<Self> {
        serde_json::from_slice(value.expose()).map_err(|_| Error::ForeignValue)
    }

    /// What to store in place of `value`: the credential with the fields of `data`.
    ///
    /// # Errors
    /// Those of [`Credential::parse`], [`Credential::changed`] and [`Credential::draft`].
    pub fn updated(value: &Secret, data: &Data) -> Result<Draft> {
        let credential = Self::parse(value)?;
        audit::credential_name(&credential.public.name);
        credential.changed(data)?.draft()
    }

    /// The credential with the fields of `data`. Its other fields stay as they are.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `data` has a field that credentials of this type do not have, or that cannot change.
    pub fn changed(mut self, data: &Data) -> Result<Self> {
        if let Some(name) = data.name() {
            name.clone_into(&mut self.public.name);
        }
        if let Some(comments) = data.comments() {
            comments.clone_into(&mut self.public.comments);
        }
        if let Some(specific) = data.specific() {
            self.specific.change("data", self.public.r#type, specific.clone())?;
        }
        Ok(self)
    }

    /// What to store, with the current time.
    ///
    /// # Errors
    /// Those of [`Draft::new`].
    pub fn draft(mut self) -> Result<Draft> {
        self.public.last_time = OffsetDateTime::now_utc()
            .format(TIME)
            .map_err(|_| Error::internal("the time cannot be written down"))?;
        Ok(Draft::new(Secret::json(&self)?, &self.public)?.repeated_with(without_time))
    }
}

/// A value without its time, which differs when a create is repeated.
fn without_time(value: &Secret) -> Option<Secret> {
    let mut credential = Credential::parse(value).ok()?;
    credential.public.last_time.clear();
    Secret::json(&credential).ok()
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
