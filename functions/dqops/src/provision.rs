//! Credentials as code: `Custom::LatchkeyDqopsCredential`. The Spec is `type`, which can be left out. The value comes
//! from a reference or is generated. See `docs/decisions/provisioning.md`.

use latchkey::idempotency::IdempotencyKey;
use latchkey::provision::{Field, Kind, Level, Made, Properties, Resource};
use latchkey::store::Stored;
use latchkey::{Namespace, Result, Scope, Secret, Store, json};

use crate::wire::SharedCredentialInput;
use crate::{Dqops, namespace};

impl Resource for Dqops {
    const API: &'static str = "dqops";
    const NAMESPACE: &'static [Level] = &[];
    type Input = SharedCredentialInput;

    fn fields() -> Vec<Field> {
        vec![
            Field::new("type", Kind::Text),
            Field::new("text_value", Kind::Secret),
            Field::new("binary_value", Kind::SecretBytes),
        ]
    }

    fn address(properties: &Properties) -> Vec<(&'static str, String)> {
        let mut address = vec![("credential_name", properties.name.clone())];
        if properties.value_of("type").is_none() {
            let is_binary = properties.value_of("binary_value").is_some();
            address.push(("type", if is_binary { "binary" } else { "text" }.to_owned()));
        }
        address
    }

    fn namespace(_: &[String]) -> Result<Namespace> {
        Ok(namespace())
    }

    fn parse(body: &Secret) -> Result<SharedCredentialInput> {
        let input: SharedCredentialInput = json::parse(body.expose())?;
        input.name()?;
        input.draft()?;
        Ok(input)
    }

    async fn find(_: &Store, _: &Scope, _: Option<&str>, properties: &Properties) -> Result<Option<String>> {
        Ok(Some(properties.name.clone()))
    }

    fn secret_at(value: &Secret, _: &str, _: &Properties) -> Option<Secret> {
        // Values that are generated here are text, so bytes are not one of them.
        value.expose_text().map(|_| value.clone())
    }

    async fn create(
        store: &Store,
        scope: &Scope,
        _: Option<&str>,
        input: SharedCredentialInput,
        key: Option<&IdempotencyKey>,
    ) -> Result<Made> {
        let draft = input.draft()?.owned_by(scope.ownership());
        let version = store.create(scope, input.name()?, &draft, key).await?;
        Ok(Made { credential: input.name()?.to_owned(), version, public_key: None })
    }

    async fn update(
        store: &Store,
        scope: &Scope,
        credential: &str,
        stored: Stored,
        input: SharedCredentialInput,
        must_write: bool,
    ) -> Result<Made> {
        Made::by_draft(store, scope, credential, stored, input.draft()?, must_write).await
    }
}
