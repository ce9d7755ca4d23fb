//! Creating a credential takes one CreateSecret, unless the name is or was in use.
//!
//! A create with an Idempotency-Key leaves a trace of the key next to the credential. The trace says nothing about the
//! value. It identifies a repeated create, even after the credential was deleted. See `docs/decisions/idempotency.md`.

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

/// How many hexadecimal digits the trace of an Idempotency-Key has: enough to be unique, and few enough for four
/// traces to fit into a Description.
const TRACE: usize = 32;

impl Store {
    /// Stores `draft` under a name that no credential has. If a deleted credential had the name, restores its secret
    /// and writes the new value there. The old value does not come back.
    ///
    /// With the same `idempotency_key`, a repeated create is a success, unless the draft has an owner: an owner can
    /// tell by the tags that the credential is its own.
    ///
    /// # Errors
    /// [`Error::AlreadyExists`], [`Error::DeletedElsewhere`] or [`Error::BeingDeleted`]; [`Error::IdempotencyKeyUsed`]
    /// if what the key made was deleted.
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
        // In the Description, so that value and trace are written in one call: neither is there without the other.
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

    /// Creates a credential in a secret that was opened and holds none, for APIs that also store something else under
    /// a name. The name remembers `idempotency_key` as it does with [`Store::create`].
    ///
    /// # Errors
    /// As [`Store::update_once`]; [`Error::IdempotencyKeyUsed`] if what the key made was deleted.
    pub async fn create_over(
        &self,
        scope: &Scope,
        credential: &str,
        opened: &Opened,
        draft: Draft,
        idempotency_key: Option<&IdempotencyKey>,
    ) -> Result<Version> {
        let trace = idempotency_key.map(|key| trace(scope, &self.secret_name(scope, credential), key));
        // The secret holds no credential, so what the key made was deleted.
        if trace.as_ref().is_some_and(|trace| opened.base.created_as.contains(trace)) {
            return Err(Error::IdempotencyKeyUsed);
        }
        let mut description = Description::live(credential, Some(draft.public));
        description.created_as.extend(trace);
        let replaced = self.replace(&opened.base, &draft.value, description).await;
        replaced.map_err(|failure| opened.base.rejection(failure))
    }
}

/// The trace that a create with this key leaves.
fn trace(scope: &Scope, secret_name: &str, key: &IdempotencyKey) -> String {
    // Not derived from the value: whoever can see a Description could test guesses at it.
    let mut trace = hex(&key.derive(&[scope.key_id().as_bytes(), secret_name.as_bytes()]));
    trace.truncate(TRACE);
    trace
}
