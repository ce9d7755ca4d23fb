use serde_json::{Value, json};

use super::*;
use crate::access::Redacted;
use crate::record::Record;

fn input(value: &Value) -> CredentialInput {
    let Given::Value(Object(input)) = serde_json::from_value(value.clone()).unwrap() else {
        panic!("{value}")
    };
    input
}

fn creation(value: &Value) -> Creation {
    input(value).creation().unwrap_or_else(|error| panic!("{value}: {error}"))
}

/// The fields that an error names, sorted.
fn fields<T>(result: Result<T>) -> Vec<String> {
    let Err(Error::Invalid(faults)) = result else { panic!("no fault") };
    let mut fields: Vec<_> = faults.into_iter().map(|fault| fault.field).collect();
    fields.sort();
    fields
}

fn key() -> Value {
    json!({"name": "n", "provider": "AWS",
           "credential": {"aws": {"access_key_id": "AKIA", "secret_access_key": "s3cret"}}})
}

fn with(mut value: Value, more: &Value) -> Value {
    let fields = more.as_object().unwrap().clone();
    value.as_object_mut().unwrap().extend(fields);
    value
}

#[test]
fn all_six_kinds_are_stored_whole_and_shown_without_their_secrets() {
    let key_file = json!({"client_email": "a@b", "private_key_id": "k1"}).to_string();
    for (provider, kind, secret) in [
        (
            "AWS",
            json!({"credential": {"aws": {"access_key_id": "a", "secret_access_key": "hunter2"}}}),
            "hunter2",
        ),
        ("AWS", json!({"role": {"aws": {"role_arn": "a", "external_id": "e", "use_path_style": true}}}), ""),
        (
            "AZURE",
            json!({"credential": {"azure": {"account_name": "a", "account_key": "hunter2"}}}),
            "hunter2",
        ),
        ("AZURE", json!({"token": {"azure": {"account_name": "a", "sas_token": "hunter2"}}}), "hunter2"),
        (
            "GCP",
            json!({"credential": {"gcp": {"access_key_id": "a", "secret_access_key": "hunter2"}}}),
            "hunter2",
        ),
        (
            "GCP",
            json!({"token": {"gcp": {"account_id": "a@b", "key_id": "k1", "key_text": key_file}}}),
            key_file.as_str(),
        ),
    ] {
        let creation = creation(&with(json!({"name": "n", "provider": provider}), &kind));
        let record = Record::new("u".into(), &creation);
        let stored = serde_json::to_value(&record).unwrap();
        let (kind_name, fields) = kind.as_object().unwrap().iter().next().unwrap();
        assert_eq!(&stored[kind_name], fields);
        let shown: Record<Redacted> = serde_json::from_value(stored).unwrap();
        let shown = serde_json::to_string(&shown).unwrap();
        assert!(
            secret.is_empty() || !shown.contains("hunter2") && !shown.contains("client_email"),
            "{shown}"
        );
        assert_eq!(secret.is_empty(), !shown.contains(r#":"""#), "{shown}");
        assert!(record.draft().is_ok());
    }
}

#[test]
fn a_key_file_overrides_the_ids_beside_it() {
    let key_file = json!({"client_email": "a@b", "private_key_id": "k1"}).to_string();
    let token = json!({"token": {"gcp": {"account_id": 7, "key_id": "other", "key_text": key_file}}});
    let record = Record::new("u".into(), &creation(&with(json!({"name": "n", "provider": "GCP"}), &token)));
    let stored = serde_json::to_value(&record).unwrap();
    assert_eq!(
        (&stored["token"]["gcp"]["account_id"], &stored["token"]["gcp"]["key_id"]),
        (&json!("a@b"), &json!("k1"))
    );
}

#[test]
fn one_error_names_every_fault() {
    assert_eq!(fields(input(&json!({})).creation()), ["credential", "name", "provider"]);
    let body = json!({"name": 1, "provider": "aws", "provider_default": "yes", "allowed_in_tasks": 0,
        "credential": {"aws": {"access_key_id": "", "secret_access_key": [], "endpoint": "\n", "use_path_style": 1}}});
    assert_eq!(
        fields(input(&body).creation()),
        [
            "allowed_in_tasks",
            "credential.aws.access_key_id",
            "credential.aws.endpoint",
            "credential.aws.secret_access_key",
            "credential.aws.use_path_style",
            "name",
            "provider",
            "provider_default"
        ]
    );
    assert_eq!(fields(input(&body).change()), fields(input(&body).creation()));
}

#[test]
fn each_field_has_one_fault_which_does_not_repeat_the_value() {
    let Err(Error::Invalid(faults)) = input(&json!({"name": "a/hunter2", "provider": "hunter2",
        "token": {"gcp": {"key_text": "hunter2"}}}))
    .creation() else {
        panic!("no fault")
    };
    assert_eq!(faults.len(), 3, "{faults:?}");
    assert!(!format!("{faults:?}").contains("hunter2"));
}

#[test]
fn exactly_one_kind_is_accepted() {
    for (more, faults) in [
        (json!({"role": {"aws": {"role_arn": "a", "external_id": "e"}}}), vec!["credential", "role"]),
        (json!({"token": {}}), vec!["credential", "token", "token"]),
        (json!({"credential": {}}), vec!["credential"]),
        (json!({"credential": []}), vec!["credential"]),
        (json!({"credential": null}), vec!["credential"]),
        (json!({"credential": null, "role": {}}), vec!["role"]),
        (json!({"credential": null, "token": {"azure_entra_id": {"blob_endpoint": "b"}}}), vec!["token"]),
        (
            json!({"credential": {"aws": {"access_key_id": "a", "secret_access_key": "s"}, "gcp": {}}}),
            vec![
                "credential.aws",
                "credential.gcp",
                "credential.gcp.access_key_id",
                "credential.gcp.secret_access_key",
                "provider",
            ],
        ),
    ] {
        assert_eq!(fields(input(&with(key(), &more)).creation()), faults, "{more}");
    }
}

#[test]
fn the_provider_must_agree_with_the_fields() {
    assert_eq!(fields(input(&with(key(), &json!({"provider": "GCP"}))).creation()), ["provider"]);
    assert_eq!(fields(input(&with(key(), &json!({"provider": "SNOWFLAKE"}))).creation()), ["provider"]);
}

#[test]
fn a_name_must_be_one_segment_of_a_path() {
    for name in ["a", "..a", "a b", "100%", "ключ", "a?b#c", &"ü".repeat(128)] {
        assert_eq!(creation(&with(key(), &json!({"name": name}))).name, name);
    }
    for name in ["", ".", "..", "verify", "a/b", "a\u{0}", "a\u{7f}", &"x".repeat(129)] {
        assert_eq!(fields(input(&with(key(), &json!({"name": name}))).creation()), ["name"], "{name}");
        assert_eq!(fields(input(&json!({"name": name})).change()), ["name"], "{name}");
    }
}

#[test]
fn fields_that_are_too_long_for_a_description_are_accepted() {
    let role = |external_id: &str| {
        let role = json!({"aws": {"role_arn": "arn:aws:iam::123456789012:role/path/name", "external_id": external_id}});
        Record::new("u".into(), &creation(&json!({"name": "n", "provider": "AWS", "role": role}))).draft()
    };
    assert!(role(&"\"".repeat(1_200)).is_ok());
}

#[test]
fn a_change_leaves_absent_fields_as_they_are() {
    let record = Record::new("u".into(), &creation(&with(key(), &json!({"allowed_in_tasks": true}))));
    let change = |value: Value| input(&value).change().unwrap();
    let changed = record.clone().changed(&change(json!({"name": "other"}))).unwrap();
    assert_eq!(
        serde_json::to_value(&changed.access).unwrap(),
        json!({"credential": {"aws": {"access_key_id": "AKIA", "secret_access_key": "s3cret"}}})
    );
    assert_eq!(
        (changed.allowed_in_tasks, changed.was_default, changed.uuid.as_str()),
        (Some(true), false, "u")
    );

    let role = json!({"role": {"aws": {"role_arn": "a", "external_id": "e"}}, "allowed_in_tasks": false});
    let changed = record.clone().changed(&change(role)).unwrap();
    assert_eq!(
        serde_json::to_value(&changed.access).unwrap(),
        json!({"role": {"aws": {"role_arn": "a", "external_id": "e"}}})
    );
    assert_eq!(changed.allowed_in_tasks, Some(false));

    let hmac = json!({"gcp": {"access_key_id": "a", "secret_access_key": "s"}});
    assert_eq!(fields(record.clone().changed(&change(json!({"credential": hmac})))), ["credential.gcp"]);
    assert_eq!(fields(record.clone().changed(&change(json!({"provider": "AZURE"})))), ["provider"]);
    let changed = record.changed(&change(json!({"credential": hmac, "provider": "GCP"}))).unwrap();
    assert_eq!(changed.provider, CloudProvider::Gcp);
}
