//! How a secret gets a new version and loses old ones. See `docs/decisions/compare-and-set.md`.

use std::sync::Arc;
use std::time::Duration;

use crate::clock::millis;
use crate::failure::{Failure, Result};
use crate::parameters::Write;
use crate::secret::{CURRENT, Secret, Version};
use crate::state::State;

const DAY: Duration = Duration::from_hours(24);
/// How many versions a secret may have before old ones without labels are removed.
const MOST_VERSIONS: usize = 100;

/// The outcome of a write.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Written {
    New,
    /// The same token and value have been written before: nothing is done, and no label moves.
    Before,
}

/// Looks for the write's version: `None` if the secret has no version with this token.
///
/// # Errors
/// If the token has been used for another value.
pub(super) fn find(secret: &Secret, write: &Write) -> Result<Option<Written>> {
    match secret.versions.get(&write.token) {
        None => Ok(None),
        Some(version) if version.was_written_as(&write.payload) => Ok(Some(Written::Before)),
        Some(_) => Err(Failure::exists(
            "You can't use ClientRequestToken, because that token has already been used for another value.",
        )),
    }
}

/// Adds a version with these labels to the secret, and leaves it to the caller to save the secret.
pub(super) fn add(state: &mut State, secret: &mut Secret, write: &Write, labels: &[&str]) -> Result<Written> {
    // Before the quota: a repetition makes no version, so it succeeds even if the day's versions are used up.
    if let Some(before) = find(secret, write)? {
        return Ok(before);
    }
    check_quota(state, secret)?;
    let version = Version::new(&write.token, state.clock.stamp(), &write.payload);
    secret.versions.insert(write.token.clone(), Arc::new(version));
    for label in labels {
        secret.attach(label, &write.token);
    }
    if !secret.labels.contains_key(CURRENT) {
        // The first version becomes current, whatever labels the call names.
        secret.attach(CURRENT, &write.token);
    }
    prune(state, secret);
    Ok(Written::New)
}

/// Counts the versions of the last day by their dates. This is exact, because none is removed within that day.
fn check_quota(state: &State, secret: &Secret) -> Result<()> {
    let Some(most) = state.switches.versions_per_day else { return Ok(()) };
    let since = state.clock.millis() - millis(DAY);
    let count = secret.versions.values().filter(|version| version.created > since).count();
    if count >= most { Err(Failure::limit()) } else { Ok(()) }
}

fn prune(state: &State, secret: &mut Secret) {
    let until = state.clock.millis() - millis(DAY);
    while secret.versions.len() > MOST_VERSIONS {
        let is_labelled = |id: &String| secret.labels.values().any(|labelled| labelled == id);
        let old = secret.versions.values().filter(|version| version.created < until);
        let oldest = old.filter(|version| !is_labelled(&version.id)).min_by_key(|version| version.created);
        let Some(id) = oldest.map(|version| version.id.clone()) else { return };
        secret.versions.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::SecretsManager;
    use crate::rules::testing::{create, current, describe, done, rejected, token, update, value};

    #[test]
    fn a_repetition_succeeds_even_if_the_quota_is_used_up() {
        let sm = SecretsManager::new();
        sm.set(|switches| switches.versions_per_day = Some(2));
        create(&sm, "name", 1);
        update(&sm, "name", 2).unwrap();
        rejected(&sm, "UpdateSecret", value("SecretId", "name", 3), "LimitExceededException");
        update(&sm, "name", 2).unwrap();
        done(&sm, "UpdateSecret", json!({"SecretId": "name", "Description": "free of charge"}));
        create(&sm, "other", 1);
        sm.advance(DAY);
        sm.advance(Duration::from_secs(1));
        update(&sm, "name", 3).unwrap();
    }

    #[test]
    fn dates_grow_with_every_version() {
        let sm = SecretsManager::new();
        create(&sm, "name", 0);
        let mut last = 0.0;
        for number in 1..20 {
            update(&sm, "name", number).unwrap();
            let read = done(&sm, "GetSecretValue", json!({"SecretId": "name"}));
            let created = read["CreatedDate"].as_f64().unwrap();
            assert!(created - last > 0.0009, "{last} {created}");
            last = created;
        }
    }

    #[test]
    fn old_versions_go_if_there_are_more_than_a_hundred() {
        let sm = SecretsManager::new();
        create(&sm, "name", 0);
        let count = || {
            let parameters = json!({"SecretId": "name", "IncludeDeprecated": true, "MaxResults": 100});
            let page = done(&sm, "ListSecretVersionIds", parameters);
            (page["Versions"].as_array().unwrap().len(), page["NextToken"].is_string())
        };
        for number in 1..=120 {
            update(&sm, "name", number).unwrap();
        }
        assert_eq!(count(), (100, true), "none goes within 24 hours");
        let label = json!({"SecretId": "name", "VersionStage": "mine", "MoveToVersionId": token(0)});
        done(&sm, "UpdateSecretVersionStage", label);
        sm.advance(DAY + Duration::from_secs(1));
        update(&sm, "name", 121).unwrap();
        assert_eq!(count(), (100, false));
        assert_eq!(current(&sm, "name"), "value 121");
        assert_eq!(describe(&sm, "name")["VersionIdsToStages"][token(0)], json!(["mine"]));
        let first_unlabelled = json!({"SecretId": "name", "VersionId": token(1)});
        rejected(&sm, "GetSecretValue", first_unlabelled, "ResourceNotFoundException");
        done(&sm, "GetSecretValue", json!({"SecretId": "name", "VersionId": token(23)}));
    }
}
