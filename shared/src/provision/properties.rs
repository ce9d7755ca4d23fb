//! The properties of a resource, as CloudFormation and Terraform pass them.
//!
//! See docs/decisions/provisioning.md.

use std::time::Duration;

use sha2::{Digest as _, Sha256};

use super::schema::Level;
use super::tree::Tree;
use crate::credential::hex;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::wording;

/// How long CloudFormation waits for an answer by default.
const USUAL_TIMEOUT: Duration = Duration::from_hours(1);
/// The longest owner that Terraform may name: with its prefix, it has to fit into a tag.
const LONGEST_OWNER: usize = 200;
/// The start of CloudFormation's dynamic references, which are rejected.
const DYNAMIC_REFERENCE: &str = "{{resolve:";

/// What to do with a credential that exists already and is not the resource's own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnConflict {
    Fail,
    Adopt,
}

/// What to do with a credential when its resource is removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum OnDelete {
    Delete,
    Retain,
}

/// What a template says about a credential.
#[derive(Clone, Debug)]
pub struct Properties {
    /// The credential's name.
    pub name: String,
    /// The levels of its namespace, outermost first.
    pub levels: Vec<String>,
    /// The id of the credential that is meant, if names are not unique and the template gives one.
    pub id: Option<String>,
    pub(super) spec: Tree,
    /// Where each value is, by the path of its field.
    pub(super) secrets: Vec<(String, Tree)>,
    pub(super) on_conflict: OnConflict,
    pub(super) revision: String,
}

impl Properties {
    /// Reads the properties in `tree`. The resource's namespaces have these `levels`. `id` is the property for the id
    /// of a credential, if the resource has one.
    ///
    /// # Errors
    /// [`Error::Invalid`] if one is missing, unknown or of another type. It names the property, never its value.
    pub(super) fn parse(tree: &Tree, levels: &[Level], id: Option<&str>) -> Result<Self> {
        let Tree::Object(fields) = tree else {
            return Err(Error::invalid("", "The properties are no object."));
        };
        if let Some((name, _)) = fields.iter().find(|(_, value)| value.holds(DYNAMIC_REFERENCE)) {
            let field = KNOWN.iter().find(|known| **known == name).copied().unwrap_or_default();
            return Err(Error::invalid(
                field,
                "holds {{resolve:...}}, which would put the value into the template's events. Under Secrets, say \
                 where it is: {SecretArn: ..., JsonKey: ...} or {SsmParameter: ...}",
            ));
        }
        let is_known = |name: &str| {
            KNOWN.contains(&name) || levels.iter().any(|level| level.property == name) || id == Some(name)
        };
        if let Some((unknown, _)) = fields.iter().find(|(name, _)| !is_known(name)) {
            let own = levels.iter().map(|level| level.property).chain(id);
            let names: Vec<_> = own.chain(KNOWN.into_iter().filter(|name| *name != OWNER)).collect();
            return Err(undocumented("", unknown, &names));
        }
        let reader = Reader(tree);
        // Only a removal uses it, and ignores one that is invalid. So that has to be rejected here.
        on_delete(tree)?;
        let levels = levels.iter().map(|level| reader.level(level)).collect::<Result<_>>()?;
        let spec = Tree::Object(reader.object("Spec")?);
        let secrets = reader.object("Secrets")?;
        Ok(Self {
            name: reader.needed("Name")?,
            levels,
            id: id.map(|property| reader.text(property)).transpose()?.flatten(),
            spec,
            secrets,
            on_conflict: reader
                .choice("OnConflict", &[("fail", OnConflict::Fail), ("adopt", OnConflict::Adopt)])?
                .unwrap_or(OnConflict::Fail),
            revision: reader.revision()?,
        })
    }

    /// A hash of everything that is asked for. It contains only names, public fields and references.
    pub(super) fn fingerprint(&self) -> Result<String> {
        let Self { name, levels, id, spec, secrets, revision, .. } = self;
        let (spec, secrets) = (spec.sorted(), Tree::Object(secrets.clone()).sorted());
        let all = Secret::json(&(name, levels, id, spec, secrets, revision))?;
        let mut fingerprint = hex(&Sha256::digest(all.expose()));
        fingerprint.truncate(32);
        Ok(fingerprint)
    }

    /// Whether the Spec sets the flag at `path`.
    pub fn is_set(&self, path: &str) -> bool {
        match self.spec.at(path) {
            Some(Tree::Flag(flag)) => *flag,
            Some(other) => other.as_text() == Some("true"),
            None => false,
        }
    }

