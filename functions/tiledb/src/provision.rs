//! Credentials as code: `Custom::LatchkeyTiledbCredential`. The Spec is a create's body without the name.
//! See `docs/decisions/provisioning.md`.

use latchkey::idempotency::IdempotencyKey;
use latchkey::provision::{Field, Kind, Level, Made, Properties, Resource};
use latchkey::store::{Precondition, Stored};
use latchkey::{Namespace, Result, Scope, Secret, Store, json};

use crate::access::{Redacted, StoredSecret};
use crate::input::{Change, Creation, CredentialInput};
use crate::record::Record;
use crate::workspace::one;
use crate::{API, Tiledb};

impl Resource for Tiledb {
    const API: &'static str = API;
    const NAMESPACE: &'static [Level] = &[Level::required("Workspace"), Level::optional("Teamspace")];
    type Input = Creation;

    fn fields() -> Vec<Field> {
        let texts = [
            "provider",
            "credential.aws.access_key_id",
            "credential.aws.endpoint",
            "credential.azure.account_name",
            "credential.azure.blob_endpoint",
            "credential.gcp.access_key_id",
            "role.aws.role_arn",
            "role.aws.external_id",
            "role.aws.endpoint",
            "token.azure.account_name",
            "token.azure.blob_endpoint",
        ];
        let flags = [
            "provider_default",
            "allowed_in_tasks",
            "credential.aws.use_path_style",
            "role.aws.use_path_style",
        ];
        let secrets = [
            "credential.aws.secret_access_key",
            "credential.azure.account_key",
            "credential.gcp.secret_access_key",
            "token.azure.sas_token",
            "token.gcp.key_text",
        ];
        let fields =
            |paths: &[&str], kind| paths.iter().map(|path| Field::new(*path, kind)).collect::<Vec<_>>();
        [fields(&texts, Kind::Text), fields(&flags, Kind::Flag), fields(&secrets, Kind::Secret)].concat()
    }

    fn address(properties: &Properties) -> Vec<(&'static str, String)> {
        vec![("name", properties.name.clone())]
    }

    fn namespace(levels: &[String]) -> Result<Namespace> {
        for (level, name) in Self::NAMESPACE.iter().zip(levels) {
            one(level.property, name)?;
        }
        Ok(Namespace::new(API, levels))
    }

    fn parse(body: &Secret) -> Result<Creation> {
        let mut creation = json::parse::<CredentialInput>(body.expose())?.creation()?;
        // A field that the template leaves out must end up the same, whatever it was before: as `None`, an update would
        // leave it as it is.
        creation.allowed_in_tasks.get_or_insert(false);
        Ok(creation)
    }

    async fn find(_: &Store, _: &Scope, _: Option<&str>, properties: &Properties) -> Result<Option<String>> {
        Ok(Some(properties.name.clone()))
    }

    fn secret_at(_: &Secret, _: &str, _: &Properties) -> Option<Secret> {
        None
    }

    async fn create(
        store: &Store,
        scope: &Scope,
        _: Option<&str>,
        creation: Creation,
        key: Option<&IdempotencyKey>,
    ) -> Result<Made> {
        let version = creation.carry_out(store, scope, key).await?;
        Ok(Made { credential: creation.name, version, public_key: None })
    }

    async fn update(
        store: &Store,
        scope: &Scope,
        credential: &str,
        stored: Stored,
        creation: Creation,
        must_write: bool,
    ) -> Result<Made> {
        let record = Record::<StoredSecret>::parse(&stored.value)?;
        let is_default = record.is_default(&record.defaults(store, scope).await?);
        // It is the default of one cloud only: if the cloud changes, the defaults have to be written again.
        let is_settled = creation.provider_default == is_default && creation.provider == record.provider;
        let change = Change {
            name: None,
            provider: Some(creation.provider),
            provider_default: Some(creation.provider_default).filter(|_| !is_settled),
            allowed_in_tasks: creation.allowed_in_tasks,
            access: Some(creation.access),
        };
        // An adoption must write even if nothing changes: the former owner's writes, which are compare-and-set, would
        // otherwise still succeed if its reads lag.
        let is_same = !must_write
            && change.provider_default.is_none()
            && record.changed(&change)?.draft()?.repeats(&stored.value);
        let version = if is_same {
            stored.version
        } else {
            let unchanged = Precondition::Versions(vec![stored.version]);
            change.carry_out(store, scope, credential, &unchanged).await?
        };
        Ok(Made { credential: credential.to_owned(), version, public_key: None })
    }

    async fn is_settled(
        store: &Store,
        scope: &Scope,
        stored: &Stored,
        properties: &Properties,
    ) -> Result<bool> {
        let record = Record::<Redacted>::parse(&stored.value)?;
        let is_default = record.is_default(&record.defaults(store, scope).await?);
        Ok(is_default == properties.is_set("provider_default"))
    }
}
