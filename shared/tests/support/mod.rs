//! What the store's tests share.

#![allow(dead_code)] // Each test binary uses its own part.

use latchkey::json;
use latchkey::store::{Config, Draft, Store};
use latchkey::{Caller, Namespace, Result, Scope, Secret};
use latchkey_stand_in::SecretsManager;
use serde_json::Value;
use serde_json::value::RawValue;
use tokio::task::JoinSet;

/// A store in the Secrets Manager at `endpoint`.
pub(crate) fn store(endpoint: &str) -> Store {
    Store::new(Config { endpoint: Some(endpoint.into()), ..Config::new("latchkey", "us-east-1") }).unwrap()
}

/// A scope with every permission in one namespace.
pub(crate) fn scope(namespace: &str) -> Scope {
    let grants = serde_json::from_str(r#"[{"api":"*","namespaces":["*"],"permissions":["*"]}]"#).unwrap();
    Caller::new("tester", grants).enter(Namespace::new("organizations", [namespace]), &[]).unwrap()
}

/// A draft of this text, with the public part that [`public_of`] returns for it.
pub(crate) fn draft(text: &str) -> Draft {
    let value = Secret::new(text);
    let public = public_of(&value).unwrap();
    Draft::new(value, &public).unwrap()
}

/// What a list shows of a value: the `id` if it is a JSON object, otherwise nothing.
pub(crate) fn public_of(value: &Secret) -> Result<Box<RawValue>> {
    let id = serde_json::from_slice::<Value>(value.expose()).ok().and_then(|value| value.get("id").cloned());
    json::raw(&id.map(|id| serde_json::json!({ "id": id })))
}

/// Makes every tombstone and mark so old that nobody can still be working on it.
pub(crate) fn age(sm: &SecretsManager) {
    sm.rewrite(|_, value| {
        if !value.starts_with("latchkey:") {
            return;
        }
        for part in value.clone().split("\"at\":").skip(1) {
            let digits: String = part.chars().take_while(char::is_ascii_digit).collect();
            *value = value.replace(&format!("\"at\":{digits}"), "\"at\":1");
        }
    });
}

/// Runs all cases, as many concurrently as keep the machine busy.
pub(crate) async fn at_once<T, F: Future<Output = ()> + Send + 'static>(
    cases: impl Iterator<Item = T>,
    run: impl Fn(T) -> F,
) {
    let mut running = JoinSet::new();
    for case in cases {
        if running.len() >= 32 {
            running.join_next().await.unwrap().unwrap();
        }
        running.spawn(run(case));
    }
    while let Some(ended) = running.join_next().await {
        ended.unwrap();
    }
}
