//! What the fifteen types of credentials consist of.
//!
//! One struct for each type serves as what a post or a patch gives, and as what is stored: all its fields
//! can be absent, and it knows which a credential must have. Serialized, it is what an answer shows;
//! secrets leave it by way of [`Config::secrets`] alone.

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

use latchkey::json::Object;
use latchkey::{Error, Result};
use serde::de::Deserializer;
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

/// Declares the types: their names, where their configs stand, and what those are.
macro_rules! credential_types {
    ($($variant:ident $type:literal $key:literal $field:ident: $config:ident;)*) => {
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
        }

        /// The config of a credential.
        #[derive(Clone, Debug, Serialize, Deserialize)]
        pub enum Config {
            $(#[doc = $key] #[serde(rename = $key)] $variant($config),)*
        }

        /// What a post or a patch says, as far as its form is right.
        #[derive(Debug, Default, Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct Input {
            #[serde(deserialize_with = "given")]
            pub(crate) name: Option<Text<1, 255>>,
            #[serde(deserialize_with = "given")]
            pub(crate) description: Option<Text<0, 32_767>>,
            #[serde(deserialize_with = "given")]
            pub(crate) enabled: Option<bool>,
            #[serde(deserialize_with = "given")]
            pub(crate) r#type: Option<CredentialType>,
            $(#[serde(rename = $key, deserialize_with = "given_object")] $field: Option<$config>,)*
        }

        impl Input {
            /// The configs that were given.
            pub(crate) fn configs(&mut self) -> Vec<Config> {
                let mut configs = Vec::new();
                $(configs.extend(self.$field.take().map(Config::$variant));)*
                configs
            }
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

            /// Takes up secret fields that were written by [`Config::secrets`].
            ///
            /// # Errors
            /// Only where they were not.
            pub(crate) fn reveal(&mut self, secrets: &RawValue) -> serde_json::Result<()> {
                match self { $(Self::$variant(config) => {
                    config.overlay(serde_json::from_str(secrets.get())?);
                    Ok(())
                })* }
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
    Aws "aws" "awsConfig" aws: AwsConfig;
    Azure "azure" "azureConfig" azure: AzureConfig;
    Gcp "gcp" "gcpConfig" gcp: GcpConfig;
    Http "http" "httpConfig" http: HttpConfig;
    Sendgrid "sendgrid" "sendgridConfig" sendgrid: SendgridConfig;
    Twilio "twilio" "twilioConfig" twilio: TwilioConfig;
    Loggly "loggly" "logglyConfig" loggly: LogglyConfig;
    Jwt "jwt" "jwtConfig" jwt: JwtConfig;
    Whatsapp "whatsapp" "whatsappConfig" whatsapp: WhatsappConfig;
    Sql "sql" "sqlConfig" sql: SqlConfig;
    Mongodb "mongodb" "mongodbConfig" mongodb: MongodbConfig;
    Mailgun "mailgun" "mailgunConfig" mailgun: MailgunConfig;
    Snowflake "snowflake" "snowflakeConfig" snowflake: SnowflakeConfig;
    Git "git" "gitConfig" git: GitConfig;
    Datadog "datadog" "datadogConfig" datadog: DatadogConfig;
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
    /// The secret fields.
    pub(crate) fn secrets(&self) -> Secrets<'_> {
        Secrets(self)
    }
}

/// As [`given`], for what consists of fields.
fn given_object<'de, T: Deserialize<'de>, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<T>, D::Error> {
    Object::deserialize(deserializer).map(|Object(config)| Some(config))
}

/// A field that may be absent, but not null.
fn given<'de, T: Deserialize<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<Option<T>, D::Error> {
    T::deserialize(deserializer).map(Some)
}
