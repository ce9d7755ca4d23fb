//! The life of a credential: it is created, changed, replaced, adopted, left alone, and removed.
//! See `docs/decisions/provisioning.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // It is all a test.

use latchkey_provisioning_tests::*;
use latchkey_stand_in::SecretsManager;
use serde_json::{Value, json};

const WRITES: [&str; 5] = ["CreateSecret", "UpdateSecret", "DeleteSecret", "RestoreSecret", "TagResource"];

/// The secret of the only credential, which must contain `password`.
fn only(sm: &SecretsManager, api: &Api, password: &str) -> String {
    let live = api.live(sm);
    let [(name, value)] = live.as_slice() else { panic!("{}: {live:?}", api.name) };
    assert!(value.contains(password), "{}: {value}", api.name);
    name.clone()
}

#[tokio::test]
async fn a_credential_is_made_changed_and_removed() {
    each(|api| async move {
        let (sm, source) = stage();
        let (line, properties) = (sm.line().await, (api.properties)(&source));
        let store = store_at(line.endpoint());

        let create = to_create("s", &properties);
        let (id, data) = done(api.carry_out(&store, &create).await);
        let secret = only(&sm, &api, PASSWORD);
        assert!(id.starts_with(&format!("{}/", api.name)), "{id}");
        let described = sm.call("DescribeSecret", json!({ "SecretId": secret })).unwrap();
        assert_eq!(data["SecretArn"], described["ARN"]);
        assert_eq!(data["SecretName"], json!(secret));
        assert!(described["VersionIdsToStages"].get(data["Version"].as_str().unwrap()).is_some());
        assert!(!format!("{data} {described}").contains("c4n4ry"));
        let tags = ["owner", "origin", "generated"].map(|key| tag(&sm, &secret, key).unwrap());
        assert_eq!(tags, [owner("s"), "created".into(), String::new()]);

        // The same event comes again, and then an update that changes nothing about the credential.
        let again = done(api.carry_out(&store, &create).await);
        assert_eq!(again, (id.clone(), data.clone()));
        let retained = with(&properties, "OnDelete", json!("retain"));
        let updated = done(api.carry_out(&store, &to_update("s", &id, &properties, &retained)).await);
        assert_eq!(updated, (id.clone(), data.clone()));
        let written = line.actions().iter().filter(|action| WRITES.contains(&action.as_str())).count();
        assert_eq!(written, if api.name == "tiledb" { 2 } else { 1 }, "{}: {:?}", api.name, line.actions());

        // An update in place reads the source again. Fields that the properties no longer have end up as in a create.
        rotate(&sm);
        let (name, value) = api.change;
        let changed = with(&with(&properties, name, value()), "Revision", json!("2"));
        let (same, data) = done(api.carry_out(&store, &to_update("s", &id, &properties, &changed)).await);
        assert_eq!(same, id);
        assert_eq!((only(&sm, &api, ROTATED), &data["SecretName"]), (secret.clone(), &json!(secret)));
        let fresh = {
            let (sm, source) = stage();
            rotate(&sm);
            let other = self::store(&sm).await;
            let properties = with(&(api.properties)(&source), name, value());
            done(api.carry_out(&other, &to_create("s", &properties)).await);
            essence(&api.live(&sm)[0].1)
        };
        assert_eq!(essence(&api.live(&sm)[0].1), fresh, "{}", api.name);

        let removed = api.carry_out(&store, &to_delete("s", &id, &changed)).await;
        assert_eq!(removed.physical_resource_id, id);
        assert!(matches!(removed.result, Ok(None)), "{removed:?}");
        assert_eq!(api.live(&sm), []);
        // A second removal succeeds, too.
        assert!(matches!(api.carry_out(&store, &to_delete("s", &id, &changed)).await.result, Ok(None)));
    })
    .await;
}

/// A value without the fields that differ from one credential to the next.
fn essence(value: &str) -> Value {
    let Ok(mut value) = serde_json::from_str::<Value>(value) else { return json!(value) };
    for object in ["", "/credential"] {
        let Some(Value::Object(fields)) = value.pointer_mut(object) else { continue };
        fields.retain(|name, _| {
            !["uuid", "id", "createdAs", "was_default"].contains(&name.as_str())
                && !name.ends_with("_at")
                && !["last_time", "creationDate", "lastUpdated"].contains(&name.as_str())
        });
    }
    value
}

