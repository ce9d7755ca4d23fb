//! What the authorizer answers API Gateway.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>

use latchkey::caller::{CONTEXT_GRANTS, CONTEXT_KEY_ID, Grant};
use serde::Serialize;
use serde_json::{Value, json};

/// The authorizer's output: an IAM policy, and what the operation gets to know of the caller.
#[derive(Debug, PartialEq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    principal_id: String,
    policy_document: Value,
    #[serde(skip_serializing_if = "Value::is_null")]
    context: Value,
}

impl Decision {
    /// Lets the caller in as the access key `key_id` with its grants.
    pub fn allow(resource: &str, key_id: &str, grants: &[Grant]) -> Self {
        let grants = serde_json::to_string(grants).unwrap_or_default();
        let context = json!({ CONTEXT_KEY_ID: key_id, CONTEXT_GRANTS: grants });
        Self { principal_id: key_id.to_owned(), policy_document: document("Allow", resource), context }
    }

    /// Turns the caller away. Says the same, whatever the reason.
    pub fn deny(resource: &str) -> Self {
        let principal_id = "unknown".to_owned();
        Self { principal_id, policy_document: document("Deny", resource), context: Value::Null }
    }
}

fn document(effect: &str, resource: &str) -> Value {
    json!({
        "Version": "2012-10-17",
        "Statement": [{ "Action": "execute-api:Invoke", "Effect": effect, "Resource": resource }],
    })
}

/// All routes of the stage that `method_arn` (`…:<api>/<stage>/<method>/<path>`) belongs to. The gateway
/// keeps one answer for all of them, so it must fit all; permissions are the operations' affair.
pub fn whole_stage(method_arn: &str) -> String {
    let mut parts = method_arn.splitn(3, '/');
    match (parts.next(), parts.next()) {
        (Some(api), Some(stage)) => format!("{api}/{stage}/*"),
        _ => method_arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_decision_is_for_the_whole_stage() {
        let arn = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/api/credentials/a/b";
        assert_eq!(whole_stage(arn), "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/*");
    }

    #[test]
    fn allow_carries_the_caller_and_deny_nothing() {
        let allow = serde_json::to_value(Decision::allow("r", "k", &[])).unwrap();
        assert_eq!(allow["principalId"], "k");
        assert_eq!(allow["context"], json!({"key_id": "k", "grants": "[]"}));
        assert_eq!(allow["policyDocument"]["Statement"][0]["Effect"], "Allow");
        let deny = serde_json::to_value(Decision::deny("r")).unwrap();
        assert_eq!(deny["policyDocument"]["Statement"][0]["Effect"], "Deny");
        assert_eq!(deny.get("context"), None);
    }
}
