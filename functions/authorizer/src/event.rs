//! The event of a REQUEST authorizer, as far as the authorizer needs it.
//!
//! A client can send any headers, so nothing in them is an error, and only the two that can carry a token are read.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>
//!
//! See `docs/decisions/access-keys.md`.

use std::fmt;

use latchkey::access_key::Token;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::reason::Denial;

const AUTHORIZATION: &str = "authorization";
/// TileDB's own header for a token. If a request has both headers, this one decides. It counts only on TileDB's
/// routes, because for the others the gateway caches answers by their `Authorization`.
const API_KEY: &str = "x-tiledb-rest-api-key";
const API_KEY_ROUTES: [&str; 2] = ["/v4/", "/tiledb/v4/"];

/// A request that the gateway asks about. It holds the caller's token, so it cannot be printed.
pub struct Event {
    /// The resource for the answer's policy: `…:<api>/<stage>/<method>/<path>`.
    pub(crate) method_arn: String,
    /// The id that the request has in the gateway's log. A client can choose it.
    pub(crate) request_id: Option<String>,
    /// The token that the request carries, or why there is none.
    pub(crate) token: Result<Token, Denial>,
}

/// Lambda shows the error to the caller of the function, so it repeats nothing of what was sent.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The runtime's deserializer records the path to each value, which this one error does not need.
        let event = Members::of(<&RawValue>::deserialize(deserializer)?);
        let method_arn = event.last("methodArn").and_then(text).ok_or_else(|| {
            D::Error::custom("this function answers only events of a REQUEST authorizer of API Gateway")
        })?;
        let context = event.last("requestContext").map(Members::of).unwrap_or_default();
        let resource = event.last("resource").and_then(text).unwrap_or_default();
        let takes_api_key = API_KEY_ROUTES.iter().any(|routes| resource.starts_with(routes));
        let request_id = context.last("requestId").and_then(text);
        Ok(Self { method_arn, request_id, token: token(&Headers::of(&event), takes_api_key) })
    }
}

fn token(headers: &Headers<'_>, takes_api_key: bool) -> Result<Token, Denial> {
    // On other routes, the gateway would reuse the answer for requests with the same `Authorization` but without this
    // header.
    let api_key = if takes_api_key { headers.find(API_KEY) } else { Header::Missing };
    let token = match api_key {
        Header::Value(api_key) => Token::from_api_key(&api_key),
        Header::Unusable => None,
        Header::Missing => match headers.find(AUTHORIZATION) {
            Header::Value(authorization) => Token::from_authorization(&authorization),
            Header::Unusable => None,
            Header::Missing => return Err(Denial::NoToken),
        },
    };
    token.ok_or(Denial::MalformedToken)
}

/// The headers. The gateway passes each one twice: with its last value, and with all its values.
struct Headers<'a> {
    last: Vec<Members<'a>>,
    all: Vec<Members<'a>>,
}

/// A header, as a request has it.
enum Header {
    Missing,
    /// It is not text, or has several values: code that takes the first one would see another caller than code that
    /// takes the last one.
    Unusable,
    Value(Zeroizing<String>),
}

impl<'a> Headers<'a> {
    fn of(event: &Members<'a>) -> Self {
        let maps = |name| event.all(name).map(Members::of).collect();
        Self { last: maps("headers"), all: maps("multiValueHeaders") }
    }

    /// The header's single value, however often the event repeats it.
    fn find(&self, name: &str) -> Header {
        let mut found = Header::Missing;
        for value in self.last.iter().flat_map(|map| map.of_header(name)) {
            found = found.and(value);
        }
        for values in self.all.iter().flat_map(|map| map.of_header(name)) {
            match serde_json::from_str::<Vec<&RawValue>>(values.get()) {
                Ok(values) => found = values.into_iter().fold(found, Header::and),
                Err(_) => found = found.and(values),
            }
        }
        found
    }
}

impl Header {
    fn and(self, value: &RawValue) -> Self {
        if value.get() == "null" {
            return self;
        }
        match (self, text(value).map(Zeroizing::new)) {
            (Self::Missing, Some(value)) => Self::Value(value),
            (Self::Value(before), Some(value)) if before == value => Self::Value(before),
            _ => Self::Unusable,
        }
    }
}

/// The members of a JSON object, as they are written; any other value has none. Names and values can hold what no
/// Rust string can (half of a surrogate pair), so a name is never parsed, and a value only when it is needed.
#[derive(Default)]
struct Members<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'a> Members<'a> {
    fn of(value: &'a RawValue) -> Self {
        serde_json::from_str(value.get()).unwrap_or_default()
    }

    /// The last value with this name.
    fn last(&self, name: &'static str) -> Option<&'a RawValue> {
        self.all(name).last()
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &'a RawValue> {
        self.0.iter().filter(move |(key, _)| *key == name).map(|(_, value)| *value)
    }

    /// The values of a header, whose name can be in any case.
    fn of_header(&self, name: &str) -> impl Iterator<Item = &'a RawValue> {
        self.0.iter().filter(move |(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct MembersVisitor;

        impl<'de> Visitor<'de> for MembersVisitor {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some((name, value)) = map.next_entry::<&RawValue, &RawValue>()? {
                    members.push((name.get().trim_matches('"'), value));
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(MembersVisitor)
    }
}

fn text(value: &RawValue) -> Option<String> {
    serde_json::from_str(value.get()).ok()
}

#[cfg(test)]
#[path = "event_tests.rs"]
mod tests;
