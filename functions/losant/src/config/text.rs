//! Texts that know how long they may be, in characters.

use std::fmt;

use latchkey::Secret;
use serde::de::{Deserialize, Deserializer, Error as _};
use serde::{Serialize, Serializer};

/// A text of `MIN` to `MAX` characters that anybody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Text<const MIN: usize, const MAX: usize>(String);

/// A text of `MIN` to `MAX` characters that never comes back.
#[derive(Clone)]
pub(crate) struct SecretText<const MIN: usize, const MAX: usize>(Secret);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// A text that is known to fit.
    pub(crate) fn made(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize> SecretText<MIN, MAX> {
    /// A text that is known to fit.
    pub(crate) fn made(text: &str) -> Self {
        Self(Secret::new(text))
    }

    /// The text itself.
    pub(crate) fn expose(&self) -> &str {
        self.0.expose_text().unwrap_or_default()
    }
}

impl<const MIN: usize, const MAX: usize> fmt::Debug for SecretText<MIN, MAX> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl<const MIN: usize, const MAX: usize> Serialize for Text<MIN, MAX> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for Text<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        limit::<MIN, MAX, D::Error>(&text)?;
        Ok(Self(text))
    }
}

impl<'de, const MIN: usize, const MAX: usize> Deserialize<'de> for SecretText<MIN, MAX> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Self(Secret::deserialize(deserializer)?);
        limit::<MIN, MAX, D::Error>(text.expose())?;
        Ok(text)
    }
}

fn limit<const MIN: usize, const MAX: usize, E: serde::de::Error>(text: &str) -> Result<(), E> {
    match text.chars().count() {
        length if (MIN..=MAX).contains(&length) => Ok(()),
        _ if MIN == 0 => Err(E::custom(format!("must hold at most {MAX} characters"))),
        _ => Err(E::custom(format!("must hold {MIN} to {MAX} characters"))),
    }
}

/// A port, or the null that stands for the usual one. JSON Schema takes `5432.0` for an integer too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Port(pub(crate) Option<u16>);

impl Serialize for Port {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl<'de> Deserialize<'de> for Port {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Some(number) = Option::<f64>::deserialize(deserializer)? else { return Ok(Self(None)) };
        // Written out, a whole number has no point.
        match number.to_string().parse() {
            Ok(port) if port > 0 => Ok(Self(Some(port))),
            _ => Err(D::Error::custom("must be a whole number from 1 to 65535, or null")),
        }
    }
}
