//! Events for credentials as code, and checks of their outcome, for the tests of all APIs.
//! See `docs/decisions/provisioning.md`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    reason = "it is all for tests"
)]

use futures_util::future::{BoxFuture, join_all};
use latchkey::provision::{Event, Outcome, Resource, carry_out};
use latchkey::store::{Config, Store};
use latchkey_dqops::Dqops;
use latchkey_losant::Losant;
use latchkey_organizations::Organizations;
use latchkey_stand_in::SecretsManager;
use latchkey_tiledb::Tiledb;
use serde_json::value::{RawValue, to_raw_value};
use serde_json::{Value, json};

/// The secret value in the source.
pub const PASSWORD: &str = "c4n4ry-password-1";
/// The secret value in the source after a rotation.
pub const ROTATED: &str = "c4n4ry-password-2";

/// One of the APIs.
#[derive(Clone, Copy)]
pub struct Api {
    /// The API's name, as in the names of its secrets.
    pub name: &'static str,
    /// The properties of a credential whose secret is in `source`.
    pub properties: fn(source: &Value) -> Value,
    /// A property and its new value, with which the credential changes but stays the same one.
    pub change: (&'static str, fn() -> Value),
    carry: Carry,
}

type Carry = for<'a> fn(&'a Store, &'a Event) -> BoxFuture<'a, Outcome>;

fn carry<'a, R: Resource>(store: &'a Store, event: &'a Event) -> BoxFuture<'a, Outcome> {
    Box::pin(carry_out::<R>(store, event))
}

/// All APIs.
pub const APIS: [Api; 4] = [
    Api {
        name: "dqops",
        properties: |source| json!({"Name": "app.txt", "Secrets": {"text_value": source}}),
        change: ("Spec", || json!({"type": "text"})),
        carry: carry::<Dqops>,
    },
    Api {
        name: "tiledb",
        properties: |source| {
            json!({
                "Workspace": "acme", "Name": "warehouse",
                "Spec": {
                    "provider": "AWS", "provider_default": "true",
                    "credential": {"aws": {"access_key_id": "AKIAIOSFODNN7EXAMPLE", "use_path_style": "true"}},
                },
                "Secrets": {"credential.aws.secret_access_key": source},
            })
        },
        change: (
            "Spec",
            || json!({"provider": "AWS", "credential": {"aws": {"access_key_id": "AKIAI44QH8DHBEXAMPLE"}}}),
        ),
        carry: carry::<Tiledb>,
    },
    Api {
        name: "losant",
        properties: |source| {
            json!({
                "ApplicationId": "575ec8687ae143cd83dc4a97", "Name": "tokens",
                "Spec": {"type": "sql", "enabled": "true", "description": "d", "sqlConfig": {
                    "system": "pg", "host": "db", "username": "u", "port": "5432", "secureConnection": "true",
                }},
                "Secrets": {"sqlConfig.password": source},
            })
        },
        change: (
            "Spec",
            || json!({"type": "sql", "enabled": "false", "sqlConfig": {"system": "pg", "host": "db2", "username": "u"}}),
        ),
        carry: carry::<Losant>,
    },
    Api {
        name: "organizations",
        properties: |source| {
            json!({
                "OrgId": "acme", "Name": "costs",
                "Spec": {"type": "azure", "comments": "c", "specific": {"tenant": "t", "clientId": "c"}},
                "Secrets": {"specific.key": source},
            })
        },
        change: ("Name", || json!("all costs")),
        carry: carry::<Organizations>,
    },
];

/// Runs a test for all APIs concurrently, because some tests have to wait.
pub async fn each<F: Future<Output = ()>>(test: impl Fn(Api) -> F) {
    join_all(APIS.map(test)).await;
}

impl Api {
    /// Carries out an event and returns its outcome.
    pub async fn carry_out(&self, store: &Store, event: &RawValue) -> Outcome {
        (self.carry)(store, &Event::parse(event).unwrap()).await
    }

