//! Which events are rejected, and with which messages: they say what to do and never show a secret value.
//! See `docs/decisions/provisioning.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing)] // It is all a test.

use std::time::Duration;

use latchkey::provision::Event;
use latchkey_provisioning_tests::*;
use latchkey_stand_in::{Incident, What};
use serde_json::value::to_raw_value;
use serde_json::{Value, json};

/// The reason why a create with changed properties fails. It must have written nothing.
async fn reason(api: Api, change: impl Fn(&mut Value)) -> String {
    let (sm, source) = stage();
    let line = sm.line().await;
    let mut properties = (api.properties)(&source);
    change(&mut properties);
    let failed = api.carry_out(&store_at(line.endpoint()), &to_create("s", &properties)).await;
    assert_eq!(api.live(&sm), []);
    assert!(line.actions().iter().all(|action| action == "GetSecretValue" || action == "DescribeSecret"));
    rejected(&failed)
}

#[tokio::test]
async fn a_template_cannot_contain_a_secret() {
    let paths = ["text_value", "credential.aws.secret_access_key", "sqlConfig.password", "specific.key"];
    for (api, path) in APIS.into_iter().zip(paths) {
        let said = reason(api, |properties| {
            let parts: Vec<_> = path.split('.').collect();
            let mut at = &mut properties["Spec"];
            for part in parts {
                at = &mut at[part];
            }
            *at = json!(PASSWORD);
            properties["Secrets"] = json!({});
        })
        .await;
        assert!(said.starts_with(&format!("Spec.{path}: is secret")), "{said}");
        assert!(said.contains("Under Secrets") && said.contains("SecretArn"), "{said}");
        let said = reason(api, |properties| {
            properties["Revision"] = json!(format!("{{{{resolve:secretsmanager:{PASSWORD}}}}}"));
        })
        .await;
        assert!(said.starts_with("Revision: holds {{resolve:...}}"), "{said}");
        let said =
            reason(api, |properties| properties["Spec"]["odd"] = json!({ PASSWORD: [PASSWORD] })).await;
        assert!(said.starts_with("Spec.odd: is not a documented field"), "{said}");
        let said = reason(api, |properties| properties["Spec"][path] = json!(PASSWORD)).await;
        let is_literal = said.starts_with(&format!("Spec.{path}: is secret"));
        let is_unknown = said.starts_with(&format!("Spec.\"{path}\": is not a documented field"));
        assert!(is_literal || is_unknown, "{said}");
        let said = reason(api, |properties| properties["odd"] = json!(PASSWORD)).await;
        assert!(said.starts_with("odd: is not a documented field; known are "), "{said}");
        let said = reason(api, |properties| properties["Secrets"]["odd"] = json!(PASSWORD)).await;
        assert!(said.starts_with("Secrets.odd: is not a documented field"), "{said}");
        let said = reason(api, |properties| properties["Secrets"][path] = json!(PASSWORD)).await;
        assert!(said.starts_with(&format!("Secrets.{path}: is no reference")), "{said}");
        for (property, value, words) in [
            ("Name", json!(""), "is empty"),
            ("OnConflict", json!(PASSWORD), "must be one of fail, adopt"),
            ("OnDelete", json!([PASSWORD]), "must be text"),
        ] {
            let said = reason(api, |properties| properties[property] = value.clone()).await;
            assert!(said.starts_with(&format!("{property}: {words}")), "{said}");
        }
    }
}

#[tokio::test]
async fn fields_have_the_vendors_types() {
    let [_, tiledb, losant, organizations] = APIS;
    for (api, path, value, expected) in [
        (tiledb, "/Spec/provider_default", json!("yes"), "Spec.provider_default: must be true or false"),
        (tiledb, "/Spec/credential/aws", json!("x"), "Spec.credential.aws: must be a JSON object"),
        (tiledb, "/Spec/provider", json!("x"), "Spec.provider: must be one of AWS, AZURE, GCP"),
        (tiledb, "/Spec/provider", json!("GCP"), "Spec.provider: does not agree"),
        (losant, "/Spec/sqlConfig/port", json!("many"), "Spec.sqlConfig.port: must be a number"),
        (losant, "/Spec/sqlConfig/port", json!("99999"), "Spec.sqlConfig.port: must be a whole number"),
        (losant, "/Spec/enabled", json!("1"), "Spec.enabled: must be true or false"),
        (losant, "/ApplicationId", json!("x"), "ApplicationId: is no id"),
        (organizations, "/Spec/specific/tenant", json!(""), "Spec.specific.tenant: is empty"),
        (organizations, "/OrgId", json!("*"), "OrgId: cannot be *"),
    ] {
        let said = reason(api, |properties| *properties.pointer_mut(path).unwrap() = value.clone()).await;
        assert!(said.starts_with(expected), "{said}");
    }
    let said = reason(tiledb, |properties| properties["Workspace"] = json!("*")).await;
    assert!(said.starts_with("Workspace: cannot be *"), "{said}");
    let said = reason(organizations, |properties| properties["CredentialId"] = json!("x")).await;
    assert!(said.starts_with("CredentialId: is no id"), "{said}");
    let said = reason(losant, |properties| {
        properties["Secrets"]["sqlConfig.password"] = json!({"Generate": {}});
    })
    .await;
    assert!(said.contains("text_value alone"), "{said}");
}

