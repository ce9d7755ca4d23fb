//! Google Cloud: a service account's key file.

use std::collections::BTreeMap;

use latchkey::{Error, Result};
use serde_json::value::RawValue;

use super::{Rules, SecretText, Text};

config! {
    /// Google Cloud.
    GcpConfig {
        public {
            key_meta_json "keyMetaJson": Text<1, 8_192>, derived;
        }
        secret {
            key_json "keyJson": SecretText<1, 8_192>, required;
        }
    }
}

impl Rules for GcpConfig {
    fn remove_outdated(&mut self, newer: &Self) {
        if newer.key_json.is_some() {
            self.key_meta_json = None;
        }
    }

    /// Fills in the key file without its key. Values are copied as they are written, so the result is never longer.
    fn complete(&mut self) -> Result<()> {
        let (None, Some(key_json)) = (&self.key_meta_json, &self.key_json) else { return Ok(()) };
        let fields: serde_json::Result<BTreeMap<String, Box<RawValue>>> =
            serde_json::from_str(key_json.expose());
        let meta = fields.and_then(|mut fields| {
            fields.remove("private_key");
            serde_json::to_string(&fields)
        });
        let meta = meta.map_err(|_| {
            Error::invalid("gcpConfig.keyJson", "must be the JSON object of a service account's key file")
        })?;
        self.key_meta_json = Some(Text::made(meta));
        Ok(())
    }
}
