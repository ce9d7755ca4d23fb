//! Creating a credential, and making it its cloud's default where that is asked for.

use latchkey::idempotency::IdempotencyKey;
use latchkey::store::Version;
use latchkey::{Error, Result, Scope, Secret, Store};
use serde::Serialize;
use uuid::{Builder, Uuid};

use crate::access::{Access, CloudProvider, Kept};
use crate::defaults::DEFAULTS;
use crate::input::Creation;
use crate::record::Record;

/// What a repeated create must have in common with the first one.
#[derive(Serialize)]
struct Identity<'a> {
    provider: CloudProvider,
    provider_default: bool,
    allowed_in_tasks: Option<bool>,
    access: &'a Access<Kept>,
}

impl Creation {
    /// Creates the credential.
    ///
    /// # Errors
    /// As [`Store::create`] and [`Store::update_document`].
    pub async fn carry_out(
        &self,
        store: &Store,
        scope: &Scope,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> Result<Version> {
        let record = Record::new(self.uuid(scope, idempotency_key), self);
        let draft = record.draft(&self.name)?.identified_by(self.identity()?);
        let version = store.create(scope, &self.name, &draft, idempotency_key).await?;
        if self.provider_default {
            let defaults = store.document(scope, DEFAULTS).await?;
            record.set_default(store, scope, defaults, true).await?;
        }
        Ok(version)
    }

    /// A new uuid; of a repeated create, that of the first one.
    fn uuid(&self, scope: &Scope, idempotency_key: Option<&IdempotencyKey>) -> String {
        let Some(key) = idempotency_key else { return Uuid::new_v4().to_string() };
        let namespace = scope.namespace().to_string();
        let derived =
            key.derive(&[b"uuid", scope.key_id().as_bytes(), namespace.as_bytes(), self.name.as_bytes()]);
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(derived).for_each(|(byte, derived)| *byte = derived);
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }

    fn identity(&self) -> Result<Secret> {
        let Self { provider, provider_default, allowed_in_tasks, access, .. } = self;
        let identity = Identity {
            provider: *provider,
            provider_default: *provider_default,
            allowed_in_tasks: *allowed_in_tasks,
            access,
        };
        let identity = serde_json::to_vec(&identity);
        identity.map(Secret::new).map_err(|_| Error::internal("a credential is not text"))
    }
}
