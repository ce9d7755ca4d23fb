//! What the authorizer returns to API Gateway.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-output.html>
//!
//! See `docs/decisions/access-keys.md`.

use std::collections::BTreeMap;

use latchkey::access_key::{AccessKey, AccessKeyId};
use latchkey::caller::{CONTEXT_GRANTS, CONTEXT_KEY_EXPIRES, CONTEXT_KEY_ID};
use serde::Serialize;
use time::format_description::well_known::Rfc3339;
use time::{Duration, OffsetDateTime};

/// How long before a key expires its callers are warned.
const NOTICE: Duration = Duration::days(14);

/// The authorizer's output: an IAM policy, and what the operation learns about the caller.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Answer {
    principal_id: String,
    policy_document: PolicyDocument,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    context: BTreeMap<&'static str, String>,
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct PolicyDocument {
    version: &'static str,
    statement: [Statement; 1],
}

#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Statement {
    action: &'static str,
    effect: &'static str,
    resource: String,
}

impl Answer {
    /// Allows the request, as a caller with the access key `id` and the grants of `key`.
    pub(crate) fn allow(method_arn: &str, id: &AccessKeyId, key: &AccessKey, now: OffsetDateTime) -> Self {
        let soon = key.expires_at().filter(|end| *end - now <= NOTICE);
        let mut context = BTreeMap::from([
            (CONTEXT_KEY_ID, id.as_str().to_owned()),
            (CONTEXT_GRANTS, key.grants().to_owned()),
        ]);
        if let Some(end) = soon.and_then(|end| end.to_utc().format(&Rfc3339).ok()) {
            context.insert(CONTEXT_KEY_EXPIRES, end);
        }
        let policy_document = PolicyDocument::new("Allow", method_arn);
        Self { principal_id: id.as_str().to_owned(), policy_document, context }
    }

    /// When the key expires, in RFC 3339, if that is soon.
    pub(crate) fn key_expires(&self) -> Option<&str> {
        self.context.get(CONTEXT_KEY_EXPIRES).map(String::as_str)
    }

    /// Denies the request. The answer is the same, whatever the reason.
    pub(crate) fn deny(method_arn: &str) -> Self {
        let policy_document = PolicyDocument::new("Deny", method_arn);
        Self { principal_id: "unknown".to_owned(), policy_document, context: BTreeMap::new() }
    }
}

impl PolicyDocument {
    fn new(effect: &'static str, method_arn: &str) -> Self {
        let statement = Statement { action: "execute-api:Invoke", effect, resource: whole_stage(method_arn) };
        Self { version: "2012-10-17", statement: [statement] }
    }
}

/// All routes of the stage that `method_arn` (`…:<api>/<stage>/<method>/<path>`) belongs to. The gateway caches one
/// answer for all of them, so the answer must fit all. The operations check permissions.
fn whole_stage(method_arn: &str) -> String {
    let mut parts = method_arn.splitn(3, '/');
    match (parts.next(), parts.next()) {
        (Some(api), Some(stage)) => format!("{api}/{stage}/*"),
        _ => method_arn.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use latchkey::Secret;
    use serde_json::{Value, json};
    use time::macros::datetime;

    use super::*;

    const ARN: &str = "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/GET/api/credentials/a/b";

    fn allowed(key: &str, now: OffsetDateTime) -> Value {
        let key = AccessKey::parse(&Secret::new(key)).unwrap();
        serde_json::to_value(Answer::allow(ARN, &AccessKeyId::parse("k").unwrap(), &key, now)).unwrap()
    }

    #[test]
    fn an_answer_is_for_the_whole_stage() {
        assert_eq!(whole_stage(ARN), "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/*");
    }

    #[test]
    fn deny_has_no_context() {
        let policy = json!({
            "Version": "2012-10-17",
            "Statement": [{
                "Action": "execute-api:Invoke",
                "Effect": "Deny",
                "Resource": "arn:aws:execute-api:eu-west-1:123456789012:abc/prod/*",
            }],
        });
        let answer = serde_json::to_value(Answer::deny(ARN)).unwrap();
        assert_eq!(answer, json!({"principalId": "unknown", "policyDocument": policy}));
    }

    #[test]
    fn allow_names_the_caller_and_for_two_weeks_the_end_of_the_key() {
        let key = r#"{"secret":"0123456789abcdef0123456789abcdef","grants":[],
                      "expires_at":"2026-12-15T01:00:00.5+01:00"}"#;
        let end = datetime!(2026-12-15 00:00:00.5 UTC);
        let answer = allowed(key, end - NOTICE - Duration::NANOSECOND);
        assert_eq!(answer["principalId"], "k");
        assert_eq!(answer["context"], json!({"key_id": "k", "grants": "[]"}));
        assert_eq!(answer["policyDocument"]["Statement"][0]["Effect"], "Allow");
        let answer = allowed(key, end - NOTICE);
        let context = json!({"key_id": "k", "grants": "[]", "key_expires": "2026-12-15T00:00:00.5Z"});
        assert_eq!(answer["context"], context);
    }
}
