//! How a config is declared.

use latchkey::Result;
use latchkey::field::FieldValue;
use serde::ser::SerializeMap;
use serde_json::value::RawValue;

/// What every config can do, whatever its fields are.
pub(crate) trait Fields: Sized {
    /// The names in JSON of the fields that everybody may see.
    const PUBLIC: &'static [&'static str];
    /// The names in JSON of the fields that never come back.
    const SECRET: &'static [&'static str];

    /// Whether the field `name` is one that only Latchkey writes.
    fn is_derived(name: &str) -> bool;

    /// Takes up `value` for the field `name`, which stands at `path`. False where there is no such field.
    ///
    /// # Errors
    /// [`Error::Malformed`](latchkey::Error) where the field takes no such value.
    fn set(&mut self, name: &str, path: &str, value: &RawValue) -> Result<bool>;

    /// Puts the fields that `newer` has in the place of these.
    fn overlay(&mut self, newer: Self);

    /// The first field that a credential must have and this has not.
    fn missing(&self) -> Option<&'static str>;

    /// Writes the secret fields, in the clear.
    fn secrets<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
}

/// Reads a field that may be absent, but not null.
pub(crate) fn set<T: FieldValue>(field: &mut Option<T>, path: &str, value: &RawValue) -> Result<()> {
    *field = Some(T::parse(path, value)?);
    Ok(())
}

/// What the word after a field means: of `required` that a credential must have the field, of `derived` that only
/// Latchkey writes it. Any other is no word.
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

/// Declares a config: each field with its name in JSON, its type, which holds its limits, and perhaps a [`word!`].
/// Serialized, it shows the public fields alone.
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
        /// One field for each word, and for none.
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
    fn a_word_means_what_it_says() {
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
