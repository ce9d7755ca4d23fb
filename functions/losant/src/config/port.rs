//! Ports.

use latchkey::field::FieldValue;
use latchkey::{Error, Result};
use serde::{Serialize, Serializer};
use serde_json::value::RawValue;

/// A port, or null for the usual one. In JSON Schema, `5432.0` is an integer, too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Port(pub(crate) Option<u16>);

impl Serialize for Port {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(serializer)
    }
}

impl FieldValue for Port {
    fn parse(path: &str, json: &RawValue) -> Result<Self> {
        let rejected = || Error::malformed(path, "must be a whole number from 1 to 65535, or null");
        let number: Option<f64> = serde_json::from_str(json.get()).map_err(|_| rejected())?;
        let Some(number) = number else { return Ok(Self(None)) };
        // Rust prints a whole `f64` without a decimal point.
        match number.to_string().parse() {
            Ok(port) if port > 0 => Ok(Self(Some(port))),
            _ => Err(rejected()),
        }
    }
}
