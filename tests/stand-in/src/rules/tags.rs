//! TagResource.

use serde_json::{Value, json};

use crate::failure::Result;
use crate::parameters::Parameters;
use crate::secret::Secret;
use crate::state::{State, check_live};

pub(crate) fn tag(state: &mut State, parameters: Parameters) -> Result<Value> {
    let mut secret = state.find(parameters)?;
    check_live(&secret)?;
    add(&mut secret, parameters.tags()?);
    state.save(secret);
    Ok(json!({}))
}

/// Adds tags to a secret. They replace tags with the same keys.
pub(super) fn add(secret: &mut Secret, tags: Vec<(&str, &str)>) {
    secret.tags.extend(tags.into_iter().map(|(key, value)| (key.to_owned(), value.to_owned())));
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::SecretsManager;
    use crate::rules::testing::{create, describe, done, rejected, update, value};

    fn tags(pairs: &[(&str, &str)]) -> Value {
        pairs.iter().map(|(key, value)| json!({"Key": key, "Value": value})).collect()
    }

    #[test]
    fn tags_are_added_by_the_create_or_later_and_outlive_writes_and_a_deletion() {
        let sm = SecretsManager::new();
        let mut made = value("Name", "name", 1);
        made["Tags"] = tags(&[("a", "1"), ("b", "2")]);
        done(&sm, "CreateSecret", made);
        done(&sm, "TagResource", json!({"SecretId": "name", "Tags": tags(&[("b", ""), ("c", "3")])}));
        update(&sm, "name", 2).unwrap();
        let all = tags(&[("a", "1"), ("b", ""), ("c", "3")]);
        assert_eq!(describe(&sm, "name")["Tags"], all);
        done(&sm, "DeleteSecret", json!({"SecretId": "name"}));
        let late = json!({"SecretId": "name", "Tags": tags(&[("d", "4")])});
        rejected(&sm, "TagResource", late, "InvalidRequestException");
        done(&sm, "RestoreSecret", json!({"SecretId": "name"}));
        assert_eq!(describe(&sm, "name")["Tags"], all);
    }

    #[test]
    fn a_tag_has_an_alphabet_and_a_length() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        for bad in [
            ("", "v"),
            ("k", "a,b"),
            ("k\n", ""),
            ("aws:k", "v"),
            (&"k".repeat(129), ""),
            ("k", &"v".repeat(257)),
        ] {
            let parameters = json!({"SecretId": "name", "Tags": tags(&[bad])});
            rejected(&sm, "TagResource", parameters, "InvalidParameterException");
        }
        done(
            &sm,
            "TagResource",
            json!({"SecretId": "name", "Tags": tags(&[("k é_.:/=+-@", &"v".repeat(256))])}),
        );
    }
}
