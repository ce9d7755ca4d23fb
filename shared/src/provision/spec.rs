//! What a credential is to consist of: the vendor's own JSON with its public fields, and where the values of the other
//! fields are.
//!
//! See docs/decisions/provisioning.md.

use ring::rand::{SecureRandom as _, SystemRandom};
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::properties::Properties;
use super::reference::{Generated, Reference};
use super::schema::{Field, Kind};
use super::sources::Sources;
use super::tree::Tree;
use crate::credential::hex;
use crate::error::{Error, Fault, Result};
use crate::secret::Secret;
use crate::wording;

/// The characters of generated values.
const ALPHABET: &[u8; 62] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";

/// A checked Spec, with its references.
pub(super) struct Spec {
    tree: Tree,
    references: Vec<(Field, Reference)>,
    /// What is generated here, and not read from a source.
    made: Option<Made>,
}

/// A value that is generated here. It stays the same as long as the same is asked for.
struct Made {
    /// The secret field.
    path: String,
    /// The flag that asks the API's own create to generate it.
    flag: Option<String>,
    generated: Option<Generated>,
}

impl Spec {
    /// Checks the Spec against the vendor's `fields`, and converts its values to the vendor's types.
    ///
    /// # Errors
    /// [`Error::Invalid`] with every fault. It names fields, never a value.
    pub(super) fn new(properties: &Properties, fields: &[Field]) -> Result<Self> {
        let mut check = Check { fields, faults: Vec::new(), made: None };
        let tree = check.object("", &properties.spec);
        let mut references = Vec::new();
        for (path, reference) in &properties.secrets {
            check.reference(path, reference, &tree, &mut references);
        }
        let Check { faults, made, .. } = check;
        if faults.is_empty() { Ok(Self { tree, references, made }) } else { Err(Error::Invalid(faults)) }
    }

    /// The secret field whose value is generated here, and a hash of what it is generated for. The hash stays the same
    /// as long as the same is asked for.
    pub(super) fn made(&self, revision: &str) -> Option<(&str, String)> {
        let Made { path, generated, .. } = self.made.as_ref()?;
        let mut digest = Sha256::new().chain_update(path).chain_update([0]).chain_update(revision);
        if let Some(Generated { length, template }) = generated {
            digest = digest.chain_update(format!("\0{length}\0{template:?}"));
        }
        let mut fingerprint = hex(&digest.finalize());
        fingerprint.truncate(32);
        Some((path, fingerprint))
    }

    /// The values of all references.
    ///
    /// # Errors
    /// [`Error::Invalid`] if one cannot be read, which says what to do; otherwise those of the services.
    pub(super) async fn resolve(&self, sources: &Sources<'_>) -> Result<Vec<(String, Secret)>> {
        let mut values = Vec::with_capacity(self.references.len());
        for (field, reference) in &self.references {
            values.push((field.path.clone(), sources.value(field, reference).await?));
        }
        Ok(values)
    }

    /// The body of a create with these values, for the credential that `address` names. What is generated here is
    /// `existing`, or else generated again.
    ///
    /// # Errors
    /// [`Error::Internal`] if there is no randomness.
    pub(super) fn body(
        &self,
        address: Vec<(&'static str, String)>,
        values: &[(String, Secret)],
        existing: Option<Secret>,
    ) -> Result<Secret> {
        let mut tree = self.tree.clone();
        let mut put = |path: &str, value: Tree| {
            let no_place = || Error::internal("a field of a Spec has no place");
            tree.put(path, value).then_some(()).ok_or_else(no_place)
        };
        for (path, text) in address {
            put(path, Tree::text(&text))?;
        }
        for (path, value) in values {
            put(path, Tree::Text(value.clone()))?;
        }
        if let Some(Made { path, flag, generated }) = &self.made {
            match (existing, generated) {
                (Some(existing), _) => {
                    flag.iter().try_for_each(|flag| put(flag, Tree::Flag(false)))?;
                    put(path, Tree::Text(existing))?;
                }
                (None, Some(generated)) => put(path, Tree::Text(generated.value()?))?,
                (None, None) => {}
            }
        }
        Secret::json(&tree)
    }
}

impl Generated {
    /// A new value.
    fn value(&self) -> Result<Secret> {
        let random = random_text(self.length)?;
        let Some((template, key)) = &self.template else { return Ok(random) };
        let Some(Tree::Object(mut fields)) = serde_json::from_str(template).ok() else {
            return Err(no_object());
        };
        fields.retain(|(name, _)| name != key);
        fields.push((key.clone(), Tree::Text(random)));
        Secret::json(&Tree::Object(fields))
    }
}

fn no_object() -> Error {
    Error::invalid("Secrets", "Generate.Template is no JSON object")
}

/// A text of `length` random letters and digits.
fn random_text(length: usize) -> Result<Secret> {
    let random = SystemRandom::new();
    let mut text = Zeroizing::new(Vec::with_capacity(length));
    let mut bytes = Zeroizing::new([0; 64]);
    while text.len() < length {
        random.fill(&mut *bytes).map_err(|_| Error::internal("there is no randomness"))?;
        // Bytes beyond the last whole round of the alphabet would make its first letters more likely.
        let fair = bytes.iter().filter(|byte| usize::from(**byte) < 256 / ALPHABET.len() * ALPHABET.len());
        let letters = fair.filter_map(|byte| ALPHABET.get(usize::from(*byte) % ALPHABET.len()));
        let missing = length - text.len();
        text.extend(letters.take(missing));
    }
    Ok(Secret::new(std::mem::take(&mut *text)))
}

/// Goes through a Spec and collects what is wrong with it.
struct Check<'a> {
    fields: &'a [Field],
    faults: Vec<Fault>,
    made: Option<Made>,
}

