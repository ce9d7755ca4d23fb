//! What the store's tests share.

#![allow(dead_code)] // Each test binary uses its own part.

use latchkey::store::{Config, Draft, Store};
use latchkey::{Caller, Namespace, Scope, Secret};

/// A store in the Secrets Manager at `endpoint`.
pub(crate) fn store(endpoint: &str) -> Store {
    Store::new(Config {
        prefix: "latchkey".into(),
        region: "us-east-1".into(),
        endpoint: Some(endpoint.into()),
        recovery_window_in_days: 7,
        kms_key_id: None,
        ca_bundle: None,
    })
    .unwrap()
}

/// The leave to do everything in one namespace.
pub(crate) fn scope(namespace: &str) -> Scope {
    let grants = serde_json::from_str(r#"[{"api":"*","namespaces":["*"],"permissions":["*"]}]"#).unwrap();
    Caller::new("tester", grants).enter(Namespace::new("organizations", [namespace]), &[]).unwrap()
}

/// A draft of text.
pub(crate) fn draft(text: &str) -> Draft {
    Draft::new(Secret::new(text), &()).unwrap()
}
