//! All calls to Secrets Manager, one function for each action. Nothing else names the SDK's operations.
//!
//! Each call is a boxed future. The body of an `async fn` would be compiled into every crate that awaits it: each
//! binary would contain the SDK's part of a call again, with its own profile. See `docs/decisions/profiles.md`.

use std::collections::HashMap;

use aws_sdk_secretsmanager::config::{Config as SdkConfig, retry::RetryConfig};
use aws_sdk_secretsmanager::types::{Filter, FilterNameStringType, SortOrderType};
use futures_util::future::BoxFuture;

use super::answers::{self, Metadata, Place, Versions, Written};
use super::client::{Config, Connection};
use super::description::Description;
use super::draft::Owned;
use super::failure::Failure;
use super::stored::{Source, Stored};
use super::version::Version;
use crate::caller::Scope;
use crate::error::Result;
use crate::ownership::Ownership;
use crate::secret::Secret;

/// The most entries on a page of ListSecrets and ListSecretVersionIds.
const PAGE: i32 = 100;
/// The most secrets that one BatchGetSecretValue reads.
pub(super) const BATCH: usize = 20;

/// A call to Secrets Manager.
pub(super) type Call<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// The function that creates a credential for an owner.
pub(super) type CreateOwned =
    for<'a> fn(&'a Store, &'a Scope, &'a str, Owned<'a>) -> BoxFuture<'a, Result<Version>>;

/// The credentials, in Secrets Manager.
#[derive(Clone, Debug)]
pub struct Store {
    connection: Connection,
    pub(super) prefix: String,
    pub(super) region: String,
    recovery_window_in_days: i64,
    kms_key_id: Option<String>,
    tags: String,
    /// Set only in functions that provision, so that no other package contains this code.
    pub(super) create_owned: Option<CreateOwned>,
}

impl Store {
    /// The store that the environment describes ([`Config::from_env`]).
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if the environment is not that of a Latchkey function.
    pub fn from_env() -> Result<Self> {
        Self::new(Config::from_env()?)
    }

    /// The store that `config` describes. Opens no connection yet.
    ///
    /// # Errors
    /// [`Error::Internal`](crate::Error::Internal) if `ca_bundle` holds no certificates.
    pub fn new(config: Config) -> Result<Self> {
        Ok(Self {
            connection: Connection::new(&config)?,
            prefix: config.prefix,
            region: config.region,
            recovery_window_in_days: config.recovery_window_in_days,
            kms_key_id: config.kms_key_id,
            tags: config.tags,
            create_owned: None,
        })
    }

    /// Prepares everything for the first call, including the connection to Secrets Manager. If that fails, the first
    /// call reports it.
    pub async fn warm_up(&self) {
        self.connection.warm_up().await;
    }

    pub(super) fn secret_name(&self, scope: &Scope, credential: &str) -> String {
        scope.namespace().secret_name(&self.prefix, credential)
    }

