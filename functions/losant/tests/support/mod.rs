//! Helpers for the tests of this crate.

#![allow(dead_code)] // Each test binary uses its own part.

use std::collections::BTreeMap;

use latchkey::idempotency::IdempotencyKey;
use latchkey::store::{Config, Precondition, Store};
use latchkey::{Caller, Namespace, Result, Scope};
use latchkey_losant::id::CredentialId;
use latchkey_losant::input::Input;
use latchkey_losant::list::{Query, Snapshots};
use latchkey_losant::operations::{create, delete, patch, read};
use latchkey_stand_in::SecretsManager;
use serde_json::{Value, json};

const APPLICATION: &str = "555555555555555555555555";

/// A store with its own line to Secrets Manager.
pub(crate) async fn store(sm: &SecretsManager) -> Store {
    store_at(sm.line().await.endpoint())
}

pub(crate) fn store_at(endpoint: &str) -> Store {
    Store::new(Config { endpoint: Some(endpoint.into()), ..Config::new("latchkey", "us-east-1") }).unwrap()
}

pub(crate) fn scope() -> Scope {
    let grants = serde_json::from_str(r#"[{"api":"*","namespaces":["*"],"permissions":["*"]}]"#).unwrap();
    Caller::new("tester", grants).enter(Namespace::new("losant", [APPLICATION]), &[]).unwrap()
}

fn input(body: &Value) -> Input {
    Input::parse(&latchkey::json::parse(body.to_string().as_bytes()).unwrap()).unwrap()
}

fn id_of(credential: &Value) -> CredentialId {
    CredentialId::parse(credential["id"].as_str().unwrap()).unwrap()
}

pub(crate) fn key(number: usize) -> IdempotencyKey {
    IdempotencyKey::parse(&format!("an idempotency key {number}").replace(' ', "-")).unwrap()
}

/// The name of the secret that holds a credential.
pub(crate) fn secret_of(id: &CredentialId) -> String {
    format!("latchkey/losant/{APPLICATION}/{}", id.slot().as_str())
}

/// The current value of a secret.
pub(crate) fn value_of(sm: &SecretsManager, secret: &str) -> Value {
    let read = sm.call("GetSecretValue", json!({ "SecretId": secret })).unwrap();
    serde_json::from_str(read["SecretString"].as_str().unwrap()).unwrap()
}

/// Writes a value the way an administrator does.
pub(crate) fn put(sm: &SecretsManager, secret: &str, value: &str) {
    let token: String = (0..32).map(|_| fastrand::alphanumeric()).collect();
    let put = json!({"SecretId": secret, "SecretString": value, "ClientRequestToken": token});
    sm.call("PutSecretValue", put).unwrap();
}

pub(crate) async fn make(store: &Store, name: &str) -> Result<CredentialId> {
    make_with(store, name, "the secret", None).await
}

pub(crate) async fn make_with(
    store: &Store,
    name: &str,
    secret: &str,
    key: Option<&IdempotencyKey>,
) -> Result<CredentialId> {
    let body = json!({"name": name, "type": "loggly", "logglyConfig": {"customerToken": secret}});
    let made = create(store, &scope(), input(&body).into_post()?, key).await?;
    Ok(id_of(&serde_json::from_str(made.credential.get()).unwrap()))
}

/// Patches a credential with `body`.
pub(crate) async fn change(store: &Store, id: &CredentialId, body: &Value) -> Result<()> {
    patch(store, &scope(), id, &Precondition::None, input(body).into_patch()?).await.map(drop)
}

pub(crate) async fn rename(store: &Store, id: &CredentialId, name: &str) -> Result<()> {
    change(store, id, &json!({ "name": name })).await
}

pub(crate) async fn remove(store: &Store, id: &CredentialId) -> Result<()> {
    delete(store, &scope(), id, &Precondition::None).await
}

/// The credentials that a list shows.
pub(crate) async fn list(store: &Store) -> Vec<Value> {
    let listed =
        serde_json::to_value(Query::default().run(store, &scope(), &Snapshots::default()).await.unwrap())
            .unwrap();
    listed["items"].as_array().unwrap().clone()
}

/// The ids of all credentials, by name. Fails if two have the same name, or if a list and a read disagree.
pub(crate) async fn names(sm: &SecretsManager) -> BTreeMap<String, CredentialId> {
    let store = store(sm).await;
    let mut names = BTreeMap::new();
    for listed in list(&store).await {
        let id = id_of(&listed);
        let found = read(&store, &scope(), &id).await.unwrap().credential;
        assert_eq!(serde_json::from_str::<Value>(found.get()).unwrap(), listed);
        let name = listed["name"].as_str().unwrap().to_owned();
        assert_eq!(names.insert(name, id), None, "two credentials have one name: {}", sm.dump());
    }
    names
}

/// What [`names`] should return.
pub(crate) fn expected<const N: usize>(names: [(&str, &CredentialId); N]) -> BTreeMap<String, CredentialId> {
    names.map(|(name, id)| (name.to_owned(), id.clone())).into()
}

/// Makes every claim and tombstone so old that no late call can belong to it.
pub(crate) fn age(sm: &SecretsManager) {
    sm.rewrite(|_, value| {
        for part in value.clone().split("\"at\":").skip(1) {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            *value = value.replace(&format!("\"at\":{digits}"), "\"at\":1");
        }
    });
}
