//! How a config is declared.

use latchkey::{Result, json};
use serde::de::DeserializeOwned;
use serde::ser::SerializeMap;
use serde_json::value::RawValue;

/// What every config can do, whatever its fields are.
pub(crate) trait Fields: Sized {
    /// The names in JSON of the fields that everybody may see.
    const PUBLIC: &'static [&'static str];
    /// The names in JSON of the fields that never come back.
    const SECRET: &'static [&'static str];

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

/// Reads a field that may be absent, but not null. Its type is all that is compiled anew for each field: a
/// (de)serializer for each config would be a tenth of the package.
pub(crate) fn set<T: DeserializeOwned>(field: &mut Option<T>, path: &str, value: &RawValue) -> Result<()> {
    *field = Some(json::from_field(path, value)?);
    Ok(())
}

/// Declares a config: each field with its name in JSON and its type, which holds its limits, and whether a
/// credential must have it. Serialized, it shows the public fields alone.
macro_rules! config {
    (
        $(#[$doc:meta])*
        $name:ident {
            public { $($public:ident $public_json:literal: $public_type:ty $(, $public_must:ident)?;)* }
            secret { $($secret:ident $secret_json:literal: $secret_type:ty $(, $secret_must:ident)?;)* }
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
                $($(
                    let $public_must = self.$public.is_some();
                    if !$public_must { return Some($public_json); }
                )?)*
                $($(
                    let $secret_must = self.$secret.is_some();
                    if !$secret_must { return Some($secret_json); }
                )?)*
                None
            }

            fn secrets<M: serde::ser::SerializeMap>(&self, _map: &mut M) -> Result<(), M::Error> {
                $(if let Some(secret) = &self.$secret { _map.serialize_entry($secret_json, secret.expose())?; })*
                Ok(())
            }
        }
    };
}
