use serde_json::{Value, json};

use super::*;

fn create(body: Value) -> CredentialInput {
    serde_json::from_value(body).unwrap()
}

#[test]
fn null_counts_as_absent() {
    let input = create(json!({"type": "aws", "name": "n", "comments": null, "specific": null}));
    assert_eq!(input.comments().unwrap(), "");
    assert!(matches!(input.into_specific(), Err(Error::Invalid(_))));
    let removal: Removal = serde_json::from_value(json!({"credential_id": "i", "comments": null})).unwrap();
    assert_eq!((removal.credential_id().unwrap(), removal.comments().unwrap()), ("i", ""));
    let update: Update = serde_json::from_value(json!({"data": {"name": null}})).unwrap();
    assert_eq!((update.data().name().unwrap(), update.reason().unwrap()), (None, ""));
    assert!(update.credential_id().is_err());
}

#[test]
fn lengths_are_those_of_characters() {
    let named = |name: &str| create(json!({"type": "gcp", "name": name})).name().map(str::to_owned);
    assert!(named(&"ü".repeat(255)).is_ok() && named(" ").is_ok());
    assert!(named(&"ü".repeat(256)).is_err() && named("").is_err());
    let commented = |length| {
        let input = create(json!({"type": "gcp", "name": "n", "comments": "ü".repeat(length)}));
        input.comments().map(str::len)
    };
    assert!(commented(1_024).is_ok());
    assert!(matches!(commented(1_025), Err(Error::Invalid(_))));
}

#[test]
fn a_change_of_what_cannot_change_is_refused() {
    for data in [json!({"nmae": "n"}), json!({"type": "gcp"}), json!({"id": "i"}), json!([]), json!("name")] {
        assert!(serde_json::from_value::<Update>(json!({"data": data})).is_err());
    }
    assert!(serde_json::from_value::<Update>(json!({"data": null})).is_err());
    assert!(serde_json::from_value::<Update>(json!({})).is_err());
}

#[test]
fn nothing_prints_what_is_specific() {
    let specific = json!({"tenant": "hunter2", "clientId": "hunter2", "key": "hunter2"});
    let input = create(json!({"type": "azure", "name": "n", "specific": specific}));
    let update: Update = serde_json::from_value(json!({"data": {"specific": specific}})).unwrap();
    assert!(!format!("{input:?} {update:?}").contains("hunter2"));
}