#[tokio::test]
async fn the_next_owner_can_take_a_deleted_name() {
    each(|api| async move {
        let (sm, source) = stage();
        let (store, properties) = (store(&sm).await, (api.properties)(&source));
        // In organizations, ids depend on the owner, so there the same owner comes again.
        let next = if api.name == "organizations" { "s" } else { "t" };
        let (id, _) = done(api.carry_out(&store, &to_create("s", &properties)).await);
        done(api.carry_out(&store, &to_delete("s", &id, &properties)).await);
        let (id, data) = done(api.carry_out(&store, &to_create(next, &properties)).await);
        assert_eq!(json!(only(&sm, &api, PASSWORD)), data["SecretName"]);
        assert_eq!(tag(&sm, data["SecretName"].as_str().unwrap(), "owner").unwrap(), owner(next));
        // The first owner's removal comes again. It must leave another owner's credential alone.
        let late = api.carry_out(&store, &to_delete("s", &id, &properties)).await;
        assert!(matches!(late.result, Ok(None)));
        assert_eq!(api.live(&sm).len(), usize::from(next == "t"));
    })
    .await;
}

#[tokio::test]
async fn a_repeated_event_does_not_bring_back_its_deleted_credential() {
    each(|api| async move {
        let (sm, source) = stage();
        let (store, properties) = (store(&sm).await, (api.properties)(&source));
        let create = to_create("s", &properties);
        let (id, _) = done(api.carry_out(&store, &create).await);
        done(api.carry_out(&store, &to_delete("s", &id, &properties)).await);
        rejected(&api.carry_out(&store, &create).await);
        assert_eq!(api.live(&sm), [], "{}", api.name);
    })
    .await;
}

#[tokio::test]
async fn a_credential_of_others_is_left_alone_or_adopted() {
    each(|api| async move {
        let (sm, source) = stage();
        let (line, properties) = (sm.line().await, (api.properties)(&source));
        let store = store_at(line.endpoint());
        let (theirs, data) = done(api.carry_out(&store, &to_create("theirs", &properties)).await);
        let secret = only(&sm, &api, PASSWORD);
        rotate(&sm);
        let properties = match api.name {
            "organizations" => with(&properties, "CredentialId", data["Id"].clone()),
            _ => properties,
        };

        let failed = api.carry_out(&store, &to_create("mine", &properties)).await;
        assert!(rejected(&failed).contains("OnConflict: adopt"), "{failed:?}");
        let given = failed.physical_resource_id.clone();
        assert!(matches!(
            api.carry_out(&store, &to_delete("mine", &given, &properties)).await.result,
            Ok(None)
        ));
        assert_eq!(
            (only(&sm, &api, PASSWORD), tag(&sm, &secret, "owner")),
            (secret.clone(), Some(owner("theirs")))
        );

        let adopting = with(&properties, "OnConflict", json!("adopt"));
        let (id, data) = done(api.carry_out(&store, &to_create("mine", &adopting)).await);
        assert_eq!((&id, &data["SecretName"]), (&theirs, &json!(secret)));
        assert_eq!(only(&sm, &api, ROTATED), secret);
        let tags = ["owner", "origin"].map(|key| tag(&sm, &secret, key).unwrap());
        assert_eq!(tags, [owner("mine"), "adopted".into()]);

        // The former owner has lost it, and can neither change nor remove it.
        rejected(&api.carry_out(&store, &to_update("theirs", &theirs, &properties, &properties)).await);
        done(api.carry_out(&store, &to_delete("theirs", &theirs, &properties)).await);
        // An adopted credential stays when its resource goes, unless the resource says otherwise.
        done(api.carry_out(&store, &to_delete("mine", &id, &adopting)).await);
        assert_eq!(only(&sm, &api, ROTATED), secret);
        let deleting = with(&adopting, "OnDelete", json!("delete"));
        done(api.carry_out(&store, &to_delete("mine", &id, &deleting)).await);
        assert_eq!(api.live(&sm), []);
    })
    .await;
}

