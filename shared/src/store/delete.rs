//! Deleting a credential: a tombstone takes the place of its value, then the secret is scheduled for
//! deletion. The tombstone is what counts; until the window is over, the secret can be restored and
//! its value is the version labelled AWSPREVIOUS.

use aws_sdk_secretsmanager::config::{Config, retry::RetryConfig};
use futures_util::future::BoxFuture;
use time::OffsetDateTime;

use super::compare_and_set::Base;
use super::create::is_fresh;
use super::description::Description;
use super::failure::Failure;
use super::update::Contention;
use super::{Store, Stored, rename, tombstone};
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::request::Precondition;

impl Store {
    /// Deletes the credential.
    ///
    /// # Errors
    /// [`Error::NotFound`]; [`Error::PreconditionFailed`].
    pub async fn delete(&self, scope: &Scope, credential: &str, precondition: &Precondition) -> Result<()> {
        self.delete_if(scope, credential, precondition, |_| Ok(())).await
    }

    /// Deletes the credential, if `check` has nothing against the state that is deleted.
    ///
    /// # Errors
    /// As [`Store::delete`], and what `check` answers.
    pub async fn delete_if(
        &self,
        scope: &Scope,
        credential: &str,
        precondition: &Precondition,
        mut check: impl FnMut(&Stored) -> Result<()>,
    ) -> Result<()> {
        let secret_name = self.secret_name(scope, credential);
        let mut contention = Contention::new();
        loop {
            let stored = self.read_secret(&secret_name).await?;
            let was_deleted = tombstone::is_tombstone(&stored.value);
            let stored =
                if rename::is_arriving(&stored.value) { self.read(scope, credential).await? } else { stored };
            if was_deleted {
                // Left behind by a function that died: worth finishing, unless it is still at work.
                let tombstone = Description::parse(self.describe(&secret_name).await?.description());
                let tombstone = tombstone.unwrap_or_default();
                if tombstone.deleted_at.is_none_or(is_fresh) {
                    return Err(Error::NotFound);
                }
                self.settle_tombstone(scope, &tombstone).await?;
            } else {
                precondition.check(&stored.version)?;
                check(&stored)?;
            }
            let deleted_at = Some(OffsetDateTime::now_utc().unix_timestamp());
            let description =
                Description { name: credential.to_owned(), deleted_at, ..Description::default() }.text()?;
            let base = Base { arn: &stored.arn, version: &stored.version };
            match self.replace(&secret_name, base, &tombstone::new(), description).await {
                Ok(_) => {}
                Err(Failure::Exists) => {
                    contention.wait().await?;
                    continue;
                }
                Err(failure) => return Err(failure.into()),
            }
            self.schedule_deletion(&secret_name).await;
            return if was_deleted { Err(Error::NotFound) } else { Ok(()) };
        }
    }

    /// Schedules the deletion of a secret that holds a tombstone. The credential is gone already, so
    /// a failure here is only logged: the secret costs money until somebody uses its name again.
    ///
    /// Tried once: a repetition could come after somebody has created the name again.
    pub(super) fn schedule_deletion(&self, secret_name: &str) -> BoxFuture<'static, ()> {
        let delete = self
            .client
            .delete_secret()
            .secret_id(secret_name)
            .recovery_window_in_days(self.recovery_window_in_days)
            .customize()
            .config_override(Config::builder().retry_config(RetryConfig::disabled()));
        Box::pin(async {
            if let Err(error) = delete.send().await {
                let failure = Failure::of("DeleteSecret", &error);
                tracing::warn!(?failure, "a deleted credential's secret could not be scheduled for deletion");
            }
        })
    }
}
