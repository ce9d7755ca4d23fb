use serde_json::{Value, json};

use super::*;

fn input(value: Value) -> SharedCredentialInput {
    serde_json::from_value(value).unwrap()
}

fn model(value: &Secret) -> Value {
    serde_json::to_value(SharedCredentialModel::new("n", value)).unwrap()
}

#[test]
fn the_type_in_a_response_is_detected_from_the_content() {
    assert_eq!(model(&Secret::new("ü")), json!({"credential_name": "n", "type": "text", "text_value": "ü"}));
    assert_eq!(
        model(&Secret::new([0xff, 0x00])),
        json!({"credential_name": "n", "type": "binary", "binary_value": "/wA="})
    );
}

#[test]
fn a_name_must_be_a_file_name() {
    for name in ["a", "..hidden", "a b", "100%", "ключ", &"x".repeat(255)] {
        assert_eq!(input(json!({"credential_name": name})).name().unwrap(), name);
    }
    for name in [
        json!(null),
        json!(""),
        json!("."),
        json!(".."),
        json!("a/b"),
        json!("a\u{0}"),
        json!("x".repeat(256)),
    ] {
        assert!(matches!(input(json!({"credential_name": name})).name(), Err(Error::Invalid(_))), "{name}");
    }
}

#[test]
fn only_the_value_that_the_type_needs_is_accepted() {
    assert!(input(json!({"type": "text", "text_value": "a", "binary_value": null})).draft().is_ok());
    assert!(input(json!({"type": "binary", "binary_value": "YQ=="})).draft().is_ok());
    for body in [
        json!({"text_value": "a"}),
        json!({"type": "text"}),
        json!({"type": "text", "text_value": ""}),
        json!({"type": "text", "binary_value": "YQ=="}),
        json!({"type": "binary", "text_value": "a"}),
        json!({"type": "text", "text_value": "a", "binary_value": "YQ=="}),
    ] {
        assert!(matches!(input(body.clone()).draft(), Err(Error::Invalid(_))), "{body}");
    }
    for bad in ["YQ", "YQ=", "Y Q==", "-_==", "YR=="] {
        let body = json!({"type": "binary", "binary_value": bad});
        assert!(matches!(input(body).draft(), Err(Error::Malformed(_))), "{bad}");
    }
}

#[test]
fn the_limit_counts_bytes() {
    assert!(input(json!({"type": "text", "text_value": "x".repeat(65_536)})).draft().is_ok());
    let result = input(json!({"type": "text", "text_value": "x".repeat(65_537)})).draft();
    assert!(matches!(result, Err(Error::TooLarge { limit: 65_536, .. })));
}

/// Each credential has a name of 20 characters.
#[test]
fn a_list_carries_as_many_as_the_readme_says() {
    let listed = |count: usize| {
        let one = |number| Listed {
            name: format!("{number:020}"),
            public: json::raw(&Public { r#type: CredentialType::Binary }).unwrap(),
        };
        let models = SharedCredentialListModel::sorted((0..count).map(one).collect(), false);
        latchkey::Response::list(&models, "")
    };
    assert!(
        include_str!("../../../README.md")
            .contains("| DQOps | all credentials | 50,000 with names of 20 characters |")
    );
    assert!(listed(50_000).is_ok());
    assert!(matches!(listed(55_000), Err(Error::ListTooLarge { .. })));
}