#[tokio::test]
async fn a_retained_credential_stays_and_its_owner_can_take_it_up_again() {
    each(|api| async move {
        let (sm, source) = stage();
        let (store, properties) = (store(&sm).await, (api.properties)(&source));
        let retained = with(&properties, "OnDelete", json!("retain"));
        let (id, _) = done(api.carry_out(&store, &to_create("s", &retained)).await);
        done(api.carry_out(&store, &to_delete("s", &id, &retained)).await);
        only(&sm, &api, PASSWORD);
        assert_eq!(done(api.carry_out(&store, &to_create("s", &properties)).await).0, id);
        done(api.carry_out(&store, &to_delete("s", &id, &properties)).await);
        assert_eq!(api.live(&sm), []);
    })
    .await;
}

#[tokio::test]
async fn an_update_makes_a_deleted_credential_again() {
    each(|api| async move {
        let (sm, source) = stage();
        let (store, properties) = (store(&sm).await, (api.properties)(&source));
        let (id, _) = done(api.carry_out(&store, &to_create("s", &properties)).await);
        // A removal event takes the place of the deletion by hand.
        done(api.carry_out(&store, &to_delete("s", &id, &properties)).await);
        let revised = with(&properties, "Revision", json!("2"));
        let (new, _) = done(api.carry_out(&store, &to_update("s", &id, &properties, &revised)).await);
        only(&sm, &api, PASSWORD);
        assert_eq!(new == id, api.name != "losant", "a Losant id is given once");
        done(api.carry_out(&store, &to_delete("s", &id, &properties)).await);
        assert_eq!(api.live(&sm).len(), usize::from(new != id));
    })
    .await;
}

/// Properties that mean another credential, so that an update replaces it.
fn replaced(api: &Api, properties: &Value) -> Value {
    match api.name {
        "dqops" | "tiledb" => with(properties, "Name", json!("other")),
        "losant" => with(properties, "ApplicationId", json!("999999999999999999999999")),
        _ => with(properties, "OrgId", json!("other")),
    }
}

#[tokio::test]
async fn a_replacement_is_made_first_and_removed_again_by_a_rollback() {
    each(|api| async move {
        let (sm, source) = stage();
        let (store, before) = (store(&sm).await, (api.properties)(&source));
        let after = replaced(&api, &before);
        let (old, _) = done(api.carry_out(&store, &to_create("s", &before)).await);
        let (new, _) = done(api.carry_out(&store, &to_update("s", &old, &before, &after)).await);
        assert_ne!(new, old);
        assert_eq!(api.live(&sm).len(), 2);
        // A rollback, because another resource has failed.
        let (back, _) = done(api.carry_out(&store, &to_update("s", &new, &after, &before)).await);
        assert_eq!(back, old);
        done(api.carry_out(&store, &to_delete("s", &new, &after)).await);
        only(&sm, &api, PASSWORD);

        // A rollback after an update that did not respond: the stack does not know the new credential, and does not ask
        // for its removal.
        done(api.carry_out(&store, &to_update("s", &old, &before, &after)).await);
        let (back, _) = done(api.carry_out(&store, &to_update("s", &old, &after, &before)).await);
        assert_eq!(back, old);
        only(&sm, &api, PASSWORD);

        // An update without a rollback.
        let (new, _) = done(api.carry_out(&store, &to_update("s", &old, &before, &after)).await);
        done(api.carry_out(&store, &to_delete("s", &old, &before)).await);
        only(&sm, &api, PASSWORD);
        done(api.carry_out(&store, &to_delete("s", &new, &after)).await);
        assert_eq!(api.live(&sm), []);
    })
    .await;
}

#[tokio::test]
async fn a_create_that_did_not_respond_is_found_by_its_properties() {
    each(|api| async move {
        for id in ["stack-Resource-1ABCDEF", &format!("{}:unknown", api.name)] {
            let (sm, source) = stage();
            let (store, properties) = (store(&sm).await, (api.properties)(&source));
            done(api.carry_out(&store, &to_create("s", &properties)).await);
            done(api.carry_out(&store, &to_delete("other", id, &properties)).await);
            only(&sm, &api, PASSWORD);
            done(api.carry_out(&store, &to_delete("s", id, &properties)).await);
            assert_eq!(api.live(&sm), [], "{}", api.name);
            // A create with broken properties has made nothing, so its removal succeeds.
            for broken in
                [json!({}), with(&properties, "Unknown", json!("x")), with(&properties, "Name", json!(""))]
            {
                done(api.carry_out(&store, &to_delete("s", id, &broken)).await);
            }
        }
    })
    .await;
}

