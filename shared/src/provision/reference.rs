//! Where a secret's value is, according to a template.

use super::properties::undocumented;
use super::tree::Tree;
use crate::error::{Error, Result};
use crate::store::Source;
use crate::text::Length;
use crate::wording;

/// How many characters a generated value has by default.
const USUAL_LENGTH: usize = 32;
/// A shorter value can be guessed, and no secret is longer.
const LENGTHS: std::ops::RangeInclusive<usize> = 8..=4_096;

/// Where a value is, or how it is made.
#[derive(Clone, Debug)]
pub(super) enum Reference {
    /// A version of a secret, or the field of this name in the secret's JSON.
    Secret { source: Source, json_key: Option<String> },
    /// A parameter of Systems Manager: its name or ARN, optionally with a version or label.
    Parameter(String),
    /// A random text.
    Generated(Generated),
}

/// A random text, by itself or in a JSON object.
#[derive(Clone, Debug)]
pub(super) struct Generated {
    pub(super) length: usize,
    /// A JSON object, and the field of it that is random.
    pub(super) template: Option<(String, String)>,
}

impl Reference {
    /// Reads the reference at `field`.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it is not a reference.
    pub(super) fn parse(field: &str, tree: &Tree) -> Result<Self> {
        let Tree::Object(fields) = tree else {
            return Err(Error::invalid(field, NO_REFERENCE));
        };
        let known = |names: &[&str]| match fields.iter().find(|(name, _)| !names.contains(&name.as_str())) {
            None => Ok(()),
            Some((other, _)) if KINDS.contains(&other.as_str()) => {
                let words = wording::not_together_with(names.get(..1).unwrap_or_default());
                Err(Error::invalid(wording::place(field, other), words))
            }
            Some((unknown, _)) => Err(undocumented(field, unknown, names)),
        };
        let text = |name: &str| Tree::read_text(&format!("{field}.{name}"), tree.at(name));
        // AWS rejects other lengths with a message that nobody sees.
        let sized = |name: &str, length: Length| {
            let given = text(name)?;
            let judged = given.as_ref().map_or(Ok(()), |given| length.judge(given.chars().count()));
            judged.map_err(|words| Error::invalid(format!("{field}.{name}"), words)).map(|()| given)
        };
        match fields.iter().map(|(name, _)| name.as_str()).find(|name| KINDS.contains(name)) {
            Some(SECRET_ARN) => {
                known(&[SECRET_ARN, "JsonKey", "VersionStage", "VersionId"])?;
                let Some(arn) = sized(SECRET_ARN, ID)? else { return Err(missing(field, SECRET_ARN)) };
                let (stage, version) = (sized("VersionStage", STAGE)?, sized("VersionId", VERSION)?);
                let source = Source { arn, stage, version };
                Ok(Self::Secret { source, json_key: text("JsonKey")? })
            }
            Some(SSM_PARAMETER) => {
                known(&[SSM_PARAMETER])?;
                sized(SSM_PARAMETER, ID)?.map(Self::Parameter).ok_or_else(|| missing(field, SSM_PARAMETER))
            }
            Some(_) => {
                known(&[GENERATE])?;
                let at = format!("{field}.{GENERATE}");
                Ok(Self::Generated(Generated::parse(&at, tree.at(GENERATE).unwrap_or(&Tree::Null))?))
            }
            None => Err(Error::invalid(field, NO_REFERENCE)),
        }
    }
}

/// For the id of a secret or a parameter. These lengths are from AWS's models.
const ID: Length = Length::characters(1, 2_048);
const STAGE: Length = Length::characters(1, 256);
const VERSION: Length = Length::characters(32, 64);

const NO_REFERENCE: &str =
    "is no reference; write {SecretArn: ...} or {SsmParameter: ...}, for DQOps also {Generate: {...}}";
const SECRET_ARN: &str = "SecretArn";
const SSM_PARAMETER: &str = "SsmParameter";
const GENERATE: &str = "Generate";
const KINDS: [&str; 3] = [SECRET_ARN, SSM_PARAMETER, GENERATE];

