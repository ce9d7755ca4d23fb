//! DeleteSecret and RestoreSecret. See `docs/decisions/deletion.md`.

use std::time::Duration;

use serde_json::{Value, json};

use crate::clock::{Millis, millis, seconds};
use crate::failure::{Failure, NOT_FOUND, Result};
use crate::parameters::Parameters;
use crate::state::{State, check_unmanaged};

pub(crate) fn delete(state: &mut State, parameters: Parameters) -> Result<Value> {
    let is_forced = parameters.flag("ForceDeleteWithoutRecovery")?;
    let window = window(parameters, is_forced)?;
    let now = state.clock.millis();
    let mut secret = match state.find(parameters) {
        // A forced delete of a secret that does not exist succeeds, because the secret is gone as demanded.
        Err(failure) if is_forced && failure.code == NOT_FOUND => {
            let id = parameters.secret_id()?;
            return Ok(json!({"ARN": id, "Name": id, "DeletionDate": seconds(now)}));
        }
        found => found?,
    };
    check_unmanaged(&secret)?;
    let mut answer = secret.identity();
    if is_forced {
        state.remove(&secret.name);
        answer["DeletionDate"] = json!(seconds(now));
    } else {
        // A second call succeeds, but does not prolong the recovery window.
        let is_new = secret.deleted.is_none();
        let date = *secret.deleted.get_or_insert(now + window);
        if is_new {
            state.save(secret);
        }
        answer["DeletionDate"] = json!(seconds(date));
    }
    Ok(answer)
}

fn window(parameters: Parameters, is_forced: bool) -> Result<Millis> {
    let days = parameters.number("RecoveryWindowInDays")?;
    if is_forced && days.is_some() {
        return Err(Failure::parameter(
            "You can't use ForceDeleteWithoutRecovery in conjunction with RecoveryWindowInDays.",
        ));
    }
    let days = u64::try_from(days.unwrap_or(30)).ok().filter(|days| (7..=30).contains(days));
    let days = days.ok_or_else(|| {
        Failure::parameter("RecoveryWindowInDays value must be between 7 and 30 days (inclusive).")
    })?;
    Ok(millis(Duration::from_hours(24 * days)))
}

pub(crate) fn restore(state: &mut State, parameters: Parameters) -> Result<Value> {
    let mut secret = state.find(parameters)?;
    let answer = secret.identity();
    if secret.deleted.take().is_some() {
        state.save(secret);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretsManager;
    use crate::rules::testing::{create, current, describe, done, rejected, token, value};

    #[test]
    fn a_scheduled_secret_can_only_be_described_and_restored() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        done(&sm, "DeleteSecret", json!({"SecretId": "name", "RecoveryWindowInDays": 7}));
        let described = describe(&sm, "name");
        assert!(described["DeletedDate"].is_f64());
        assert_eq!(described["VersionIdsToStages"], json!({token(1): ["AWSCURRENT"]}));
        let stage = json!({"SecretId": "name", "VersionStage": "mine", "MoveToVersionId": token(1)});
        for (action, parameters) in [
            ("GetSecretValue", json!({"SecretId": "name"})),
            ("ListSecretVersionIds", json!({"SecretId": "name"})),
            ("UpdateSecret", json!({"SecretId": "name", "Description": "new"})),
            ("UpdateSecret", value("SecretId", "name", 1)),
            ("PutSecretValue", value("SecretId", "name", 2)),
            ("UpdateSecretVersionStage", stage),
        ] {
            rejected(&sm, action, parameters, "InvalidRequestException");
        }
        done(&sm, "RestoreSecret", json!({"SecretId": "name"}));
        assert_eq!(current(&sm, "name"), "value 1");
        assert_eq!(describe(&sm, "name")["DeletedDate"], Value::Null);
        done(&sm, "RestoreSecret", json!({"SecretId": "name"}));
    }

    #[test]
    fn a_window_has_a_length_and_an_end() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        for more in [6, 31, -1] {
            let parameters = json!({"SecretId": "name", "RecoveryWindowInDays": more});
            rejected(&sm, "DeleteSecret", parameters, "InvalidParameterException");
        }
        let both = json!({"SecretId": "name", "RecoveryWindowInDays": 7, "ForceDeleteWithoutRecovery": true});
        rejected(&sm, "DeleteSecret", both, "InvalidParameterException");
        rejected(&sm, "DeleteSecret", json!({"SecretId": "other"}), "ResourceNotFoundException");
        let seven = json!({"SecretId": "name", "RecoveryWindowInDays": 7});
        let date = done(&sm, "DeleteSecret", seven)["DeletionDate"].clone();
        sm.advance(Duration::from_hours(24 * 6));
        assert_eq!(done(&sm, "DeleteSecret", json!({"SecretId": "name"}))["DeletionDate"], date);
        assert_eq!(sm.names(), ["name"]);
        sm.advance(Duration::from_hours(24));
        rejected(&sm, "DescribeSecret", json!({"SecretId": "name"}), "ResourceNotFoundException");
        assert_eq!(sm.dump(), "{}");
    }

    #[test]
    fn purging_ends_all_windows() {
        let sm = SecretsManager::new();
        create(&sm, "a", 1);
        create(&sm, "b", 1);
        done(&sm, "DeleteSecret", json!({"SecretId": "a"}));
        sm.purge();
        assert_eq!(sm.names(), ["b"]);
        rejected(&sm, "RestoreSecret", json!({"SecretId": "a"}), "ResourceNotFoundException");
        create(&sm, "a", 2);
    }

    #[test]
    fn a_forced_delete_leaves_nothing_and_succeeds_even_if_there_is_nothing() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        done(&sm, "DeleteSecret", json!({"SecretId": "name"}));
        for _ in 0..2 {
            done(&sm, "DeleteSecret", json!({"SecretId": "name", "ForceDeleteWithoutRecovery": true}));
            assert_eq!(sm.dump(), "{}");
        }
    }
}
