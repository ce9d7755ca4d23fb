//! What a slot's secret holds: a credential, or who has the slot's name, or both.

use latchkey::json::{self, Object};
use latchkey::store::{Draft, Stored};
use latchkey::{Error, Result, Secret, audit};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::claim::{Claim, Claimed};
use crate::credential::Credential;
use crate::id::CredentialId;

/// The longest credential that a Description holds whole, in UTF-16 units as JSON. A Description has 2,048 of
/// them, of which its other parts need 284: the slot, the version and four traces of Idempotency-Keys.
const LONGEST_DESCRIBED: usize = 1_700;

/// The secret's value, as JSON. What an operation does not look into stays as it is written.
///
/// `S` is the secret fields of the credential's config: as they were read, or as they are to be written.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Document<'a, S = &'a RawValue> {
    /// The credential as it is answered.
    #[serde(borrow, skip_serializing_if = "Option::is_none")]
    pub(crate) credential: Option<&'a RawValue>,
    #[serde(skip_serializing_if = "Option::is_none")]
    secrets: Option<S>,
    /// All that the credential was created with, and its Idempotency-Key, as a hash: by this a repetition is
    /// known. Only who may read secrets can see it, as it would tell whether a guess at a secret is right.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) created_as: Option<String>,
    /// The claim by which the credential has its name, where this slot is not that name's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) named_by: Option<String>,
    /// Who else has the name that this slot is for.
    #[serde(alias = "lent", skip_serializing_if = "Option::is_none")]
    pub(crate) claim: Option<Claim>,
    /// The credential that stood here and was deleted, while the slot's name was somebody else's.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) gone: Option<CredentialId>,
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
    /// Set where the rest is too long for the Description.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(crate) is_partial: bool,
}

/// What a list is told of a document without a credential. It shows none, and need not read the value.
#[derive(Serialize)]
struct NoCredential {}

impl Default for Document<'_> {
    fn default() -> Self {
        Self { credential: None, secrets: None, created_as: None, named_by: None, claim: None, gone: None }
    }
}

impl<'a> Document<'a> {
    /// The document that was read as `stored`.
    ///
    /// # Errors
    /// [`Error::ForeignValue`] where it is not what Latchkey writes.
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

    /// A document for a credential that is to be created.
    pub(crate) fn new(created_as: Option<String>, named_by: Option<String>) -> Self {
        Self { created_as, named_by, ..Self::default() }
    }

    /// The document, with nothing but who else has the name after its credential `id` was deleted.
    pub(crate) fn without_credential(self, id: &CredentialId) -> Self {
        Self { claim: self.claim, gone: Some(id.clone()), ..Self::default() }
    }

    /// The document, with who else has the name.
    pub(crate) fn with_claim(self, claim: Option<Claim>) -> Self {
        Self { claim, ..self }
    }

    /// What identifies the credential here, if there is one.
    ///
    /// # Errors
    /// [`Error::ForeignValue`] where it is none of Latchkey's.
    pub(crate) fn head(&self) -> Result<Option<Head>> {
        let head = self.credential.map(|credential| serde_json::from_str(credential.get()));
        head.transpose().map_err(|_| Error::ForeignValue)
    }

    /// What identifies the credential `id`.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none or another here.
    pub(crate) fn head_of(&self, id: &CredentialId) -> Result<Head> {
        let head = self.head()?.filter(|head| head.id == *id).ok_or(Error::NotFound)?;
        audit::credential_name(&head.name);
        Ok(head)
    }

    /// The claim by which the credential here, whose head this is, has its name.
    pub(crate) fn claimed(&self, head: Head) -> Option<Claimed> {
        self.named_by.clone().map(|nonce| Claimed { name: head.name, nonce })
    }

    /// The credential here with its secret fields.
    ///
    /// # Errors
    /// [`Error::NotFound`] where there is none; [`Error::ForeignValue`] where it cannot be read.
    pub(crate) fn reveal(&self) -> Result<Credential> {
        let (Some(credential), Some(secrets)) = (self.credential, self.secrets) else {
            return Err(Error::NotFound);
        };
        Credential::parse(credential, secrets).map_err(|_| Error::ForeignValue)
    }

    /// What is to be stored, with `credential` in the place of the one that is here; and how it is answered.
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
    /// What is to be stored.
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

/// What a list is told of this value, where it has to read it.
///
/// # Errors
/// [`Error::ForeignValue`] where the value is not what Latchkey writes.
pub(crate) fn public_of(value: &Secret) -> Result<Box<RawValue>> {
    Document::parse_value(value)?
        .credential
        .map_or_else(|| json::raw(&NoCredential {}), |shown| Ok(shown.to_owned()))
}

fn is_described_whole(credential: &RawValue) -> bool {
    credential.get().encode_utf16().count() <= LONGEST_DESCRIBED
}