impl Generated {
    fn parse(field: &str, tree: &Tree) -> Result<Self> {
        let Tree::Object(fields) = tree else {
            return Err(Error::invalid(field, "takes Length, Template and JsonKey, or {}"));
        };
        let known = ["Length", "Template", "JsonKey"];
        if let Some((unknown, _)) = fields.iter().find(|(name, _)| !known.contains(&name.as_str())) {
            return Err(undocumented(field, unknown, &known));
        }
        let text = |name: &str| Tree::read_text(&format!("{field}.{name}"), tree.at(name));
        let length = match tree.at("Length") {
            None => Some(USUAL_LENGTH),
            Some(given) => given.as_u64().and_then(|length| length.try_into().ok()),
        };
        let length = length.filter(|length| LENGTHS.contains(length)).ok_or_else(|| {
            Error::invalid(format!("{field}.Length"), wording::not_a_whole_number(&LENGTHS))
        })?;
        let template = match (text("Template")?, text("JsonKey")?) {
            (None, None) => None,
            (Some(template), Some(key)) => Some((template, key)),
            _ => return Err(Error::invalid(field, "takes Template and JsonKey together, or neither")),
        };
        Ok(Self { length, template })
    }
}

fn missing(field: &str, name: &str) -> Error {
    Error::invalid(format!("{field}.{name}"), wording::EMPTY)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(json: &str) -> Result<Reference> {
        Reference::parse("Secrets.p", &serde_json::from_str(json).unwrap())
    }

    #[test]
    fn a_reference_can_name_a_key_a_label_and_a_version() {
        let json = r#"{"SecretArn":"arn","JsonKey":"k","VersionStage":"AWSPREVIOUS","VersionId":""}"#;
        let Ok(Reference::Secret { source, json_key }) = read(json) else { panic!("no secret") };
        assert_eq!(source, Source { arn: "arn".into(), stage: Some("AWSPREVIOUS".into()), version: None });
        assert_eq!(json_key.as_deref(), Some("k"));
        assert!(
            matches!(read(r#"{"SsmParameter":"/p:3"}"#), Ok(Reference::Parameter(name)) if name == "/p:3")
        );
    }

    #[test]
    fn numbers_can_be_text() {
        for length in ["16", r#""16""#] {
            let json = format!(r#"{{"Generate":{{"Length":{length},"Template":"{{}}","JsonKey":"k"}}}}"#);
            let Ok(Reference::Generated(generated)) = read(&json) else { panic!("{length}") };
            assert_eq!((generated.length, generated.template.unwrap().1), (16, "k".to_owned()));
        }
        assert!(matches!(read(r#"{"Generate":{}}"#), Ok(Reference::Generated(made)) if made.length == 32));
    }

    #[test]
    fn anything_else_is_rejected_without_repeating_it() {
        for json in [
            r#""hunter2""#,
            "{}",
            "[]",
            "null",
            r#"{"Value":"hunter2"}"#,
            r#"{"SecretArn":""}"#,
            r#"{"SecretArn":["hunter2"]}"#,
            r#"{"SecretArn":"arn","Kez":"hunter2"}"#,
            r#"{"SecretArn":"arn","SsmParameter":"hunter2"}"#,
            r#"{"SsmParameter":"p","JsonKey":"hunter2"}"#,
            r#"{"SecretArn":"arn","VersionId":"hunter2"}"#,
            &format!(r#"{{"SecretArn":"arn","VersionId":"{}"}}"#, "hunter2".repeat(10)),
            &format!(r#"{{"SecretArn":"arn","VersionStage":"{}"}}"#, "hunter2".repeat(40)),
            &format!(r#"{{"SecretArn":"{}"}}"#, "hunter2".repeat(300)),
            &format!(r#"{{"SsmParameter":"{}"}}"#, "hunter2".repeat(300)),
            r#"{"Generate":"hunter2"}"#,
            r#"{"Generate":{"Length":7}}"#,
            r#"{"Generate":{"Length":"hunter2"}}"#,
            r#"{"Generate":{"Template":"hunter2"}}"#,
            r#"{"Generate":{"Lenght":"hunter2"}}"#,
        ] {
            let rejected = read(json);
            assert!(matches!(rejected, Err(Error::Invalid(_))), "{json}");
            assert!(
                !format!("{:?} {}", rejected, rejected.as_ref().unwrap_err()).contains("hunter2"),
                "{json}"
            );
        }
    }
}
