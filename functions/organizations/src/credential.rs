//! A credential as it is stored: one JSON document that scripts can use as it stands.

use latchkey::idempotency::IdempotencyKey;
use latchkey::store::{Draft, MAX_VALUE_BYTES, describable};
use latchkey::{Error, Result, Scope, Secret};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;
use uuid::Uuid;

use crate::OrgId;
use crate::provider::{Provider, Specific};
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

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a list shows of a credential; kept in the secret's Description too.
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
                comments: input.comments()?.to_owned(),
                last_time: String::new(),
            },
            specific: input.into_specific()?,
        })
    }

    /// The credential that a secret's value holds.
    ///
    /// # Errors
    /// [`Error::Internal`] where others than Latchkey have put something else there.
    pub fn read(value: &Secret) -> Result<Self> {
        serde_json::from_slice(value.expose()).map_err(|_| {
            Error::internal("a secret's value is not the document of an organization's credential")
        })
    }

    /// The credential with the fields that `data` has; the others stay.
    ///
    /// # Errors
    /// [`Error::Invalid`] where `data` has what a credential of this type does not.
    pub fn changed(mut self, data: &Data) -> Result<Self> {
        if let Some(name) = data.name()? {
            name.clone_into(&mut self.public.name);
        }
        if let Some(comments) = data.comments()? {
            comments.clone_into(&mut self.public.comments);
        }
        if let Some(specific) = data.specific() {
            self.specific.change(self.public.r#type, specific.clone())?;
        }
        Ok(self)
    }

    /// What is to be stored, as of now.
    ///
    /// # Errors
    /// [`Error::Invalid`] where name and comments are too long for a list; as [`Draft::new`].
    pub fn draft(mut self) -> Result<Draft> {
        // Two creates are the same one, whenever they come.
        self.public.last_time.clear();
        let identity = self.to_secret()?;
        self.public.last_time = OffsetDateTime::now_utc()
            .format(TIME)
            .map_err(|_| Error::internal("the time cannot be written down"))?;
        if !describable(&self.id, &self.public) {
            return Err(Error::invalid(
                "comments",
                "are too long together with the name: quotes, backslashes and line breaks count double, other control characters sixfold",
            ));
        }
        Ok(Draft::new(self.to_secret()?, &self.public)?.identified_by(identity))
    }

    fn to_secret(&self) -> Result<Secret> {
        // Room from the start: what grows leaves copies behind, which nobody wipes.
        let mut json = Vec::with_capacity(MAX_VALUE_BYTES);
        serde_json::to_writer(&mut json, self)
            .map_err(|_| Error::internal("a credential cannot be written as JSON"))?;
        Ok(Secret::new(json))
    }
}

#[cfg(test)]
#[path = "credential_tests.rs"]
mod tests;
