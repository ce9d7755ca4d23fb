//! Creating a credential: one CreateSecret, unless the name is or was in use.

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use time::OffsetDateTime;
use uuid::Uuid;

use super::compare_and_set::{Base, text_or_binary};
use super::description::Description;
use super::failure::Failure;
use super::{DELETION_GRACE, Draft, Store, Version};
use crate::caller::Scope;
use crate::credential::hex;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;

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
            deleted_at: None,
        };
        let description = description.text()?;
        for _ in 0..MAX_ATTEMPTS {
            match self.create_secret(&secret_name, &version, draft, &description).await {
                Ok(created) => return Ok(created),
                // AWS calls a name that is scheduled for deletion unusable, emulators call it taken.
                Err(Failure::Exists | Failure::Unusable) => {}
                Err(failure) => return Err(failure.into()),
            }
            match self.take_over(&secret_name, &version, draft, &description).await {
                Err(Failure::Exists | Failure::Unusable | Failure::NotFound) => {}
                Err(failure) => return Err(failure.into()),
                Ok(taken) => return taken,
            }
        }
        Err(Error::Throttled)
    }

    async fn create_secret(
        &self,
        secret_name: &str,
        version: &Version,
        draft: &Draft,
        description: &str,
    ) -> Result<Version, Failure> {
        let (text, binary) = text_or_binary(&draft.value);
        let create = self
            .client
            .create_secret()
            .name(secret_name)
            .client_request_token(version.as_str())
            .description(description)
            .set_kms_key_id(self.kms_key_id.clone())
            .set_secret_string(text)
            .set_secret_binary(binary);
        let created = create.send().await.map_err(|error| Failure::of("CreateSecret", &error))?;
        Ok(Version(created.version_id.unwrap_or_default()))
    }

    /// What becomes of a create whose name is taken. The inner result is final; the outer one fails
    /// where the secret changed meanwhile.
    async fn take_over(
        &self,
        secret_name: &str,
        version: &Version,
        draft: &Draft,
        description: &str,
    ) -> Result<Result<Version>, Failure> {
        let secret = self.client.describe_secret().secret_id(secret_name).send().await;
        let secret = secret.map_err(|error| Failure::of("DescribeSecret", &error))?;
        let Some(current) = current_version(&secret) else {
            return Ok(Err(Error::AlreadyExists));
        };
        let scheduled = secret.deleted_date().is_some();
        let found = Description::parse(secret.description()).unwrap_or_default();
        let is_ours = current == *version || found.created_as.as_deref() == Some(version.as_str());
        if is_ours && !scheduled {
            // This very create came through before, and its answer was lost.
            return Ok(Ok(current));
        }
        let deleted_at = found.deleted_at;
        match (deleted_at, scheduled) {
            (None, false) => return Ok(Err(Error::AlreadyExists)),
            // Not a tombstone: its old value would be back from the moment it is restored.
            (None, true) => return Ok(Err(Error::DeletedElsewhere)),
            (Some(deleted_at), false) if is_fresh(deleted_at) => return Ok(Err(Error::BeingDeleted)),
            (Some(_), false) => {}
            (Some(_), true) => {
                let restored = self.client.restore_secret().secret_id(secret_name).send().await;
                restored.map_err(|error| Failure::of("RestoreSecret", &error))?;
            }
        }
        let base = Base { arn: secret.arn().unwrap_or_default(), version: &current };
        self.replace(secret_name, base, &draft.value, description.to_owned()).await.map(Ok)
    }
}

fn current_version(secret: &DescribeSecretOutput) -> Option<Version> {
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
