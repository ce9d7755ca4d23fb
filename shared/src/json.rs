//! JSON as clients send it. It is strict where leniency could hide an attack, and its errors say nothing about values.

use std::collections::{BTreeMap, HashSet};
use std::fmt;
use std::marker::PhantomData;

use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeSeed, Deserializer, Error as _, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Serialize};
use serde_json::error::Category;
use serde_json::value::{RawValue, to_raw_value};

use crate::error::{Error, Fault, Result};
use crate::wording;

/// Reads a request's body as a `T`.
///
/// # Errors
/// [`Error::Malformed`] if it is empty; otherwise as [`parse_as`].
pub fn parse<'a, T: Deserialize<'a>>(bytes: &'a [u8]) -> Result<T> {
    if bytes.trim_ascii().is_empty() {
        return Err(Error::malformed("", "The request has no body; a JSON object is expected."));
    }
    parse_as("The body", bytes).map_err(Error::Malformed)
}

/// Reads `bytes` as a `T`. A fault calls them `what`.
///
/// # Errors
/// A fault for anything but UTF-8 JSON of that form, also for a duplicate key anywhere and for more than 128 levels. It
/// names the place, never the value.
pub fn parse_as<'a, T: Deserialize<'a>>(what: &str, bytes: &'a [u8]) -> Result<T, Fault> {
    parse_with(undocumented_field, what, bytes)
}

/// The same, but `undocumented` makes the fault for an undocumented field, from the path of its object and its name.
pub(crate) fn parse_with<'a, T: Deserialize<'a>>(
    undocumented: fn(&str, &str) -> Fault,
    what: &str,
    bytes: &'a [u8],
) -> Result<T, Fault> {
    let text =
        std::str::from_utf8(bytes).map_err(|_| Fault::new("", format!("{what} is not valid UTF-8.")))?;
    // serde rejects only duplicates of the fields of `T`. In a map, the last of two equal keys would count.
    reject_duplicate_keys(what, text)?;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let read = serde_path_to_error::deserialize(&mut deserializer);
    read.map(|Object(value)| value).map_err(|error| {
        let path = error.path().to_string();
        let field = if path == "." { String::new() } else { path };
        match missing_field(error.inner()) {
            Some(name) => Fault::new(wording::place(&field, &name), wording::MISSING),
            None if is_unknown_field(error.inner()) => {
                let (parent, name) = parent_and_name(error.path());
                undocumented(&parent, &name)
            }
            None => Fault::new(field, complaint(error.inner())),
        }
    })
}

/// `value` as raw JSON. For a value that contains secrets, use [`Secret::json`].
///
/// [`Secret::json`]: crate::Secret::json
///
/// # Errors
/// [`Error::Internal`] if it is not JSON at all (a map whose keys are not strings).
pub fn raw(value: &impl Serialize) -> Result<Box<RawValue>> {
    to_raw_value(value).map_err(|_| Error::internal("a value cannot be written as JSON"))
}

/// The fields of a JSON object, each as it is written, for forms that depend on other fields.
pub type Fields<'a> = BTreeMap<String, &'a RawValue>;

/// Reads `json` as a `T`. It is at `field` of a body that was read already.
///
/// # Errors
/// [`Error::Malformed`] if it has another form. The fault names the field, never the value.
pub fn parse_field<'a, T: Deserialize<'a>>(field: &str, json: &'a RawValue) -> Result<T> {
    serde_json::from_str(json.get()).map_err(|error| Error::malformed(field, complaint(&error)))
}

/// The fault of the undocumented field `name`, which is the client's own text, in the object at `parent`.
pub fn undocumented_field(parent: &str, name: &str) -> Fault {
    Fault::new(wording::place(parent, name), wording::UNDOCUMENTED_FIELD)
}

/// The start of what our own types say about a value that they reject. No other error of serde's begins with it.
const OUR_OWN: char = '\u{1}';

/// The error of one of our own types about a value that it rejects. `words` must not contain the value.
pub fn complain<E: serde::de::Error>(words: impl fmt::Display) -> E {
    E::custom(format_args!("{OUR_OWN}{words}"))
}

