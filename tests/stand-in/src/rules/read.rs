//! GetSecretValue and DescribeSecret.

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::history::View;
use crate::parameters::Parameters;
use crate::secret::{CURRENT, Secret, Version};
use crate::state::{State, check_live};

pub(crate) fn get(state: &State, parameters: Parameters, view: &View) -> Result<Value> {
    let (id, label) = (parameters.text("VersionId")?, parameters.text("VersionStage")?);
    get_one(state, parameters.secret_id()?, id, label, view)
}

/// The value of one version of a secret, as a read sees it.
pub(super) fn get_one(
    state: &State,
    secret_id: &str,
    id: Option<&str>,
    label: Option<&str>,
    view: &View,
) -> Result<Value> {
    let secret = state.see(secret_id, view)?;
    check_live(&secret)?;
    Ok(secret.read(version(&secret, id, label)?))
}

fn version<'a>(secret: &'a Secret, id: Option<&str>, label: Option<&str>) -> Result<&'a Version> {
    let labelled = |label: &str| secret.labels.get(label).map(String::as_str);
    if let (Some(id), Some(label)) = (id, label)
        && secret.versions.contains_key(id)
        && labelled(label) != Some(id)
    {
        return Err(Failure::request(
            "You provided a VersionStage that is not associated to the provided VersionId.",
        ));
    }
    let label = label.unwrap_or(CURRENT);
    let found = secret.versions.get(id.or_else(|| labelled(label)).unwrap_or_default());
    let what = id.map_or_else(|| format!("staging label: {label}"), |id| format!("VersionId: {id}"));
    found.map(AsRef::as_ref).ok_or_else(|| {
        Failure::not_found(format!("Secrets Manager can't find the specified secret value for {what}"))
    })
}

