//! DQOps' JSON, exactly: `snake_case`, absent fields omitted.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use latchkey::store::{Draft, Listed};
use latchkey::text::Length;
use latchkey::{Error, Fault, Result, Secret, json, wording};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A name, which is that of a file.
const NAME: Length = Length::bytes(1, 255);

const TEXT_VALUE: &str = "text_value";
const BINARY_VALUE: &str = "binary_value";

latchkey::choice! {
    /// The kind of a credential's content. DQOps detects it from the bytes: valid UTF-8 is text.
    pub enum CredentialType {
        /// Valid UTF-8.
        Text "text",
        /// Anything else.
        Binary "binary",
    }
}

impl CredentialType {
    fn of(value: &Secret) -> Self {
        if value.expose_text().is_some() { Self::Text } else { Self::Binary }
    }
}

/// `SharedCredentialModel`, as a client sends it.
#[derive(Debug, Deserialize)]
pub struct SharedCredentialInput {
    credential_name: Option<String>,
    r#type: Option<CredentialType>,
    text_value: Option<Secret>,
    binary_value: Option<Secret>,
}

impl SharedCredentialInput {
    /// The credential's name.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is missing, or is not a file name.
    pub fn name(&self) -> Result<&str> {
        let rejected = |words: &str| Error::invalid("credential_name", words);
        let name = self.credential_name.as_deref().ok_or_else(|| rejected(wording::MISSING))?;
        NAME.judge(name.len()).map_err(|words| rejected(&words))?;
        match name {
            "." | ".." => Err(rejected(wording::NO_SEGMENT)),
            _ if name.contains('/') => Err(rejected(wording::SLASH)),
            // Logs and terminals do not show them as they are.
            _ if name.contains(char::is_control) => Err(rejected(wording::CONTROL_CHARACTERS)),
            _ => Ok(name),
        }
    }

    /// What to store.
    ///
    /// # Errors
    /// [`Error::Invalid`] unless there is exactly one value, the one that the type needs; [`Error::Malformed`] for
    /// bad base64; those of [`Draft::new`] for the value itself.
    pub fn draft(&self) -> Result<Draft> {
        let value = match (self.r#type, &self.text_value, &self.binary_value) {
            (None, ..) => return Err(Error::invalid("type", wording::MISSING)),
            (Some(_), None, None) => {
                return Err(Error::invalid(TEXT_VALUE, wording::one_is_missing(&[TEXT_VALUE, BINARY_VALUE])));
            }
            (Some(_), Some(_), Some(_)) => {
                let beside = |field, other| Fault::new(field, wording::not_together_with(&[other]));
                let faults = vec![beside(TEXT_VALUE, BINARY_VALUE), beside(BINARY_VALUE, TEXT_VALUE)];
                return Err(Error::Invalid(faults));
            }
            (Some(CredentialType::Text), None, Some(_)) => {
                return Err(Error::invalid(BINARY_VALUE, "is not the value of a text; use text_value"));
            }
            (Some(CredentialType::Binary), Some(_), None) => {
                return Err(Error::invalid(TEXT_VALUE, "is not the value of a binary; use binary_value"));
            }
            (Some(CredentialType::Text), Some(text), None) => text.clone(),
            (Some(CredentialType::Binary), None, Some(base64)) => {
                let bytes = BASE64_STANDARD.decode(base64.expose());
                Secret::new(bytes.map_err(|_| Error::malformed(BINARY_VALUE, wording::NOT_BASE64))?)
            }
        };
        // Detected, not the client's type: bytes can be valid UTF-8, and a list must show the type that a get detects.
        Draft::new(value.clone(), &Public { r#type: CredentialType::of(&value) })
    }
}

/// `SharedCredentialModel`, as clients get it. Contains the secret itself.
#[derive(Serialize)]
pub struct SharedCredentialModel<'a> {
    credential_name: &'a str,
    r#type: CredentialType,
    #[serde(skip_serializing_if = "Option::is_none")]
    text_value: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    binary_value: Option<String>,
}

impl<'a> SharedCredentialModel<'a> {
    /// The model of a credential.
    pub fn new(credential_name: &'a str, value: &'a Secret) -> Self {
        let text_value = value.expose_text();
        let binary_value = text_value.is_none().then(|| BASE64_STANDARD.encode(value.expose()));
        Self { credential_name, r#type: CredentialType::of(value), text_value, binary_value }
    }
}

/// `SharedCredentialListModel`.
#[derive(Debug, Serialize)]
pub struct SharedCredentialListModel {
    credential_name: String,
    r#type: CredentialType,
    can_edit: bool,
    can_access_credential: bool,
}

impl SharedCredentialListModel {
    /// The items of a list, sorted by name. `can_edit` is whether the caller may edit.
    pub fn sorted(listed: Vec<Listed>, can_edit: bool) -> Vec<Self> {
        let mut items: Vec<_> = listed.into_iter().map(|listed| Self::new(listed, can_edit)).collect();
        items.sort_unstable_by(|a, b| a.credential_name.cmp(&b.credential_name));
        items
    }

    fn new(listed: Listed, can_edit: bool) -> Self {
        let r#type = listed.public().map_or(CredentialType::Text, |public: Public| public.r#type);
        Self { credential_name: listed.name, r#type, can_edit, can_access_credential: can_edit }
    }
}

/// What a list shows of a credential with this value. Any value is a credential.
///
/// # Errors
/// None in practice.
pub fn public_of(value: &Secret) -> Result<Box<RawValue>> {
    json::raw(&Public { r#type: CredentialType::of(value) })
}

/// What a list shows of a credential besides its name; stored in the secret's Description.
#[derive(Debug, Serialize, Deserialize)]
struct Public {
    r#type: CredentialType,
}

#[cfg(test)]
#[path = "wire_tests.rs"]
mod tests;
