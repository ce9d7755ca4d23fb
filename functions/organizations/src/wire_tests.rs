use latchkey::json;
use serde_json::{Value, json};

use super::*;

fn create(body: Value) -> CredentialInput {
    serde_json::from_value(body).unwrap()
}

#[test]
fn null_counts_as_absent() {
    let input = create(json!({"type": "aws", "name": "n", "comments": null, "specific": null}));
    assert_eq!(input.comments(), "");
    assert!(matches!(input.into_specific(), Err(Error::Invalid(_))));
    let removal: Removal = serde_json::from_value(json!({"credential_id": "i", "comments": null})).unwrap();
    assert_eq!((removal.credential_id().unwrap(), removal.comments()), ("i", ""));
    let update: Update = serde_json::from_value(json!({"data": {"name": null}})).unwrap();
    assert_eq!((update.data().name(), update.reason()), (None, ""));
    assert!(update.credential_id().is_err());
}

#[test]
fn lengths_count_characters() {
    let read = |field: &str, text: &str| {
        let body = json!({"type": "gcp", field: text}).to_string();
        json::parse::<CredentialInput>(body.as_bytes()).map(drop).map_err(|error| error.to_string())
    };
    assert!(read("name", &"ü".repeat(255)).is_ok() && read("name", " ").is_ok());
    assert_eq!(read("name", &"ü".repeat(256)).unwrap_err(), "name: is longer than 255 characters");
    assert_eq!(read("name", "").unwrap_err(), "name: is empty");
    assert!(read("comments", &"ü".repeat(1_024)).is_ok() && read("comments", "").is_ok());
    assert_eq!(read("comments", &"ü".repeat(1_025)).unwrap_err(), "comments: is longer than 1024 characters");
}

#[test]
fn an_update_of_a_field_that_cannot_change_is_rejected() {
    for data in [json!({"nmae": "n"}), json!({"type": "gcp"}), json!({"id": "i"}), json!([]), json!("name")] {
        assert!(serde_json::from_value::<Update>(json!({"data": data})).is_err());
    }
    assert!(serde_json::from_value::<Update>(json!({"data": null})).is_err());
    assert!(serde_json::from_value::<Update>(json!({})).is_err());
}

#[test]
fn debug_output_does_not_show_specific() {
    let specific = json!({"tenant": "hunter2", "clientId": "hunter2", "key": "hunter2"});
    let input = create(json!({"type": "azure", "name": "n", "specific": specific}));
    let update: Update = serde_json::from_value(json!({"data": {"specific": specific}})).unwrap();
    assert!(!format!("{input:?} {update:?}").contains("hunter2"));
}

/// Each credential has a name of 20 characters and comments of 50.
#[test]
fn a_list_carries_as_many_as_the_readme_says() {
    let listed = |count: usize| {
        let one = |number| Listed {
            name: uuid::Uuid::from_u128(number).to_string(),
            public: json::raw(&json!({
                "type": "azure",
                "name": format!("{number:020}"),
                "comments": "c".repeat(50),
                "last_time": "2026-11-29T12:00:00.000Z",
            }))
            .unwrap(),
        };
        latchkey::Response::list(&CredentialList::new((0..count as u128).map(one).collect()), "")
    };
    let said =
        "| organizations | all credentials of one | 25,000 with names of 20 characters and comments of 50 |";
    assert!(include_str!("../../../README.md").contains(said));
    assert!(listed(25_000).is_ok());
    assert!(matches!(listed(30_000), Err(Error::ListTooLarge { .. })));
}
