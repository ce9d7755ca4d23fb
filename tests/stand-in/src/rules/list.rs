//! ListSecrets and ListSecretVersionIds.

use std::sync::Arc;

use serde_json::{Value, json};

use super::page::{Order, cut};
use crate::failure::{Failure, Result};
use crate::history::View;
use crate::parameters::Parameters;
use crate::secret::Secret;
use crate::state::{State, check_live};

pub(crate) fn secrets(state: &State, parameters: Parameters, view: &View) -> Result<Value> {
    let order = match parameters.text("SortOrder")? {
        None | Some("asc") => Order::Ascending,
        Some("desc") => Order::Descending,
        Some(_) => return Err(Failure::validation("SortOrder must be asc or desc.")),
    };
    let with_deleted = parameters.flag("IncludePlannedDeletion")?;
    let most = parameters.max_results(100)?;
    let found = find(state, parameters, view)?.into_iter();
    let found = found.filter(|secret| with_deleted || secret.deleted.is_none());
    // The key is the date, which no two secrets share. It is padded with zeros, so that texts sort like numbers.
    let mut entries: Vec<_> = found.map(|secret| (format!("{:015}", secret.created), secret)).collect();
    entries.sort_by(|(one, _), (other, _)| one.cmp(other));
    if order == Order::Descending {
        entries.reverse();
    }
    let (page, next) = cut(entries, order, parameters.text("NextToken")?, most, state.switches.pages)?;
    let page = page.iter().map(|secret| secret.describe("SecretVersionsToStages"));
    Ok(answer("SecretList", page.collect(), next))
}

/// The secrets that pass the filter, as a list sees them.
pub(super) fn find(state: &State, parameters: Parameters, view: &View) -> Result<Vec<Arc<Secret>>> {
    let prefixes = parameters.prefixes()?;
    let is_wanted =
        |name: &&String| prefixes.is_empty() || prefixes.iter().any(|prefix| name.starts_with(prefix));
    // Former names are included: a list that lags may still show a secret that is gone.
    let names = state.history.names().filter(is_wanted);
    Ok(names.filter_map(|name| state.see_name(name, view, state.switches.lag.lists)).collect())
}

pub(crate) fn versions(state: &State, parameters: Parameters, view: &View) -> Result<Value> {
    let with_unlabelled = parameters.flag("IncludeDeprecated")?;
    let most = parameters.max_results(100)?;
    let secret = state.see(parameters.secret_id()?, view)?;
    check_live(&secret)?;
    let versions = secret.versions.iter();
    let versions = versions.filter(|(id, _)| with_unlabelled || !secret.labels_of(id).is_empty());
    // The order of ids means nothing, which is allowed: AWS promises no order.
    let entries = versions.map(|(id, version)| (id.clone(), secret.describe_version(version))).collect();
    let token = parameters.text("NextToken")?;
    let (page, next) = cut(entries, Order::Ascending, token, most, state.switches.pages)?;
    let mut answer = answer("Versions", page, next);
    answer["ARN"] = json!(secret.arn);
    answer["Name"] = json!(secret.name);
    Ok(answer)
}

