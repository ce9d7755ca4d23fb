//! How a config is declared.

use serde::ser::SerializeMap;

/// What every config can do, whatever its fields are.
pub(crate) trait Fields: Sized {
    /// Puts the fields that `newer` has in the place of these.
    fn overlay(&mut self, newer: Self);

    /// The first field that a credential must have and this has not.
    fn missing(&self) -> Option<&'static str>;

    /// Writes the secret fields, in the clear.
    fn secrets<M: SerializeMap>(&self, map: &mut M) -> Result<(), M::Error>;
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
        #[derive(Clone, Debug, Default, serde::Serialize, serde::Deserialize)]
        #[serde(default, deny_unknown_fields)]
        pub struct $name {
            $(#[serde(
                rename = $public_json,
                deserialize_with = "crate::config::given",
                skip_serializing_if = "Option::is_none"
            )]
            pub(crate) $public: Option<$public_type>,)*
            $(#[serde(rename = $secret_json, deserialize_with = "crate::config::given", skip_serializing)]
            pub(crate) $secret: Option<$secret_type>,)*
        }

        impl crate::config::Fields for $name {
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
