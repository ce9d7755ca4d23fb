//! The three clouds, and the fields of a credential for each.

use std::collections::BTreeMap;

use latchkey::text::Length;
use latchkey::{Error, Result, Secret, wording};
use serde::ser::Error as _;
use serde::{Deserialize, Serialize, Serializer};

latchkey::choice! {
    /// A cloud, which is the `type` of a credential.
    pub(crate) enum Provider {
        /// Amazon Web Services.
        Aws "aws",
        /// Microsoft Azure.
        Azure "azure",
        /// Google Cloud. The documentation has `gap` in one place, a slip that clients may have copied.
        Gcp "gcp" also "gap",
    }
}

/// One field of a provider's `specific`.
struct Field {
    name: &'static str,
    length: Length,
    can_change: bool,
}

impl Field {
    const fn new(name: &'static str) -> Self {
        Self { name, length: Length::bytes(1, 2_048), can_change: true }
    }
}

impl Provider {
    fn fields(self) -> &'static [Field] {
        const AWS: &[Field] = &[Field::new("role")];
        const AZURE: &[Field] = &[
            Field { can_change: false, ..Field::new("tenant") },
            Field::new("clientId"),
            Field { length: Length::bytes(1, 8_192), ..Field::new("key") },
        ];
        const GCP: &[Field] = &[Field::new("project")];
        match self {
            Self::Aws => AWS,
            Self::Azure => AZURE,
            Self::Gcp => GCP,
        }
    }
}

/// `specific` as a client sends it, for any provider. All of it is treated as secret and never shown.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
pub(crate) struct SpecificInput {
    role: Option<Secret>,
    tenant: Option<Secret>,
    client_id: Option<Secret>,
    key: Option<Secret>,
    project: Option<Secret>,
}

impl SpecificInput {
    /// The fields that are given. Null counts as absent.
    fn given(self) -> impl Iterator<Item = (&'static str, Secret)> {
        let Self { role, tenant, client_id, key, project } = self;
        let fields =
            [("role", role), ("tenant", tenant), ("clientId", client_id), ("key", key), ("project", project)];
        fields.into_iter().filter_map(|(name, value)| Some((name, value?)))
    }
}

/// The `specific` of a whole credential: all of its provider's fields.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Specific(BTreeMap<String, Secret>);

impl Specific {
    /// That of a new credential. `at` is the object that contains `specific`.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field that is missing, empty or too long, or that the provider does not have.
    pub(crate) fn new(at: &str, provider: Provider, input: SpecificInput) -> Result<Self> {
        let given = checked(at, provider, input)?;
        match provider.fields().iter().find(|field| !given.contains_key(field.name)) {
            Some(field) => Err(Error::invalid(place(at, field.name), wording::MISSING)),
            None => Ok(Self(given)),
        }
    }

    /// Replaces the fields that are given.
    ///
    /// # Errors
    /// [`Error::Invalid`] for a field that is empty or too long, that the provider does not have, or that cannot be
    /// changed.
    pub(crate) fn change(&mut self, at: &str, provider: Provider, input: SpecificInput) -> Result<()> {
        let given = checked(at, provider, input)?;
        let fixed = provider.fields().iter().filter(|field| !field.can_change);
        if let Some(field) = fixed.into_iter().find(|field| given.contains_key(field.name)) {
            return Err(Error::invalid(place(at, field.name), wording::UNCHANGEABLE));
        }
        self.0.extend(given);
        Ok(())
    }
}

impl Serialize for Specific {
    /// Writes the secrets themselves: only for the value that is stored.
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let no_text = || S::Error::custom("a value is not text");
        let fields = self.0.iter().map(|(name, value)| Ok((name, value.expose_text().ok_or_else(no_text)?)));
        serializer.collect_map(fields.collect::<Result<Vec<_>, S::Error>>()?)
    }
}