impl Check<'_> {
    fn fault(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.faults.push(Fault::new(field, message));
    }

    fn undocumented(&mut self, parent: &str, name: &str) {
        let words = format!("{}, or not to be given here", wording::UNDOCUMENTED_FIELD);
        self.fault(wording::place(parent, name), words);
    }

    /// The object at `path`, with the types of the vendor's fields.
    fn object(&mut self, path: &str, tree: &Tree) -> Tree {
        let Tree::Object(fields) = tree else {
            self.fault(format!("Spec.{path}"), wording::NOT_AN_OBJECT);
            return Tree::empty();
        };
        let mut checked = Vec::with_capacity(fields.len());
        for (name, value) in fields {
            let inner = if path.is_empty() { name.clone() } else { format!("{path}.{name}") };
            // A name that contains a dot would match a path where it is not.
            let fields = if name.contains('.') { &[] } else { self.fields };
            let of_field = fields.iter().find(|field| field.path == inner).map(|field| field.kind);
            let is_way = || fields.iter().any(|field| field.path.starts_with(&format!("{inner}.")));
            match of_field {
                // A null counts as absent: a condition in a template can make a field null, but cannot always leave it
                // out.
                Some(_) if matches!(value, Tree::Null) => {}
                Some(kind) => checked.push((name.clone(), self.value(&inner, kind, value))),
                None if is_way() => checked.push((name.clone(), self.object(&inner, value))),
                None => {
                    let parent = if path.is_empty() { "Spec".to_owned() } else { format!("Spec.{path}") };
                    self.undocumented(&parent, name);
                }
            }
        }
        Tree::Object(checked)
    }

    /// A value, converted to this kind of the vendor's fields.
    fn value(&mut self, path: &str, kind: Kind, value: &Tree) -> Tree {
        let field = || format!("Spec.{path}");
        match (kind, value) {
            (Kind::Secret | Kind::SecretBytes, _) => {
                let message = "is secret, and cannot stand in a template. Under Secrets, say where it is: \
                               {SecretArn: ..., JsonKey: ...} or {SsmParameter: ...}";
                self.fault(field(), message);
                Tree::Null
            }
            (Kind::Flag, _) => self.flag(path, value),
            (Kind::Makes(neighbour), _) => {
                let flag = self.flag(path, value);
                if matches!(flag, Tree::Flag(true)) {
                    let secret = path
                        .rsplit_once('.')
                        .map_or(neighbour.to_owned(), |(at, _)| format!("{at}.{neighbour}"));
                    self.made = Some(Made { path: secret, flag: Some(path.to_owned()), generated: None });
                }
                flag
            }
            (Kind::Number, Tree::Text(_)) => {
                let number = value.as_text().and_then(|text| serde_json::from_str(text).ok());
                number.map_or_else(
                    || {
                        self.fault(field(), wording::NOT_A_NUMBER);
                        Tree::Null
                    },
                    Tree::Number,
                )
            }
            (_, other) => other.clone(),
        }
    }

    fn flag(&mut self, path: &str, value: &Tree) -> Tree {
        match (value, value.as_text()) {
            (Tree::Flag(flag), _) => Tree::Flag(*flag),
            (_, Some("true")) => Tree::Flag(true),
            (_, Some("false")) => Tree::Flag(false),
            _ => {
                self.fault(format!("Spec.{path}"), wording::NOT_A_FLAG);
                Tree::Null
            }
        }
    }

    fn reference(
        &mut self,
        path: &str,
        reference: &Tree,
        tree: &Tree,
        references: &mut Vec<(Field, Reference)>,
    ) {
        let Some(field) = self.fields.iter().find(|field| field.path == path).cloned() else {
            self.undocumented("Secrets", path);
            return;
        };
        let at = format!("Secrets.{path}");
        let reference = match Reference::parse(&at, reference) {
            Ok(reference) => reference,
            Err(Error::Invalid(faults)) => return self.faults.extend(faults),
            Err(_) => return self.fault(at, "is no reference"),
        };
        if !matches!(field.kind, Kind::Text | Kind::Secret | Kind::SecretBytes) {
            self.fault(at, "is not text; say it under Spec");
        } else if tree.at(path).is_some() {
            self.fault(at, "is said under Spec already");
        } else if let Reference::Generated(generated) = &reference {
            self.generated(at, &field, generated);
        } else if self.made.as_ref().is_some_and(|made| made.path == path) {
            self.fault(at, "is to be made here, as Spec says; leave out one of the two");
        } else {
            references.push((field, reference));
        }
    }

    fn generated(&mut self, at: String, field: &Field, generated: &Generated) {
        let template =
            generated.template.as_ref().map(|(template, _)| serde_json::from_str::<Tree>(template));
        if field.path != "text_value" {
            self.fault(at, "can be generated for DQOps' text_value alone; nobody else would know it");
        } else if template.is_some_and(|template| !matches!(template, Ok(Tree::Object(_)))) {
            self.fault(format!("{at}.Generate.Template"), wording::NOT_AN_OBJECT);
        } else {
            self.made =
                Some(Made { path: field.path.clone(), flag: None, generated: Some(generated.clone()) });
        }
    }
}
