//! Creating a credential: one CreateSecret, unless the name is or was in use.

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use time::OffsetDateTime;
use uuid::Uuid;

use super::compare_and_set::{Place, text_or_binary};
use super::description::Description;
use super::failure::Failure;
use super::{Call, DELETION_GRACE, Draft, Store, Version};
use crate::caller::Scope;
use crate::credential::hex;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;
use crate::secret::Secret;

/// How often the state of a name may change under a create before it gives up.
const MAX_ATTEMPTS: usize = 4;

impl Store {
    /// Stores `draft` under a name that no credential has. A deleted one of that name is restored as
    /// a secret and gets the new value; its old value is not seen again.
    ///
    /// With the same `idempotency_key`, a repeated create is a success.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DeletedElsewhere`] or [`Error::BeingDeleted`].
    pub async fn create(
        &self,
        scope: &Scope,
        credential: &str,
        draft: &Draft,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> Result<Version> {
        let secret_name = self.secret_name(scope, credential);
        let version = match idempotency_key {
            None => Version(Uuid::new_v4().to_string()),
            Some(key) => {
                let identity = draft.identity.as_ref().unwrap_or(&draft.value);
                let parts = [scope.key_id().as_bytes(), secret_name.as_bytes(), identity.expose()];
                Version(hex(&key.derive(&parts)))
            }
        };
        let description = Description {
            name: credential.to_owned(),
            public: draft.public.clone(),
            created_as: Some(version.as_str().to_owned()),
            ..Description::default()
        };
        let place = self.occupy(scope, &secret_name, &version, &draft.value, &description.text()?).await?;
        Ok(place.version)
    }

    /// Writes a value and its Description under a name that no credential has, as the version
    /// `version`, which the Description must name as `created_as`.
    ///
    /// # Errors
    /// As [`Store::create`].
    pub(super) async fn occupy(
        &self,
        scope: &Scope,
        secret_name: &str,
        version: &Version,
        value: &Secret,
        description: &str,
    ) -> Result<Place> {
        for _ in 0..MAX_ATTEMPTS {
            match self.create_secret(secret_name, version, value, description).await {
                Ok(place) => return Ok(place),
                // AWS calls a name that is scheduled for deletion unusable, emulators call it taken.
                Err(Failure::Exists | Failure::Unusable) => {}
                Err(failure) => return Err(failure.into()),
            }
            match self.take_over(scope, secret_name, version, value, description).await {
                Err(Failure::Exists | Failure::Unusable | Failure::NotFound) => {}
                Err(failure) => return Err(failure.into()),
                Ok(taken) => return taken,
            }
        }
        Err(Error::Throttled)
    }

    pub(super) fn create_secret(
        &self,
        secret_name: &str,
        version: &Version,
        value: &Secret,
        description: &str,
    ) -> Call<'static, Place> {
        let (text, binary) = text_or_binary(value);
        let create = self
            .client
            .create_secret()
            .name(secret_name)
            .client_request_token(version.as_str())
            .description(description)
            .set_kms_key_id(self.kms_key_id.clone())
            .set_secret_string(text)
            .set_secret_binary(binary);
        Box::pin(async {
            let created = create.send().await.map_err(|error| Failure::of("CreateSecret", &error))?;
            let version = Version(created.version_id.unwrap_or_default());
            Ok(Place { arn: created.arn.unwrap_or_default(), version })
        })
    }

    /// What becomes of a create whose name is taken. The inner result is final; the outer one fails
    /// where the secret changed meanwhile.
    async fn take_over(
        &self,
        scope: &Scope,
        secret_name: &str,
        version: &Version,
        value: &Secret,
        description: &str,
    ) -> Result<Result<Place>, Failure> {
        let secret = self.describe(secret_name).await?;
        let Some(current) = current_version(&secret) else {
            return Ok(Err(Error::AlreadyExists));
        };
        let arn = secret.arn().unwrap_or_default().to_owned();
        let place = Place { arn, version: current };
        let scheduled = secret.deleted_date().is_some();
        let found = Description::parse(secret.description()).unwrap_or_default();
        let is_ours = place.version == *version || found.created_as.as_deref() == Some(version.as_str());
        if is_ours && !scheduled {
            // This very create came through before, and its answer was lost.
            return Ok(Ok(place));
        }
        if let Err(refusal) = self.vacate(scope, &found, scheduled).await {
            return Ok(Err(refusal));
        }
        if scheduled {
            self.restore(secret_name).await?;
        }
        let version = self.replace(secret_name, place.base(), value, description.to_owned()).await?;
        Ok(Ok(Place { version, ..place }))
    }

    /// Makes sure that nobody needs what a secret with this Description holds, so that a new
    /// credential can take its place.
    async fn vacate(&self, scope: &Scope, found: &Description, scheduled: bool) -> Result<()> {
        match (found.deleted_at, scheduled) {
            // Not a tombstone: its old value would be back from the moment it is restored.
            (None, true) => Err(Error::DeletedElsewhere),
            (None, false) => match &found.renamed_from {
                Some(rename) if self.stop_rename(scope, rename).await? => Ok(()),
                _ => Err(Error::AlreadyExists),
            },
            (Some(deleted_at), false) if is_fresh(deleted_at) => Err(Error::BeingDeleted),
            (Some(_), _) => self.settle_tombstone(scope, found).await,
        }
    }

    pub(super) fn describe(&self, secret_name: &str) -> Call<'static, DescribeSecretOutput> {
        let describe = self.client.describe_secret().secret_id(secret_name);
        Box::pin(async { describe.send().await.map_err(|error| Failure::of("DescribeSecret", &error)) })
    }

    fn restore(&self, secret_name: &str) -> Call<'static, ()> {
        let restore = self.client.restore_secret().secret_id(secret_name);
        Box::pin(async {
            let restored = restore.send().await.map(drop);
            restored.map_err(|error| Failure::of("RestoreSecret", &error))
        })
    }
}

/// The version of a secret that is labelled AWSCURRENT.
pub(super) fn current_version(secret: &DescribeSecretOutput) -> Option<Version> {
    let versions = secret.version_ids_to_stages()?;
    let is_current = |stages: &Vec<String>| stages.iter().any(|stage| stage == "AWSCURRENT");
    let (id, _) = versions.iter().find(|(_, stages)| is_current(stages))?;
    Some(Version::new(id))
}

/// Whether the function that wrote a tombstone at `deleted_at` may still be at work on it.
pub(super) fn is_fresh(deleted_at: i64) -> bool {
    let age = OffsetDateTime::now_utc().unix_timestamp().saturating_sub(deleted_at);
    u64::try_from(age).map_or(true, |age| age < DELETION_GRACE.as_secs())
}
