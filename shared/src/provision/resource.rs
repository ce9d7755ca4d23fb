//! What an API implements so that templates can provision its credentials.

use std::future::Future;

use serde::Serialize;

use super::properties::Properties;
use super::schema::{Field, Level};
use crate::audit;
use crate::caller::Scope;
use crate::credential::Namespace;
use crate::error::Result;
use crate::idempotency::IdempotencyKey;
use crate::secret::Secret;
use crate::store::{Draft, Precondition, Store, Stored, Version};

/// What a custom resource returns. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Provisioned {
    /// What the API's clients call the credential.
    pub id: String,
    /// Its version, the API's ETag.
    pub version: String,
    /// The ARN of its secret.
    pub secret_arn: String,
    /// The name of its secret.
    pub secret_name: String,
    /// The public half of a key pair, if it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// What a create or an update made.
#[derive(Debug)]
pub struct Made {
    /// What the API's clients call the credential.
    pub credential: String,
    /// Its version.
    pub version: Version,
    /// The public half of a key pair, if it has one.
    pub public_key: Option<String>,
}

impl Made {
    /// Replaces a credential with `draft`, if it still is what was `stored`. Writes nothing if that changes nothing,
    /// unless it `must_write`.
    ///
    /// # Errors
    /// As [`Store::update`].
    pub async fn by_draft(
        store: &Store,
        scope: &Scope,
        credential: &str,
        stored: Stored,
        draft: Draft,
        must_write: bool,
    ) -> Result<Self> {
        let version = if !must_write && draft.repeats(&stored.value) {
            stored.version
        } else {
            let unchanged = Precondition::Versions(vec![stored.version]);
            store.update(scope, credential, &unchanged, |_| Ok((draft.clone(), ()))).await?.0
        };
        Ok(Self { credential: credential.to_owned(), version, public_key: None })
    }
}

/// One of the credential APIs, as a resource for templates.
pub trait Resource: Send + Sync + 'static {
    /// The name of the API, as in its secrets' names.
    const API: &'static str;
    /// The levels of its namespaces, outermost first.
    const NAMESPACE: &'static [Level];
    /// The property that names a credential, if names are not unique.
    const ID: Option<&'static str> = None;
    /// Whether the API's clients call a credential by an id and not by its name.
    const HAS_IDS: bool = false;
    /// A create's body, checked.
    type Input: Send + Sync;

    /// The fields of a create's body that a template may set, except those of [`Resource::address`].
    fn fields() -> Vec<Field>;

    /// The fields of a create's body that say which credential is meant, with their values.
    fn address(properties: &Properties) -> Vec<(&'static str, String)>;

    /// The namespace with these levels.
    ///
    /// # Errors
    /// [`Error::Invalid`](crate::Error::Invalid) if there can be none.
    fn namespace(levels: &[String]) -> Result<Namespace>;

    /// Reads a create's body.
    ///
    /// # Errors
    /// As the API's own create.
    fn parse(body: &Secret) -> Result<Self::Input>;

    /// What the API's clients call the credential that is meant: the one `given`, if it still is that credential, or
    /// the one that has the name. `None` if there is none and its id is not known before it is created.
    fn find(
        store: &Store,
        scope: &Scope,
        given: Option<&str>,
        properties: &Properties,
    ) -> impl Future<Output = Result<Option<String>>> + Send;

    /// Notes for the log which credential is meant.
    fn note(credential: &str) {
        if Self::HAS_IDS { audit::credential_id(credential) } else { audit::credential_name(credential) }
    }

    /// What the store calls the credential.
    fn stored_as(credential: &str) -> &str {
        credential
    }

    /// What the store calls the place in which a create reserves the name, if no id says that beforehand.
    fn place(_: &Properties) -> Option<String> {
        None
    }

    /// The secret that was generated at `path` of a credential's value, if it still is what `properties` ask for.
    fn secret_at(value: &Secret, path: &str, properties: &Properties) -> Option<Secret>;

    /// The public half of the key pair in a credential's value, if it has one.
    fn public_key(_: &Secret) -> Option<String> {
        None
    }

    /// Creates the credential for the owner that `scope` names.
    fn create(
        store: &Store,
        scope: &Scope,
        credential: Option<&str>,
        input: Self::Input,
        key: Option<&IdempotencyKey>,
    ) -> impl Future<Output = Result<Made>> + Send;

    /// Makes the credential what `input` says, if it still is what was `stored`. Writes nothing if that changes
    /// nothing, unless it `must_write`.
    fn update(
        store: &Store,
        scope: &Scope,
        credential: &str,
        stored: Stored,
        input: Self::Input,
        must_write: bool,
    ) -> impl Future<Output = Result<Made>> + Send;

    /// Whether everything outside the credential's value is what the properties say.
    fn is_settled(
        _: &Store,
        _: &Scope,
        _: &Stored,
        _: &Properties,
    ) -> impl Future<Output = Result<bool>> + Send {
        async { Ok(true) }
    }

    /// Deletes the credential.
    fn delete(
        store: &Store,
        scope: &Scope,
        credential: &str,
        precondition: &Precondition,
    ) -> impl Future<Output = Result<()>> + Send {
        async move { store.delete(scope, Self::stored_as(credential), precondition).await }
    }
}
