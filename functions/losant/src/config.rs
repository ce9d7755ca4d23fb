//! What the fifteen types of credentials consist of.
//!
//! One struct for each type serves as what a post or a patch gives, and as what is stored: all its fields
//! can be absent, and it knows which a credential must have. [`Config::read`] reads all of them. Serialized,
//! it is what an answer shows; secrets leave it by way of [`Config::secrets`] alone.

#[macro_use]
mod fields;
mod gcp;
mod git;
mod http;
mod keys;
mod snowflake;
mod sql;
mod text;
mod types;

use latchkey::json::{self, Object};
use latchkey::{Error, Result};
use serde::ser::{SerializeMap as _, Serializer};
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

pub(crate) use fields::Fields;
pub(crate) use text::{SecretText, Text};
pub use types::*;

/// What follows from the fields of a config. Most have nothing of the kind.
pub(crate) trait Rules: Fields {
    /// The field that only Latchkey writes, where it is given all the same.
    fn derived(&self) -> Option<&'static str> {
        None
    }

    /// What takes long, done before the credential is read: making keys.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the fields contradict each other or cannot be used.
    fn prepare(&mut self) -> Result<()> {
        Ok(())
    }

    /// Removes what `newer` makes meaningless, before its fields take the place of these.
    fn make_way(&mut self, _newer: &Self) {}

    /// Fills in what the other fields determine.
    ///
    /// # Errors
    /// [`Error::Invalid`] where they cannot be used.
    fn complete(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A config's key, and the names of its public and of its secret fields.
pub(crate) type ConfigFields = (&'static str, &'static [&'static str], &'static [&'static str]);

/// Declares the types: their names, where their configs stand, and what those are.
macro_rules! credential_types {
    ($($variant:ident $type:literal $key:literal: $config:ident;)*) => {
        /// The type of a credential.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
        pub enum CredentialType {
            $(#[doc = $type] #[serde(rename = $type)] $variant,)*
        }

        impl CredentialType {
            /// What a request calls it.
            pub fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $type,)* }
            }

            /// Where its config stands.
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// The type whose config stands at `key`.
            pub(crate) fn of_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)* _ => None }
            }

            /// Where the config of each type stands, with the names of its public fields, and those of its secret ones.
            pub(crate) fn fields() -> Vec<ConfigFields> {
                vec![$(($key, <$config as Fields>::PUBLIC, <$config as Fields>::SECRET),)*]
            }

            /// A config without any field.
            fn empty_config(self) -> Config {
                match self { $(Self::$variant => Config::$variant(Default::default()),)* }
            }
        }

        /// The config of a credential.
        #[derive(Clone, Debug, Serialize)]
        pub enum Config {
            $(#[doc = $key] #[serde(rename = $key)] $variant($config),)*
        }

        impl Config {
            /// The type that it is a config of.
            pub fn r#type(&self) -> CredentialType {
                match self { $(Self::$variant(_) => CredentialType::$variant,)* }
            }

            /// # Errors
            /// [`Error::Malformed`] for a field that only Latchkey writes, [`Error::Invalid`] for fields
            /// that contradict each other or cannot be used.
            pub(crate) fn prepare(&mut self) -> Result<()> {
                match self { $(Self::$variant(config) => {
                    if let Some(field) = config.derived() {
                        return Err(Error::malformed(format!("{}.{field}", $key), "is not a documented field"));
                    }
                    config.prepare()
                })* }
            }

            /// Puts the fields that `newer` has in the place of these.
            ///
            /// # Errors
            /// [`Error::Invalid`] where it is the config of another type.
            pub(crate) fn change(&mut self, newer: Self) -> Result<()> {
                let r#type = self.r#type();
                match (self, newer) {
                    $((Self::$variant(config), Self::$variant(newer)) => {
                        config.make_way(&newer);
                        config.overlay(newer);
                        Ok(())
                    })*
                    (_, newer) => Err(r#type.refuse(&newer)),
                }
            }

            /// Fills in what follows from the fields, and makes sure that none is missing.
            ///
            /// # Errors
            /// [`Error::Invalid`] where one is, or cannot be used.
            pub(crate) fn complete(&mut self) -> Result<()> {
                match self { $(Self::$variant(config) => {
                    config.complete()?;
                    match config.missing() {
                        Some(field) => Err(Error::invalid(format!("{}.{field}", $key), "is missing")),
                        None => Ok(()),
                    }
                })* }
            }

            fn set(&mut self, name: &str, path: &str, value: &RawValue) -> Result<bool> {
                match self { $(Self::$variant(config) => config.set(name, path, value),)* }
            }
        }

        impl Serialize for Secrets<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                let mut map = serializer.serialize_map(None)?;
                match self.0 { $(Config::$variant(config) => config.secrets(&mut map)?,)* }
                map.end()
            }
        }
    };
}

credential_types! {
    Aws "aws" "awsConfig": AwsConfig;
    Azure "azure" "azureConfig": AzureConfig;
    Gcp "gcp" "gcpConfig": GcpConfig;
    Http "http" "httpConfig": HttpConfig;
    Sendgrid "sendgrid" "sendgridConfig": SendgridConfig;
    Twilio "twilio" "twilioConfig": TwilioConfig;
    Loggly "loggly" "logglyConfig": LogglyConfig;
    Jwt "jwt" "jwtConfig": JwtConfig;
    Whatsapp "whatsapp" "whatsappConfig": WhatsappConfig;
    Sql "sql" "sqlConfig": SqlConfig;
    Mongodb "mongodb" "mongodbConfig": MongodbConfig;
    Mailgun "mailgun" "mailgunConfig": MailgunConfig;
    Snowflake "snowflake" "snowflakeConfig": SnowflakeConfig;
    Git "git" "gitConfig": GitConfig;
    Datadog "datadog" "datadogConfig": DatadogConfig;
}

impl CredentialType {
    /// The error for a config of another type.
    pub(crate) fn refuse(self, config: &Config) -> Error {
        let fault = format!("is not for a credential of type {}", self.as_str());
        Error::invalid(config.r#type().key(), fault)
    }
}

/// The secret fields of a config, in the clear: for what is stored, and nothing else.
pub(crate) struct Secrets<'a>(&'a Config);

impl Config {
    /// The config of `type` that `json` holds, which may lack fields.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is none of its fields, or not of a field's type.
    pub(crate) fn read(r#type: CredentialType, json: &RawValue) -> Result<Self> {
        let mut config = r#type.empty_config();
        config.take_up(json)?;
        Ok(config)
    }

    /// Puts the fields that `json` holds in the place of these: with what [`Config::secrets`] wrote, it is
    /// whole again.
    ///
    /// # Errors
    /// As [`Config::read`].
    pub(crate) fn take_up(&mut self, json: &RawValue) -> Result<()> {
        let key = self.r#type().key();
        let Object(fields) = json::from_field::<Object<json::Fields<'_>>>(key, json)?;
        for (name, value) in fields {
            if !self.set(&name, &format!("{key}.{name}"), value)? {
                return Err(json::undocumented_field(key));
            }
        }
        Ok(())
    }

    /// The secret fields.
    pub(crate) fn secrets(&self) -> Secrets<'_> {
        Secrets(self)
    }
}
