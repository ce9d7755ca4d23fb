//! Credentials as code: `Custom::LatchkeyOrganizationsCredential`. The Spec is `type`, `comments` and `specific`.
//!
//! Names are not unique here, so the id says which credential is meant: the property `CredentialId`, or an id
//! derived from the owner and from what no update changes. See `docs/decisions/provisioning.md`.

use latchkey::idempotency::IdempotencyKey;
use latchkey::provision::{Field, Kind, Level, Made, Properties, Resource};
use latchkey::store::{Draft, Stored};
use latchkey::{Error, Fault, Namespace, Result, Scope, Secret, Store, json};

use crate::credential::Credential;
use crate::id::CredentialId;
use crate::wire::CredentialInput;
use crate::{OrgId, Organizations};

impl Resource for Organizations {
    const API: &'static str = "organizations";
    const NAMESPACE: &'static [Level] = &[Level::required("OrgId")];
    const ID: Option<&'static str> = Some("CredentialId");
    const HAS_IDS: bool = true;
    type Input = CredentialInput;

    fn fields() -> Vec<Field> {
        let texts =
            ["type", "comments", "specific.role", "specific.project", "specific.tenant", "specific.clientId"];
        let texts = texts.into_iter().map(|path| Field::new(path, Kind::Text));
        texts.chain([Field::new("specific.key", Kind::Secret)]).collect()
    }

    fn address(properties: &Properties) -> Vec<(&'static str, String)> {
        vec![("name", properties.name.clone())]
    }

    fn namespace(levels: &[String]) -> Result<Namespace> {
        let org_id = OrgId::parse(levels.first().map(String::as_str));
        org_id.map(|org_id| org_id.namespace()).map_err(|error| match error {
            Error::Invalid(faults) => {
                let placed = |fault: Fault| Fault::new("OrgId", fault.message);
                Error::Invalid(faults.into_iter().map(placed).collect())
            }
            other => other,
        })
    }

    fn parse(body: &Secret) -> Result<CredentialInput> {
        json::parse(body.expose())
    }

    async fn find(
        _: &Store,
        scope: &Scope,
        _: Option<&str>,
        properties: &Properties,
    ) -> Result<Option<String>> {
        let id = match &properties.id {
            Some(id) if CredentialId::is_one(id) => id.clone(),
            Some(_) => {
                return Err(Error::invalid("CredentialId", "is no id of a credential, which is a UUID"));
            }
            None => {
                // Only what no update can change: otherwise an update or a rollback would name another credential.
                let value_of = |path| properties.value_of(path).unwrap_or_default();
                let parts = [scope.key_id(), org_id(scope), &value_of("type"), &value_of("specific.tenant")];
                CredentialId::of_parts(parts).as_str().to_owned()
            }
        };
        Ok(Some(id))
    }

    fn secret_at(_: &Secret, _: &str, _: &Properties) -> Option<Secret> {
        None
    }

    async fn create(
        store: &Store,
        scope: &Scope,
        credential: Option<&str>,
        input: CredentialInput,
        key: Option<&IdempotencyKey>,
    ) -> Result<Made> {
        let id = credential.ok_or_else(|| Error::internal("a credential has no id"))?;
        let draft = draft(scope, id, input)?.owned_by(scope.ownership());
        let version = store.create(scope, id, &draft, key).await?;
        Ok(Made { credential: id.to_owned(), version, public_key: None })
    }

    async fn update(
        store: &Store,
        scope: &Scope,
        credential: &str,
        stored: Stored,
        input: CredentialInput,
        must_write: bool,
    ) -> Result<Made> {
        Credential::parse(&stored.value)?;
        let draft = draft(scope, credential, input)?;
        Made::by_draft(store, scope, credential, stored, draft, must_write).await
    }
}

/// The organization of a scope.
fn org_id(scope: &Scope) -> &str {
    scope.namespace().path().first().map_or("", String::as_str)
}

fn draft(scope: &Scope, id: &str, input: CredentialInput) -> Result<Draft> {
    let org_id = OrgId::parse(Some(org_id(scope)))?;
    Credential::new(&org_id, &CredentialId::known(id), input)?.draft()
}