#[tokio::test]
async fn an_unreadable_source_is_named_with_what_to_do() {
    let [dqops, ..] = APIS;
    let arn = |name: &str| format!("arn:aws:secretsmanager:us-east-1:123456789012:secret:{name}-AbCdEf");
    for (reference, expected) in [
        (json!({"SecretArn": arn("sources/none")}), "leads to no secret"),
        (json!({"SecretArn": "sources/app"}), "SecretArn is no ARN of a secret"),
        (json!({"SecretArn": arn("x").replace("us-east-1", "eu-west-1")}), "SecretArn is in another Region"),
        (json!({"SecretArn": arn("latchkey/keys/administrator")}), "SecretArn is one of Latchkey's own"),
        (json!({"SecretArn": arn("latchkey/dqops/other")}), "SecretArn is one of Latchkey's own"),
        (
            json!({"SsmParameter": "/aws/reference/secretsmanager/latchkey/keys/administrator"}),
            "SsmParameter is a detour",
        ),
        (
            json!({"SsmParameter": "arn:aws:ssm:us-east-1:1:parameter/aws/reference/secretsmanager/x"}),
            "SsmParameter is a detour",
        ),
    ] {
        let said = reason(dqops, |properties| properties["Secrets"]["text_value"] = reference.clone()).await;
        assert!(said.starts_with(&format!("Secrets.text_value: {expected}")), "{said}");
    }
    for (key, value, expected) in [
        ("JsonKey", json!("nothing"), "leads to a JSON object without that JsonKey"),
        ("VersionStage", json!("AWSPREVIOUS"), "leads to no secret, or to none with that version"),
        ("VersionId", json!("x".repeat(32)), "leads to no secret, or to none with that version"),
    ] {
        let said = reason(dqops, |properties| properties["Secrets"]["text_value"][key] = value.clone()).await;
        assert!(said.starts_with(&format!("Secrets.text_value: {expected}")), "{said}");
    }

    let (sm, source) = stage();
    let line = sm.line().await;
    let denied = What::Error { code: "AccessDeniedException", status: 400, times: 1 };
    // The first call looks for the credential; the second one reads the source.
    line.set_incident(Incident::new(1, denied).of("GetSecretValue"));
    let create = to_create("s", &(dqops.properties)(&source));
    let said = rejected(&dqops.carry_out(&store_at(line.endpoint()), &create).await);
    assert!(said.contains("ProvisioningSources"), "{said}");
    sm.call("DeleteSecret", json!({"SecretId": "sources/app"})).unwrap();
    let said = rejected(&dqops.carry_out(&store(&sm).await, &create).await);
    assert!(said.contains("scheduled for deletion"), "{said}");
}

#[tokio::test]
async fn trouble_with_aws_is_reported_without_details() {
    each(|api| async move {
        let (sm, source) = stage();
        let create = to_create("s", &(api.properties)(&source));
        let what = || What::Error { code: "InternalServiceError", status: 500, times: usize::MAX };
        let properties = (api.properties)(&source);
        for (action, what) in [
            ("GetSecretValue", what()),
            ("CreateSecret", what()),
            ("CreateSecret", What::Garbage { times: usize::MAX }),
        ] {
            let line = sm.line().await;
            line.set_incident(Incident::new(0, what).of(action));
            let failed = api.carry_out(&store_at(line.endpoint()), &create).await;
            let said = rejected(&failed);
            assert!(
                said.starts_with("The secret store cannot be reached.") || said.starts_with("Something went"),
                "{said}"
            );
            // The removal of the failed resource succeeds.
            let id = &failed.physical_resource_id;
            done(api.carry_out(&store(&sm).await, &to_delete("s", id, &properties)).await);
            assert_eq!(api.live(&sm), []);
        }
    })
    .await;
}

