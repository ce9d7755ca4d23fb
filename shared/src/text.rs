//! Texts whose length is limited.

use std::fmt;

use serde::de::{Deserialize, Deserializer};
use serde::{Serialize, Serializer};

use crate::json;
use crate::secret::Secret;
use crate::wording;

/// How long a text may be.
#[derive(Clone, Copy, Debug)]
pub struct Length {
    least: usize,
    most: usize,
    unit: &'static str,
}

impl Length {
    /// In characters: Unicode scalar values, as JSON Schema counts.
    pub const fn characters(least: usize, most: usize) -> Self {
        Self { least, most, unit: "characters" }
    }

    /// In bytes of UTF-8.
    pub const fn bytes(least: usize, most: usize) -> Self {
        Self { least, most, unit: "bytes" }
    }

    /// Checks a `length` in this unit.
    ///
    /// # Errors
    /// What is wrong with it, in the words of [`wording`].
    pub fn judge(self, length: usize) -> Result<(), String> {
        match length {
            0 if self.least > 0 => Err(wording::EMPTY.to_owned()),
            short if short < self.least => Err(format!("is shorter than {} {}", self.least, self.unit)),
            long if long > self.most => Err(format!("is longer than {} {}", self.most, self.unit)),
            _ => Ok(()),
        }
    }
}

/// A text of `MIN` to `MAX` characters that anybody may see.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text<const MIN: usize, const MAX: usize>(String);

/// A secret text of `MIN` to `MAX` characters, which no response contains.
#[derive(Clone)]
pub struct SecretText<const MIN: usize, const MAX: usize>(Secret);

impl<const MIN: usize, const MAX: usize> Text<MIN, MAX> {
    /// A text that is known to fit.
    pub fn made(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<const MIN: usize, const MAX: usize> SecretText<MIN, MAX> {
    /// A text that is known to fit.
    pub fn made(text: &str) -> Self {
        Self(Secret::new(text))
    }

    /// The text itself.
    pub fn expose(&self) -> &str {
        self.0.expose_text().unwrap_or_default()
    }
}

/// A text that is known to fit.
impl<const MIN: usize, const MAX: usize> From<Secret> for SecretText<MIN, MAX> {
    fn from(secret: Secret) -> Self {
        Self(secret)
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
        judge(Length::characters(MIN, MAX), &text)?;
        Ok(Self(text))
    }
}

fn judge<E: serde::de::Error>(length: Length, text: &str) -> Result<(), E> {
    length.judge(text.chars().count()).map_err(json::complain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_length_says_what_is_wrong() {
        let name = Length::characters(4, 128);
        assert_eq!(name.judge(0).unwrap_err(), "is empty");
        assert_eq!(name.judge(3).unwrap_err(), "is shorter than 4 characters");
        assert_eq!(name.judge(129).unwrap_err(), "is longer than 128 characters");
        assert!(name.judge(4).is_ok() && name.judge(128).is_ok());
        assert_eq!(Length::bytes(0, 2).judge(3).unwrap_err(), "is longer than 2 bytes");
        assert!(Length::bytes(0, 2).judge(0).is_ok());
    }
}
