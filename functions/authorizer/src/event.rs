//! The event of a REQUEST authorizer: of it, what the authorizer needs.
//!
//! Headers are whatever a client sent, so nothing in them is an error, and nothing but the two that can carry a
//! token is read at all.
//!
//! Source: <https://docs.aws.amazon.com/apigateway/latest/developerguide/api-gateway-lambda-authorizer-input.html>

use std::fmt;

use latchkey::access_key::Token;
use serde::Deserialize;
use serde::de::{Deserializer, Error as _, MapAccess, Visitor};
use serde_json::value::RawValue;
use zeroize::Zeroizing;

use crate::reason::Denial;

const AUTHORIZATION: &str = "authorization";
/// TileDB's own header for a token. It decides where there are two headers, and counts on TileDB's
/// routes alone: the gateway keeps the answers for the others by their `Authorization`.
const API_KEY: &str = "x-tiledb-rest-api-key";
const API_KEY_ROUTES: [&str; 2] = ["/v4/", "/tiledb/v4/"];

/// A request that the gateway asks about. It holds what proves who is calling, so it cannot be printed.
pub struct Event {
    /// What the policy of the answer is about: `…:<api>/<stage>/<method>/<path>`.
    pub(crate) method_arn: String,
    /// The id that the request has in the gateway's log. A client can choose it.
    pub(crate) request_id: Option<String>,
    /// The token that the request carries.
    pub(crate) token: Result<Token, Denial>,
}

/// Lambda shows the error to whoever called the function, so it says nothing of what was sent.
impl<'de> Deserialize<'de> for Event {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // The runtime's deserializer notes the path to each value: not needed for one error.
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
    let api_key = if takes_api_key { headers.find(API_KEY) } else { Header::Missing };
    let token = match api_key {
        Header::Value(api_key) => Token::from_api_key(&api_key),
        Header::Odd => None,
        Header::Missing => match headers.find(AUTHORIZATION) {
            Header::Value(authorization) => Token::from_authorization(&authorization),
            Header::Odd => None,
            Header::Missing => return Err(Denial::NoToken),
        },
    };
    token.ok_or(Denial::MalformedToken)
}

/// The headers, of which the gateway hands over each twice: with its last value, and with all.
struct Headers<'a> {
    last: Vec<Members<'a>>,
    all: Vec<Members<'a>>,
}

/// What a request has of a header.
enum Header {
    Missing,
    /// It is no text, or comes with several values: who takes the first and who the last would see two callers.
    Odd,
    Value(Zeroizing<String>),
}

impl<'a> Headers<'a> {
    fn of(event: &Members<'a>) -> Self {
        let maps = |name| event.all(name).map(Members::of).collect();
        Self { last: maps("headers"), all: maps("multiValueHeaders") }
    }

    /// The header's one value, however often the event has it.
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
            _ => Self::Odd,
        }
    }
}

/// The members of a JSON object, each as it is written; none of anything else. Names and values can be what no
/// string of Rust's can (half of a surrogate pair), so they are not read before they are asked for.
#[derive(Default)]
struct Members<'a>(Vec<(&'a str, &'a RawValue)>);

impl<'a> Members<'a> {
    fn of(value: &'a RawValue) -> Self {
        serde_json::from_str(value.get()).unwrap_or_default()
    }

    /// The last value of this name.
    fn last(&self, name: &'static str) -> Option<&'a RawValue> {
        self.all(name).last()
    }

    fn all(&self, name: &'static str) -> impl Iterator<Item = &'a RawValue> {
        self.0.iter().filter(move |(key, _)| *key == name).map(|(_, value)| *value)
    }

    /// The values of a header, whose name may be written in any case.
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
