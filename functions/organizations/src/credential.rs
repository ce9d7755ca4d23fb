//! A credential as it is stored: one JSON document that scripts can use as it stands.

use latchkey::idempotency::IdempotencyKey;
use latchkey::store::Draft;
use latchkey::{Error, Result, Scope, Secret};
use serde::{Deserialize, Serialize};
use sha2::{Digest as _, Sha256};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use uuid::Uuid;

use crate::OrgId;
use crate::provider::Specific;
use crate::public::Public;
use crate::wire::{CredentialInput, Data};

/// ISO 8601, always of the same length.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A credential's id, which is its name in the store. Ours to make: a UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialId(String);

impl CredentialId {
    /// The id of a new credential. The same idempotency key of the same caller makes the same id.
    pub fn new(scope: &Scope, org_id: &OrgId, idempotency_key: Option<&IdempotencyKey>) -> Self {
        let id = match idempotency_key {
            None => Uuid::new_v4(),
            Some(key) => {
                let derived = key.derive(&[scope.key_id().as_bytes(), org_id.as_str().as_bytes()]);
                // A UUID takes the first half.
                let bytes = derived.first_chunk().copied().unwrap_or_default();
                uuid::Builder::from_random_bytes(bytes).into_uuid()
            }
        };
        Self(id.to_string())
    }

    /// An id that follows from `parts` alone, for a credential whose owner makes it again and again.
    pub(crate) fn of_parts(parts: [&str; 4]) -> Self {
        let digest = parts.iter().fold(Sha256::new(), |digest, part| {
            digest.chain_update(part.len().to_be_bytes()).chain_update(part)
        });
        let bytes = digest.finalize().first_chunk().copied().unwrap_or_default();
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
    }

    /// An id that is there already.
    pub(crate) fn known(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// Whether this is an id: a UUID, as we write it.
    pub(crate) fn is_one(text: &str) -> bool {
        Uuid::try_parse(text).is_ok_and(|id| id.to_string() == text)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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
    /// [`Error::Invalid`] where `input` is not what the credential's type asks for.
    pub fn new(org_id: &OrgId, id: &CredentialId, input: CredentialInput) -> Result<Self> {
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

    /// The credential that a secret's value holds.
    ///
    /// # Errors
    /// [`Error::ForeignValue`] where others than Latchkey have put something else there.
    pub fn parse(value: &Secret) -> Result<Self> {
        serde_json::from_slice(value.expose()).map_err(|_| Error::ForeignValue)
    }

    /// What is to be stored in place of `value`: the credential with the fields that `data` has.
    ///
    /// # Errors
    /// As [`Credential::parse`], [`Credential::changed`] and [`Credential::draft`].
    pub fn updated(value: &Secret, data: &Data) -> Result<Draft> {
        Self::parse(value)?.changed(data)?.draft()
    }

    /// The credential with the fields that `data` has; the others stay.
    ///
    /// # Errors
    /// [`Error::Invalid`] where `data` has what a credential of this type does not.
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

    /// What is to be stored, as of now.
    ///
    /// # Errors
    /// As [`Draft::new`].
    pub fn draft(mut self) -> Result<Draft> {
        self.public.last_time = OffsetDateTime::now_utc()
            .format(TIME)
            .map_err(|_| Error::internal("the time cannot be written down"))?;
        Ok(Draft::new(Secret::json(&self)?, &self.public)?.repeated_with(without_time))
    }
}

/// A value without what says when it was written: two creates are the same one, whenever they come.
fn without_time(value: &Secret) -> Option<Secret> {
    let mut credential = Credential::parse(value).ok()?;
    credential.public.last_time.clear();
    Secret::json(&credential).ok()
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
