//! Secrets Manager, and the only place that names its SDK.
//!
//! One secret holds one credential. Its Description holds what a list may show, as JSON, and is
//! written in the same call as the value. Every read-modify-write is a compare-and-set; a deletion
//! writes a tombstone before it schedules the secret's end, so that an old value never comes back.
//! `docs/decisions/` says why.

mod batch;
mod client;
mod compare_and_set;
mod create;
mod delete;
mod description;
mod document;
mod failure;
mod keys;
mod list;
mod read;
mod rename;
mod tombstone;
mod update;

use std::time::Duration;

use aws_sdk_secretsmanager::Client;
use futures_util::future::BoxFuture;
use serde::Serialize;

pub use client::Config;
pub use description::describable;
pub use document::Document;
pub use keys::KeyVersion;
pub use list::Listed;
pub use rename::renamable;
pub use update::Contention;

use crate::caller::Scope;
use crate::error::{Error, Result};
use crate::secret::Secret;
use failure::Failure;

/// The most that Secrets Manager keeps as one value, in bytes.
pub const MAX_VALUE_BYTES: usize = 65_536;

/// How long a tombstone that is not scheduled for deletion is left alone: the function that wrote it
/// may still be about to schedule it. Longer than any function may run (`Timeout` in template.yaml).
pub const DELETION_GRACE: Duration = Duration::from_secs(20);

/// A call of Secrets Manager that is under way.
///
/// In a box, because what an `async fn` does is compiled into every crate that awaits it: the SDK's part of
/// a call would be compiled into each binary, and with that crate's profile.
type Call<'a, T> = BoxFuture<'a, Result<T, Failure>>;

/// The credentials, in Secrets Manager.
#[derive(Clone, Debug)]
pub struct Store {
    client: Client,
    prefix: String,
    recovery_window_in_days: i64,
    kms_key_id: Option<String>,
}

/// Which state of a credential is meant: Secrets Manager's version id. Changes with every write, and
/// never comes back.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version(String);

impl Version {
    /// The version with this id.
    pub fn new(id: impl Into<String>) -> Self {
        Self(id.into())
    }

    /// The version id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What is to be stored: the value, and beside it what a list may show.
#[derive(Clone, Debug)]
pub struct Draft {
    value: Secret,
    public: Option<Box<serde_json::value::RawValue>>,
    identity: Option<Secret>,
}

impl Draft {
    /// A value with its public part, which must not hold anything secret.
    ///
    /// # Errors
    /// [`Error::TooLarge`] or [`Error::Invalid`] where Secrets Manager could not keep the value.
    pub fn new(value: Secret, public: &impl Serialize) -> Result<Self> {
        if value.len() > MAX_VALUE_BYTES {
            return Err(Error::TooLarge { what: "The credential's value", limit: MAX_VALUE_BYTES });
        }
        if value.is_empty() {
            return Err(Error::invalid(
                "",
                "The credential's value is empty; Secrets Manager keeps no empty values.",
            ));
        }
        if tombstone::is_tombstone(&value) || rename::is_arriving(&value) {
            return Err(Error::invalid(
                "",
                "The credential's value starts with text that is reserved for Latchkey.",
            ));
        }
        let public = serde_json::value::to_raw_value(public)
            .map_err(|_| Error::internal("a public part cannot be written as JSON"))?;
        Ok(Self { value, public: Some(public), identity: None })
    }

    /// Makes `identity` what a repeated create must have in common with the first one, in place of the
    /// value: for values that differ each time, because the time of the create stands in them.
    #[must_use]
    pub fn identified_by(mut self, identity: Secret) -> Self {
        self.identity = Some(identity);
        self
    }
}

/// A credential as it was read.
#[derive(Clone, Debug)]
pub struct Stored {
    /// The value.
    pub value: Secret,
    /// Its version.
    pub version: Version,
    arn: String,
}

impl Store {
    /// The store that the environment describes ([`Config::from_env`]).
    ///
    /// # Errors
    /// [`Error::Internal`] where the environment is not that of a Latchkey function.
    pub fn from_env() -> Result<Self> {
        Self::new(Config::from_env()?)
    }

    /// The store that `config` describes. Opens no connection yet.
    pub fn new(config: Config) -> Result<Self> {
        Ok(Self {
            client: client::build(&config)?,
            prefix: config.prefix,
            recovery_window_in_days: config.recovery_window_in_days,
            kms_key_id: config.kms_key_id,
        })
    }

    /// Opens the connection to Secrets Manager ahead of the first call. A failure is left to that call.
    pub async fn open_connection(&self) {
        client::open_connection(&self.client).await;
    }

    fn secret_name(&self, scope: &Scope, credential: &str) -> String {
        scope.namespace().secret_name(&self.prefix, credential)
    }
}