    /// The text at `path` of the Spec, or where its value is. Equal references give equal texts.
    pub fn value_of(&self, path: &str) -> Option<String> {
        let reference = self.secrets.iter().find(|(at, _)| at == path);
        let reference = reference.and_then(|(_, reference)| serde_json::to_string(&reference.sorted()).ok());
        reference.or_else(|| self.spec.at(path).and_then(Tree::as_text).map(str::to_owned))
    }
}

/// What to do with the credential when its resource is removed. It is read by itself, because a removal must succeed
/// whatever else the properties say.
pub(super) fn on_delete(tree: &Tree) -> Result<Option<OnDelete>> {
    Reader(tree).choice("OnDelete", &[("delete", OnDelete::Delete), ("retain", OnDelete::Retain)])
}

/// How long CloudFormation waits.
pub(super) fn service_timeout(tree: &Tree) -> Duration {
    let seconds = tree.at("ServiceTimeout").and_then(Tree::as_u64);
    seconds.map_or(USUAL_TIMEOUT, Duration::from_secs).min(USUAL_TIMEOUT)
}

/// The owner of a resource that no stack manages.
///
/// # Errors
/// [`Error::Invalid`] if no owner is named, or one that a tag cannot hold.
pub(super) fn owner(tree: &Tree) -> Result<String> {
    let owner = Reader(tree).text(OWNER)?.ok_or_else(|| {
        let fault = format!("{}; name what manages this one credential: prod/warehouse", wording::MISSING);
        Error::invalid(OWNER, fault)
    })?;
    let is_tag = |char: char| char.is_alphanumeric() || " _.:/=+-@".contains(char);
    if owner.chars().count() > LONGEST_OWNER || !owner.chars().all(is_tag) {
        return Err(Error::invalid(OWNER, "takes 1 to 200 letters, digits, spaces and _.:/=+-@"));
    }
    Ok(owner)
}

/// The error for the property `name` of the object at `parent`, which documents only the `known` ones.
pub(super) fn undocumented(parent: &str, name: &str, known: &[&str]) -> Error {
    let fault = format!("{}; known are {}", wording::UNDOCUMENTED_FIELD, known.join(", "));
    Error::invalid(wording::place(parent, name), fault)
}

const OWNER: &str = "Owner";

/// The properties of every resource, and the two for CloudFormation itself.
const KNOWN: [&str; 9] = [
    "Name",
    "Spec",
    "Secrets",
    "OnConflict",
    "OnDelete",
    "Revision",
    "ServiceToken",
    "ServiceTimeout",
    OWNER,
];

struct Reader<'a>(&'a Tree);

impl Reader<'_> {
    /// A text; an empty one counts as absent.
    fn text(&self, name: &str) -> Result<Option<String>> {
        Tree::read_text(name, self.field(name))
    }

    /// A text that is required, and not empty.
    fn needed(&self, name: &str) -> Result<String> {
        let words = if self.field(name).is_none() { wording::MISSING } else { wording::EMPTY };
        self.text(name)?.ok_or_else(|| Error::invalid(name, words))
    }

    fn level(&self, level: &Level) -> Result<String> {
        if level.is_optional {
            return Ok(self.text(level.property)?.unwrap_or_default());
        }
        self.needed(level.property)
    }

    fn object(&self, name: &str) -> Result<Vec<(String, Tree)>> {
        match self.field(name) {
            None => Ok(Vec::new()),
            Some(Tree::Object(fields)) => Ok(fields.clone()),
            Some(_) => Err(Error::invalid(name, wording::NOT_AN_OBJECT)),
        }
    }

    fn choice<T: Copy>(&self, name: &str, choices: &[(&str, T)]) -> Result<Option<T>> {
        let Some(given) = self.text(name)? else { return Ok(None) };
        let found = choices.iter().find(|(choice, _)| *choice == given).map(|(_, value)| *value);
        let names: Vec<_> = choices.iter().map(|(choice, _)| *choice).collect();
        found.map(Some).ok_or_else(|| Error::invalid(name, wording::not_one_of(&names)))
    }

    fn revision(&self) -> Result<String> {
        match self.field("Revision") {
            Some(Tree::Number(number)) => Ok(number.to_string()),
            _ => Ok(self.text("Revision")?.unwrap_or_default()),
        }
    }

    fn field(&self, name: &str) -> Option<&Tree> {
        self.0.at(name).filter(|tree| !matches!(tree, Tree::Null))
    }
}
