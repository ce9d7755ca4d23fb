//! UpdateSecret and PutSecretValue. See `docs/decisions/compare-and-set.md`.

use serde_json::{Value, json};

use super::versions::{self, Written};
use crate::failure::{Failure, RESOURCE_EXISTS, Result};
use crate::parameters::Parameters;
use crate::secret::{CURRENT, Secret};
use crate::state::State;

pub(crate) fn update(state: &mut State, parameters: Parameters) -> Result<Value> {
    let attributes = Attributes::of(parameters)?;
    let write = parameters.write()?;
    let mut secret = state.find_to_write(parameters)?;
    let mut answer = secret.identity();
    let Some(write) = write else {
        attributes.write(&mut secret);
        state.save(secret);
        return Ok(answer);
    };
    let written = versions::add(state, &mut secret, &write, &[CURRENT]);
    // AWS does not say whether a rejected or repeated write leaves its Description. Tests must pass either way.
    let is_written = match &written {
        Ok(Written::New) => true,
        Ok(Written::Before) => state.switches.writes_descriptions_of_rejected,
        Err(failure) => failure.code == RESOURCE_EXISTS && state.switches.writes_descriptions_of_rejected,
    };
    if is_written {
        attributes.write(&mut secret);
        state.save(secret);
    }
    answer["VersionId"] = json!(write.token);
    written.map(|_| answer)
}

/// What UpdateSecret writes besides the value.
struct Attributes<'a> {
    description: Option<&'a str>,
    kms_key_id: Option<&'a str>,
}

impl<'a> Attributes<'a> {
    fn of(parameters: Parameters<'a>) -> Result<Self> {
        Ok(Self { description: parameters.description()?, kms_key_id: parameters.text("KmsKeyId")? })
    }

    fn write(&self, secret: &mut Secret) {
        if let Some(description) = self.description {
            secret.description = Some(description.to_owned());
        }
        if let Some(kms_key_id) = self.kms_key_id {
            secret.kms_key_id = Some(kms_key_id.to_owned());
        }
    }
}

pub(crate) fn put(state: &mut State, parameters: Parameters) -> Result<Value> {
    let write = parameters.write()?;
    let labels = parameters.texts("VersionStages")?.unwrap_or_else(|| vec![CURRENT]);
    if !(1..=20).contains(&labels.len()) {
        return Err(Failure::validation("VersionStages must have 1 to 20 entries."));
    }
    let mut secret = state.find_to_write(parameters)?;
    let write =
        write.ok_or_else(|| Failure::request("You must provide either SecretString or SecretBinary."))?;
    let written = versions::add(state, &mut secret, &write, &labels)?;
    let mut answer = secret.identity();
    answer["VersionId"] = json!(write.token);
    answer["VersionStages"] = json!(secret.labels_of(&write.token));
    if written == Written::New {
        state.save(secret);
    }
    Ok(answer)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{create, current, describe, done, rejected, token, update, value};
    use crate::{Managed, SecretsManager};

    fn labels(sm: &SecretsManager) -> Value {
        describe(sm, "name")["VersionIdsToStages"].clone()
    }

    #[test]
    fn a_new_value_becomes_the_current_one() {
        for action in ["UpdateSecret", "PutSecretValue"] {
            let sm = SecretsManager::new();
            create(&sm, "name", 1);
            for number in [2, 3] {
                let answer = done(&sm, action, value("SecretId", "name", number));
                assert_eq!(answer["VersionId"], token(number));
            }
            assert_eq!(current(&sm, "name"), "value 3");
            assert_eq!(labels(&sm), json!({token(3): ["AWSCURRENT"], token(2): ["AWSPREVIOUS"]}));
        }
    }

    #[test]
    fn a_token_is_bound_to_its_value() {
        for action in ["UpdateSecret", "PutSecretValue"] {
            let sm = SecretsManager::new();
            create(&sm, "name", 1);
            let mut other = value("SecretId", "name", 1);
            other["SecretString"] = json!("other");
            other["Description"] = json!("not written");
            rejected(&sm, action, other, "ResourceExistsException");
            update(&sm, "name", 2).unwrap();
            let before = sm.dump();
            let mut repeated = value("SecretId", "name", 1);
            repeated["Description"] = json!("not written");
            assert_eq!(done(&sm, action, repeated)["VersionId"], token(1));
            assert_eq!(sm.dump(), before, "the label is not moved");
            assert_eq!(current(&sm, "name"), "value 2");
        }
    }

    #[test]
    fn a_rejected_write_leaves_its_description_if_that_is_switched_on() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        sm.set(|switches| switches.writes_descriptions_of_rejected = true);
        let mut repeated = value("SecretId", "name", 1);
        repeated["Description"] = json!("repeated");
        done(&sm, "UpdateSecret", repeated.clone());
        assert_eq!(describe(&sm, "name")["Description"], "repeated");
        repeated["Description"] = json!("rejected");
        repeated["SecretString"] = json!("other");
        assert_eq!(sm.call("UpdateSecret", repeated), Err("ResourceExistsException".into()));
        assert_eq!(describe(&sm, "name")["Description"], "rejected");
        assert_eq!(current(&sm, "name"), "value 1");
    }

    #[test]
    fn without_a_value_update_makes_no_version_and_put_is_rejected() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        sm.set(|switches| switches.versions_per_day = Some(1));
        let parameters = json!({
            "SecretId": "name", "ClientRequestToken": token(2), "Description": "new", "KmsKeyId": "key",
        });
        assert_eq!(done(&sm, "UpdateSecret", parameters.clone())["VersionId"], Value::Null);
        let described = describe(&sm, "name");
        assert_eq!((&described["Description"], &described["KmsKeyId"]), (&json!("new"), &json!("key")));
        assert_eq!(labels(&sm), json!({token(1): ["AWSCURRENT"]}));
        rejected(&sm, "PutSecretValue", parameters, "InvalidRequestException");
        let long = json!({"SecretId": "name", "Description": "a".repeat(2_049)});
        rejected(&sm, "UpdateSecret", long, "ValidationException");
    }

    #[test]
    fn put_attaches_the_labels_that_the_call_names() {
        let sm = SecretsManager::new();
        done(&sm, "CreateSecret", json!({"Name": "name"}));
        for number in [1, 2] {
            let mut parameters = value("SecretId", "name", number);
            parameters["VersionStages"] = json!(["mine"]);
            done(&sm, "PutSecretValue", parameters);
        }
        assert_eq!(labels(&sm), json!({token(1): ["AWSCURRENT"], token(2): ["mine"]}));
    }

    #[test]
    fn a_secret_that_others_manage_can_only_be_read() {
        for managed in [Managed::ByService("rds".into()), Managed::AsReplicaFrom("eu-west-1".into())] {
            let sm = SecretsManager::new();
            create(&sm, "name", 1);
            sm.set_managed("name", Some(managed.clone()));
            for action in ["UpdateSecret", "PutSecretValue"] {
                rejected(&sm, action, value("SecretId", "name", 2), "InvalidRequestException");
            }
            let description = json!({"SecretId": "name", "Description": "new"});
            rejected(&sm, "UpdateSecret", description, "InvalidRequestException");
            rejected(&sm, "DeleteSecret", json!({"SecretId": "name"}), "InvalidRequestException");
            assert_eq!(current(&sm, "name"), "value 1");
            match managed {
                Managed::ByService(service) => assert_eq!(describe(&sm, "name")["OwningService"], service),
                Managed::AsReplicaFrom(region) => assert_eq!(describe(&sm, "name")["PrimaryRegion"], region),
            }
        }
    }
}
