//! Creating a credential: one CreateSecret, unless the name is or was in use.
//!
//! A create with an Idempotency-Key leaves a trace of the key beside the credential, which says nothing of
//! the value: by it a repetition knows itself again, also after the credential was deleted.

use super::base::Opened;
use super::calls::Store;
use super::description::Description;
use super::draft::{Draft, Owned};
use super::occupy::Occupant;
use super::version::Version;
use crate::caller::Scope;
use crate::credential::hex;
use crate::error::{Error, Result};
use crate::idempotency::IdempotencyKey;

/// How many hexadecimal digits the trace of an Idempotency-Key has: enough to be unique, and few enough for
/// four of them to have room in a Description.
const TRACE: usize = 32;

impl Store {
    /// Stores `draft` under a name that no credential has. A deleted one of that name is restored as a secret
    /// and gets the new value; its old value is not seen again.
    ///
    /// With the same `idempotency_key`, a repeated create is a success, unless the draft has an owner: who owns what is
    /// there can tell.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DeletedElsewhere`] or [`Error::BeingDeleted`];
    /// [`Error::IdempotencyKeyUsed`] where what the key made was deleted.
    pub async fn create(
        &self,
        scope: &Scope,
        credential: &str,
        draft: &Draft,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> Result<Version> {
        let secret_name = self.secret_name(scope, credential);
        let trace = idempotency_key.map(|key| trace(scope, &secret_name, key));
        let mut description = Description::live(credential, Some(draft.public.clone()));
        description.created_as.extend(trace.clone());
        if let Some(ownership) = &draft.ownership {
            let asked = Owned { credential, value: &draft.value, description, trace, ownership };
            let create = self.create_owned.ok_or_else(|| Error::internal("this store has no owners"))?;
            return create(self, scope, &secret_name, asked).await;
        }
        let (value, repeatable) = (&draft.value, Some(draft));
        let occupant = Occupant { value, description, trace, repeatable, reserved_for: None };
        Ok(self.occupy(scope, &secret_name, occupant).await?.version)
    }

    /// Creates a credential in a secret that was opened and holds none: for APIs that keep something else under
    /// a name as well. The name remembers `idempotency_key` as it does with [`Store::create`].
    ///
    /// # Errors
    /// As [`Store::update_once`]; [`Error::IdempotencyKeyUsed`] where what the key made was deleted.
    pub async fn create_over(
        &self,
        scope: &Scope,
        credential: &str,
        opened: &Opened,
        draft: Draft,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> Result<Version> {
        let trace = idempotency_key.map(|key| trace(scope, &self.secret_name(scope, credential), key));
        if trace.as_ref().is_some_and(|trace| opened.base.created_as.contains(trace)) {
            return Err(Error::IdempotencyKeyUsed);
        }
        let mut description = Description::live(credential, Some(draft.public));
        description.created_as.extend(trace);
        let replaced = self.replace(&opened.base, &draft.value, description).await;
        replaced.map_err(|failure| opened.base.rejection(failure))
    }
}

/// By what a name remembers a create with this key.
fn trace(scope: &Scope, secret_name: &str, key: &IdempotencyKey) -> String {
    let mut trace = hex(&key.derive(&[scope.key_id().as_bytes(), secret_name.as_bytes()]));
    trace.truncate(TRACE);
    trace
}
