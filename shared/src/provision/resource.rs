//! What an API has to say for itself, so that templates can provision its credentials.

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

/// What a custom resource returns; nothing secret.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Provisioned {
    /// What the API's clients call the credential by.
    pub id: String,
    /// Its version, the API's ETag.
    pub version: String,
    /// The ARN of its secret.
    pub secret_arn: String,
    /// The name of its secret.
    pub secret_name: String,
    /// The public half of a key pair, where it has one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub public_key: Option<String>,
}

/// What a create or an update has made.
#[derive(Debug)]
pub struct Made {
    /// What the API's clients call the credential by.
    pub credential: String,
    /// Its version.
    pub version: Version,
    /// The public half of a key pair, where it has one.
    pub public_key: Option<String>,
}

impl Made {
    /// Replaces a credential, which is still what was `stored`, with `draft`; writes nothing where that changes nothing,
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

/// One of the credential APIs, as what templates can provision.
pub trait Resource: Send + Sync + 'static {
    /// The name of the API, as in its secrets' names.
    const API: &'static str;
    /// The levels of its namespaces, outermost first.
    const NAMESPACE: &'static [Level];
    /// The property that names a credential where names are not unique.
    const ID: Option<&'static str> = None;
    /// Whether the API's clients call a credential by an id, and not by its name.
    const HAS_IDS: bool = false;
    /// A create's body, checked.
    type Input: Send + Sync;

    /// The fields of a create's body that a template may say, but for what [`Resource::address`] says.
    fn fields() -> Vec<Field>;

    /// The fields of a create's body that say which credential is meant, with what stands in them.
    fn address(properties: &Properties) -> Vec<(&'static str, String)>;

    /// The namespace with these levels.
    ///
    /// # Errors
    /// [`Error::Invalid`] where there can be none.
    fn namespace(levels: &[String]) -> Result<Namespace>;

    /// Reads a create's body.
    ///
    /// # Errors
    /// As the API's own create.
    fn parse(body: &Secret) -> Result<Self::Input>;

    /// What the API's clients call the credential by that is meant: that of `given`, if it is one still, or the one
    /// that has the name. `None` where there is none, and its id is not known before it is created.
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

    /// What the store calls the place in which a create keeps the name, where no id tells that beforehand.
    fn place(_: &Properties) -> Option<String> {
        None
    }

    /// The secret at `path` of a credential's value, which was made there, where it is still what `properties` ask for.
    fn secret_at(value: &Secret, path: &str, properties: &Properties) -> Option<Secret>;

    /// The public half of the key pair in a credential's value, where it has one.
    fn public_key(_: &Secret) -> Option<String> {
        None
    }

    /// Creates the credential, as the owner's that `scope` names.
    fn create(
        store: &Store,
        scope: &Scope,
        credential: Option<&str>,
        input: Self::Input,
        key: Option<&IdempotencyKey>,
    ) -> impl Future<Output = Result<Made>> + Send;

    /// Makes the credential what `input` says, if it is still what was `stored`; writes nothing where that changes
    /// nothing, unless it `must_write`.
    fn update(
        store: &Store,
        scope: &Scope,
        credential: &str,
        stored: Stored,
        input: Self::Input,
        must_write: bool,
    ) -> impl Future<Output = Result<Made>> + Send;

    /// Whether nothing beside the credential's value has to be changed so that it is what the properties say.
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
