//! Secrets Manager's responses, in the store's own types. See `docs/decisions/the-value-decides.md`.

use std::collections::HashMap;

use aws_sdk_secretsmanager::operation::describe_secret::DescribeSecretOutput;
use aws_sdk_secretsmanager::primitives::{Blob, DateTime};
use aws_sdk_secretsmanager::types::{
    ApiErrorType, SecretListEntry, SecretValueEntry, SecretVersionsListEntry, Tag,
};

use super::description::Description;
use super::failure::Failure;
use super::stored::Stored;
use super::version::Version;
use crate::ownership::Ownership;
use crate::secret::Secret;

/// The label of the current version.
pub(super) const CURRENT: &str = "AWSCURRENT";

/// What DescribeSecret or ListSecrets says about a secret, all of it from one moment.
#[derive(Clone, Debug, Default)]
pub(super) struct Metadata {
    pub(super) arn: String,
    pub(super) name: String,
    /// The Description, if Latchkey wrote it.
    pub(super) description: Option<Description>,
    /// The version that is labelled AWSCURRENT.
    pub(super) current: Option<Version>,
    /// Whether it is scheduled for deletion.
    pub(super) is_scheduled: bool,
    /// Whether it is a replica or another service's, and can only be changed there.
    pub(super) is_managed: bool,
}

impl Metadata {
    /// From DescribeSecret's response in `region`.
    pub(super) fn described(secret: DescribeSecretOutput, region: &str) -> Self {
        let is_replica = secret.primary_region().is_some_and(|primary| primary != region);
        Self {
            description: Description::parse(secret.description()),
            current: secret.version_ids_to_stages().and_then(current),
            is_scheduled: secret.deleted_date().is_some(),
            is_managed: is_replica || secret.owning_service().is_some(),
            arn: secret.arn.unwrap_or_default(),
            name: secret.name.unwrap_or_default(),
        }
    }

    /// From ListSecrets' response.
    pub(super) fn listed(secret: SecretListEntry) -> Self {
        Self {
            description: Description::parse(secret.description()),
            current: secret.secret_versions_to_stages().and_then(current),
            arn: secret.arn.unwrap_or_default(),
            name: secret.name.unwrap_or_default(),
            ..Self::default()
        }
    }

    /// The Description, if it speaks for the current version.
    pub(super) fn current_description(&self) -> Option<&Description> {
        self.description.as_ref().filter(|description| description.describes(self.current.as_ref()))
    }
}

/// Where a credential is stored, and who owns it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The secret's ARN.
    pub arn: String,
    /// The secret's name.
    pub name: String,
    /// The owner; `None` if the tags name nobody.
    pub ownership: Option<Ownership>,
}

/// From DescribeSecret's response.
pub(super) fn place(secret: DescribeSecretOutput) -> Place {
    let tags = secret.tags().iter().filter_map(|tag| Some((tag.key()?, tag.value()?)));
    let ownership = Ownership::of_tags(tags);
    Place { arn: secret.arn.unwrap_or_default(), name: secret.name.unwrap_or_default(), ownership }
}

/// The tags of an owner.
pub(super) fn tags(ownership: &Ownership) -> Vec<Tag> {
    ownership.tags().into_iter().map(|(key, value)| tag(key, &value)).collect()
}

/// The tags of a new secret: those in a text like `team=platform,cost-center=42`, and its owner's if it has one.
/// `None` if there are none, because a create with tags needs the right to set them.
pub(super) fn all_tags(given: &str, ownership: Option<&Ownership>) -> Option<Vec<Tag>> {
    let mut all = ownership.map(tags).unwrap_or_default();
    // Keys and values contain neither character: the template's parameter `Tags` allows none.
    let mut parts = given.split([',', '=']);
    while let (Some(key), Some(value)) = (parts.next(), parts.next()) {
        all.push(tag(key, value));
    }
    Some(all).filter(|all| !all.is_empty())
}

fn tag(key: &str, value: &str) -> Tag {
    Tag::builder().key(key).value(value).build()
}

/// A secret that has just been written.
#[derive(Clone, Debug)]
pub(super) struct Written {
    pub(super) arn: String,
    pub(super) version: Version,
    /// The traces of creates with an Idempotency-Key under its name.
    pub(super) created_as: Vec<String>,
}