#[tokio::test]
async fn terraform_names_the_owner_and_replaces_in_one_call() {
    each(|api| async move {
        let (sm, source) = stage();
        let (store, before) =
            (store(&sm).await, with(&(api.properties)(&source), "Owner", json!("prod/app")));
        let call = |properties: &Value, action: &str, prev: &Value| {
            let call = with(properties, "tf", json!({"action": action, "prev_input": prev}));
            serde_json::value::to_raw_value(&call).unwrap()
        };
        let (old, data) = done(api.carry_out(&store, &call(&before, "create", &Value::Null)).await);
        let secret = data["SecretName"].as_str().unwrap();
        assert_eq!(tag(&sm, secret, "owner").unwrap(), "terraform/prod/app");
        let revised = with(&before, "Revision", json!(2));
        let same = done(api.carry_out(&store, &call(&revised, "update", &before)).await);
        assert_eq!(same, (old.clone(), data));

        // The same call removes the old one: nobody else would.
        let after = replaced(&api, &revised);
        let (new, _) = done(api.carry_out(&store, &call(&after, "update", &revised)).await);
        assert_ne!(new, old);
        only(&sm, &api, PASSWORD);
        done(api.carry_out(&store, &call(&after, "delete", &after)).await);
        assert_eq!(api.live(&sm), []);

        let nobody = with(&before, "Owner", json!(""));
        let failed = api.carry_out(&store, &call(&nobody, "create", &Value::Null)).await;
        assert!(rejected(&failed).starts_with("Owner: is missing"));
        assert_eq!(api.live(&sm), []);
    })
    .await;
}

/// Otherwise the stack could not be rolled back: the update has failed because of its source, and the rollback would,
/// too.
#[tokio::test]
async fn a_rollback_that_changes_nothing_needs_no_source() {
    each(|api| async move {
        let (sm, source) = stage();
        let (line, first) = (sm.line().await, (api.properties)(&source));
        let store = store_at(line.endpoint());
        let (id, data) = done(api.carry_out(&store, &to_create("s", &first)).await);
        sm.call("DeleteSecret", json!({"SecretId": "sources/app"})).unwrap();
        let revised = with(&first, "Revision", json!("2"));
        let failed = api.carry_out(&store, &to_update("s", &id, &first, &revised)).await;
        assert!(rejected(&failed).contains("scheduled for deletion"), "{failed:?}");
        let back = done(api.carry_out(&store, &to_update("s", &id, &revised, &first)).await);
        assert_eq!(back, (id.clone(), data));
        // If others have written since, the rollback has to restore the value, and needs the source for that.
        let (name, value) = api.live(&sm).remove(0);
        put(&sm, &name, &value.replace(PASSWORD, "by hand"));
        rejected(&api.carry_out(&store, &to_update("s", &id, &revised, &first)).await);
        sm.call("RestoreSecret", json!({"SecretId": "sources/app"})).unwrap();
        done(api.carry_out(&store, &to_update("s", &id, &revised, &first)).await);
        only(&sm, &api, PASSWORD);
    })
    .await;
}

