//! The configs of the sixteen types of credentials.
//!
//! Each type has one struct, both for what a post or a patch gives and for what is stored: all its fields can be
//! absent, and it knows which ones a credential must have. Serialized, it is what a response shows. Only
//! [`Config::secrets`] exposes its secrets.
//!
//! The config in a request goes through four steps, in this order:
//! 1. **Read**, [`Config::parse`]: before anything is looked up. Rejects fields that are not documented, fields that
//!    only Latchkey writes, and fields that contradict each other.
//! 2. **Prepare**, [`Config::prepare`]: makes the key that the request asks for. This happens nowhere else, once for
//!    each request, and after the checks: a post is whole, a patched credential is known to exist.
//! 3. **Merge**, [`Config::change`]: first removes the stored fields that the patch makes meaningless, then replaces
//!    the others that it gives. Repeated whenever the stored ones change meanwhile.
//! 4. **Complete**, [`Config::complete`]: fills in what follows from the fields. Then none may be missing.
//!
//! See `docs/decisions/keys-made-here.md`.

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

/// What a type adds to the steps of its config. Most types add nothing.
pub(crate) trait Rules: Fields {
    /// Read: rejects fields that contradict each other.
    ///
    /// # Errors
    /// [`Error::Invalid`].
    fn check(&mut self) -> Result<()> {
        Ok(())
    }

    /// The secret field that the request asks [`Rules::prepare`] to make.
    fn to_be_made(&self) -> Option<&'static str> {
        None
    }

    /// Prepare: makes that field.
    ///
    /// # Errors
    /// [`Error::Internal`], never in practice.
    fn prepare(&mut self) -> Result<()> {
        Ok(())
    }

    /// Merge: removes the fields that `newer` makes meaningless, before its own replace the others.
    fn remove_outdated(&mut self, _newer: &Self) {}

    /// Complete: fills in what the other fields determine.
    ///
    /// # Errors
    /// [`Error::Invalid`] if those cannot be used.
    fn complete(&mut self) -> Result<()> {
        Ok(())
    }
}

/// A config's key, the names of its public fields, and the names of its secret fields.
pub(crate) type ConfigFields = (&'static str, Vec<&'static str>, &'static [&'static str]);

/// Declares the types: the name of each, the key of its config, and the config's struct.
macro_rules! credential_types {
    ($($variant:ident $type:literal $key:literal: $config:ident;)*) => {
        latchkey::choice! {
            /// The type of a credential.
            pub enum CredentialType {
                $(#[doc = $type] $variant $type,)*
            }
        }

        impl CredentialType {
            /// The field that holds its config.
            pub fn key(self) -> &'static str {
                match self { $(Self::$variant => $key,)* }
            }

            /// The type whose config is in the field `key`.
            pub(crate) fn of_key(key: &str) -> Option<Self> {
                match key { $($key => Some(Self::$variant),)* _ => None }
            }

            /// The key of each type's config, with the names of the public fields that a request can give, and the
            /// names of the secret ones.
            pub(crate) fn fields() -> Vec<ConfigFields> {
                fn given<C: Fields>() -> Vec<&'static str> {
                    C::PUBLIC.iter().copied().filter(|name| !C::is_derived(name)).collect()
                }
                vec![$(($key, given::<$config>(), <$config as Fields>::SECRET),)*]
            }

            /// A config without any fields.
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
            /// The type of credential that this is a config of.
            pub fn r#type(&self) -> CredentialType {
                match self { $(Self::$variant(_) => CredentialType::$variant,)* }
            }

            fn check(&mut self) -> Result<()> {
                match self { $(Self::$variant(config) => config.check(),)* }
            }

            fn is_derived(&self, name: &str) -> bool {
                match self { $(Self::$variant(_) => <$config as Fields>::is_derived(name),)* }
            }

            /// The secret field that the request asks [`Config::prepare`] to make.
            pub(crate) fn to_be_made(&self) -> Option<&'static str> {
                match self { $(Self::$variant(config) => config.to_be_made(),)* }
            }

            /// Makes the key that the request asks for, if it asks for one. That takes long.
            ///
            /// # Errors
            /// [`Error::Internal`], never in practice.
            pub(crate) fn prepare(&mut self) -> Result<()> {
                match self { $(Self::$variant(config) => config.prepare(),)* }
            }

            /// Replaces fields with those that `newer` has.
            ///
            /// # Errors
            /// [`Error::Invalid`] if `newer` is the config of another type.
            fn merge(&mut self, newer: Self) -> Result<()> {
                let r#type = self.r#type();
                match (self, newer) {
                    $((Self::$variant(config), Self::$variant(newer)) => {
                        // First, because `overlay` keeps each field that `newer` lacks.
                        config.remove_outdated(&newer);
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

/// The secret fields of a config, in the clear. Only for what is stored.
pub(crate) struct Secrets<'a>(&'a Config);

impl Config {
    /// Parses the config of `type` in a request, which may lack fields.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a field that it does not have, or whose value has another type; [`Error::Invalid`]
    /// for fields that contradict each other.
    pub(crate) fn parse(r#type: CredentialType, json: &RawValue) -> Result<Self> {
        let mut config = r#type.empty_config();
        config.set_fields(json, Config::is_derived)?;
        config.check()?;
        Ok(config)
    }

    /// Parses the stored config of `type`: `public` is its serialized form, [`Config::secrets`] wrote `secrets`.
    ///
    /// # Errors
    /// Those of [`Config::parse`], if Latchkey does not write such values.
    pub(crate) fn parse_stored(
        r#type: CredentialType,
        public: &RawValue,
        secrets: &RawValue,
    ) -> Result<Self> {
        let mut config = r#type.empty_config();
        // Derived fields are accepted here: Latchkey itself wrote them.
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

    /// Replaces it with `newer` if that is whole, else merges the two.
    ///
    /// # Errors
    /// [`Error::Invalid`] if `newer` is merged and of another type.
    pub(crate) fn change(&mut self, newer: Self, is_whole: bool) -> Result<()> {
        if !is_whole {
            return self.merge(newer);
        }
        *self = newer;
        Ok(())
    }

    /// Fills in what follows from the fields, and checks that none is missing.
    ///
    /// # Errors
    /// [`Error::Invalid`] if one is missing or cannot be used.
    pub(crate) fn complete(&mut self) -> Result<()> {
        self.fill_in()?;
        self.reject_missing(None)
    }

    /// Checks that it could be completed once it is prepared.
    ///
    /// # Errors
    /// Those of [`Config::complete`].
    pub(crate) fn foresee(mut self) -> Result<()> {
        // Before `fill_in`, which uses up the flag that asks for a key.
        let made = self.to_be_made();
        self.fill_in()?;
        self.reject_missing(made)
    }

    /// Checks that no field is missing, except perhaps `made`.
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
