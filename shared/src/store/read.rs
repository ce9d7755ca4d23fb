//! Reading a credential takes one GetSecretValue. A read in order to change it also gets what a write needs to know.
//! See `docs/decisions/the-value-decides.md` and `docs/decisions/lag.md`.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::answers::CURRENT;
use super::back_off::BackOff;
use super::base::Opened;
use super::calls::{BATCH, Store};
use super::failure::Failure;
use super::mark::is_marked;
use super::rate::retry_while_throttled;
use super::stored::Stored;
use super::version::Version;
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::limits::LISTING;

/// How many calls run concurrently: far below the account's 100 a second.
const CONCURRENT: usize = 4;

impl Store {
    /// Reads the credential called `credential`, with its value.
    ///
    /// # Errors
    /// [`Error::NotFound`], also for a deleted credential.
    pub async fn read(&self, scope: &Scope, credential: &str) -> Result<Stored> {
        let secret_name = self.secret_name(scope, credential);
        let mut not_arrived = None;
        loop {
            let stored = self.get_secret_value(&secret_name, CURRENT).await?;
            let (version, is_marked) = (stored.version.clone(), is_marked(&stored.value));
            if let Some(stored) = self.credential_in(scope, stored).await? {
                return Ok(stored);
            }
            // What the old secret says about a mark counts only if the mark is still here afterwards. Otherwise the
            // rename may have finished between the two reads, and the old secret been scheduled for deletion.
            if !is_marked || not_arrived.as_ref() == Some(&version) {
                return Err(Error::NotFound);
            }
            not_arrived = Some(version);
        }
    }

    /// Reads the credential called `credential` in order to change it.
    ///
    /// # Errors
    /// As [`Store::read`]; [`Error::Throttled`] if reads lag for too long.
    pub async fn open_credential(
        &self,
        scope: &Scope,
        credential: &str,
        back_off: &mut BackOff,
    ) -> Result<Opened> {
        self.open_again(scope, credential, None, back_off).await
    }

    /// The same, after a write over the version `rejected` has been rejected.
    pub(super) fn open_again<'a>(
        &'a self,
        scope: &'a Scope,
        credential: &'a str,
        rejected: Option<&'a Version>,
        back_off: &'a mut BackOff,
    ) -> BoxFuture<'a, Result<Opened>> {
        Box::pin(async move {
            let secret_name = self.secret_name(scope, credential);
            let mut not_arrived = None;
            loop {
                let Opened { stored, base } = self.open(&secret_name, rejected, back_off).await?;
                let is_marked = is_marked(&stored.value);
                if let Some(stored) = self.credential_in(scope, stored).await? {
                    return Ok(Opened { stored, base });
                }
                // As in `read`: the rename may have finished between the two reads.
                if !is_marked || not_arrived.as_ref() == Some(&base.version) {
                    return Err(Error::NotFound);
                }
                not_arrived = Some(base.version);
            }
        })
    }

    /// Reads the credentials called `credentials`, in that order; `None` for one that does not exist.
    ///
    /// # Errors
    /// Errors of Secrets Manager itself, also if it failed to read only one of them.
    pub async fn read_all(&self, scope: &Scope, credentials: &[&str]) -> Result<Vec<Option<Stored>>> {
        let names = credentials.iter().map(|credential| self.secret_name(scope, credential)).collect();
        Ok(self.read_secrets(scope, names, &BackOff::within(LISTING)).await?)
    }

    /// The same for secrets. Each batch that AWS throttles waits with its own copy of `back_off`.
    pub(super) fn read_secrets<'a>(
        &'a self,
        scope: &'a Scope,
        names: Vec<String>,
        back_off: &'a BackOff,
    ) -> BoxFuture<'a, Result<Vec<Option<Stored>>, Failure>> {
        Box::pin(async move {
            let read = async |batch: Vec<String>| {
                // A copy has the same deadline, but its waits do not grow with those of the other batches.
                retry_while_throttled(&mut back_off.clone(), || self.batch_get_secret_value(batch.clone()))
                    .await
            };
            let batches: Vec<_> = names.chunks(BATCH).map(|batch| read(batch.to_vec())).collect();
            let read: Vec<_> = stream::iter(batches).buffered(CONCURRENT).try_collect().await?;
            let mut credentials = Vec::with_capacity(names.len());
            for found in read.into_iter().flatten() {
                credentials.push(match found {
                    // One look is enough here, unlike in `read`: lists can lag anyway.
                    Some(stored) => self.credential_in(scope, stored).await?,
                    None => None,
                });
            }
            Ok(credentials)
        })
    }
}