#[tokio::test]
async fn terraform_can_name_another_owner() {
    each(|api| async move {
        let (sm, source) = stage();
        let (store, before) = (store(&sm).await, with(&(api.properties)(&source), "Owner", json!("old")));
        let call = |properties: &Value, action: &str, prev: &Value| {
            let call = with(properties, "tf", json!({"action": action, "prev_input": prev}));
            serde_json::value::to_raw_value(&call).unwrap()
        };
        done(api.carry_out(&store, &call(&before, "create", &Value::Null)).await);
        let after = with(&before, "Owner", json!("new"));
        done(api.carry_out(&store, &call(&after, "update", &before)).await);
        let name = only(&sm, &api, PASSWORD);
        let tags = ["owner", "origin"].map(|key| tag(&sm, &name, key).unwrap());
        assert_eq!(tags, ["terraform/new", "created"]);
        // Another name in the same call: it must remove the old one, because nobody else would.
        let moved = replaced(&api, &with(&after, "Owner", json!("newest")));
        done(api.carry_out(&store, &call(&moved, "update", &after)).await);
        let name = only(&sm, &api, PASSWORD);
        assert_eq!(tag(&sm, &name, "owner").unwrap(), "terraform/newest");
        let removed = api.carry_out(&store, &call(&moved, "delete", &moved)).await;
        assert!(removed.physical_resource_id.starts_with(&format!("{}/", api.name)), "{removed:?}");
        assert_eq!(api.live(&sm), []);
    })
    .await;
}

#[tokio::test]
async fn bytes_are_copied_as_they_are() {
    let [dqops, ..] = APIS;
    for (bytes, base64) in [("YWJjZA==", "abcd"), ("/wD+", "")] {
        let (sm, _) = stage();
        let create =
            json!({"Name": "sources/bytes", "SecretBinary": bytes, "ClientRequestToken": "0".repeat(32)});
        let arn = sm.call("CreateSecret", create).unwrap()["ARN"].clone();
        let properties = json!({"Name": "b", "Secrets": {"binary_value": {"SecretArn": arn}}});
        done(dqops.carry_out(&store(&sm).await, &to_create("s", &properties)).await);
        let stored = sm.call("GetSecretValue", json!({"SecretId": "latchkey/dqops/b"})).unwrap();
        // Bytes that are text are stored as text.
        match base64 {
            "" => assert_eq!(stored["SecretBinary"], json!(bytes)),
            text => assert_eq!(stored["SecretString"], json!(text)),
        }
    }
}

#[tokio::test]
async fn a_default_follows_its_credential_to_another_cloud() {
    let [_, tiledb, ..] = APIS;
    let (sm, source) = stage();
    let (store, aws) = (store(&sm).await, (tiledb.properties)(&source));
    let (id, _) = done(tiledb.carry_out(&store, &to_create("s", &aws)).await);
    let gcp =
        json!({"provider": "GCP", "provider_default": "true", "credential": {"gcp": {"access_key_id": "G"}}});
    let mut after = with(&aws, "Spec", gcp);
    after["Secrets"] = json!({"credential.gcp.secret_access_key": source});
    done(tiledb.carry_out(&store, &to_update("s", &id, &aws, &after)).await);
    let defaults =
        sm.call("GetSecretValue", json!({"SecretId": "latchkey/tiledb/acme/=/=defaults"})).unwrap();
    let defaults: Value = serde_json::from_str(defaults["SecretString"].as_str().unwrap()).unwrap();
    assert_eq!(defaults.as_object().unwrap().keys().collect::<Vec<_>>(), ["GCP"]);
    after["Spec"]["provider_default"] = json!("false");
    done(tiledb.carry_out(&store, &to_update("s", &id, &aws, &after)).await);
    let defaults =
        sm.call("GetSecretValue", json!({"SecretId": "latchkey/tiledb/acme/=/=defaults"})).unwrap();
    assert_eq!(defaults["SecretString"], "{}");
}

/// Tags outlive a deletion, and a person who then makes a credential with the same name does not know about them.
#[tokio::test]
async fn a_credential_made_by_hand_after_a_removal_has_no_owner() {
    let [api, ..] = APIS;
    let (sm, source) = stage();
    let (store, properties) = (store(&sm).await, (api.properties)(&source));
    let (id, _) = done(api.carry_out(&store, &to_create("s", &properties)).await);
    done(api.carry_out(&store, &to_delete("s", &id, &properties)).await);
    sm.call("RestoreSecret", json!({"SecretId": "latchkey/dqops/app.txt"})).unwrap();
    put(&sm, "latchkey/dqops/app.txt", "by hand");
    // The removal comes again, and then the create.
    done(api.carry_out(&store, &to_delete("s", &id, &properties)).await);
    rejected(&api.carry_out(&store, &to_create("s", &properties)).await);
    only(&sm, &api, "by hand");
}

