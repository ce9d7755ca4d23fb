//! A secret, its versions and its labels.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Map, Value, json};

use crate::clock::{Millis, seconds};

pub(crate) const CURRENT: &str = "AWSCURRENT";
const PREVIOUS: &str = "AWSPREVIOUS";
/// The beginning of every ARN.
pub(crate) const ARN: &str = "arn:aws:secretsmanager:us-east-1:123456789012:secret:";

/// The only one who may change a secret. It can be read like any other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Managed {
    /// Another service, such as `rds`.
    ByService(String),
    /// The Region whose secret this one replicates.
    AsReplicaFrom(String),
}

/// A secret's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Payload {
    Text(String),
    Binary(Vec<u8>),
}

/// One value of a secret. It never changes, unless a test rewrites it.
#[derive(Debug)]
pub(crate) struct Version {
    pub(crate) id: String,
    pub(crate) created: Millis,
    /// What was sent. The token stays bound to it, even if a test has rewritten the value.
    written: Payload,
    shown: Mutex<Payload>,
}

impl Version {
    pub(crate) fn new(id: &str, created: Millis, payload: &Payload) -> Self {
        let (written, shown) = (payload.clone(), Mutex::new(payload.clone()));
        Self { id: id.to_owned(), created, written, shown }
    }

    pub(crate) fn was_written_as(&self, payload: &Payload) -> bool {
        self.written == *payload
    }

    pub(crate) fn rewrite(&self, edit: impl FnOnce(&mut String)) {
        if let Payload::Text(text) = &mut *self.shown.lock().unwrap_or_else(PoisonError::into_inner) {
            edit(text);
        }
    }

    /// Writes the value into an answer.
    fn show(&self, answer: &mut Value) {
        match &*self.shown.lock().unwrap_or_else(PoisonError::into_inner) {
            Payload::Text(text) => answer["SecretString"] = json!(text),
            Payload::Binary(bytes) => answer["SecretBinary"] = json!(STANDARD.encode(bytes)),
        }
    }
}

/// A secret. Its name can belong to several secrets one after the other; each has an ARN of its own.
#[derive(Clone, Debug)]
pub(crate) struct Secret {
    pub(crate) name: String,
    pub(crate) arn: String,
    pub(crate) description: Option<String>,
    pub(crate) kms_key_id: Option<String>,
    pub(crate) created: Millis,
    pub(crate) changed: Millis,
    /// When the recovery window ends, if the secret is scheduled for deletion.
    pub(crate) deleted: Option<Millis>,
    pub(crate) versions: BTreeMap<String, Arc<Version>>,
    /// Which version each label is attached to.
    pub(crate) labels: BTreeMap<String, String>,
    pub(crate) managed: Option<Managed>,
    pub(crate) tags: BTreeMap<String, String>,
}

impl Secret {
    pub(crate) fn new(name: &str, created: Millis) -> Self {
        let six: String = std::iter::repeat_with(fastrand::alphanumeric).take(6).collect();
        Self {
            name: name.to_owned(),
            arn: format!("{ARN}{name}-{six}"),
            description: None,
            kms_key_id: None,
            created,
            changed: created,
            deleted: None,
            versions: BTreeMap::new(),
            labels: BTreeMap::new(),
            managed: None,
            tags: BTreeMap::new(),
        }
    }

    /// Attaches a label to a version, and takes it from the version that had it.
    pub(crate) fn attach(&mut self, label: &str, id: &str) {
        let left = self.labels.insert(label.to_owned(), id.to_owned());
        if let Some(left) = left.filter(|left| label == CURRENT && left != id) {
            self.labels.insert(PREVIOUS.to_owned(), left);
        }
    }

    /// The labels of a version.
    pub(crate) fn labels_of(&self, id: &str) -> Vec<&str> {
        self.labels.iter().filter(|(_, of)| *of == id).map(|(label, _)| label.as_str()).collect()
    }

    /// The fields that every answer has.
    pub(crate) fn identity(&self) -> Value {
        json!({"ARN": self.arn, "Name": self.name})
    }

    /// The answer about one version, without its value.
    pub(crate) fn describe_version(&self, version: &Version) -> Value {
        let mut answer = json!({"VersionId": version.id, "CreatedDate": seconds(version.created)});
        let labels = self.labels_of(&version.id);
        if !labels.is_empty() {
            answer["VersionStages"] = json!(labels);
        }
        answer
    }

    /// The answer with the value of one version.
    pub(crate) fn read(&self, version: &Version) -> Value {
        let mut answer = self.describe_version(version);
        answer["ARN"] = json!(self.arn);
        answer["Name"] = json!(self.name);
        version.show(&mut answer);
        answer
    }

    /// The answer of DescribeSecret and ListSecrets. `versions` is their field for the labelled versions.
    pub(crate) fn describe(&self, versions: &str) -> Value {
        let mut answer = self.identity();
        answer["CreatedDate"] = json!(seconds(self.created));
        answer["LastChangedDate"] = json!(seconds(self.changed));
        for (key, text) in [("Description", &self.description), ("KmsKeyId", &self.kms_key_id)] {
            if let Some(text) = text {
                answer[key] = json!(text);
            }
        }
        if !self.tags.is_empty() {
            let tag = |(key, value)| json!({"Key": key, "Value": value});
            answer["Tags"] = self.tags.iter().map(tag).collect();
        }
        if let Some(deleted) = self.deleted {
            answer["DeletedDate"] = json!(seconds(deleted));
        }
        match &self.managed {
            Some(Managed::ByService(service)) => answer["OwningService"] = json!(service),
            Some(Managed::AsReplicaFrom(region)) => answer["PrimaryRegion"] = json!(region),
            None => {}
        }
        let ids: Map<_, _> = self.labels.values().map(|id| (id.clone(), json!(self.labels_of(id)))).collect();
        if !ids.is_empty() {
            answer[versions] = ids.into();
        }
        answer
    }

    /// The whole secret, for people.
    pub(crate) fn dump(&self) -> Value {
        let mut dump = self.describe("VersionIdsToStages");
        dump["Versions"] = self.versions.values().map(|version| self.read(version)).collect();
        dump
    }
}
