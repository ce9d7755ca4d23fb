//! Helpers for the tests of the rules.

#![expect(clippy::needless_pass_by_value, reason = "what takes parameters is called with json!")]

use serde_json::{Value, json};

use crate::SecretsManager;

/// The token with a number.
pub(super) fn token(number: usize) -> String {
    format!("{number:032}")
}

/// Makes a call that must succeed.
pub(super) fn done(sm: &SecretsManager, action: &str, parameters: Value) -> Value {
    sm.call(action, parameters.clone()).unwrap_or_else(|code| panic!("{action} {parameters}: {code}"))
}

/// Creates a secret whose first value has a number.
pub(super) fn create(sm: &SecretsManager, name: &str, first: usize) -> Value {
    done(sm, "CreateSecret", value("Name", name, first))
}

/// Writes the value with a number.
pub(super) fn update(sm: &SecretsManager, name: &str, number: usize) -> Result<Value, String> {
    sm.call("UpdateSecret", value("SecretId", name, number))
}

/// The parameters of a write of the value with a number.
pub(super) fn value(key: &str, name: &str, number: usize) -> Value {
    json!({key: name, "ClientRequestToken": token(number), "SecretString": format!("value {number}")})
}

pub(super) fn current(sm: &SecretsManager, name: &str) -> Value {
    done(sm, "GetSecretValue", json!({"SecretId": name}))["SecretString"].clone()
}

pub(super) fn describe(sm: &SecretsManager, name: &str) -> Value {
    done(sm, "DescribeSecret", json!({"SecretId": name}))
}

/// Asserts that a call is rejected with this code and changes nothing.
#[track_caller]
pub(super) fn rejected(sm: &SecretsManager, action: &str, parameters: Value, code: &str) {
    let before = sm.dump();
    assert_eq!(sm.call(action, parameters.clone()), Err(code.to_owned()), "{action} {parameters}");
    assert_eq!(sm.dump(), before, "a rejected call has changed something");
}