/// Otherwise the former owner, whose reads may lag, could still remove it.
#[tokio::test]
async fn an_adoption_makes_a_version_of_its_own() {
    each(|api| async move {
        let (sm, source) = stage();
        let (store, mut properties) = (store(&sm).await, (api.properties)(&source));
        let (_, theirs) = done(api.carry_out(&store, &to_create("theirs", &properties)).await);
        properties["OnConflict"] = json!("adopt");
        if api.name == "organizations" {
            properties["CredentialId"] = theirs["Id"].clone();
        }
        let (id, mine) = done(api.carry_out(&store, &to_create("mine", &properties)).await);
        assert_ne!(mine["Version"], theirs["Version"], "{}", api.name);
        let again = done(api.carry_out(&store, &to_update("mine", &id, &properties, &properties)).await);
        assert_eq!(again.1, mine);
    })
    .await;
}

#[tokio::test]
async fn another_order_of_fields_is_not_a_change() {
    each(|api| async move {
        let (sm, source) = stage();
        let (line, mut first) = (sm.line().await, (api.properties)(&source));
        if api.name == "organizations" {
            first["Spec"]["specific"] = json!({"clientId": "c"});
            first["Secrets"]["specific.tenant"] = source.clone();
        }
        let store = store_at(line.endpoint());
        let made = done(api.carry_out(&store, &to_create("s", &first)).await);
        let before = line.actions().len();
        let second = reversed(&first);
        let create = to_update("s", &made.0, &first, &json!({}));
        let event =
            create.get().replace("\"ResourceProperties\":{}", &format!("\"ResourceProperties\":{second}"));
        let event = serde_json::value::RawValue::from_string(event).unwrap();
        assert_eq!(done(api.carry_out(&store, &event).await), made);
        assert!(!line.actions()[before..].iter().any(|action| WRITES.contains(&action.as_str())));
    })
    .await;
}

/// The JSON of a value with the fields of every object in reverse order.
fn reversed(value: &Value) -> String {
    match value {
        Value::Object(fields) => {
            let fields =
                fields.iter().rev().map(|(name, value)| format!("{}:{}", json!(name), reversed(value)));
            format!("{{{}}}", fields.collect::<Vec<_>>().join(","))
        }
        other => other.to_string(),
    }
}

/// Whether a credential is the default is not part of its version, so the version does not show that somebody else has
/// taken the default.
#[tokio::test]
async fn a_default_that_was_taken_is_taken_back() {
    let [_, tiledb, ..] = APIS;
    let (sm, source) = stage();
    let (store, first) = (store(&sm).await, (tiledb.properties)(&source));
    let (id, _) = done(tiledb.carry_out(&store, &to_create("s", &first)).await);
    let defaults = "latchkey/tiledb/acme/=/=defaults";
    let of = |sm: &SecretsManager| sm.call("GetSecretValue", json!({ "SecretId": defaults })).unwrap();
    let before = of(&sm)["SecretString"].clone();
    put(&sm, defaults, r#"{"AWS":"another"}"#);
    let again = with(&first, "OnDelete", json!("delete"));
    done(tiledb.carry_out(&store, &to_update("s", &id, &first, &again)).await);
    assert_eq!(of(&sm)["SecretString"], before);
}

#[tokio::test]
async fn a_create_that_failed_at_a_foreign_value_can_be_removed() {
    let [_, _, losant, _] = APIS;
    let (sm, source) = stage();
    let (store, properties) = (store(&sm).await, (losant.properties)(&source));
    let (id, data) = done(losant.carry_out(&store, &to_create("s", &properties)).await);
    let secret = data["SecretName"].as_str().unwrap();
    put(&sm, secret, "by hand");
    let failed = losant.carry_out(&store, &to_create("t", &properties)).await;
    rejected(&failed);
    done(losant.carry_out(&store, &to_delete("t", &failed.physical_resource_id, &properties)).await);
    let stored = sm.call("GetSecretValue", json!({ "SecretId": secret })).unwrap();
    assert_eq!((stored["SecretString"].as_str(), id.is_empty()), (Some("by hand"), false));
}
