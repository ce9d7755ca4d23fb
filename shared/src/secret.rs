//! Secret bytes: never printed, compared in constant time, wiped on drop.

use std::fmt;
use std::io::{self, Write};

use serde::{Deserialize, Deserializer, Serialize};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Bytes that must not reach a log, an error, a list or a panic message.
///
/// There is no `Display`, no `Serialize` and no `PartialEq`; `Debug` prints a placeholder. Code that needs the bytes
/// says so with [`Secret::expose`].
#[derive(Clone)]
pub struct Secret(Zeroizing<Vec<u8>>);

impl Secret {
    /// Takes ownership of bytes; the memory is wiped when the secret is dropped.
    pub fn new(bytes: impl Into<Vec<u8>>) -> Self {
        Self(Zeroizing::new(bytes.into()))
    }

    /// The JSON of `value`, which contains secrets. It is measured first, and then written into memory of exactly that
    /// size: memory that grows leaves copies behind, which nobody wipes.
    ///
    /// # Errors
    /// [`Error::Internal`] if `value` is not JSON at all.
    pub fn json(value: &impl Serialize) -> Result<Self> {
        let unwritable = |_| Error::internal("a value with secrets cannot be written as JSON");
        let mut length = Length(0);
        serde_json::to_writer(&mut length, value).map_err(unwritable)?;
        let mut json = Zeroizing::new(Vec::with_capacity(length.0));
        serde_json::to_writer(&mut *json, value).map_err(unwritable)?;
        Ok(Self(json))
    }

    /// The bytes themselves. Every call is a place where a secret can leak: keep them few.
    pub fn expose(&self) -> &[u8] {
        &self.0
    }

    /// The secret as text, if it is valid UTF-8.
    pub fn expose_text(&self) -> Option<&str> {
        std::str::from_utf8(&self.0).ok()
    }

    /// Length in bytes.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are no bytes at all.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Whether both have the same bytes, in a time that depends only on the lengths.
    pub fn matches(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

/// Counts what is written.
struct Length(usize);

impl Write for Length {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0 += bytes.len();
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("[secret]")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::new(text.into_bytes()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn debug_shows_nothing_of_the_value() {
        let secret = Secret::new("hunter2");
        assert_eq!(format!("{secret:?} {:?}", Some(&secret)), "[secret] Some([secret])");
    }

    #[test]
    fn json_is_written_without_growing() {
        let values = vec!["hunter2"; 100];
        let secret = Secret::json(&values).unwrap();
        assert_eq!(secret.expose(), serde_json::to_vec(&values).unwrap());
        assert_eq!(secret.0.capacity(), secret.len());
    }

    #[test]
    fn matches_compares_the_bytes() {
        assert!(Secret::new("a").matches(&Secret::new("a")));
        assert!(!Secret::new("a").matches(&Secret::new("b")));
        assert!(!Secret::new("a").matches(&Secret::new("aa")));
    }

    #[test]
    fn only_utf8_is_text() {
        assert_eq!(Secret::new("ü").expose_text(), Some("ü"));
        assert_eq!(Secret::new([0xff, 0xfe]).expose_text(), None);
    }
}
