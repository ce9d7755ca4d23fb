//! As much of Secrets Manager as the functions need in order to succeed. Outside of the preparation, writes succeed
//! but change nothing, so that every round finds the same state.

use std::collections::{BTreeMap, HashMap};
use std::ops::Bound;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use hyper::StatusCode;
use hyper::body::Bytes;
use serde_json::{Value, json};

const CREATED: f64 = 1_790_000_000.0;
const ARN_PREFIX: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:";
const ARN_SUFFIX: &str = "-AbCdEf";

/// How many secrets are on a page of a list.
const PAGE: usize = 100;

/// The secrets.
#[derive(Default)]
pub(crate) struct SecretsManager {
    secrets: Mutex<BTreeMap<String, Secret>>,
    /// The responses to reads since the last recorded write: to serialize a list of a hundred secrets takes as long as
    /// some of what is measured.
    reads: Mutex<HashMap<(String, Bytes), Bytes>>,
    recording: AtomicBool,
}

/// A secret, as the call that created it asked for it.
#[derive(Clone)]
struct Secret {
    version: String,
    value: Value,
    description: Value,
}

impl SecretsManager {
    /// Sets whether writes are recorded.
    pub(crate) fn record(&self, on: bool) {
        self.recording.store(on, Ordering::Relaxed);
    }

    /// The name of a secret whose name starts with `prefix`.
    pub(crate) fn any(&self, prefix: &str) -> Option<String> {
        let secrets = lock(&self.secrets);
        let name = secrets.range(prefix.to_owned()..).map(|(name, _)| name).next();
        name.filter(|name| name.starts_with(prefix)).cloned()
    }

    /// Adds a secret.
    pub(crate) fn put(&self, name: &str, value: &str) {
        let version = "11111111-2222-4333-8444-555555555555".to_owned();
        let secret = Secret { version, value: value.into(), description: Value::Null };
        self.insert(name, secret);
    }

    /// The response to a call.
    pub(crate) fn answer(&self, action: String, body: Bytes) -> (StatusCode, Bytes) {
        let call = (action, body);
        if let Some(output) = lock(&self.reads).get(&call) {
            return (StatusCode::OK, output.clone());
        }
        let input: Value = serde_json::from_slice(&call.1).unwrap_or_default();
        let (status, output) = self.act(&call.0, &input);
        let output = Bytes::from(output.to_string());
        if status == StatusCode::OK && ["GetSecretValue", "ListSecrets"].contains(&call.0.as_str()) {
            lock(&self.reads).insert(call, output.clone());
        }
        (status, output)
    }

    fn insert(&self, name: &str, secret: Secret) {
        lock(&self.secrets).insert(name.to_owned(), secret);
        lock(&self.reads).clear();
    }

    fn act(&self, action: &str, input: &Value) -> (StatusCode, Value) {
        let field = |name: &str| input.get(name).and_then(Value::as_str).unwrap_or_default();
        let name = if action == "CreateSecret" { field("Name") } else { name_of(field("SecretId")) };
        if action == "ListSecrets" {
            let prefix = input.pointer("/Filters/0/Values/0").and_then(Value::as_str).unwrap_or_default();
            return (StatusCode::OK, self.list(prefix, input.get("NextToken").and_then(Value::as_str)));
        }
        if action == "CreateSecret" || action == "UpdateSecret" {
            let value = input.get("SecretString").or_else(|| input.get("SecretBinary"));
            let secret = Secret {
                version: field("ClientRequestToken").to_owned(),
                value: value.cloned().unwrap_or_default(),
                description: input.get("Description").cloned().unwrap_or_default(),
            };
            let answer = json!({"ARN": arn(name), "Name": name, "VersionId": secret.version});
            if self.recording.load(Ordering::Relaxed) {
                self.insert(name, secret);
            }
            return (StatusCode::OK, answer);
        }
        match (action, lock(&self.secrets).get(name)) {
            (_, None) => (
                StatusCode::BAD_REQUEST,
                json!({"__type": "ResourceNotFoundException", "Message": "no such secret"}),
            ),
            ("GetSecretValue", Some(secret)) => (StatusCode::OK, secret.read(name)),
            ("DescribeSecret", Some(secret)) => (StatusCode::OK, secret.described(name)),
            (_, Some(_)) => {
                (StatusCode::OK, json!({"ARN": arn(name), "Name": name, "DeletionDate": CREATED}))
            }
        }
    }
}

impl SecretsManager {
    /// A page of the secrets whose names start with `prefix`. It begins after the last secret of the page before.
    fn list(&self, prefix: &str, after: Option<&str>) -> Value {
        let secrets = lock(&self.secrets);
        let start = after.map_or(Bound::Included(prefix), Bound::Excluded);
        let found = secrets.range::<str, _>((start, Bound::Unbounded));
        let mut found = found.take_while(|(name, _)| name.starts_with(prefix)).peekable();
        let page: Vec<_> = found.by_ref().take(PAGE).collect();
        let next = found.peek().and(page.last()).map(|(name, _)| name);
        let listed: Vec<_> = page.iter().map(|(name, secret)| secret.listed(name)).collect();
        let mut answer = json!({ "SecretList": listed });
        if let (Some(next), Some(answer)) = (next, answer.as_object_mut()) {
            answer.insert("NextToken".to_owned(), next.as_str().into());
        }
        answer
    }
}

impl Secret {
    fn read(&self, name: &str) -> Value {
        json!({
            "ARN": arn(name),
            "CreatedDate": CREATED,
            "Name": name,
            "SecretString": self.value,
            "VersionId": self.version,
            "VersionStages": ["AWSCURRENT"],
        })
    }

    fn listed(&self, name: &str) -> Value {
        self.metadata(name, "SecretVersionsToStages")
    }

    fn described(&self, name: &str) -> Value {
        self.metadata(name, "VersionIdsToStages")
    }

    fn metadata(&self, name: &str, versions: &str) -> Value {
        json!({
            "ARN": arn(name),
            "CreatedDate": CREATED,
            "Description": self.description,
            "LastAccessedDate": CREATED,
            "LastChangedDate": CREATED,
            "Name": name,
            versions: {&self.version: ["AWSCURRENT"]},
        })
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The name in a `SecretId`, which is a name or an ARN.
fn name_of(secret_id: &str) -> &str {
    let name = secret_id.strip_prefix(ARN_PREFIX).and_then(|name| name.strip_suffix(ARN_SUFFIX));
    name.unwrap_or(secret_id)
}

fn arn(name: &str) -> String {
    format!("{ARN_PREFIX}{name}{ARN_SUFFIX}")
}
