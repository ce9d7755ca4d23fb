//! A credential as an answer shows it.

use latchkey::{Error, Result, Scope};
use serde::{Deserialize, Serialize};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::application_id;
use crate::config::{Config, CredentialType};
use crate::id::CredentialId;
use crate::input::{Patch, Post};

/// ISO 8601 with milliseconds: as texts, later ones are greater.
const TIME: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// What a person or program that may read the credential sees of it; nothing secret.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Credential {
    pub(crate) id: CredentialId,
    application_id: String,
    creation_date: String,
    last_updated: String,
    #[serde(flatten)]
    created_by: CreatedBy,
    #[serde(flatten)]
    last_updated_by: LastUpdatedBy,
    pub(crate) name: String,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    enabled: bool,
    r#type: CredentialType,
    #[serde(flatten)]
    pub(crate) config: Config,
}

/// The access key that created it, where that has an id of Losant's form.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct CreatedBy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_by_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    created_by_type: Option<ActorType>,
}

/// The access key that changed it last, where that has an id of Losant's form.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
struct LastUpdatedBy {
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_updated_by_id: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    last_updated_by_type: Option<ActorType>,
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
    /// [`Error::Invalid`] where its config lacks something or cannot be used.
    pub(crate) fn new(scope: &Scope, id: CredentialId, post: Post) -> Result<Self> {
        let Post { name, description, enabled, mut config } = post;
        config.complete()?;
        let now = now()?;
        let (created_by_id, created_by_type) = actor(scope).unzip();
        Ok(Self {
            id,
            application_id: application_id(scope).to_owned(),
            creation_date: now.clone(),
            last_updated: now,
            created_by: CreatedBy { created_by_id: created_by_id.clone(), created_by_type },
            last_updated_by: LastUpdatedBy {
                last_updated_by_id: created_by_id,
                last_updated_by_type: created_by_type,
            },
            name,
            description,
            enabled,
            r#type: config.r#type(),
            config,
        })
    }

    /// Does what `patch` asks for.
    ///
    /// # Errors
    /// [`Error::Invalid`] where what comes out could not have been posted.
    pub(crate) fn change(&mut self, scope: &Scope, patch: Patch) -> Result<()> {
        let Patch { name, description, enabled, config } = patch;
        self.name = name.unwrap_or_else(|| std::mem::take(&mut self.name));
        self.description = description.or(self.description.take());
        self.enabled = enabled.unwrap_or(self.enabled);
        if let Some(config) = config {
            self.config.change(config)?;
            self.config.complete()?;
        }
        let (last_updated_by_id, last_updated_by_type) = actor(scope).unzip();
        self.last_updated_by = LastUpdatedBy { last_updated_by_id, last_updated_by_type };
        self.last_updated = now()?;
        Ok(())
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