/// A value that is read from a JSON object and from nothing else. For a bare struct, serde would also accept an array
/// with the fields in their order.
#[derive(Debug)]
pub struct Object<T>(pub T);

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Object<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(ObjectVisitor(PhantomData)).map(Self)
    }
}

struct ObjectVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for ObjectVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON object")
    }

    fn visit_map<A: MapAccess<'de>>(self, fields: A) -> Result<T, A::Error> {
        T::deserialize(MapAccessDeserializer::new(fields))
    }
}

/// What may be said about a serde error. serde's messages can repeat what was sent, except at their end: what was
/// expected.
fn complaint(error: &serde_json::Error) -> String {
    let text = error.to_string();
    // An error in a value that stands alone names no line.
    let said = text.rsplit_once(" at line ").map_or(text.as_str(), |(said, _)| said);
    if let Some(own) = said.strip_prefix(OUR_OWN) {
        return own.to_owned();
    }
    let words = match said.rsplit_once(", expected ").map(|(_, expected)| expected) {
        Some("a string") => wording::NOT_TEXT,
        Some("a boolean") => wording::NOT_A_FLAG,
        Some("a JSON object") => wording::NOT_AN_OBJECT,
        _ => wording::NOT_DOCUMENTED_TYPE,
    };
    words.to_owned()
}

/// The field that a serde error calls missing. Unlike other messages, this one contains nothing of the input.
fn missing_field(error: &serde_json::Error) -> Option<String> {
    let text = error.to_string();
    let (name, _) = text.strip_prefix("missing field `")?.split_once('`')?;
    Some(name.to_owned())
}

/// Whether the error is about an undocumented field, whose name is the client's own text.
fn is_unknown_field(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("unknown field `")
}

/// The path without its last part, and that part.
fn parent_and_name(path: &serde_path_to_error::Path) -> (String, String) {
    let name = path.iter().next_back().map(ToString::to_string).unwrap_or_default();
    let path = path.to_string();
    let parent = path.strip_suffix(&name).unwrap_or_default().trim_end_matches('.');
    (parent.to_owned(), name)
}

fn reject_duplicate_keys(what: &str, text: &str) -> Result<(), Fault> {
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let scanned = UniqueKeys.deserialize(&mut deserializer).and_then(|()| deserializer.end());
    scanned.map_err(|error| {
        let place = format!("at line {} column {}", error.line(), error.column());
        let is = match error.classify() {
            Category::Data => "holds a duplicate key",
            _ => "is not valid JSON, or nests too deeply,",
        };
        Fault::new("", format!("{what} {is} {place}."))
    })
}

/// Visits any JSON value, stores nothing, and fails at an object with two equal keys.
#[derive(Clone, Copy)]
struct UniqueKeys;

impl<'de> DeserializeSeed<'de> for UniqueKeys {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for UniqueKeys {
    type Value = ();

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_bool<E>(self, _: bool) -> Result<(), E> {
        Ok(())
    }

    fn visit_i64<E>(self, _: i64) -> Result<(), E> {
        Ok(())
    }

    fn visit_u64<E>(self, _: u64) -> Result<(), E> {
        Ok(())
    }

    fn visit_f64<E>(self, _: f64) -> Result<(), E> {
        Ok(())
    }

