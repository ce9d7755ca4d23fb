//! BatchGetSecretValue.

use serde_json::{Value, json};

use super::list;
use super::page::{Order, cut};
use super::read::get_one;
use crate::failure::{Failure, Result};
use crate::history::View;
use crate::parameters::{Parameters, check_secret_id};
use crate::state::State;

/// How many secrets a call may ask for, and how many it returns.
const MOST: usize = 20;

pub(crate) fn batch_get(state: &State, parameters: Parameters, view: &View) -> Result<Value> {
    let ids = ids(state, parameters, view)?;
    let most = parameters.max_results(MOST)?;
    let entries = ids.into_iter().enumerate().map(|(index, id)| (format!("{index:05}"), id)).collect();
    let token = parameters.text("NextToken")?;
    let (page, next) = cut(entries, Order::Ascending, token, most, state.switches.pages)?;
    let (mut values, mut errors) = (Vec::new(), Vec::new());
    for id in page {
        // Each is read by itself, so a read that lags can show each of them at another moment.
        match check_secret_id(&id).and_then(|()| get_one(state, &id, None, None, view)) {
            Ok(value) => values.push(value),
            Err(failure) => {
                errors.push(json!({"SecretId": id, "ErrorCode": failure.code, "Message": failure.message}));
            }
        }
    }
    let mut answer = list::answer("SecretValues", values, next);
    answer["Errors"] = errors.into();
    Ok(answer)
}

/// The ids of the secrets that the call asks for, by a list or by a filter.
fn ids(state: &State, parameters: Parameters, view: &View) -> Result<Vec<String>> {
    let is_filtered = !parameters.objects("Filters")?.is_empty();
    match parameters.texts("SecretIdList")? {
        Some(ids) if !(1..=MOST).contains(&ids.len()) => {
            Err(Failure::validation("SecretIdList must have 1 to 20 entries."))
        }
        Some(_) if is_filtered || parameters.number("MaxResults")?.is_some() => {
            Err(Failure::parameter("There is either a SecretIdList, or Filters with MaxResults."))
        }
        Some(ids) => Ok(ids.into_iter().map(str::to_owned).collect()),
        None if !is_filtered => Err(Failure::parameter("Either SecretIdList or Filters must be there.")),
        None => {
            let found = list::find(state, parameters, view)?.into_iter();
            Ok(found.filter(|secret| secret.deleted.is_none()).map(|secret| secret.name.clone()).collect())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::testing::{create, done, rejected};
    use crate::{Pages, SecretsManager};

    fn secrets() -> (SecretsManager, Value) {
        let sm = SecretsManager::new();
        let arn = create(&sm, "a", 1)["ARN"].clone();
        create(&sm, "b", 2);
        create(&sm, "gone", 3);
        done(&sm, "DeleteSecret", json!({"SecretId": "gone"}));
        (sm, arn)
    }

    #[test]
    fn a_batch_returns_what_exists_and_names_what_does_not() {
        let (sm, arn) = secrets();
        let answer = done(&sm, "BatchGetSecretValue", json!({"SecretIdList": [arn, "b", "gone", "never"]}));
        let read = |id: &str| done(&sm, "GetSecretValue", json!({"SecretId": id}));
        assert_eq!(answer["SecretValues"], json!([read("a"), read("b")]));
        let errors = answer["Errors"].as_array().unwrap();
        let errors: Vec<_> = errors.iter().map(|error| (&error["SecretId"], &error["ErrorCode"])).collect();
        assert_eq!(errors[0], (&json!("gone"), &json!("InvalidRequestException")));
        assert_eq!(errors[1], (&json!("never"), &json!("ResourceNotFoundException")));
        assert_eq!(answer["NextToken"], Value::Null);
    }

    #[test]
    fn a_batch_has_up_to_twenty() {
        let (sm, _) = secrets();
        done(&sm, "BatchGetSecretValue", json!({"SecretIdList": vec!["a"; 20]}));
        for ids in [json!([]), json!(vec!["a"; 21])] {
            rejected(&sm, "BatchGetSecretValue", json!({ "SecretIdList": ids }), "ValidationException");
        }
        rejected(&sm, "BatchGetSecretValue", json!({}), "InvalidParameterException");
    }

    #[test]
    fn a_batch_may_come_in_pages() {
        let (sm, _) = secrets();
        sm.set(|switches| switches.pages = Pages { size: Some(1), is_every_other_empty: true });
        let (mut next, mut seen) = (Value::Null, Vec::new());
        for _ in 0..6 {
            let parameters = json!({"SecretIdList": ["a", "never", "b"], "NextToken": next});
            let page = done(&sm, "BatchGetSecretValue", parameters);
            let count = |key: &str| page[key].as_array().unwrap().len();
            seen.push((count("SecretValues"), count("Errors")));
            next = page["NextToken"].clone();
        }
        assert_eq!(seen, [(0, 0), (1, 0), (0, 0), (0, 1), (0, 0), (1, 0)]);
        assert_eq!(next, Value::Null);
    }

    #[test]
    fn a_batch_may_come_from_a_filter() {
        let (sm, _) = secrets();
        let filter = json!([{"Key": "name", "Values": ["b", "g"]}]);
        let answer = done(&sm, "BatchGetSecretValue", json!({ "Filters": filter }));
        assert_eq!(answer["SecretValues"].as_array().unwrap().len(), 1);
        assert_eq!(answer["Errors"], json!([]));
    }
}
