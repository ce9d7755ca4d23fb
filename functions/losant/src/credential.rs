//! A credential as responses show it.

use latchkey::{Error, Result, Scope, json};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::application_id;
use crate::config::{Config, CredentialType};
use crate::id::CredentialId;
use crate::input::{Patch, Post, fingerprint};

/// ISO 8601 with milliseconds: sorted as texts, times are in order.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// A credential. Serialized, it is what those who may read it see: nothing secret.
#[derive(Clone, Debug, Serialize)]
pub struct Credential {
    #[serde(flatten)]
    pub(crate) about: About,
    #[serde(flatten)]
    pub(crate) config: Config,
}

/// The fields that credentials of all types have.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct About {
    pub(crate) id: CredentialId,
    application_id: String,
    creation_date: String,
    last_updated: String,
    /// The access key that created it, if the key's id has Losant's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_by_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_by_type: Option<ActorType>,
    /// The access key that changed it last, if the key's id has Losant's form.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_updated_by_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_updated_by_type: Option<ActorType>,
    name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    enabled: bool,
    r#type: CredentialType,
}

#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
enum ActorType {
    ApiToken,
}

impl Credential {
    /// The credential that `post` asks for.
    ///
    /// # Errors
    /// [`Error::Invalid`] if its config lacks something or cannot be used.
    pub(crate) fn new(scope: &Scope, id: CredentialId, post: Post) -> Result<Self> {
        let Post { name, description, enabled, mut config } = post;
        config.complete()?;
        let now = now()?;
        let (created_by_id, created_by_type) = actor(scope).unzip();
        let about = About {
            id,
            application_id: application_id(scope).to_owned(),
            creation_date: now.clone(),
            last_updated: now,
            created_by_id: created_by_id.clone(),
            created_by_type,
            last_updated_by_id: created_by_id,
            last_updated_by_type: created_by_type,
            name,
            description,
            enabled,
            r#type: config.r#type(),
        };
        Ok(Self { about, config })
    }

    /// Parses a credential that was stored as `json`, with the secret fields of its config in `secrets`.
    ///
    /// # Errors
    /// Various ones, if Latchkey does not write such values.
    pub(crate) fn parse(json: &RawValue, secrets: &RawValue) -> Result<Self> {
        let about: About = json::parse_field("", json)?;
        let fields: json::Fields<'_> = json::parse_field("", json)?;
        let config = fields.get(about.r#type.key()).ok_or(Error::NotFound)?;
        let config = Config::parse_stored(about.r#type, config, secrets)?;
        Ok(Self { about, config })
    }

    /// Checks that `patch` can be applied once it is prepared.
    ///
    /// # Errors
    /// Those of [`Credential::change`].
    pub(crate) fn foresee(&self, patch: &Patch) -> Result<()> {
        let Some(newer) = &patch.config else { return Ok(()) };
        let mut config = self.config.clone();
        config.change(newer.clone(), patch.is_whole)?;
        config.foresee()
    }

    /// Applies `patch`, which must be prepared.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the result could not have been posted.
    pub(crate) fn change(&mut self, scope: &Scope, patch: Patch) -> Result<()> {
        let Patch { name, description, enabled, config, is_whole } = patch;
        if let Some(newer) = config {
            self.config.change(newer, is_whole)?;
            self.config.complete()?;
        }
        let about = &mut self.about;
        about.name = name.unwrap_or_else(|| std::mem::take(&mut about.name));
        about.description = description.or(about.description.take().filter(|_| !is_whole));
        about.enabled = enabled.unwrap_or(about.enabled);
        (about.last_updated_by_id, about.last_updated_by_type) = actor(scope).unzip();
        about.last_updated = now()?;
        Ok(())
    }
}

impl Credential {
    /// Whether it already is what `post` asks for, so that nothing has to be written. `post` must not ask for a key.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the post's config lacks something or cannot be used.
    pub(crate) fn is_what(&self, post: &Post) -> Result<bool> {
        // The stored config is complete: without this, the derived fields would differ.
        let mut config = post.config.clone();
        config.complete()?;
        let wanted = fingerprint(&post.name, post.description.as_deref(), post.enabled, &config)?;
        let About { name, description, enabled, .. } = &self.about;
        Ok(fingerprint(name, description.as_deref(), *enabled, &self.config)?.matches(&wanted))
    }
}

fn actor(scope: &Scope) -> Option<(String, ActorType)> {
    let key_id = scope.key_id();
    let is_id = key_id.len() == 24 && key_id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_id.then(|| (key_id.to_owned(), ActorType::ApiToken))
}

fn now() -> Result<String> {
    OffsetDateTime::now_utc().format(TIME).map_err(|_| Error::internal("the time cannot be written"))
}
