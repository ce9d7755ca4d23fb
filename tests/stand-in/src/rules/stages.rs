//! UpdateSecretVersionStage. See `docs/decisions/compare-and-set.md`.

use serde_json::Value;

use crate::failure::{Failure, Result};
use crate::parameters::Parameters;
use crate::secret::CURRENT;
use crate::state::State;

pub(crate) fn update(state: &mut State, parameters: Parameters) -> Result<Value> {
    let label = parameters.required("VersionStage")?;
    if !(1..=256).contains(&label.chars().count()) {
        return Err(Failure::validation("VersionStage must have 1 to 256 characters."));
    }
    let to = parameters.text("MoveToVersionId")?;
    let from = parameters.text("RemoveFromVersionId")?;
    let mut secret = state.find_to_write(parameters)?;
    if [to, from].into_iter().flatten().any(|id| !secret.versions.contains_key(id)) {
        return Err(Failure::not_found("Secrets Manager can't find the specified secret version."));
    }
    let attached = secret.labels.get(label).map(String::as_str);
    check_from(label, attached, to, from)?;
    match to {
        Some(to) => secret.attach(label, to),
        None if label == CURRENT => {
            return Err(Failure::parameter(
                "You can only move staging label AWSCURRENT to a different secret version. It can't be \
                 completely removed.",
            ));
        }
        None => drop(secret.labels.remove(label)),
    }
    let answer = secret.identity();
    state.save(secret);
    Ok(answer)
}

/// A call that takes a label from a version must name that version.
fn check_from(label: &str, attached: Option<&str>, to: Option<&str>, from: Option<&str>) -> Result<()> {
    match (attached, from) {
        (_, None) if to.is_none() => {
            Err(Failure::parameter("MoveToVersionId or RemoveFromVersionId must be there."))
        }
        (Some(attached), None) if to != Some(attached) => Err(Failure::parameter(format!(
            "The parameter RemoveFromVersionId can't be empty. Staging label {label} is currently attached to \
             version {attached}, so you must explicitly reference that version in RemoveFromVersionId."
        ))),
        (attached, Some(from)) if attached != Some(from) => Err(Failure::parameter(format!(
            "Staging label {label} is not attached to version {from}, which RemoveFromVersionId names."
        ))),
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SecretsManager;
    use crate::rules::testing::{create, current, describe, done, rejected, token, update};

    fn three_versions() -> SecretsManager {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        for number in [2, 3] {
            update(&sm, "name", number).unwrap();
        }
        sm
    }

    fn to_from(label: &str, to: Option<usize>, from: Option<usize>) -> Value {
        json!({
            "SecretId": "name", "VersionStage": label,
            "MoveToVersionId": to.map(token), "RemoveFromVersionId": from.map(token),
        })
    }

    #[test]
    fn the_version_that_stops_being_current_is_the_previous_one() {
        let sm = three_versions();
        done(&sm, "UpdateSecretVersionStage", to_from("AWSCURRENT", Some(2), Some(3)));
        assert_eq!(current(&sm, "name"), "value 2");
        let labels = |sm: &SecretsManager| describe(sm, "name")["VersionIdsToStages"].clone();
        assert_eq!(labels(&sm), json!({token(2): ["AWSCURRENT"], token(3): ["AWSPREVIOUS"]}));
        done(&sm, "UpdateSecretVersionStage", to_from("AWSCURRENT", Some(1), Some(2)));
        assert_eq!(labels(&sm), json!({token(1): ["AWSCURRENT"], token(2): ["AWSPREVIOUS"]}));
        // The label is already on that version.
        done(&sm, "UpdateSecretVersionStage", to_from("AWSCURRENT", Some(1), None));
        assert_eq!(labels(&sm), json!({token(1): ["AWSCURRENT"], token(2): ["AWSPREVIOUS"]}));
    }

    #[test]
    fn after_a_move_a_repeated_write_moves_nothing() {
        let sm = three_versions();
        done(&sm, "UpdateSecretVersionStage", to_from("AWSCURRENT", Some(2), Some(3)));
        update(&sm, "name", 3).unwrap();
        assert_eq!(current(&sm, "name"), "value 2");
    }

    #[test]
    fn a_label_can_only_be_taken_from_the_version_that_has_it() {
        let sm = three_versions();
        for (label, to, from, code) in [
            ("AWSCURRENT", Some(1), None, "InvalidParameterException"),
            ("AWSCURRENT", Some(1), Some(2), "InvalidParameterException"),
            ("AWSCURRENT", None, Some(3), "InvalidParameterException"),
            ("AWSCURRENT", None, None, "InvalidParameterException"),
            ("mine", Some(1), Some(2), "InvalidParameterException"),
            ("AWSCURRENT", Some(4), Some(3), "ResourceNotFoundException"),
        ] {
            rejected(&sm, "UpdateSecretVersionStage", to_from(label, to, from), code);
        }
    }

    #[test]
    fn a_custom_label_is_attached_and_removed() {
        let sm = three_versions();
        done(&sm, "UpdateSecretVersionStage", to_from("mine", Some(1), None));
        let read = done(&sm, "GetSecretValue", json!({"SecretId": "name", "VersionStage": "mine"}));
        assert_eq!(read["SecretString"], "value 1");
        done(&sm, "UpdateSecretVersionStage", to_from("mine", None, Some(1)));
        let read = json!({"SecretId": "name", "VersionStage": "mine"});
        rejected(&sm, "GetSecretValue", read, "ResourceNotFoundException");
    }
}