pub(crate) fn describe(state: &State, parameters: Parameters, view: &View) -> Result<Value> {
    Ok(state.see(parameters.secret_id()?, view)?.describe("VersionIdsToStages"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;
    use std::time::Duration;

    use serde_json::json;

    use super::*;
    use crate::SecretsManager;
    use crate::rules::testing::{create, describe, done, rejected, token, update};

    #[test]
    fn a_version_is_found_by_its_id_and_by_its_label() {
        let sm = SecretsManager::new();
        let arn = create(&sm, "name", 1)["ARN"].clone();
        for number in [2, 3] {
            update(&sm, "name", number).unwrap();
        }
        let get = |more: &[(&str, &str)]| {
            let mut parameters = json!({"SecretId": "name"});
            for (key, value) in more {
                parameters[*key] = json!(value);
            }
            sm.call("GetSecretValue", parameters)
        };
        let previous = get(&[("VersionStage", "AWSPREVIOUS")]).unwrap();
        assert_eq!((&previous["ARN"], &previous["Name"]), (&arn, &json!("name")));
        assert_eq!(
            (&previous["VersionId"], &previous["SecretString"]),
            (&json!(token(2)), &json!("value 2"))
        );
        assert_eq!(previous["VersionStages"], json!(["AWSPREVIOUS"]));
        let first = get(&[("VersionId", &token(1))]).unwrap();
        assert_eq!((&first["SecretString"], &first["VersionStages"]), (&json!("value 1"), &Value::Null));
        get(&[("VersionId", &token(3)), ("VersionStage", "AWSCURRENT")]).unwrap();
        let not_both = get(&[("VersionId", &token(2)), ("VersionStage", "AWSCURRENT")]);
        assert_eq!(not_both, Err("InvalidRequestException".into()));
        for unknown in [("VersionId", token(4)), ("VersionStage", "mine".into())] {
            assert_eq!(get(&[(unknown.0, &unknown.1)]), Err("ResourceNotFoundException".into()));
        }
        rejected(&sm, "GetSecretValue", json!({"SecretId": "other"}), "ResourceNotFoundException");
        rejected(&sm, "GetSecretValue", json!({"SecretId": "no name"}), "ValidationException");
        rejected(&sm, "GetSecretValue", json!({}), "ValidationException");
    }

    #[test]
    fn describe_returns_dates() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        sm.advance(Duration::from_secs(5));
        done(&sm, "UpdateSecret", json!({"SecretId": "name", "Description": "new"}));
        let described = describe(&sm, "name");
        let date = |key: &str| described[key].as_f64().unwrap();
        assert!((4.9..60.0).contains(&(date("LastChangedDate") - date("CreatedDate"))));
    }

    /// What reads over a line see, and how many of them.
    fn seen(sm: &SecretsManager, action: &str, show: fn(&Value) -> String) -> BTreeMap<String, usize> {
        let mut seen = BTreeMap::new();
        for _ in 0..200 {
            let answer = sm.answer(action, &json!({"SecretId": "name"}), &View::Lagging);
            let shown = answer.map_or_else(|failure| failure.code.to_owned(), |answer| show(&answer));
            *seen.entry(shown).or_default() += 1;
        }
        seen
    }

    #[test]
    fn reads_lag_by_up_to_the_limit() {
        let sm = SecretsManager::new();
        sm.set(|switches| switches.lag.reads = Duration::from_secs(10));
        let read = |sm: &SecretsManager| {
            let seen = seen(sm, "GetSecretValue", |answer| answer["SecretString"].to_string());
            seen.into_keys().collect::<Vec<_>>()
        };
        create(&sm, "name", 1);
        sm.advance(Duration::from_secs(5));
        assert_eq!(read(&sm), ["\"value 1\"", "ResourceNotFoundException"]);
        update(&sm, "name", 2).unwrap();
        sm.advance(Duration::from_secs(5));
        assert_eq!(read(&sm), ["\"value 1\"", "\"value 2\""]);
        sm.advance(Duration::from_secs(5));
        assert_eq!(read(&sm), ["\"value 2\""]);
        done(&sm, "DeleteSecret", json!({"SecretId": "name"}));
        sm.advance(Duration::from_secs(5));
        assert_eq!(read(&sm), ["\"value 2\"", "InvalidRequestException"]);
        let described = seen(&sm, "DescribeSecret", |answer| answer["DeletedDate"].is_f64().to_string());
        assert_eq!(described.len(), 2);
        sm.purge();
        sm.advance(Duration::from_secs(5));
        assert_eq!(read(&sm), ["InvalidRequestException", "ResourceNotFoundException"]);
    }

    #[test]
    fn a_former_incarnation_is_shown_with_its_own_arn() {
        let sm = SecretsManager::new();
        sm.set(|switches| switches.lag.reads = Duration::from_secs(10));
        let first = create(&sm, "name", 1)["ARN"].clone();
        sm.advance(Duration::from_secs(5));
        done(&sm, "DeleteSecret", json!({"SecretId": "name", "ForceDeleteWithoutRecovery": true}));
        let second = create(&sm, "name", 1)["ARN"].clone();
        sm.advance(Duration::from_secs(5));
        let seen = seen(&sm, "DescribeSecret", |answer| answer["ARN"].as_str().unwrap().to_owned());
        let mut both = [first.as_str().unwrap(), second.as_str().unwrap()];
        both.sort_unstable();
        // The secret was gone only for an instant, so nearly no read shows that.
        let seen: Vec<_> = seen.into_keys().filter(|shown| shown.starts_with("arn")).collect();
        assert_eq!(seen, both);
    }

    #[test]
    fn a_long_history_ends_with_the_oldest_remembered_state() {
        let sm = SecretsManager::new();
        sm.set(|switches| switches.lag.reads = Duration::from_secs(1_000));
        create(&sm, "name", 0);
        for number in 1..200 {
            sm.advance(Duration::from_secs(1));
            update(&sm, "name", number).unwrap();
        }
        let seen = seen(&sm, "GetSecretValue", |answer| answer["SecretString"].to_string());
        assert!(seen["\"value 72\""] > 100, "{seen:?}");
    }
}
