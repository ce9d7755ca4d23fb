//! What a slot's secret holds: a credential, a claim to the slot's name, or both.
//! See `docs/decisions/losant-names.md`.

use latchkey::json::{self, Object};
use latchkey::store::{Draft, Stored};
use latchkey::{Error, Result, Secret, audit};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::claim::{Claim, Claimed};
use crate::credential::Credential;
use crate::id::CredentialId;

/// The longest credential that a Description holds whole, as JSON and in UTF-16 units. A Description has room for
/// 2,048 of them. Its other parts need 284: the slot, the version and four traces of Idempotency-Keys.
const LONGEST_DESCRIBED: usize = 1_700;

/// The secret's value, as JSON. An operation copies the parts that it does not read as they are written.
///
/// `S` is the secret fields of the credential's config, either as they were read or as they will be written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document<'a, S = &'a RawValue> {
    /// The credential as responses show it.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<S>,
    /// A hash of the Idempotency-Key and of all that the credential was created with, to recognize a repetition.
    /// It is part of the value, which only those who may read secrets can see, because it could confirm a guess
    /// at a secret.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_as: Option<String>,
    /// The nonce of the claim to the credential's name, if this is not the slot of that name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) named_by: Option<String>,
    /// The claim of another credential to the name that this slot is for. Stored as `lent`: a function of an
    /// earlier version, which still runs during a deployment, would overlook another key and give the name twice.
    #[serde(rename = "lent", skip_serializing_if = "Option::is_none")]
    pub(crate) claim: Option<Claim>,
    /// The credential that was deleted from this slot while another one had a claim to the slot's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gone: Option<CredentialId>,
}

/// The fields of a credential by which a list sorts and filters.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Head {
    pub(crate) id: CredentialId,
    pub(crate) name: String,
    pub(crate) r#type: String,
    pub(crate) creation_date: String,
    pub(crate) last_updated: String,
    /// Whether the rest is missing here because it is too long for the Description.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_partial: bool,
}

/// What the Description says of a document without a credential, so that a list need not read its value.
#[derive(Serialize)]
struct NoCredential {}

impl Default for Document<'_> {
    fn default() -> Self {
        Self { credential: None, secrets: None, created_as: None, named_by: None, claim: None, gone: None }
    }
}

impl<'a> Document<'a> {
    /// Parses the document in `stored`.
    ///
    /// # Errors
    /// [`Error::ForeignValue`] if Latchkey does not write such values.
    pub(crate) fn parse(stored: &'a Stored) -> Result<Self> {
        Self::parse_value(&stored.value)
    }

    fn parse_value(value: &'a Secret) -> Result<Self> {
        let document: Result<Object<Self>, _> = serde_json::from_slice(value.expose());
        let Ok(Object(document)) = document else { return Err(Error::ForeignValue) };
        let is_whole = document.credential.is_some() == document.secrets.is_some();
        let is_empty = document.credential.is_none() && document.claim.is_none();
        if !is_whole || is_empty {
            return Err(Error::ForeignValue);
        }
        document.head()?;
        Ok(document)
    }

    /// A document for a new credential, without the credential itself.
    pub(crate) fn new(created_as: Option<String>, named_by: Option<String>) -> Self {
        Self { created_as, named_by, ..Self::default() }
    }

    /// The document after its credential `id` was deleted: only the claim to the slot's name is left.
    pub(crate) fn without_credential(self, id: &CredentialId) -> Self {
        // The slot gets no tombstone: `gone` tells a repeated create that its credential was deleted.
        Self { claim: self.claim, gone: Some(id.clone()), ..Self::default() }
    }

    /// The document with another claim, or without one.
    pub(crate) fn with_claim(self, claim: Option<Claim>) -> Self {
        Self { claim, ..self }
    }

    /// The head of the credential here, if there is one.
    ///
    /// # Errors
    /// [`Error::ForeignValue`] if Latchkey does not write such credentials.
    pub(crate) fn head(&self) -> Result<Option<Head>> {
        let head = self.credential.map(|credential| serde_json::from_str(credential.get()));
        head.transpose().map_err(|_| Error::ForeignValue)
    }

    /// The head of the credential `id`.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is no credential here, or another one.
    pub(crate) fn head_of(&self, id: &CredentialId) -> Result<Head> {
        let head = self.head()?.filter(|head| head.id == *id).ok_or(Error::NotFound)?;
        audit::credential_name(&head.name);
        Ok(head)
    }

    /// The claim to the name of the credential here, whose head is `head`.
    pub(crate) fn claimed(&self, head: Head) -> Option<Claimed> {
        self.named_by.clone().map(|nonce| Claimed { name: head.name, nonce })
    }

    /// The credential here with its secret fields.
    ///
    /// # Errors
    /// [`Error::NotFound`] if there is none; [`Error::ForeignValue`] if it cannot be parsed.
    pub(crate) fn reveal(&self) -> Result<Credential> {
        let (Some(credential), Some(secrets)) = (self.credential, self.secrets) else {
            return Err(Error::NotFound);
        };
        // The errors of the parser would blame the client, but here the stored value is wrong.
        Credential::parse(credential, secrets).map_err(|_| Error::ForeignValue)
    }

    /// The draft with `credential` in the place of the one that is here, and the credential as the response shows it.
    ///
    /// # Errors
    /// As [`Draft::new`].
    pub(crate) fn draft_with(self, credential: &Credential) -> Result<(Draft, Box<RawValue>)> {
        let answered = json::raw(credential)?;
        let document = Document {
            credential: Some(&answered),
            secrets: Some(credential.config.secrets()),
            created_as: self.created_as,
            named_by: self.named_by,
            claim: self.claim,
            gone: self.gone,
        };
        Ok((document.draft()?, answered))
    }
}

impl<S: Serialize> Document<'_, S> {
    /// The draft that stores this document.
    ///
    /// # Errors
    /// As [`Draft::new`].
    pub(crate) fn draft(&self) -> Result<Draft> {
        let value = Secret::json(self)?;
        match self.credential {
            None => Draft::new(value, &NoCredential {}),
            Some(credential) if is_described_whole(credential) => Draft::new(value, &credential),
            Some(credential) => {
                let head: Head = json::parse_field("", credential).map_err(|_| Error::ForeignValue)?;
                Draft::new(value, &Head { is_partial: true, ..head })
            }
        }
    }
}

/// What a list takes from this value, if it has to read it.
///
/// # Errors
/// [`Error::ForeignValue`] if Latchkey does not write such values.
pub(crate) fn public_of(value: &Secret) -> Result<Box<RawValue>> {
    Document::parse_value(value)?
        .credential
        .map_or_else(|| json::raw(&NoCredential {}), |shown| Ok(shown.to_owned()))
}

fn is_described_whole(credential: &RawValue) -> bool {
    credential.get().encode_utf16().count() <= LONGEST_DESCRIBED
}
