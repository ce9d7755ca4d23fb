//! Reading many credentials: one BatchGetSecretValue for each twenty.

use std::collections::HashMap;

use aws_sdk_secretsmanager::types::{ApiErrorType, SecretValueEntry};
use futures_util::stream::{self, StreamExt as _, TryStreamExt as _};

use super::failure::Failure;
use super::read::stored;
use super::rename::is_arriving;
use super::{Call, Store, Stored, tombstone};
use crate::caller::Scope;
use crate::error::{Error, Result};

/// The most that BatchGetSecretValue reads at once.
const BATCH: usize = 20;
/// How many calls are under way at a time: far from the account's 100 a second.
const CONCURRENT: usize = 4;

impl Store {
    /// The credentials called `credentials`, in that order; `None` for one that is not there.
    ///
    /// # Errors
    /// Those of Secrets Manager itself, also where it could not read a single one.
    pub async fn read_all(&self, scope: &Scope, credentials: &[&str]) -> Result<Vec<Option<Stored>>> {
        let names: Vec<_> =
            credentials.iter().map(|credential| self.secret_name(scope, credential)).collect();
        let batches: Vec<_> = names.chunks(BATCH).map(|batch| self.read_batch(batch)).collect();
        let read: Vec<_> = stream::iter(batches).buffered(CONCURRENT).try_collect().await?;
        let mut settled = Vec::with_capacity(credentials.len());
        for (credential, found) in credentials.iter().zip(read.into_iter().flatten()) {
            settled.push(self.settled(scope, credential, found).await?);
        }
        Ok(settled)
    }

    pub(super) fn read_batch<'a>(&self, names: &'a [String]) -> Call<'a, Vec<Option<Stored>>> {
        let read = self.client.batch_get_secret_value().set_secret_id_list(Some(names.to_vec()));
        Box::pin(async {
            let mut found = HashMap::new();
            let mut pages = read.into_paginator().send();
            while let Some(page) = pages.next().await {
                let page = page.map_err(|error| Failure::of("BatchGetSecretValue", &error))?;
                page.errors().iter().try_for_each(missing_or_failed)?;
                found.extend(page.secret_values.into_iter().flatten().filter_map(named));
            }
            Ok(names.iter().map(|name| found.remove(name)).collect())
        })
    }

    /// What a batch found of a credential, as a single read would answer it.
    async fn settled(
        &self,
        scope: &Scope,
        credential: &str,
        found: Option<Stored>,
    ) -> Result<Option<Stored>> {
        match found {
            Some(stored) if tombstone::is_tombstone(&stored.value) => Ok(None),
            Some(stored) if is_arriving(&stored.value) => match self.read(scope, credential).await {
                Err(Error::NotFound) => Ok(None),
                read => read.map(Some),
            },
            found => Ok(found),
        }
    }
}

/// Of the errors for single secrets, those that say no more than that there is none.
fn missing_or_failed(error: &ApiErrorType) -> Result<(), Failure> {
    match Failure::of_code("BatchGetSecretValue", error.error_code().unwrap_or("no error code"), 200) {
        Failure::NotFound | Failure::Unusable => Ok(()),
        failure => Err(failure),
    }
}

fn named(secret: SecretValueEntry) -> Option<(String, Stored)> {
    let stored = stored(secret.secret_string, secret.secret_binary, secret.version_id, secret.arn);
    Some((secret.name?, stored))
}
