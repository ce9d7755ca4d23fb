//! Events in the form of API Gateway's REST APIs.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

/// The caller's grants: everything is allowed.
pub(crate) const GRANTS: &str = r#"[{"api":"*","namespaces":["*"],"permissions":["*"]}]"#;

/// An HTTP request to API Gateway.
pub(crate) struct Call {
    method: &'static str,
    resource: &'static str,
    parameters: Value,
    query: Value,
    body: Value,
    pub(crate) status: u16,
}

impl Call {
    /// A request without parameters, query and body. `status` is the expected one.
    pub(crate) fn new(method: &'static str, resource: &'static str, status: u16) -> Self {
        Self { method, resource, parameters: json!({}), query: json!({}), body: Value::Null, status }
    }

    pub(crate) fn parameters(mut self, parameters: Value) -> Self {
        self.parameters = parameters;
        self
    }

    pub(crate) fn query(mut self, query: Value) -> Self {
        self.query = query;
        self
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = body;
        self
    }

    /// The event of a REST API's proxy integration.
    pub(crate) fn event(&self) -> Value {
        let mut path = self.resource.to_owned();
        for (name, value) in self.parameters.as_object().into_iter().flatten() {
            path = path.replace(&format!("{{{name}}}"), value.as_str().unwrap_or_default());
        }
        let query = self.query.as_object().into_iter().flatten();
        let queries: serde_json::Map<_, _> =
            query.map(|(name, value)| (name.clone(), json!([value]))).collect();
        json!({
            "resource": self.resource,
            "path": path,
            "httpMethod": self.method,
            "headers": self.headers(),
            "multiValueHeaders": many(&self.headers()),
            "queryStringParameters": self.query,
            "multiValueQueryStringParameters": queries,
            "pathParameters": self.parameters,
            "stageVariables": null,
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "a1b2c3d4e5",
                "authorizer": {
                    "key_id": "administrator",
                    "grants": GRANTS,
                    "principalId": "administrator",
                    "integrationLatency": 12,
                },
                "domainName": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
                "domainPrefix": "a1b2c3d4e5",
                "extendedRequestId": "XmdVEF1JoAMEXAMPLE=",
                "httpMethod": self.method,
                "identity": {"sourceIp": "192.0.2.1", "userAgent": "python-httpx/0.28.1"},
                "path": format!("/prod{path}"),
                "protocol": "HTTP/1.1",
                "requestId": "c6af9ac6-7b61-11e6-9a41-93e8deadbeef",
                "requestTime": "22/Nov/2026:12:00:00 +0000",
                "requestTimeEpoch": 1_795_348_800_000_u64,
                "resourceId": "resource",
                "resourcePath": self.resource,
                "stage": "prod",
            },
            "body": if self.body.is_null() { Value::Null } else { BASE64_STANDARD.encode(self.body.to_string()).into() },
            // The template has `*/*` as a binary type.
            "isBase64Encoded": !self.body.is_null(),
        })
    }

    /// The headers of a client and of a regional endpoint like the template's, so without CloudFront's.
    fn headers(&self) -> Value {
        let mut headers = json!({
            "Accept": "application/json",
            "Accept-Encoding": "gzip, deflate",
            "Authorization": format!("Bearer administrator.{}", "s".repeat(64)),
            "Host": "a1b2c3d4e5.execute-api.us-east-1.amazonaws.com",
            "User-Agent": "python-httpx/0.28.1",
            "X-Amzn-Trace-Id": "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700",
            "X-Forwarded-For": "192.0.2.1",
            "X-Forwarded-Port": "443",
            "X-Forwarded-Proto": "https",
        });
        if let (Some(headers), false) = (headers.as_object_mut(), self.body.is_null()) {
            headers.insert("Content-Type".to_owned(), "application/json".into());
        }
        headers
    }

    /// The event of a REQUEST authorizer.
    pub(crate) fn authorizer_event(&self) -> Value {
        let mut event = self.event();
        if let Some(event) = event.as_object_mut() {
            let arn = "arn:aws:execute-api:us-east-1:123456789012:a1b2c3d4e5/prod/GET/api/credentials/a";
            event.extend([("type".to_owned(), "REQUEST".into()), ("methodArn".to_owned(), arn.into())]);
            event.remove("body");
            event.remove("isBase64Encoded");
        }
        event
    }
}

fn many(headers: &Value) -> Value {
    let headers = headers.as_object().into_iter().flatten();
    headers.map(|(name, value)| (name.clone(), json!([value]))).collect::<serde_json::Map<_, _>>().into()
}