/// The versions of a secret, as ListSecretVersionIds shows them.
#[derive(Clone, Debug, Default)]
pub(super) struct Versions {
    ids: Vec<String>,
    pub(super) current: Option<Version>,
}

impl Versions {
    /// Adds a page of versions.
    pub(super) fn extend(&mut self, page: Option<Vec<SecretVersionsListEntry>>) {
        for version in page.into_iter().flatten() {
            let Some(id) = version.version_id else { continue };
            if version.version_stages.is_some_and(|stages| is_current(&stages)) {
                self.current = Some(Version::new(&id));
            }
            self.ids.push(id);
        }
    }

    /// Whether this version exists, with or without a label.
    pub(super) fn contain(&self, version: &Version) -> bool {
        self.ids.iter().any(|id| id == version.as_str())
    }
}

/// Text as SecretString, so that ECS, RDS and people can read it; other bytes as SecretBinary.
pub(super) fn text_or_binary(value: &Secret) -> (Option<String>, Option<Blob>) {
    match value.expose_text() {
        Some(text) => (Some(text.to_owned()), None),
        None => (None, Some(Blob::new(value.expose()))),
    }
}

/// A value that was read.
pub(super) fn stored(
    text: Option<String>,
    binary: Option<Blob>,
    version: Option<String>,
    arn: Option<String>,
    created: Option<DateTime>,
) -> Stored {
    let is_binary = text.is_none();
    let value = match (text, binary) {
        (Some(text), _) => Secret::new(text.into_bytes()),
        (None, Some(bytes)) => Secret::new(bytes.into_inner()),
        (None, None) => Secret::new([]),
    };
    Stored {
        value,
        version: Version::new(version.unwrap_or_default()),
        arn: arn.unwrap_or_default(),
        is_binary,
        // Without a date the version counts as new: nobody then takes it for one that a restoration has brought back.
        created: created.map_or(i64::MAX, |date| date.secs()),
    }
}

/// A value from a batch, with its secret's name.
pub(super) fn named(secret: SecretValueEntry) -> Option<(String, Stored)> {
    let SecretValueEntry { secret_string, secret_binary, version_id, arn, created_date, name, .. } = secret;
    Some((name?, stored(secret_string, secret_binary, version_id, arn, created_date)))
}

fn current(stages: &HashMap<String, Vec<String>>) -> Option<Version> {
    let (id, _) = stages.iter().find(|(_, stages)| is_current(stages))?;
    Some(Version::new(id))
}

fn is_current(stages: &[String]) -> bool {
    stages.iter().any(|stage| stage == CURRENT)
}

/// Accepts an error for one secret of a batch if it only means that there is nothing to read.
pub(super) fn missing_or_failed(error: &ApiErrorType) -> Result<(), Failure> {
    // The batch itself has succeeded, so the code alone tells what is wrong with the secret.
    match Failure::of_code("BatchGetSecretValue", error.error_code().unwrap_or("no error code"), 200) {
        Failure::NotFound | Failure::Unusable => Ok(()),
        failure => Err(failure),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pairs(given: &str, ownership: Option<&Ownership>) -> Vec<(String, String)> {
        let text = |text: Option<&str>| text.unwrap_or_default().to_owned();
        let all = all_tags(given, ownership).unwrap_or_default();
        all.iter().map(|tag| (text(tag.key()), text(tag.value()))).collect()
    }

    #[test]
    fn a_new_secret_has_the_tags_of_the_installation_and_of_its_owner() {
        assert_eq!(all_tags("", None), None);
        let given = [("team", "platform"), ("cost center", "42"), ("empty", "")];
        let given = given.map(|(key, value)| (key.to_owned(), value.to_owned()));
        let text = "team=platform,cost center=42,empty=";
        assert_eq!(pairs(text, None), given);
        let ownership = Ownership::new("somebody");
        let both = pairs(text, Some(&ownership));
        assert_eq!(both.len(), pairs("", Some(&ownership)).len() + given.len());
        assert!(both.contains(&("latchkey:owner".to_owned(), "somebody".to_owned())));
    }
}
