//! Reading a credential: one GetSecretValue. In order to change it, beside it what a write needs to know.

use futures_util::future::BoxFuture;
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::answers::CURRENT;
use super::back_off::BackOff;
use super::base::Opened;
use super::calls::{BATCH, Store};
use super::failure::Failure;
use super::mark::is_arriving;
use super::rate::wait_out;
use super::stored::Stored;
use super::version::Version;
use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::limits::LISTING;

/// How many calls are under way at a time: far from the account's 100 a second.
const CONCURRENT: usize = 4;

impl Store {
    /// The credential called `credential`, with its value.
    ///
    /// # Errors
    /// [`Error::NotFound`] also for a deleted one.
    pub async fn read(&self, scope: &Scope, credential: &str) -> Result<Stored> {
        let secret_name = self.secret_name(scope, credential);
        let mut not_arrived = None;
        loop {
            let stored = self.get_secret_value(&secret_name, CURRENT).await?;
            let (version, is_arriving) = (stored.version.clone(), is_arriving(&stored.value));
            if let Some(stored) = self.credential_in(scope, stored).await? {
                return Ok(stored);
            }
            // What the other name's secret says of a marked value counts only if nothing happened here
            // meanwhile: else the rename may have come to its end between the two reads.
            if !is_arriving || not_arrived.as_ref() == Some(&version) {
                return Err(Error::NotFound);
            }
            not_arrived = Some(version);
        }
    }

    /// The credential called `credential`, read in order to change it.
    ///
    /// # Errors
    /// As [`Store::read`]; [`Error::Throttled`] where reads lag for too long.
    pub async fn open_credential(
        &self,
        scope: &Scope,
        credential: &str,
        back_off: &mut BackOff,
    ) -> Result<Opened> {
        self.open_again(scope, credential, None, back_off).await
    }

    /// The same, after a write over the version `rejected` was rejected.
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
                let is_arriving = is_arriving(&stored.value);
                if let Some(stored) = self.credential_in(scope, stored).await? {
                    return Ok(Opened { stored, base });
                }
                if !is_arriving || not_arrived.as_ref() == Some(&base.version) {
                    return Err(Error::NotFound);
                }
                not_arrived = Some(base.version);
            }
        })
    }

    /// The credentials called `credentials`, in that order; `None` for one that is not there.
    ///
    /// # Errors
    /// Those of Secrets Manager itself, also where it could not read a single one.
    pub async fn read_all(&self, scope: &Scope, credentials: &[&str]) -> Result<Vec<Option<Stored>>> {
        let names = credentials.iter().map(|credential| self.secret_name(scope, credential)).collect();
        Ok(self.read_secrets(scope, names, &BackOff::within(LISTING)).await?)
    }

    /// The same, of secrets. Each batch has the `back_off` to itself while AWS rejects it for its rate.
    pub(super) fn read_secrets<'a>(
        &'a self,
        scope: &'a Scope,
        names: Vec<String>,
        back_off: &'a BackOff,
    ) -> BoxFuture<'a, Result<Vec<Option<Stored>>, Failure>> {
        Box::pin(async move {
            let read = async |batch: Vec<String>| {
                wait_out(&mut back_off.clone(), || self.batch_get_secret_value(batch.clone())).await
            };
            let batches: Vec<_> = names.chunks(BATCH).map(|batch| read(batch.to_vec())).collect();
            let read: Vec<_> = stream::iter(batches).buffered(CONCURRENT).try_collect().await?;
            let mut credentials = Vec::with_capacity(names.len());
            for found in read.into_iter().flatten() {
                credentials.push(match found {
                    Some(stored) => self.credential_in(scope, stored).await?,
                    None => None,
                });
            }
            Ok(credentials)
        })
    }
}