/// This happens in stacks with many credentials.
#[tokio::test(flavor = "multi_thread")]
async fn a_burst_of_too_many_calls_is_waited_out() {
    each(|api| async move {
        for action in ["GetSecretValue", "CreateSecret", "DescribeSecret", "DeleteSecret"] {
            let (sm, source) = stage();
            let (line, properties) = (sm.line().await, (api.properties)(&source));
            // More times than the SDK tries.
            let what = What::Error { code: "ThrottlingException", status: 400, times: 5 };
            line.set_incident(Incident::new(0, what).of(action));
            let store = store_at(line.endpoint());
            let (id, _) = done(api.carry_out(&store, &to_create("s", &properties)).await);
            assert_eq!(api.live(&sm).len(), 1, "{} {action}", api.name);
            done(api.carry_out(&store, &to_delete("s", &id, &properties)).await);
            assert_eq!(api.live(&sm), [], "{} {action}", api.name);
        }
    })
    .await;
}

#[test]
fn an_invalid_event_is_rejected_without_repeating_it() {
    for event in [
        json!(PASSWORD),
        json!([PASSWORD]),
        json!({}),
        json!({ PASSWORD: PASSWORD }),
        json!({"tf": PASSWORD}),
        json!({"tf": {"action": PASSWORD}}),
        json!({"ResponseURL": PASSWORD}),
        json!({"ResponseURL": [PASSWORD], "RequestType": "Create"}),
        json!({
            "ResponseURL": PASSWORD, "RequestType": PASSWORD, "StackId": "s", "RequestId": "r",
            "LogicalResourceId": "l",
        }),
    ] {
        let rejected = Event::parse(&to_raw_value(&event).unwrap()).unwrap_err();
        assert!(!format!("{rejected} {rejected:?}").contains("c4n4ry"), "{event}: {rejected}");
    }
}

#[test]
fn an_event_that_was_signed_long_ago_has_no_time_left() {
    let url = "https://cloudformation-custom-resource-response-useast1.s3.amazonaws.com/x?X-Amz-Date=20261124T140000Z";
    let read = |timeout: Value| {
        let properties = json!({"ServiceTimeout": timeout});
        Event::parse(&event("s", "Create", &properties, &json!({"ResponseURL": url}))).unwrap()
    };
    let most = Duration::from_secs(13);
    let left = |event: &Event, seconds: i64| event.time_left(at(1_795_528_800 + seconds), most).as_secs();
    for (timeout, seconds) in
        [(json!("60"), 60), (json!(60), 60), (json!(null), 3_600), (json!("99999"), 3_600)]
    {
        let event = read(timeout);
        assert_eq!(left(&event, 0), 13);
        assert_eq!(left(&event, seconds - 5), 5);
        assert_eq!(left(&event, seconds + 1), 0);
    }
    let unknown = Event::parse(&to_create("s", &json!({}))).unwrap();
    assert_eq!(unknown.time_left(at(0), most), most);
}

fn at(seconds: i64) -> time::OffsetDateTime {
    time::OffsetDateTime::from_unix_timestamp(seconds).unwrap()
}

/// Although reads lag, events find what exists and remove what has to go.
#[tokio::test(flavor = "multi_thread")]
async fn nothing_is_lost_if_reads_lag() {
    each(|api| async move {
        for _ in 0..3 {
            let (sm, source) = stage();
            let (store, properties) = (store(&sm).await, (api.properties)(&source));
            sm.advance(Duration::from_mins(1));
            sm.set(|switches| switches.lag.reads = Duration::from_millis(200));
            let create = to_create("s", &properties);
            let (id, _) = done(api.carry_out(&store, &create).await);
            let (again, _) = done(api.carry_out(&store, &create).await);
            assert_eq!(again, id);
            assert_eq!(api.live(&sm).len(), 1);
            let (name, value) = api.change;
            let changed = with(&properties, name, value());
            done(api.carry_out(&store, &to_update("s", &id, &properties, &changed)).await);
            done(api.carry_out(&store, &to_delete("s", &id, &properties)).await);
            assert_eq!(api.live(&sm), [], "{}", api.name);
        }
    })
    .await;
}
