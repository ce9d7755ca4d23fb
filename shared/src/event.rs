//! The event of a REST API's proxy integration, reduced to what operations need.
//!
//! lambda_http's own types are not used here. They read each header twice, the caller's access key among them, and
//! build a URL that nobody needs: an eighth of the instructions of a warm request. They also panic, where
//! [`mod@crate::serve`] cannot catch it, if `Host` is not a host or the body is not base64.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/set-up-lambda-proxy-integrations.html>
//!
//! See docs/decisions/cold-start.md and docs/decisions/path-parameters.md.

use std::collections::BTreeMap;

use lambda_http::http::HeaderName;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _};
use serde_json::value::RawValue;

use crate::caller::Caller;
use crate::error::Result;

/// An HTTP request as the gateway passes it on. What is null there is empty here. It contains secrets, so it cannot be
/// printed.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase", remote = "Self")]
pub(crate) struct Event {
    /// The requested path, without the stage.
    pub(crate) path: String,
    #[serde(default, deserialize_with = "nullable")]
    pub(crate) path_parameters: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "nullable", rename = "multiValueQueryStringParameters")]
    pub(crate) query: BTreeMap<String, Vec<String>>,
    /// The last value of each header.
    #[serde(default, deserialize_with = "nullable")]
    pub(crate) headers: BTreeMap<String, String>,
    #[serde(default, deserialize_with = "nullable")]
    pub(crate) body: String,
    #[serde(default, deserialize_with = "nullable")]
    pub(crate) is_base64_encoded: bool,
    pub(crate) request_context: RequestContext,
}

/// What the gateway knows about the request.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct RequestContext {
    /// The request's id in the gateway's log. A client can choose it.
    pub(crate) request_id: Option<String>,
    path: Option<String>,
    resource_path: Option<String>,
    #[serde(default, deserialize_with = "nullable")]
    authorizer: BTreeMap<String, serde_json::Value>,
}

impl Event {
    /// The caller, as the authorizer put it into the request context.
    ///
    /// # Errors
    /// [`crate::Error::Unauthenticated`] if no authorizer has seen the request.
    pub(crate) fn caller(&self) -> Result<Caller> {
        Caller::from_context(|name| self.request_context.authorizer.get(name)?.as_str())
    }

    /// The last value of a header, whose name can be in any case.
    pub(crate) fn header(&self, name: &HeaderName) -> Option<&str> {
        header(&self.headers, name.as_str())
    }

    /// Whether path parameters arrive decoded. AWS passes them on as the client wrote them. `sam local` decodes them,
    /// and its context has the route in place of the path.
    pub(crate) fn has_decoded_path(&self) -> bool {
        let RequestContext { path, resource_path, .. } = &self.request_context;
        path.is_some() && path == resource_path
    }
}

/// The value of the header `name` among `headers`, where its name can be in any case.
pub(crate) fn header<'a>(headers: &'a BTreeMap<String, String>, name: &str) -> Option<&'a str> {
    let found = headers.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
    found.map(|(_, value)| value.as_str())
}

/// Lambda shows the error to the caller of the function, so it repeats nothing of the event.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The runtime's deserializer tracks the path to each value, which one fixed error does not need.
        let event = <&RawValue>::deserialize(deserializer)?;
        Self::deserialize(&mut serde_json::Deserializer::from_str(event.get()))
            .map_err(|_| D::Error::custom("this function answers only events of a REST API of API Gateway"))
    }
}

fn nullable<'de, D, T>(deserializer: D) -> Result<T, D::Error>
where
    D: Deserializer<'de>,
    T: Deserialize<'de> + Default,
{
    Option::deserialize(deserializer).map(Option::unwrap_or_default)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    fn event(json: &str) -> serde_json::Result<Event> {
        serde_json::from_str(json)
    }

    fn authorized(authorizer: &str) -> Event {
        event(&format!(r#"{{"path":"/c","requestContext":{{"requestId":"r1","authorizer":{authorizer}}}}}"#))
            .unwrap()
    }

    #[test]
    fn callers_come_from_the_authorizer() {
        let event = authorized(r#"{"principalId":"k","key_id":"k","grants":"[]","integrationLatency":12}"#);
        assert_eq!(event.caller().unwrap().key_id(), "k");
    }

    #[test]
    fn a_request_that_no_authorizer_saw_has_no_caller() {
        for authorizer in
            ["null", "{}", r#"{"key_id":"k"}"#, r#"{"grants":"[]"}"#, r#"{"key_id":1,"grants":"[]"}"#]
        {
            assert!(matches!(authorized(authorizer).caller(), Err(Error::Unauthenticated)), "{authorizer}");
        }
    }

    #[test]
    fn null_values_become_empty() {
        let event = event(
            r#"{"resource":"/c","path":"/c","httpMethod":"GET","headers":null,"multiValueHeaders":null,
                "queryStringParameters":null,"multiValueQueryStringParameters":null,"pathParameters":null,
                "stageVariables":null,"requestContext":{"authorizer":null},"body":null,"isBase64Encoded":null}"#,
        );
        let event = event.unwrap();
        assert!(event.headers.is_empty() && event.query.is_empty() && event.path_parameters.is_empty());
        assert!(
            event.body.is_empty() && !event.is_base64_encoded && event.request_context.request_id.is_none()
        );
    }

    #[test]
    fn any_other_event_is_rejected_without_repeating_it() {
        let deep = "[".repeat(100_000);
        for other in [
            r#"{"key1":"hunter2"}"#,
            r#""hunter2""#,
            r#"{"path":"/hunter2","requestContext":"hunter2"}"#,
            r#"{"path":"/c","requestContext":{},"body":{"password":"hunter2"}}"#,
            r#"{"path":"/c","requestContext":{},"isBase64Encoded":"hunter2"}"#,
            &format!(r#"{{"path":"/hunter2","requestContext":{{"authorizer":{{"a":{deep}"#),
            &format!(
                r#"{{"path":"/c","requestContext":{{"authorizer":{{"hunter2":{deep}{}}}}}}}"#,
                deep.replace('[', "]")
            ),
        ] {
            let error = event(other).err().unwrap().to_string();
            assert!(!error.contains("hunter2"), "{error}");
        }
    }
}
