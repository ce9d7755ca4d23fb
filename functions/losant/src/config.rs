//! What the sixteen types of credentials consist of.
//!
//! One struct for each type serves as what a post or a patch gives, and as what is stored: all its fields
//! can be absent, and it knows which a credential must have. Serialized, it is what an answer shows; secrets leave it by
//! way of [`Config::secrets`] alone.
//!
//! The life of what a request gives, in this order:
//! 1. **Read**, [`Config::parse`]: before anything is looked up. What is not documented, what only Latchkey writes, and
//!    what contradicts itself is rejected.
//! 2. **Prepare**, [`Config::prepare`]: the keys that are asked for are made. Nowhere else, once for each request, and
//!    after the checks: a post is whole, a patched credential is known to exist.
//! 3. **Merge**, [`Config::change`]: a patch's fields take the places of those that are stored, after what they make
//!    meaningless is gone. As often as the stored ones change meanwhile.
//! 4. **Complete**, [`Config::complete`]: what follows from the fields is filled in, and none may be missing.

#[macro_use]
mod fields;
mod certificate;
mod gcp;
mod git;
mod http;
mod keys;
mod port;
mod snowflake;
mod sql;
mod types;
mod x509;

use latchkey::json::{self, Object};
use latchkey::text::{SecretText, Text};
use latchkey::{Error, Result, wording};
use serde::Serialize;
use serde::ser::{SerializeMap as _, Serializer};
use serde_json::value::RawValue;

pub(crate) use fields::Fields;
pub use types::*;

/// What a type adds to the life of its config. Most add nothing.
pub(crate) trait Rules: Fields {
    /// Read: rejects what contradicts itself.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    fn check(&mut self) -> Result<()> {
        Ok(())
    }

    /// The secret field that [`Rules::prepare`] is asked to make.
    fn to_be_made(&self) -> Option<&'static str> {
        None
    }

    /// Prepare: makes it.
    ///
    /// # Errors
    /// [`Error::Internal`], never in practice.
    fn prepare(&mut self) -> Result<()> {
        Ok(())
    }

    /// Merge: removes what `newer` makes meaningless, before its fields take the places of these.
    fn make_way(&mut self, _newer: &Self) {}

    /// Complete: fills in what the other fields determine.
    ///
    /// # Errors
    /// [`Error::Invalid`] where they cannot be used.
    fn complete(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A config's key, and the names of its public and of its secret fields.
pub(crate) type ConfigFields = (&'static str, Vec<&'static str>, &'static [&'static str]);

/// Declares the types: their names, where their configs stand, and what those are.
macro_rules! credential_types {
    ($($variant:ident $type:literal $key:literal: $config:ident;)*) => {
        latchkey::choice! {
            /// The type of a credential.
            pub enum CredentialType {
                $(#[doc = $type] $variant $type,)*
            }
        }

        impl CredentialType {
            /// Where its config stands.
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// The type whose config stands at `key`.
            pub(crate) fn of_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)* _ => None }
            }

            /// Where the config of each type stands, with the names of the public fields that a request can give, and
            /// those of its secret ones.
            pub(crate) fn fields() -> Vec<ConfigFields> {
                fn given<C: Fields>() -> Vec<&'static str> {
                    C::PUBLIC.iter().copied().filter(|name| !C::is_derived(name)).collect()
                }
                vec![$(($key, given::<$config>(), <$config as Fields>::SECRET),)*]
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

            fn check(&mut self) -> Result<()> {
                match self { $(Self::$variant(config) => config.check(),)* }
            }

            fn is_derived(&self, name: &str) -> bool {
                match self { $(Self::$variant(_) => <$config as Fields>::is_derived(name),)* }
            }

            /// The secret field that [`Config::prepare`] is asked to make.
            pub(crate) fn to_be_made(&self) -> Option<&'static str> {
                match self { $(Self::$variant(config) => config.to_be_made(),)* }
            }

            /// Makes the key that is asked for, if one is: that takes long.
            ///
            /// # Errors
            /// [`Error::Internal`], never in practice.
            pub(crate) fn prepare(&mut self) -> Result<()> {
                match self { $(Self::$variant(config) => config.prepare(),)* }
            }

            /// Puts the fields that `newer` has in the places of these.
            ///
            /// # Errors
            /// [`Error::Invalid`] where it is the config of another type.
            fn merge(&mut self, newer: Self) -> Result<()> {
                let r#type = self.r#type();
                match (self, newer) {
                    $((Self::$variant(config), Self::$variant(newer)) => {
                        config.make_way(&newer);
                        config.overlay(newer);
                        Ok(())
                    })*
                    (_, newer) => Err(r#type.reject(&newer)),
                }
            }

            fn fill_in(&mut self) -> Result<()> {
                match self { $(Self::$variant(config) => config.complete(),)* }
            }

            fn missing(&self) -> Option<&'static str> {
                match self { $(Self::$variant(config) => config.missing(),)* }
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
    CertificateKeyPair "certificateKeyPair" "certificateKeyPairConfig": CertificateKeyPairConfig;
}

