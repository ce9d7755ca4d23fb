//! Fields of a JSON object that are read one by one. Texts differ only in their limits, and this way no deserializer is
//! compiled for each of them.

use serde_json::value::RawValue;

use crate::choice::Choice;
use crate::error::{Error, Result};
use crate::json;
use crate::secret::Secret;
use crate::text::{Length, SecretText, Text};

/// What a field can hold.
pub trait FieldValue: Sized {
    /// Reads the value in `json`, which is at `path`.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is not such a value. The error names the place, never the value.
    fn parse(path: &str, json: &RawValue) -> Result<Self>;
}

impl FieldValue for bool {
    fn parse(path: &str, json: &RawValue) -> Result<Self> {
        json::parse_field(path, json)
    }
}

impl<const MIN: usize, const MAX: usize> FieldValue for Text<MIN, MAX> {
    fn parse(path: &str, json: &RawValue) -> Result<Self> {
        let text = text(path, json)?;
        judge(path, Length::characters(MIN, MAX), &text)?;
        Ok(Self::made(text))
    }
}

impl<const MIN: usize, const MAX: usize> FieldValue for SecretText<MIN, MAX> {
    fn parse(path: &str, json: &RawValue) -> Result<Self> {
        let secret: Secret = json::parse_field(path, json)?;
        judge(path, Length::characters(MIN, MAX), secret.expose_text().unwrap_or_default())?;
        Ok(secret.into())
    }
}

impl<T: Choice> FieldValue for T {
    fn parse(path: &str, json: &RawValue) -> Result<Self> {
        T::parse(&text(path, json)?).map_err(|words| Error::malformed(path, words))
    }
}

fn text(path: &str, json: &RawValue) -> Result<String> {
    json::parse_field(path, json)
}

fn judge(path: &str, length: Length, text: &str) -> Result<()> {
    length.judge(text.chars().count()).map_err(|words| Error::malformed(path, words))
}