/// Returns the given values if each is a field of the provider and none is empty or too long.
fn checked(at: &str, provider: Provider, input: SpecificInput) -> Result<BTreeMap<String, Secret>> {
    let mut given = BTreeMap::new();
    for (name, value) in input.given() {
        let rejected = |words: &str| Error::invalid(place(at, name), words);
        let field = provider.fields().iter().find(|field| field.name == name);
        let of_none = || rejected(&format!("{} of {}", wording::UNDOCUMENTED_FIELD, provider.as_str()));
        let field = field.ok_or_else(of_none)?;
        field.length.judge(value.len()).map_err(|words| rejected(&words))?;
        given.insert(name.to_owned(), value);
    }
    Ok(given)
}

fn place(at: &str, name: &str) -> String {
    wording::place(&wording::place(at, "specific"), name)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;

    fn input(value: Value) -> SpecificInput {
        serde_json::from_value(value).unwrap()
    }

    fn fault<T>(result: Result<T>) -> String {
        match result {
            Err(Error::Invalid(faults)) => faults[0].to_string(),
            _ => panic!("was accepted"),
        }
    }

    #[test]
    fn a_new_credential_has_exactly_its_types_fields() {
        let complete = [
            (Provider::Aws, json!({"role": "not an ARN"})),
            (Provider::Azure, json!({"tenant": "t", "clientId": "c", "key": "k"})),
            (Provider::Gcp, json!({"project": "p"})),
        ];
        for (provider, specific) in &complete {
            let stored = Specific::new("", *provider, input(specific.clone())).unwrap();
            assert_eq!(serde_json::to_value(&stored).unwrap(), *specific);
            for (other, others) in &complete {
                assert!(provider == other || Specific::new("", *provider, input(others.clone())).is_err());
            }
        }
    }

    #[test]
    fn a_fault_names_the_field_and_never_the_value() {
        let new = |specific| fault(Specific::new("", Provider::Azure, input(specific)));
        assert_eq!(new(json!({"tenant": "t", "clientId": "hunter2"})), "specific.key: is missing");
        assert_eq!(new(json!({"tenant": "t", "clientId": "c", "key": null})), "specific.key: is missing");
        assert_eq!(
            new(json!({"tenant": "t", "clientId": "", "key": "hunter2"})),
            "specific.clientId: is empty"
        );
        assert_eq!(
            new(json!({"tenant": "t", "clientId": "c", "key": "hunter2", "role": "x"})),
            "specific.role: is not a documented field of azure"
        );
    }

    #[test]
    fn values_have_limits() {
        let azure = |tenant: usize, key: usize| {
            let specific = json!({"tenant": "t".repeat(tenant), "clientId": "c", "key": "k".repeat(key)});
            Specific::new("", Provider::Azure, input(specific))
        };
        assert!(azure(2_048, 8_192).is_ok());
        assert_eq!(fault(azure(2_049, 1)), "specific.tenant: is longer than 2048 bytes");
        assert_eq!(fault(azure(1, 8_193)), "specific.key: is longer than 8192 bytes");
    }

    #[test]
    fn a_change_leaves_absent_fields_as_they_are_and_cannot_change_the_tenant() {
        let azure = json!({"tenant": "t", "clientId": "c", "key": "k"});
        let mut specific = Specific::new("", Provider::Azure, input(azure)).unwrap();
        specific.change("data", Provider::Azure, input(json!({"key": "new", "clientId": null}))).unwrap();
        let rejected =
            fault(specific.change("data", Provider::Azure, input(json!({"tenant": "x", "key": "y"}))));
        assert_eq!(rejected, "data.specific.tenant: cannot be changed");
        assert!(specific.change("data", Provider::Azure, input(json!({"role": "r"}))).is_err());
        assert!(specific.change("data", Provider::Azure, input(json!({"key": ""}))).is_err());
        let stored = serde_json::to_value(&specific).unwrap();
        assert_eq!(stored, json!({"tenant": "t", "clientId": "c", "key": "new"}));
    }

    #[test]
    fn nothing_prints_the_values() {
        let specific = Specific::new("", Provider::Aws, input(json!({"role": "hunter2"}))).unwrap();
        assert!(!format!("{specific:?}").contains("hunter2"));
    }

    #[test]
    fn the_documentations_slip_means_gcp() {
        let provider: Provider = serde_json::from_value(json!("gap")).unwrap();
        assert_eq!(provider, Provider::Gcp);
        assert_eq!(serde_json::to_value(provider).unwrap(), "gcp");
    }
}