impl CredentialType {
    /// The error for a config of another type.
    pub(crate) fn reject(self, config: &Config) -> Error {
        let fault = format!("is not for a credential of type {}", self.as_str());
        Error::invalid(config.r#type().key(), fault)
    }
}

/// The secret fields of a config, in the clear: for what is stored, and nothing else.
pub(crate) struct Secrets<'a>(&'a Config);

impl Config {
    /// The config of `type` that a request gives as `json`, which may lack fields.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is none of its fields, or not of a field's type; [`Error::Invalid`] for fields that
    /// contradict each other.
    pub(crate) fn parse(r#type: CredentialType, json: &RawValue) -> Result<Self> {
        let mut config = r#type.empty_config();
        config.set_fields(json, Config::is_derived)?;
        config.check()?;
        Ok(config)
    }

    /// The config of `type` that was written as `public`, and its secret fields, which [`Config::secrets`] wrote.
    ///
    /// # Errors
    /// As [`Config::parse`], where Latchkey wrote neither.
    pub(crate) fn parse_stored(
        r#type: CredentialType,
        public: &RawValue,
        secrets: &RawValue,
    ) -> Result<Self> {
        let mut config = r#type.empty_config();
        config.set_fields(public, |_, _| false)?;
        config.set_fields(secrets, |_, _| false)?;
        Ok(config)
    }

    fn set_fields(&mut self, json: &RawValue, is_rejected: impl Fn(&Self, &str) -> bool) -> Result<()> {
        let key = self.r#type().key();
        let Object(fields) = json::parse_field::<Object<json::Fields<'_>>>(key, json)?;
        for (name, value) in fields {
            let is_known = !is_rejected(self, &name) && self.set(&name, &format!("{key}.{name}"), value)?;
            if !is_known {
                return Err(json::undocumented_field(key, &name).into());
            }
        }
        Ok(())
    }

    /// Changes it by `newer`: into that where it is whole, else into both merged.
    ///
    /// # Errors
    /// [`Error::Invalid`] where that is of another type.
    pub(crate) fn change(&mut self, newer: Self, is_whole: bool) -> Result<()> {
        if !is_whole {
            return self.merge(newer);
        }
        *self = newer;
        Ok(())
    }

    /// Fills in what follows from the fields, and makes sure that none is missing.
    ///
    /// # Errors
    /// [`Error::Invalid`] where one is, or cannot be used.
    pub(crate) fn complete(&mut self) -> Result<()> {
        self.fill_in()?;
        self.reject_missing(None)
    }

    /// Whether it could be completed once it is prepared.
    ///
    /// # Errors
    /// As [`Config::complete`].
    pub(crate) fn foresee(mut self) -> Result<()> {
        let made = self.to_be_made();
        self.fill_in()?;
        self.reject_missing(made)
    }

    /// Makes sure that it lacks no field but perhaps `made`.
    fn reject_missing(&self, made: Option<&str>) -> Result<()> {
        match self.missing() {
            Some(field) if made != Some(field) => {
                Err(Error::invalid(format!("{}.{field}", self.r#type().key()), wording::MISSING))
            }
            _ => Ok(()),
        }
    }

    /// The secret fields.
    pub(crate) fn secrets(&self) -> Secrets<'_> {
        Secrets(self)
    }
}