    /// The secrets that hold a credential of this API now: their names and values.
    pub fn live(&self, sm: &SecretsManager) -> Vec<(String, String)> {
        let prefix = format!("latchkey/{}/", self.name);
        let names =
            sm.names().into_iter().filter(|name| name.starts_with(&prefix) && !name.ends_with("=defaults"));
        let read = names.filter_map(|name| {
            let read = sm.call("GetSecretValue", json!({ "SecretId": name })).ok()?;
            let value = read["SecretString"].as_str().unwrap().to_owned();
            (!value.starts_with("latchkey:")).then_some((name, value))
        });
        read.collect()
    }
}

/// A Secrets Manager with a source in it, and the reference to the source.
pub fn stage() -> (SecretsManager, Value) {
    let sm = SecretsManager::new();
    let arn = create(&sm, "sources/app", &json!({ "password": PASSWORD }).to_string());
    (sm, json!({"SecretArn": arn, "JsonKey": "password"}))
}

/// Rotates the source.
pub fn rotate(sm: &SecretsManager) {
    put(sm, "sources/app", &json!({ "password": ROTATED }).to_string());
}

/// Creates a secret by hand and returns its ARN.
pub fn create(sm: &SecretsManager, name: &str, value: &str) -> String {
    let create = json!({"Name": name, "SecretString": value, "ClientRequestToken": token()});
    sm.call("CreateSecret", create).unwrap()["ARN"].as_str().unwrap().to_owned()
}

/// Writes a value by hand.
pub fn put(sm: &SecretsManager, name: &str, value: &str) {
    let put = json!({"SecretId": name, "SecretString": value, "ClientRequestToken": token()});
    sm.call("PutSecretValue", put).unwrap();
}

/// Makes every tombstone and every claim so old that no call of the function that wrote it can still arrive.
pub fn age(sm: &SecretsManager) {
    sm.rewrite(|_, value| {
        let parts = value
            .split_once("\"at\":")
            .filter(|(before, _)| before.starts_with("latchkey:") || before.contains("\"lent\""));
        if let Some((before, at)) = parts {
            let rest = at.trim_start_matches(|char: char| char.is_ascii_digit());
            *value = format!("{before}\"at\":1{rest}");
        }
    });
}

fn token() -> String {
    use std::sync::atomic::{AtomicUsize, Ordering};
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    format!("{:032}", NEXT.fetch_add(1, Ordering::Relaxed))
}

/// The value of one of Latchkey's tags on a secret.
pub fn tag(sm: &SecretsManager, name: &str, key: &str) -> Option<String> {
    let described = sm.call("DescribeSecret", json!({ "SecretId": name })).unwrap();
    let tags = described["Tags"].as_array()?;
    let found = tags.iter().find(|tag| tag["Key"] == format!("latchkey:{key}"))?;
    Some(found["Value"].as_str().unwrap().to_owned())
}

/// A store with a line of its own.
pub async fn store(sm: &SecretsManager) -> Store {
    store_at(sm.line().await.endpoint())
}

/// A store at this endpoint.
pub fn store_at(endpoint: &str) -> Store {
    let config = Config { endpoint: Some(endpoint.into()), ..Config::new("latchkey", "us-east-1") };
    Store::new(config).unwrap().for_owners()
}

/// The owner that the tag names for a stack's resource.
pub fn owner(stack: &str) -> String {
    format!("arn:aws:cloudformation:us-east-1:123456789012:stack/{stack}/Resource")
}

/// An event of a stack, with a new request id. `more` are fields besides the usual ones.
pub fn event(stack: &str, request_type: &str, properties: &Value, more: &Value) -> Box<RawValue> {
    let mut event = json!({
        "RequestType": request_type,
        "ServiceToken": "arn:aws:lambda:us-east-1:123456789012:function:f",
        "RequestId": token(),
        "StackId": format!("arn:aws:cloudformation:us-east-1:123456789012:stack/{stack}"),
        "ResponseURL": "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x",
        "ResourceType": "Custom::LatchkeyCredential",
        "LogicalResourceId": "Resource",
        "ResourceProperties": properties,
    });
    event.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    to_raw_value(&event).unwrap()
}

/// A stack's event to create the resource.
pub fn to_create(stack: &str, properties: &Value) -> Box<RawValue> {
    event(stack, "Create", properties, &json!({}))
}

/// A stack's event to update the resource from the properties `before`.
pub fn to_update(stack: &str, id: &str, before: &Value, properties: &Value) -> Box<RawValue> {
    event(stack, "Update", properties, &json!({"PhysicalResourceId": id, "OldResourceProperties": before}))
}

/// A stack's event to remove the resource.
pub fn to_delete(stack: &str, id: &str, properties: &Value) -> Box<RawValue> {
    event(stack, "Delete", properties, &json!({ "PhysicalResourceId": id }))
}

/// The properties with one of them changed.
#[must_use]
pub fn with(properties: &Value, name: &str, value: Value) -> Value {
    let mut changed = properties.clone();
    changed[name] = value;
    changed
}

/// The physical id and the data of an event that must have succeeded.
pub fn done(outcome: Outcome) -> (String, Value) {
    match outcome.result {
        Ok(data) => (outcome.physical_resource_id, serde_json::to_value(data).unwrap()),
        Err(error) => panic!("{error}: {error:?}"),
    }
}

/// The reason of an event that must have failed. It must not show a secret value.
pub fn rejected(outcome: &Outcome) -> String {
    let Some(reason) = outcome.reason("the-request") else { panic!("{outcome:?}") };
    assert!(!format!("{reason}{outcome:?}").contains("c4n4ry"), "{reason}");
    assert!(reason.ends_with("(request id the-request)"));
    reason
}
