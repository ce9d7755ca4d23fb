//! Creates a credential, and makes it its cloud's default if the request asks for that.
//! See `docs/decisions/idempotency.md`.

use futures_util::future::join;
use latchkey::idempotency::IdempotencyKey;
use latchkey::store::Version;
use latchkey::{Error, Result, Scope, Store, audit};
use uuid::{Builder, Uuid};

use crate::defaults::{self, DEFAULTS};
use crate::input::Creation;
use crate::record::Record;

impl Creation {
    /// Creates the credential.
    ///
    /// # Errors
    /// Those of [`Store::create`] and [`Store::update_document`].
    pub async fn carry_out(
        &self,
        store: &Store,
        scope: &Scope,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> Result<Version> {
        audit::credential_name(&self.name);
        let record = Record::new(self.uuid(scope, idempotency_key), self);
        let draft = record.draft()?.owned_by(scope.ownership());
        let create = store.create(scope, &self.name, &draft, idempotency_key);
        if !self.provider_default {
            return create.await;
        }
        let of_cloud = (self.provider, record.uuid.as_str());
        let (found, opened) = join(store.read(scope, &self.name), store.open_document(scope, DEFAULTS)).await;
        let opened = opened?;
        match found {
            Err(Error::NotFound) => {}
            // The name is taken: a conflict, unless this request repeats the create that took it. The create goes first
            // here, so that a conflict leaves the default as it is.
            Ok(_) => {
                let version = create.await?;
                defaults::set(store, scope, opened, of_cloud, true).await?;
                return Ok(version);
            }
            Err(error) => return Err(error),
        }
        // The default goes first: once the credential existed, a default that cannot be written would leave the request
        // half done.
        let change = defaults::set(store, scope, opened, of_cloud, true).await?;
        match create.await {
            Ok(version) => Ok(version),
            Err(error) => Err(defaults::undo(store, scope, change, error).await),
        }
    }

    /// A new uuid. A repeated create gets the uuid of the first one.
    fn uuid(&self, scope: &Scope, idempotency_key: Option<&IdempotencyKey>) -> String {
        let Some(key) = idempotency_key else { return Uuid::new_v4().to_string() };
        // The uuid is part of the value. If it were random, a repetition would differ from what is stored: a conflict.
        let namespace = scope.namespace().to_string();
        let derived =
            key.derive(&[b"uuid", scope.key_id().as_bytes(), namespace.as_bytes(), self.name.as_bytes()]);
        let mut bytes = [0; 16];
        bytes.iter_mut().zip(derived).for_each(|(byte, derived)| *byte = derived);
        Builder::from_random_bytes(bytes).into_uuid().to_string()
    }
}
