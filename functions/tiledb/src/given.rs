//! Reads JSON without stopping at the first field of a wrong type, so that one error response can name every
//! field that has a fault.

use std::fmt;
use std::marker::PhantomData;

use latchkey::Secret;
use latchkey::json::Object;
use serde::de::value::MapAccessDeserializer;
use serde::de::{DeserializeOwned, IgnoredAny, MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};

/// What a client sent for a field that should be a `T`.
#[derive(Debug, Default)]
pub(crate) enum Given<T> {
    /// Nothing, or `null`.
    #[default]
    Absent,
    /// Something of another type.
    Wrong,
    /// A `T`.
    Value(T),
}

/// A type that some JSON values can be read as.
pub(crate) trait Accept: Sized {
    fn from_bool(_: bool) -> Option<Self> {
        None
    }

    fn from_text(_: &str) -> Option<Self> {
        None
    }

    fn from_object<'de, A: MapAccess<'de>>(mut object: A) -> Result<Option<Self>, A::Error> {
        // serde_json fails unless an object is read to its end, even one that is not wanted.
        while object.next_entry::<IgnoredAny, IgnoredAny>()?.is_some() {}
        Ok(None)
    }
}

impl Accept for bool {
    fn from_bool(value: bool) -> Option<Self> {
        Some(value)
    }
}

impl Accept for String {
    fn from_text(text: &str) -> Option<Self> {
        Some(text.to_owned())
    }
}

impl Accept for Secret {
    fn from_text(text: &str) -> Option<Self> {
        Some(Self::new(text))
    }
}

/// `T` must not require any field: a missing one would fail the whole body.
impl<T: DeserializeOwned> Accept for Object<T> {
    fn from_object<'de, A: MapAccess<'de>>(object: A) -> Result<Option<Self>, A::Error> {
        T::deserialize(MapAccessDeserializer::new(object)).map(|fields| Some(Self(fields)))
    }
}

impl<T> From<Option<T>> for Given<T> {
    fn from(value: Option<T>) -> Self {
        value.map_or(Self::Wrong, Self::Value)
    }
}

impl<'de, T: Accept> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(GivenVisitor(PhantomData))
    }
}

struct GivenVisitor<T>(PhantomData<T>);

impl<'de, T: Accept> Visitor<'de> for GivenVisitor<T> {
    type Value = Given<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any JSON value")
    }

    fn visit_unit<E>(self) -> Result<Self::Value, E> {
        Ok(Given::Absent)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Self::Value, E> {
        Ok(T::from_bool(value).into())
    }

    fn visit_i64<E>(self, _: i64) -> Result<Self::Value, E> {
        Ok(Given::Wrong)
    }

    fn visit_u64<E>(self, _: u64) -> Result<Self::Value, E> {
        Ok(Given::Wrong)
    }

    fn visit_f64<E>(self, _: f64) -> Result<Self::Value, E> {
        Ok(Given::Wrong)
    }

    fn visit_str<E>(self, text: &str) -> Result<Self::Value, E> {
        Ok(T::from_text(text).into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut elements: A) -> Result<Self::Value, A::Error> {
        while elements.next_element::<IgnoredAny>()?.is_some() {}
        Ok(Given::Wrong)
    }

    fn visit_map<A: MapAccess<'de>>(self, object: A) -> Result<Self::Value, A::Error> {
        T::from_object(object).map(Given::from)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn given<T: Accept>(json: &str) -> Given<T> {
        serde_json::from_str(json).unwrap()
    }

    #[test]
    fn a_value_of_a_wrong_type_is_wrong_and_does_not_fail() {
        for wrong in ["1", "-1", "1.5", "true", "[1,[2]]", r#"{"a":{"b":1}}"#] {
            assert!(matches!(given::<String>(wrong), Given::Wrong), "{wrong}");
            assert!(matches!(given::<Secret>(wrong), Given::Wrong), "{wrong}");
        }
        for wrong in ["1", r#""true""#, "[]", "{}"] {
            assert!(matches!(given::<bool>(wrong), Given::Wrong), "{wrong}");
        }
        assert!(matches!(given::<String>("null"), Given::Absent));
        assert!(matches!(given::<String>(r#""a\nb""#), Given::Value(text) if text == "a\nb"));
        assert!(matches!(given::<bool>("true"), Given::Value(true)));
    }

    #[test]
    fn objects_are_read_field_by_field() {
        #[derive(Default, Deserialize)]
        #[serde(default)]
        struct Fields {
            flag: Given<bool>,
            text: Given<String>,
        }

        let Given::Value(Object(fields)) = given::<Object<Fields>>(r#"{"flag":1,"other":[]}"#) else {
            panic!("no object");
        };
        assert!(matches!((fields.flag, fields.text), (Given::Wrong, Given::Absent)));
        assert!(matches!(given::<Object<Fields>>("[1]"), Given::Wrong));
    }
}
