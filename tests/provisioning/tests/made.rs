//! Values and keys that are made here: they stay as long as the properties ask for the same, and nobody else knows
//! them. See `docs/decisions/keys-made-here.md` and `docs/decisions/provisioning.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // It is all a test.

use latchkey_provisioning_tests::*;
use latchkey_stand_in::{Incident, What};
use serde_json::{Value, json};

const DQOPS: Api = APIS[0];
const LOSANT: Api = APIS[2];

fn login(length: &str) -> Value {
    let generate =
        json!({"Length": length, "Template": r#"{"user":"reader","password":"x"}"#, "JsonKey": "password"});
    json!({"Name": "login", "Secrets": {"text_value": {"Generate": generate}}})
}

#[tokio::test]
async fn a_generated_value_stays_until_another_is_asked_for() {
    let (sm, _) = stage();
    let (line, first) = (sm.line().await, login("24"));
    let store = store_at(line.endpoint());
    let create = to_create("s", &first);
    let (id, _) = done(DQOPS.carry_out(&store, &create).await);
    let value = || DQOPS.live(&sm)[0].1.clone();
    let made = value();
    let parsed: Value = serde_json::from_str(&made).unwrap();
    let password = parsed["password"].as_str().unwrap();
    assert_eq!((parsed["user"].as_str(), password.len()), (Some("reader"), 24));
    assert!(password.bytes().all(|byte| byte.is_ascii_alphanumeric()));

    // It does not change with a repetition of the event, an update of something else, or the rollback of an update that
    // did not succeed.
    let retained = with(&first, "OnDelete", json!("retain"));
    let revised = with(&first, "Revision", json!("2"));
    done(DQOPS.carry_out(&store, &create).await);
    done(DQOPS.carry_out(&store, &to_update("s", &id, &first, &retained)).await);
    done(DQOPS.carry_out(&store, &to_update("s", &id, &revised, &first)).await);
    assert_eq!(value(), made);
    assert!(!line.actions().iter().any(|action| action == "UpdateSecret" || action == "TagResource"));

    done(DQOPS.carry_out(&store, &to_update("s", &id, &first, &revised)).await);
    let again = value();
    assert_ne!(again, made);
    done(DQOPS.carry_out(&store, &to_update("s", &id, &revised, &revised)).await);
    assert_eq!(value(), again);
    let longer = with(&login("40"), "Revision", json!("2"));
    done(DQOPS.carry_out(&store, &to_update("s", &id, &revised, &longer)).await);
    assert_eq!(value().len(), again.len() + 16);

    // Somebody has changed it by hand. That drift is not undone, because nobody knows the former value.
    put(&sm, "latchkey/dqops/login", "by hand");
    done(DQOPS.carry_out(&store, &to_update("s", &id, &longer, &longer)).await);
    assert_eq!(value(), "by hand");
}

#[tokio::test]
async fn an_adopted_credential_gets_a_new_value() {
    let (sm, _) = stage();
    let store = store(&sm).await;
    create(&sm, "latchkey/dqops/login", "by hand");
    let adopting = with(&login("24"), "OnConflict", json!("adopt"));
    done(DQOPS.carry_out(&store, &to_create("s", &adopting)).await);
    assert!(DQOPS.live(&sm)[0].1.contains("reader"));
}

/// A credential whose key pair is made here.
fn keyed(r#type: &str) -> Value {
    let config = match r#type {
        "git" => {
            json!({"type": "ssh-key", "cloneUrl": "git@example.com:a/b.git", "generatePrivateKey": "true"})
        }
        _ => json!({"host": "h", "username": "u", "generatePrivateKey": "true"}),
    };
    let spec = json!({"type": r#type, format!("{type}Config"): config});
    json!({"ApplicationId": "575ec8687ae143cd83dc4a97", "Name": "key", "Spec": spec})
}

#[tokio::test]
async fn a_key_pair_stays_until_another_is_asked_for() {
    for (r#type, begins) in [("git", "ssh-ed25519 "), ("snowflake", "-----BEGIN PUBLIC KEY-----")] {
        let (sm, _) = stage();
        let (store, first) = (store(&sm).await, keyed(r#type));
        let create = to_create("s", &first);
        let (id, data) = done(LOSANT.carry_out(&store, &create).await);
        let public_key = |data: &Value| data["PublicKey"].as_str().unwrap().to_owned();
        let value = || LOSANT.live(&sm)[0].1.clone();
        let (made, private) = (public_key(&data), value());
        assert!(made.starts_with(begins), "{made}");
        assert!(private.contains("PRIVATE KEY") && !data.to_string().contains("PRIVATE"));

        assert_eq!(done(LOSANT.carry_out(&store, &create).await), (id.clone(), data.clone()));
        let mut moved = first.clone();
        moved["Name"] = json!("renamed");
        moved["Spec"]["description"] = json!("new");
        let (same, data) = done(LOSANT.carry_out(&store, &to_update("s", &id, &first, &moved)).await);
        assert_eq!((&same, public_key(&data)), (&id, made.clone()));
        let (_, data) = done(LOSANT.carry_out(&store, &to_update("s", &id, &moved, &first)).await);
        assert_eq!(public_key(&data), made);

        let revised = with(&first, "Revision", json!("2"));
        let (same, data) = done(LOSANT.carry_out(&store, &to_update("s", &id, &first, &revised)).await);
        assert_eq!(same, id);
        assert_ne!(public_key(&data), made);
    }
}

#[tokio::test]
async fn a_key_for_ssh_never_becomes_a_password() {
    let (sm, _) = stage();
    let (store, key) = (store(&sm).await, keyed("git"));
    let (id, _) = done(LOSANT.carry_out(&store, &to_create("s", &key)).await);
    let before = LOSANT.live(&sm);
    let mut password = key.clone();
    password["Spec"]["gitConfig"]["type"] = json!("http-password");
    let failed = LOSANT.carry_out(&store, &to_update("s", &id, &key, &password)).await;
    assert!(rejected(&failed).starts_with("Spec.gitConfig.generatePrivateKey: can only be true"));
    assert_eq!(LOSANT.live(&sm), before);
    done(LOSANT.carry_out(&store, &to_update("s", &id, &password, &key)).await);
    assert_eq!(LOSANT.live(&sm), before);
}

#[tokio::test]
async fn another_type_needs_another_name() {
    let (sm, source) = stage();
    let (store, git) = (store(&sm).await, keyed("git"));
    let (id, _) = done(LOSANT.carry_out(&store, &to_create("s", &git)).await);
    let sql = with(&(LOSANT.properties)(&source), "Name", json!("key"));
    let failed = LOSANT.carry_out(&store, &to_update("s", &id, &git, &sql)).await;
    assert!(rejected(&failed).starts_with("Spec.type: cannot be changed"));
    assert_eq!(failed.physical_resource_id, id);
    let renamed = with(&sql, "Name", json!("other"));
    let (new, _) = done(LOSANT.carry_out(&store, &to_update("s", &id, &git, &renamed)).await);
    assert_ne!(new, id);
    assert_eq!(LOSANT.live(&sm).len(), 2);
    // The rollback finds the old one by its name.
    let (back, _) = done(LOSANT.carry_out(&store, &to_update("s", &new, &renamed, &git)).await);
    assert_eq!(back, id);
    done(LOSANT.carry_out(&store, &to_delete("s", &new, &renamed)).await);
    assert_eq!(LOSANT.live(&sm).len(), 1);
}

/// A renamed credential stays in the slot of its first name. A new credential with that name is stored elsewhere, and
/// each has its own tags.
#[tokio::test]
async fn anybody_can_take_a_name_that_was_given_up() {
    let (sm, source) = stage();
    let (store, a) = (store(&sm).await, (LOSANT.properties)(&source));
    let b = with(&a, "Name", json!("b"));
    let (first, _) = done(LOSANT.carry_out(&store, &to_create("one", &a)).await);
    done(LOSANT.carry_out(&store, &to_update("one", &first, &a, &b)).await);
    let (second, data) = done(LOSANT.carry_out(&store, &to_create("two", &a)).await);
    assert_ne!(second, first);
    let mut owners: Vec<_> =
        LOSANT.live(&sm).iter().filter_map(|(name, _)| tag(&sm, name, "owner")).collect();
    owners.sort();
    assert_eq!(owners, [owner("one"), owner("two")]);
    assert_eq!(tag(&sm, data["SecretName"].as_str().unwrap(), "owner"), Some(owner("two")));
    done(LOSANT.carry_out(&store, &to_delete("one", &first, &b)).await);
    // The slot is left with the claim of the second credential, so the next one is stored elsewhere.
    done(LOSANT.carry_out(&store, &to_delete("two", &second, &a)).await);
    let (third, data) = done(LOSANT.carry_out(&store, &to_create("three", &a)).await);
    assert!(third != first && third != second);
    assert_eq!(tag(&sm, data["SecretName"].as_str().unwrap(), "owner"), Some(owner("three")));
}

/// A slot can hold nothing but the claim of a dead function.
#[tokio::test]
async fn a_credential_is_not_made_in_a_slot_that_holds_a_claim() {
    let (sm, source) = stage();
    let (store, a) = (store(&sm).await, (LOSANT.properties)(&source));
    let b = with(&a, "Name", json!("b"));
    let (first, _) = done(LOSANT.carry_out(&store, &to_create("one", &a)).await);
    done(LOSANT.carry_out(&store, &to_update("one", &first, &a, &b)).await);
    let line = sm.line().await;
    line.set_incident(Incident::new(1, What::Dies { late: None }).of("CreateSecret"));
    let (dead, create) = (store_at(line.endpoint()), to_create("two", &a));
    tokio::select! {
        () = line.happened() => {}
        outcome = LOSANT.carry_out(&dead, &create) => panic!("{outcome:?}"),
    }
    done(LOSANT.carry_out(&store, &to_delete("one", &first, &b)).await);
    age(&sm);
    let (_, data) = done(LOSANT.carry_out(&store, &to_create("three", &a)).await);
    assert_eq!(tag(&sm, data["SecretName"].as_str().unwrap(), "owner"), Some(owner("three")));
    assert_eq!(LOSANT.live(&sm).iter().filter(|(_, value)| value.contains(PASSWORD)).count(), 1);
}
