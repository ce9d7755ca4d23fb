//! How a config is declared.

use latchkey::Result;
use latchkey::field::FieldValue;
use serde::ser::SerializeMap;
use serde_json::value::RawValue;

/// What every config can do, whatever its fields are.
pub(crate) trait Fields: Sized {
    /// The JSON names of the fields that responses show.
    const PUBLIC: &'static [&'static str];
    /// The JSON names of the fields that responses never show.
    const SECRET: &'static [&'static str];

    /// Whether only Latchkey writes the field `name`.
    fn is_derived(name: &str) -> bool;

    /// Sets the field `name`, which is at `path`, to `value`. False if there is no such field.
    ///
    /// # Errors
    /// [`Error::Malformed`](latchkey::Error) if the field does not accept the value.
    fn set(&mut self, name: &str, path: &str, value: &RawValue) -> Result<bool>;

    /// Replaces fields with those that `newer` has.
    fn overlay(&mut self, newer: Self);

    /// The first field that a credential must have and that is missing here.
    fn missing(&self) -> Option<&'static str>;

    /// Writes the secret fields, in the clear.
    fn secrets<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// Parses the value of a field, which can be absent, but not null.
pub(crate) fn set<T: FieldValue>(field: &mut Option<T>, path: &str, value: &RawValue) -> Result<()> {
    *field = Some(T::parse(path, value)?);
    Ok(())
}

/// What the word after a field means: a credential must have a `required` field, and only Latchkey writes a `derived`
/// one. There are no other words.
macro_rules! word {
    (is_derived) => {
        false
    };
    (is_derived required) => {
        false
    };
    (is_derived derived) => {
        true
    };
    (is_required) => {
        false
    };
    (is_required required) => {
        true
    };
    (is_required derived) => {
        false
    };
}

/// Declares a config. Each field has its JSON name, its type with its limits, and perhaps a [`word!`]. Serialized, a
/// config shows only its public fields.
macro_rules! config {
    (
        $(#[$doc:meta])*
        $name:ident {
            public { $($public:ident $public_json:literal: $public_type:ty $(, $public_word:ident)?;)* }
            secret { $($secret:ident $secret_json:literal: $secret_type:ty $(, $secret_word:ident)?;)* }
        }
    ) => {
        $(#[$doc])*
        #[derive(Clone, Debug, Default, serde::Serialize)]
        pub struct $name {
            $(#[serde(rename = $public_json, skip_serializing_if = "Option::is_none")]
            pub(crate) $public: Option<$public_type>,)*
            $(#[serde(skip)]
            pub(crate) $secret: Option<$secret_type>,)*
        }

        impl crate::config::Fields for $name {
            const PUBLIC: &'static [&'static str] = &[$($public_json,)*];
            const SECRET: &'static [&'static str] = &[$($secret_json,)*];

            fn is_derived(name: &str) -> bool {
                match name {
                    $($public_json => word!(is_derived $($public_word)?),)*
                    _ => false,
                }
            }

            fn set(
                &mut self,
                name: &str,
                path: &str,
                value: &serde_json::value::RawValue,
            ) -> latchkey::Result<bool> {
                match name {
                    $($public_json => crate::config::fields::set(&mut self.$public, path, value)?,)*
                    $($secret_json => crate::config::fields::set(&mut self.$secret, path, value)?,)*
                    _ => return Ok(false),
                }
                Ok(true)
            }

            fn overlay(&mut self, newer: Self) {
                $(self.$public = newer.$public.or(self.$public.take());)*
                $(self.$secret = newer.$secret.or(self.$secret.take());)*
            }

            fn missing(&self) -> Option<&'static str> {
                $(if word!(is_required $($public_word)?) && self.$public.is_none() {
                    return Some($public_json);
                })*
                $(if word!(is_required $($secret_word)?) && self.$secret.is_none() {
                    return Some($secret_json);
                })*
                None
            }

            fn secrets<M: serde::ser::SerializeMap>(&self, _map: &mut M) -> Result<(), M::Error> {
                $(if let Some(secret) = &self.$secret { _map.serialize_entry($secret_json, secret.expose())?; })*
                Ok(())
            }
        }
    };
}

#[cfg(test)]
mod tests {
    use latchkey::text::{SecretText, Text};

    use super::*;

    config! {
        /// Fields with each word, and without one.
        #[allow(unreachable_pub)]
        WordsConfig {
            public {
                must "must": Text<0, 9>, required;
                can "can": Text<0, 9>;
                follows "follows": Text<0, 9>, derived;
            }
            secret {
                secret "secret": SecretText<0, 9>, required;
                other "other": SecretText<0, 9>;
            }
        }
    }

    #[test]
    fn a_required_field_can_be_missing_and_a_derived_one_is_known() {
        let derived: Vec<_> =
            WordsConfig::PUBLIC.iter().filter(|name| WordsConfig::is_derived(name)).collect();
        assert_eq!(derived, [&"follows"]);
        assert!(!WordsConfig::is_derived("secret") && !WordsConfig::is_derived("else"));

        let mut config = WordsConfig::default();
        assert_eq!(config.missing(), Some("must"));
        config.must = Some(Text::made(""));
        assert_eq!(config.missing(), Some("secret"));
        config.secret = Some(SecretText::made(""));
        assert_eq!(config.missing(), None);
    }
}