    fn visit_str<E>(self, _: &str) -> Result<(), E> {
        Ok(())
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        Ok(())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<(), A::Error> {
        while elements.next_element_seed(self)?.is_some() {}
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<(), A::Error> {
        let mut keys = HashSet::new();
        while let Some(key) = entries.next_key::<String>()? {
            if !keys.insert(key) {
                return Err(A::Error::custom("duplicate key"));
            }
            entries.next_value_seed(self)?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::*;

    #[derive(Debug, Deserialize)]
    struct Model {
        #[allow(dead_code)]
        name: String,
        #[serde(default)]
        #[allow(dead_code)]
        inner: Option<Inner>,
    }

    #[derive(Debug, Deserialize)]
    struct Inner {
        #[allow(dead_code)]
        count: u8,
    }

    fn fault(body: &[u8]) -> (String, String) {
        match parse::<Model>(body) {
            Err(Error::Malformed(fault)) => (fault.field, fault.message),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn accepts_the_form_and_unknown_fields() {
        assert!(parse::<Model>(br#"{"name":"a","inner":{"count":1},"more":[1,{"a":null}]}"#).is_ok());
    }

    #[test]
    fn rejects_what_is_not_json() {
        for body in [&b""[..], b"  ", b"{", b"{\"name\":\"a\"} x", b"\xff", b"{\"name\":\"\\ud800\"}"] {
            fault(body);
        }
    }

    #[test]
    fn rejects_duplicate_keys_also_in_unknown_fields() {
        assert!(fault(br#"{"name":"a","name":"b"}"#).1.contains("duplicate key"));
        assert!(fault(br#"{"name":"a","more":[{"k":1,"k":2}]}"#).1.contains("duplicate key"));
        assert!(fault(br#"{"name":"a","n\u0061me":"b"}"#).1.contains("duplicate key"));
    }

    #[test]
    fn rejects_an_array_in_place_of_the_object() {
        let rejected = (String::new(), "must be a JSON object".to_owned());
        assert_eq!(fault(br#"["a",{"count":1}]"#), rejected);
        assert_eq!(fault(b"[]"), rejected);
        assert_eq!(fault(b"null"), rejected);
        assert_eq!(fault(b"\"hunter2\""), rejected);
    }

    #[test]
    fn rejects_deep_nesting() {
        let deep = "[".repeat(1000) + &"]".repeat(1000);
        assert!(fault(deep.as_bytes()).1.contains("nests too deeply"));
    }

    #[test]
    fn a_fault_names_an_unknown_field_and_nothing_more() {
        #[derive(Debug, Deserialize)]
        struct Outer {
            #[allow(dead_code)]
            inner: Vec<Strict>,
        }
        #[derive(Debug, Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Strict {}

        let fault = |body: &[u8]| match (parse::<Outer>(body), parse::<Strict>(body)) {
            (Err(Error::Malformed(inner)), Err(Error::Malformed(outer))) => (inner, outer),
            other => panic!("{other:?}"),
        };
        let (inner, outer) = fault(br#"{"inner":[{"odd.2[\n":"hunter2"}]}"#);
        assert_eq!(inner.to_string(), "inner[0].\"odd.2[\\n\": is not a documented field");
        assert_eq!(outer.to_string(), "inner: is not a documented field");
    }

    #[test]
    fn a_fault_says_what_is_expected_even_if_a_value_imitates_an_error() {
        #[derive(Debug, Deserialize)]
        struct Flag {
            #[allow(dead_code)]
            flag: bool,
        }
        #[derive(Debug, Deserialize)]
        struct Number {
            #[allow(dead_code)]
            flag: u8,
        }

        let body = br#"{"flag":"hunter2, expected a string at line 1 column 1"}"#;
        let said = |error: Error| error.to_string();
        assert_eq!(said(parse::<Flag>(body).unwrap_err()), "flag: must be true or false");
        let other = said(parse::<Number>(body).unwrap_err());
        assert_eq!(other, format!("flag: {}", wording::NOT_DOCUMENTED_TYPE));
        let own = "{\"flag\":\"\\u0001hunter2\"}";
        assert_eq!(said(parse::<Number>(own.as_bytes()).unwrap_err()), other);
    }

    #[test]
    fn a_fault_names_the_place_and_never_the_value() {
        assert_eq!(fault(br#"{"inner":{"count":1}}"#), ("name".into(), "is missing".into()));
        assert_eq!(fault(br#"{"name":"a","inner":{}}"#).0, "inner.count");
        let (field, message) = fault(br#"{"name":"a","inner":{"count":"hunter2"}}"#);
        assert_eq!(field, "inner.count");
        assert!(!message.contains("hunter2"));
    }
}