    /// Creates a secret with the tags of this installation, and those of its owner if it has one. The token becomes
    /// the version's id.
    pub(super) fn create_secret(
        &self,
        name: &str,
        token: &Version,
        value: &Secret,
        description: Description,
        ownership: Option<&Ownership>,
    ) -> Call<'static, Written> {
        let (text, binary) = answers::text_or_binary(value);
        let create = self
            .connection
            .client
            .create_secret()
            .name(name)
            .client_request_token(token.as_str())
            .set_kms_key_id(self.kms_key_id.clone())
            .set_tags(answers::all_tags(&self.tags, ownership))
            .set_secret_string(text)
            .set_secret_binary(binary);
        let (version, created_as) = (token.clone(), description.created_as.clone());
        // The version's id is known before the call, so Description and value are written in one.
        let description = description.text(token);
        Box::pin(async {
            let create = create.description(description?);
            let created = create.send().await.map_err(|error| Failure::of("CreateSecret", &error))?;
            Ok(Written { arn: created.arn.unwrap_or_default(), version, created_as })
        })
    }

    /// Writes value and Description in one call. The token becomes the version's id.
    ///
    /// Names the secret by its ARN: the write is rejected if another secret of the same name has taken its place.
    pub(super) fn update_secret(
        &self,
        arn: &str,
        token: &Version,
        value: &Secret,
        description: Description,
    ) -> Call<'static, Version> {
        let (text, binary) = answers::text_or_binary(value);
        let update = self
            .connection
            .client
            .update_secret()
            .secret_id(arn)
            .client_request_token(token.as_str())
            .set_secret_string(text)
            .set_secret_binary(binary);
        let (version, description) = (token.clone(), description.text(token));
        Box::pin(async {
            let update = update.description(description?);
            update.send().await.map_err(|error| Failure::of("UpdateSecret", &error))?;
            Ok(version)
        })
    }

    /// Reads the version of a secret that is labelled `stage`. The secret need not be a credential's.
    pub(super) fn get_secret_value(&self, id: &str, stage: &str) -> Call<'static, Stored> {
        self.get_version(id, Some(stage.to_owned()), None)
    }

    /// Reads a version of any secret, also of one that does not belong to Latchkey.
    pub(super) fn get_source(&self, source: &Source) -> Call<'static, Stored> {
        self.get_version(&source.arn, source.stage.clone(), source.version.clone())
    }

    fn get_version(&self, id: &str, stage: Option<String>, version: Option<String>) -> Call<'static, Stored> {
        let read = self.connection.client.get_secret_value().secret_id(id);
        let read = read.set_version_stage(stage).set_version_id(version);
        Box::pin(async {
            let answer = read.send().await.map_err(|error| Failure::of("GetSecretValue", &error))?;
            let (text, binary) = (answer.secret_string, answer.secret_binary);
            Ok(answers::stored(text, binary, answer.version_id, answer.arn, answer.created_date))
        })
    }

    /// Reads the current values of up to [`BATCH`] secrets, in the order of `names`; `None` if there is no value to
    /// read.
    pub(super) fn batch_get_secret_value(&self, names: Vec<String>) -> Call<'static, Vec<Option<Stored>>> {
        let read = self.connection.client.batch_get_secret_value().set_secret_id_list(Some(names.clone()));
        Box::pin(async move {
            let mut found = HashMap::new();
            let mut pages = read.into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| Failure::of("BatchGetSecretValue", &error))?;
                page.errors().iter().try_for_each(answers::missing_or_failed)?;
                found.extend(page.secret_values.into_iter().flatten().filter_map(answers::named));
            }
            Ok(names.iter().map(|name| found.remove(name)).collect())
        })
    }

    /// Describes a secret, also one that is scheduled for deletion.
    pub(super) fn describe_secret(&self, id: &str) -> Call<'_, Metadata> {
        let describe = self.connection.client.describe_secret().secret_id(id);
        Box::pin(async {
            let secret = describe.send().await.map_err(|error| Failure::of("DescribeSecret", &error))?;
            Ok(Metadata::described(secret, &self.region))
        })
    }

    /// Reads who owns a secret, also one that is scheduled for deletion.
    pub(super) fn describe_ownership(&self, id: &str) -> Call<'static, Place> {
        let describe = self.connection.client.describe_secret().secret_id(id);
        Box::pin(async {
            let secret = describe.send().await.map_err(|error| Failure::of("DescribeSecret", &error))?;
            Ok(answers::place(secret))
        })
    }

    /// Writes an owner's tags to a secret.
    pub(super) fn tag_resource(&self, arn: &str, ownership: &Ownership) -> Call<'static, ()> {
        let tag =
            self.connection.client.tag_resource().secret_id(arn).set_tags(Some(answers::tags(ownership)));
        Box::pin(async {
            let tagged = tag.send().await.map(drop);
            tagged.map_err(|error| Failure::of("TagResource", &error))
        })
    }

    /// Lists the versions of a secret, also those without a label.
    pub(super) fn list_secret_version_ids(&self, arn: &str) -> Call<'static, Versions> {
        // A version that has lost its labels still uses up its token.
        let list = self.connection.client.list_secret_version_ids().secret_id(arn).include_deprecated(true);
        Box::pin(async {
            let mut versions = Versions::default();
            let mut pages = list.into_paginator().page_size(PAGE).send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| Failure::of("ListSecretVersionIds", &error))?;
                versions.extend(page.versions);
            }
            Ok(versions)
        })
    }

    /// Lists a page of the secrets whose names start with `prefix`, without those that are scheduled for deletion.
    /// Also returns the token of the next page.
    pub(super) fn list_secrets(
        &self,
        prefix: &str,
        next: Option<String>,
    ) -> Call<'static, (Vec<Metadata>, Option<String>)> {
        let filter = Filter::builder().key(FilterNameStringType::Name).values(prefix).build();
        let list = self.connection.client.list_secrets().filters(filter).sort_order(SortOrderType::Asc);
        let list = list.max_results(PAGE).set_next_token(next);
        Box::pin(async {
            let page = list.send().await.map_err(|error| Failure::of("ListSecrets", &error))?;
            let secrets = page.secret_list.into_iter().flatten();
            let live = secrets.filter(|secret| secret.deleted_date.is_none());
            Ok((live.map(Metadata::listed).collect(), page.next_token.filter(|next| !next.is_empty())))
        })
    }

    /// Schedules the deletion of a secret. The call is sent only once.
    pub(super) fn delete_secret(&self, arn: &str) -> Call<'static, ()> {
        // DeleteSecret has no compare-and-set: a retry could delete what somebody has created meanwhile.
        let delete = self
            .connection
            .client
            .delete_secret()
            .secret_id(arn)
            .recovery_window_in_days(self.recovery_window_in_days)
            .customize()
            .config_override(SdkConfig::builder().retry_config(RetryConfig::disabled()));
        Box::pin(async {
            let deleted = delete.send().await.map(drop);
            deleted.map_err(|error| Failure::of("DeleteSecret", &error))
        })
    }

    /// Cancels the scheduled deletion of a secret.
    pub(super) fn restore_secret(&self, arn: &str) -> Call<'static, ()> {
        let restore = self.connection.client.restore_secret().secret_id(arn);
        Box::pin(async {
            let restored = restore.send().await.map(drop);
            restored.map_err(|error| Failure::of("RestoreSecret", &error))
        })
    }
}
