//! Ids of credentials. See `docs/decisions/idempotency.md`, and for templates `docs/decisions/provisioning.md`.

use latchkey::idempotency::IdempotencyKey;
use latchkey::{Scope, audit};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::organization::OrgId;

/// A credential's id: a UUID that is made here, and the credential's name in the store.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialId(String);

impl CredentialId {
    /// The id of a new credential. The same caller, organization and Idempotency-Key always give the same id.
    pub fn new(scope: &Scope, org_id: &OrgId, idempotency_key: Option<&IdempotencyKey>) -> Self {
        let id = match idempotency_key {
            None => Uuid::new_v4(),
            Some(key) => {
                let derived = key.derive(&[scope.key_id().as_bytes(), org_id.as_str().as_bytes()]);
                // A UUID has room for the first half.
                let bytes = derived.first_chunk().copied().unwrap_or_default();
                uuid::Builder::from_random_bytes(bytes).into_uuid()
            }
        };
        let id = id.to_string();
        audit::credential_id(&id);
        Self(id)
    }

    /// An id that depends only on `parts`, for a credential whose owner repeats its creation.
    pub(crate) fn of_parts(parts: [&str; 4]) -> Self {
        // Each part after its length: otherwise ("ab", "c") and ("a", "bc") would give the same id.
        let digest = parts.iter().fold(Sha256::new(), |digest, part| {
            digest.chain_update(part.len().to_be_bytes()).chain_update(part)
        });
        let bytes = digest.finalize().first_chunk().copied().unwrap_or_default();
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
    }

    /// An id that exists already.
    pub(crate) fn known(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// Whether this is an id: a UUID in the form in which ids are written here.
    pub(crate) fn is_one(text: &str) -> bool {
        // Another spelling of the same UUID would be another name in the store.
        Uuid::try_parse(text).is_ok_and(|id| id.to_string() == text)
    }

    /// The id.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

#[cfg(test)]
mod tests {
    use latchkey::Caller;
    use latchkey::caller::{Grant, NamespacePattern};

    use super::*;

    #[test]
    fn ids_differ() {
        let any = NamespacePattern::Level("*".into());
        let grant = Grant { api: "*".into(), namespaces: vec![any], permissions: vec!["*".into()] };
        let org_id = OrgId::sample("o");
        let scope = Caller::new("key", vec![grant]).enter(org_id.namespace(), &["edit"]).unwrap();
        let id = || CredentialId::new(&scope, &org_id, None);
        assert_ne!(id(), id());
        assert_eq!(id().as_str().len(), 36);
    }
}
