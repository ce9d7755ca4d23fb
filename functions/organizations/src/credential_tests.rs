use serde_json::{Value, json};

use super::*;

const AZURE: &str = r#"{"org_id":"o","id":"i","type":"azure","name":"n","comments":"c","specific":{"tenant":"t","clientId":"c","key":"k"},"last_time":"2026-01-01T00:00:00.000Z"}"#;

fn stored(text: &str) -> Credential {
    Credential::parse(&Secret::new(text)).unwrap()
}

fn changed(document: &Credential, data: Value) -> Result<Value> {
    let data: Data = serde_json::from_value(data).unwrap();
    Ok(serde_json::to_value(document.clone().changed(&data)?).unwrap())
}

fn new(body: Value) -> Result<Credential> {
    let input = serde_json::from_value(body).unwrap();
    Credential::new(&OrgId::sample("o"), &CredentialId::known("i"), input)
}

#[test]
fn a_stored_credential_reads_back_the_same() {
    assert_eq!(Secret::json(&stored(AZURE)).unwrap().expose_text().unwrap().len(), AZURE.len());
    let read = serde_json::to_value(stored(AZURE)).unwrap();
    assert_eq!(read, serde_json::from_str::<Value>(AZURE).unwrap());
}

#[test]
fn a_foreign_value_is_an_error_that_shows_nothing_of_it() {
    for value in ["hunter2", "{}", r#"{"org_id":"o","id":"i","type":"aws","name":"hunter2"}"#] {
        let error = Credential::parse(&Secret::new(value)).unwrap_err();
        assert!(matches!(error, Error::ForeignValue) && !format!("{error:?}").contains("hunter2"));
    }
}

#[test]
fn a_change_leaves_absent_fields_as_they_are() {
    let before: Value = serde_json::from_str(AZURE).unwrap();
    let document = stored(AZURE);
    assert_eq!(changed(&document, json!({})).unwrap(), before);
    assert_eq!(
        changed(&document, json!({"name": null, "comments": null, "specific": null})).unwrap(),
        before
    );

    let mut expected = before.clone();
    expected["comments"] = "".into();
    assert_eq!(changed(&document, json!({"comments": ""})).unwrap(), expected);

    let mut expected = before;
    expected["name"] = "new".into();
    expected["specific"]["key"] = "new key".into();
    assert_eq!(changed(&document, json!({"name": "new", "specific": {"key": "new key"}})).unwrap(), expected);
}

#[test]
fn a_change_is_checked() {
    for data in [json!({"specific": {"role": "r"}}), json!({"specific": {"tenant": "t"}})] {
        assert!(matches!(changed(&stored(AZURE), data.clone()), Err(Error::Invalid(_))), "{data}");
    }
}

#[test]
fn the_longest_name_and_comments_are_accepted_in_any_characters() {
    for text in ["ü", "🏢", "\"", "\n", "\0"] {
        let specific = json!({"role": "r"});
        let body = json!({"type": "aws", "name": text.repeat(255), "comments": text.repeat(1_024), "specific": specific});
        assert!(new(body).unwrap().draft().is_ok(), "{text:?}");
    }
}

#[test]
fn a_value_has_all_that_a_list_shows() {
    let public: Value = serde_json::from_str(crate::public_of(&Secret::new(AZURE)).unwrap().get()).unwrap();
    let shown =
        json!({"type": "azure", "name": "n", "comments": "c", "last_time": "2026-01-01T00:00:00.000Z"});
    assert_eq!(public, shown);
    assert!(matches!(crate::public_of(&Secret::new("hunter2")), Err(Error::ForeignValue)));
}

#[test]
fn a_value_that_secrets_manager_cannot_store_is_too_large() {
    let specific = json!({"tenant": "t", "clientId": "c".repeat(2_048), "key": "\0".repeat(8_192)});
    let fits = new(json!({"type": "azure", "name": "n", "specific": specific}));
    assert!(fits.unwrap().draft().is_ok());
    let nuls = "\0".repeat(2_048);
    let specific = json!({"tenant": nuls, "clientId": nuls, "key": "\0".repeat(8_192)});
    let too_large = new(json!({"type": "azure", "name": "n", "specific": specific})).unwrap().draft();
    assert!(matches!(too_large, Err(Error::TooLarge { limit: 65_536, .. })));
}