/// The answer for one page.
pub(super) fn answer(key: &str, page: Vec<Value>, next: Option<String>) -> Value {
    let mut answer = Value::from_iter([(key, page)]);
    if let Some(next) = next {
        answer["NextToken"] = json!(next);
    }
    answer
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::time::Duration;

    use super::*;
    use crate::rules::testing::{create, done, rejected, token, update};
    use crate::{Pages, SecretsManager};

    fn names(answer: &Value) -> Vec<&str> {
        answer["SecretList"].as_array().unwrap().iter().map(|entry| entry["Name"].as_str().unwrap()).collect()
    }

    fn filter(prefixes: &[&str]) -> Value {
        json!({"Filters": [{"Key": "name", "Values": prefixes}]})
    }

    #[test]
    fn a_filter_is_a_case_sensitive_prefix() {
        let sm = SecretsManager::new();
        for name in ["b/one", "a/two", "A/three", "x/a/four"] {
            create(&sm, name, 1);
        }
        let list = |parameters: Value| done(&sm, "ListSecrets", parameters);
        assert_eq!(names(&list(json!({}))), ["b/one", "a/two", "A/three", "x/a/four"]);
        assert_eq!(names(&list(json!({"SortOrder": "desc"})))[0], "x/a/four");
        assert_eq!(names(&list(filter(&["a/"]))), ["a/two"]);
        assert_eq!(names(&list(filter(&["a/", "b"]))), ["b/one", "a/two"]);
        for bad in [filter(&[]), json!({"MaxResults": 0}), json!({"MaxResults": 101})] {
            rejected(&sm, "ListSecrets", bad, "ValidationException");
        }
        rejected(&sm, "ListSecrets", json!({"NextToken": "mine"}), "InvalidNextTokenException");
    }

    #[test]
    fn an_entry_shows_everything_except_the_value() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        done(&sm, "UpdateSecret", json!({"SecretId": "name", "Description": "text"}));
        let list = done(&sm, "ListSecrets", json!({}));
        let entry = &list["SecretList"][0];
        assert!(entry["ARN"].as_str().unwrap().starts_with("arn:"));
        assert!(entry["CreatedDate"].is_f64());
        assert_eq!(entry["Description"], "text");
        assert_eq!(entry["SecretVersionsToStages"], json!({token(1): ["AWSCURRENT"]}));
        assert!(!list.to_string().contains("value 1"));
    }

    #[test]
    fn scheduled_secrets_are_listed_only_on_demand() {
        let sm = SecretsManager::new();
        create(&sm, "a", 1);
        create(&sm, "b", 1);
        done(&sm, "DeleteSecret", json!({"SecretId": "a"}));
        assert_eq!(names(&done(&sm, "ListSecrets", json!({}))), ["b"]);
        let all = done(&sm, "ListSecrets", json!({"IncludePlannedDeletion": true}));
        assert_eq!(names(&all), ["a", "b"]);
        assert!(all["SecretList"][0]["DeletedDate"].is_f64());
    }

    #[test]
    fn pages_follow_each_other() {
        let sm = SecretsManager::new();
        for number in 0..5 {
            create(&sm, &format!("name{number}"), 1);
        }
        sm.set(|switches| switches.pages = Pages { size: Some(2), is_every_other_empty: true });
        let (mut next, mut sizes, mut all) = (Value::Null, Vec::new(), Vec::new());
        loop {
            let page = done(&sm, "ListSecrets", json!({"NextToken": next}));
            sizes.push(names(&page).len());
            all.extend(names(&page).into_iter().map(str::to_owned));
            next = page["NextToken"].clone();
            if next.is_null() {
                break;
            }
        }
        assert_eq!(sizes, [0, 2, 0, 2, 0, 1]);
        assert_eq!(all, sm.names());
    }

    #[test]
    fn lists_have_a_lag_of_their_own() {
        let sm = SecretsManager::new();
        create(&sm, "a", 1);
        sm.advance(Duration::from_secs(20));
        create(&sm, "b", 1);
        sm.advance(Duration::from_secs(5));
        sm.set(|switches| switches.lag.lists = Duration::from_secs(10));
        let seen = || -> BTreeSet<String> {
            let list = || sm.answer("ListSecrets", &json!({}), &View::Lagging).unwrap();
            (0..100).map(|_| names(&list()).join(" ")).collect()
        };
        assert_eq!(Vec::from_iter(seen()), ["a", "a b"]);
        sm.answer("GetSecretValue", &json!({"SecretId": "b"}), &View::Lagging).unwrap();
        sm.advance(Duration::from_secs(5));
        assert_eq!(Vec::from_iter(seen()), ["a b"]);
    }

    #[test]
    fn versions_are_listed_with_and_without_labels() {
        let sm = SecretsManager::new();
        create(&sm, "name", 1);
        for number in [2, 3] {
            update(&sm, "name", number).unwrap();
        }
        let list = |more: bool| {
            let parameters = json!({"SecretId": "name", "IncludeDeprecated": more});
            done(&sm, "ListSecretVersionIds", parameters)["Versions"].as_array().unwrap().clone()
        };
        assert_eq!(list(false).len(), 2);
        let all = list(true);
        assert_eq!((&all[0]["VersionId"], &all[0]["VersionStages"]), (&json!(token(1)), &Value::Null));
        assert_eq!(all[2]["VersionStages"], json!(["AWSCURRENT"]));
        assert!(all.iter().all(|version| version["CreatedDate"].is_f64()));
        let two = json!({"SecretId": "name", "IncludeDeprecated": true, "MaxResults": 2});
        let page = done(&sm, "ListSecretVersionIds", two);
        assert_eq!(page["Versions"].as_array().unwrap().len(), 2);
        assert!(page["NextToken"].is_string());
        let bad = json!({"SecretId": "name", "MaxResults": 101});
        rejected(&sm, "ListSecretVersionIds", bad, "ValidationException");
    }
}
