//! A credential as it is stored, and as clients see it. See `docs/decisions/the-value-decides.md`.

use latchkey::store::Draft;
use latchkey::{Error, Namespace, Result, Scope, Secret, Store, json};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::access::{Access, CloudProvider, Redacted, StoredSecret};
use crate::defaults::{DEFAULTS, Defaults};
use crate::input::{Change, Creation};

/// A stored credential. `S` is the type of its secrets. Its name and its workspace are in the name of the secret
/// that stores it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Record<S> {
    pub(crate) uuid: String,
    pub(crate) provider: CloudProvider,
    pub(crate) created_at: String,
    pub(crate) updated_at: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) allowed_in_tasks: Option<bool>,
    /// Whether it was ever made its cloud's default. If not, no read has to look at the defaults.
    #[serde(default, skip_serializing_if = "is_false")]
    pub(crate) was_default: bool,
    #[serde(flatten)]
    pub(crate) access: Access<S>,
}

#[allow(clippy::trivially_copy_pass_by_ref)] // serde's signature
fn is_false(flag: &bool) -> bool {
    !flag
}

impl<S: DeserializeOwned> Record<S> {
    /// Parses a stored value: with its secrets, or skipping them, as `S` says.
    ///
    /// # Errors
    /// [`Error::ForeignValue`] if the value was not written by Latchkey.
    pub fn parse(value: &Secret) -> Result<Self> {
        serde_json::from_slice(value.expose()).map_err(|_| Error::ForeignValue)
    }
}

impl<S> Record<S> {
    /// Whether it is its cloud's default.
    pub(crate) fn is_default(&self, defaults: &Defaults) -> bool {
        // A list always has the defaults, but a get reads them only for a credential with this flag. Without the flag
        // here, the two could disagree.
        self.was_default && defaults.get(&self.provider) == Some(&self.uuid)
    }

    /// Whether it was ever made its cloud's default, and so can be it now.
    pub fn was_default(&self) -> bool {
        self.was_default
    }

    /// The defaults, which are read only if this credential can be one of them; empty otherwise.
    ///
    /// # Errors
    /// Only Secrets Manager's own.
    pub async fn defaults(&self, store: &Store, scope: &Scope) -> Result<Defaults> {
        if self.was_default { store.document(scope, DEFAULTS).await } else { Ok(Defaults::new()) }
    }
}

/// What a list shows of the credential with this value.
///
/// # Errors
/// [`Error::ForeignValue`] if the value was not written by Latchkey.
pub fn public_of(value: &Secret) -> Result<Box<RawValue>> {
    json::raw(&Record::<Redacted>::parse(value)?)
}

/// A value without its times, which differ when a create is repeated.
fn without_times(value: &Secret) -> Option<Secret> {
    let mut record = Record::<StoredSecret>::parse(value).ok()?;
    record.created_at.clear();
    record.updated_at.clear();
    Secret::json(&record).ok()
}

impl Record<StoredSecret> {
    /// A new credential.
    pub fn new(uuid: String, creation: &Creation) -> Self {
        let now = now();
        Self {
            uuid,
            provider: creation.provider,
            created_at: now.clone(),
            updated_at: now,
            allowed_in_tasks: creation.allowed_in_tasks,
            was_default: creation.provider_default,
            access: creation.access.clone(),
        }
    }

    /// The credential with `change` applied.
    ///
    /// # Errors
    /// [`Error::Invalid`] if its cloud and its fields would not agree.
    pub fn changed(self, change: &Change) -> Result<Self> {
        let provider = change.provider.unwrap_or(self.provider);
        let access = change.access.clone().unwrap_or(self.access);
        if access.provider() != provider {
            return Err(match change.provider {
                Some(_) => Error::invalid(
                    "provider",
                    format!("does not agree with {}, which the credential holds", access.path()),
                ),
                None => Error::invalid(
                    access.path(),
                    "does not agree with the credential's provider; change both together",
                ),
            });
        }
        Ok(Self {
            provider,
            access,
            updated_at: now(),
            allowed_in_tasks: change.allowed_in_tasks.or(self.allowed_in_tasks),
            // Never cleared: somebody else may have made it the default again meanwhile, and the document would name a
            // credential that no longer looks there.
            was_default: self.was_default || change.provider_default == Some(true),
            ..self
        })
    }

    /// What to store.
    ///
    /// # Errors
    /// Those of [`Draft::new`].
    pub fn draft(&self) -> Result<Draft> {
        let value = Secret::json(self)?;
        // Parsed from the value, as in `public_of`: a list must show the same from the Description as from the value.
        let shown: Record<Redacted> = Record::parse(&value)?;
        Ok(Draft::new(value, &shown)?.repeated_with(without_times))
    }
}

/// The current time, in the format of responses.
fn now() -> String {
    let now = OffsetDateTime::now_utc();
    let now = now.replace_nanosecond(u32::from(now.millisecond()) * 1_000_000).unwrap_or(now);
    now.format(&Rfc3339).unwrap_or_default()
}

/// `AccessCredential`.
#[derive(Clone, Debug, Serialize)]
pub struct AccessCredential {
    credential_type: &'static str,
    /// The id, as the documentation's client calls it, …
    uuid: String,
    /// … and as the released client calls it.
    id: String,
    pub(crate) name: String,
    pub(crate) provider: CloudProvider,
    provider_default: bool,
    created_at: String,
    pub(crate) updated_at: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    allowed_in_tasks: Option<bool>,
    #[serde(flatten)]
    pub(crate) access: Access<Redacted>,
}

impl AccessCredential {
    /// What clients see of the credential called `name`.
    pub fn new(namespace: &Namespace, name: String, record: Record<Redacted>, defaults: &Defaults) -> Self {
        let is_of_workspace = namespace.path().last().is_none_or(String::is_empty);
        Self {
            credential_type: if is_of_workspace { "workspace" } else { "teamspace" },
            provider_default: record.is_default(defaults),
            uuid: record.uuid.clone(),
            id: record.uuid,
            name,
            provider: record.provider,
            created_at: record.created_at,
            updated_at: record.updated_at,
            allowed_in_tasks: record.allowed_in_tasks,
            access: record.access,
        }
    }

    pub(crate) fn uuid(&self) -> &str {
        &self.uuid
    }
}

/// `CredentialGetResponse`.
#[derive(Debug, Serialize)]
pub struct CredentialGetResponse {
    /// The credential.
    pub data: AccessCredential,
}
