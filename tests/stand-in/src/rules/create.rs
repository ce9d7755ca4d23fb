//! CreateSecret.

use serde_json::{Value, json};

use super::{tags, versions};
use crate::failure::{Failure, Result};
use crate::parameters::Parameters;
use crate::secret::{CURRENT, Secret};
use crate::state::State;

pub(crate) fn create(state: &mut State, parameters: Parameters) -> Result<Value> {
    let name = parameters.name()?;
    let (description, kms_key_id) = (parameters.description()?, parameters.text("KmsKeyId")?);
    let (write, tags) = (parameters.write()?, parameters.tags()?);
    let answer = |secret: &Secret| {
        let mut answer = secret.identity();
        if let Some(write) = &write {
            answer["VersionId"] = json!(write.token);
        }
        answer
    };
    if let Some(secret) = state.history.get(name) {
        // Before the token is looked at: here even a repetition of the create is rejected.
        if secret.deleted.is_some() {
            return Err(Failure::request(
                "You can't create this secret because a secret with this name is already scheduled for \
                 deletion.",
            ));
        }
        // A repetition is a success even if another version is current by now.
        return match write.as_ref().map(|write| versions::find(secret, write)) {
            Some(Ok(Some(_))) => Ok(answer(secret)),
            _ => Err(Failure::exists(format!(
                "The operation failed because the secret {name} already exists."
            ))),
        };
    }
    let mut secret = Secret::new(name, state.clock.stamp());
    secret.description = description.map(str::to_owned);
    secret.kms_key_id = kms_key_id.map(str::to_owned);
    tags::add(&mut secret, tags);
    if let Some(write) = &write {
        versions::add(state, &mut secret, write, &[CURRENT])?;
    }
    let answer = answer(&secret);
    state.save(secret);
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretsManager;
    use crate::rules::testing::{create, current, describe, done, rejected, token, value};

    #[test]
    fn a_name_has_a_length_and_an_alphabet_and_does_not_end_like_an_arn() {
        let sm = SecretsManager::new();
        for name in ["", "a b", "a:b", "a!", "ä", &"a".repeat(513)] {
            rejected(&sm, "CreateSecret", json!({"Name": name}), "ValidationException");
        }
        rejected(&sm, "CreateSecret", json!({}), "ValidationException");
        for name in ["a-AbCdEf", "-abc/ef"] {
            rejected(&sm, "CreateSecret", json!({"Name": name}), "InvalidParameterException");
        }
        for name in ["a-bcdef", "a-bcdefgh", "aZ0/_+=.@-", &"a".repeat(512)] {
            done(&sm, "CreateSecret", json!({"Name": name}));
        }
        assert_eq!(sm.names().len(), 4);
    }

    #[test]
    fn a_value_has_a_limited_size_and_its_token_a_limited_length() {
        let sm = SecretsManager::new();
        let write = |name: &str, more: Value| {
            let mut parameters = json!({"Name": name, "ClientRequestToken": token(1)});
            parameters.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
            parameters
        };
        for bad in [
            json!({"SecretString": ""}),
            json!({"SecretString": "ä".repeat(32_769)}),
            json!({"SecretBinary": ""}),
            json!({"SecretString": "a", "SecretBinary": "YQ=="}),
            json!({"SecretString": "a", "ClientRequestToken": null}),
            json!({"SecretString": "a", "ClientRequestToken": "a".repeat(31)}),
            json!({"SecretString": "a", "ClientRequestToken": "a".repeat(65)}),
            json!({"Description": "😀".repeat(1_025)}),
        ] {
            rejected(&sm, "CreateSecret", write("name", bad), "ValidationException");
        }
        done(&sm, "CreateSecret", write("a", json!({"SecretString": "ä".repeat(32_768)})));
        done(&sm, "CreateSecret", write("b", json!({"SecretBinary": "AP8="})));
        done(&sm, "CreateSecret", write("c", json!({"Description": "😀".repeat(1_024)})));
        let binary = done(&sm, "GetSecretValue", json!({"SecretId": "b"}));
        assert_eq!((&binary["SecretBinary"], &binary["SecretString"]), (&json!("AP8="), &Value::Null));
    }

    #[test]
    fn an_existing_name_is_rejected_unless_the_create_is_repeated() {
        let sm = SecretsManager::new();
        let first = create(&sm, "name", 1);
        assert_eq!(create(&sm, "name", 1), first);
        rejected(&sm, "CreateSecret", value("Name", "name", 2), "ResourceExistsException");
        let mut other = value("Name", "name", 1);
        other["SecretString"] = json!("other");
        rejected(&sm, "CreateSecret", other, "ResourceExistsException");
        rejected(&sm, "CreateSecret", json!({"Name": "name"}), "ResourceExistsException");
        assert_eq!(current(&sm, "name"), "value 1");
    }

    #[test]
    fn a_name_that_is_scheduled_for_deletion_is_taken() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        done(&sm, "DeleteSecret", json!({"SecretId": "name"}));
        for number in [1, 2] {
            rejected(&sm, "CreateSecret", value("Name", "name", number), "InvalidRequestException");
        }
    }

    #[test]
    fn without_a_value_there_is_no_version() {
        let sm = SecretsManager::new();
        done(&sm, "CreateSecret", json!({"Name": "name", "ClientRequestToken": token(1)}));
        assert_eq!(describe(&sm, "name")["VersionIdsToStages"], Value::Null);
        rejected(&sm, "GetSecretValue", json!({"SecretId": "name"}), "ResourceNotFoundException");
    }

    #[test]
    fn an_arn_means_one_incarnation() {
        let sm = SecretsManager::new();
        let first = create(&sm, "a/name", 1)["ARN"].clone();
        let text = first.as_str().unwrap();
        assert!(text.starts_with("arn:aws:secretsmanager:us-east-1:123456789012:secret:a/name-"));
        assert_eq!(done(&sm, "GetSecretValue", json!({"SecretId": first}))["Name"], "a/name");
        done(&sm, "DeleteSecret", json!({"SecretId": first, "ForceDeleteWithoutRecovery": true}));
        assert_ne!(create(&sm, "a/name", 1)["ARN"], first);
        for action in ["GetSecretValue", "DescribeSecret", "UpdateSecret", "RestoreSecret"] {
            rejected(&sm, action, json!({"SecretId": first}), "ResourceNotFoundException");
        }
    }
}
