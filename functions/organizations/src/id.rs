//! Ids of credentials.

use latchkey::idempotency::IdempotencyKey;
use latchkey::{Scope, audit};
use sha2::{Digest as _, Sha256};
use uuid::Uuid;

use crate::organization::OrgId;

/// A credential's id, which is its name in the store. Ours to make: a UUID.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialId(String);

impl CredentialId {
    /// The id of a new credential. The same idempotency key of the same caller makes the same id.
    pub fn new(scope: &Scope, org_id: &OrgId, idempotency_key: Option<&IdempotencyKey>) -> Self {
        let id = match idempotency_key {
            None => Uuid::new_v4(),
            Some(key) => {
                let derived = key.derive(&[scope.key_id().as_bytes(), org_id.as_str().as_bytes()]);
                // A UUID takes the first half.
                let bytes = derived.first_chunk().copied().unwrap_or_default();
                uuid::Builder::from_random_bytes(bytes).into_uuid()
            }
        };
        let id = id.to_string();
        audit::credential_id(&id);
        Self(id)
    }

    /// An id that follows from `parts` alone, for a credential whose owner makes it again and again.
    pub(crate) fn of_parts(parts: [&str; 4]) -> Self {
        let digest = parts.iter().fold(Sha256::new(), |digest, part| {
            digest.chain_update(part.len().to_be_bytes()).chain_update(part)
        });
        let bytes = digest.finalize().first_chunk().copied().unwrap_or_default();
        Self(uuid::Builder::from_random_bytes(bytes).into_uuid().to_string())
    }

    /// An id that is there already.
    pub(crate) fn known(id: &str) -> Self {
        Self(id.to_owned())
    }

    /// Whether this is an id: a UUID, as we write it.
    pub(crate) fn is_one(text: &str) -> bool {
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
