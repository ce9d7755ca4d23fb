//! What a post and a patch ask for, checked as far as that is possible without the store.

use latchkey::field::FieldValue;
use latchkey::text::Text;
use latchkey::{Error, Result, Secret, json, wording};
use serde::Serialize;

use crate::config::{Config, CredentialType, Secrets};

/// The body of a post or a patch, checked only for its form.
#[derive(Debug, Default)]
pub struct Input {
    name: Option<Text<1, 255>>,
    description: Option<Text<0, 32_767>>,
    enabled: Option<bool>,
    r#type: Option<CredentialType>,
    configs: Vec<Config>,
}

/// A credential to create.
#[derive(Debug)]
pub struct Post {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) enabled: bool,
    pub(crate) config: Config,
}

/// A change to a credential.
#[derive(Clone, Debug)]
pub struct Patch {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) config: Option<Config>,
    /// Whether this describes the whole credential, so that no stored field stays.
    pub(crate) is_whole: bool,
}

impl Input {
    /// Parses the fields of a body.
    ///
    /// # Errors
    /// [`Error::Malformed`] for a field that is not documented, or not of the documented type.
    pub fn parse(fields: &json::Fields<'_>) -> Result<Self> {
        let mut input = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "name" => input.name = Some(FieldValue::parse(field, value)?),
                "description" => input.description = Some(FieldValue::parse(field, value)?),
                "enabled" => input.enabled = Some(FieldValue::parse(field, value)?),
                "type" => input.r#type = Some(FieldValue::parse(field, value)?),
                key => {
                    let r#type =
                        CredentialType::of_key(key).ok_or_else(|| json::undocumented_field("", key))?;
                    input.configs.push(Config::parse(r#type, value)?);
                }
            }
        }
        Ok(input)
    }

    /// Checks the body as a post.
    ///
    /// # Errors
    /// [`Error::Invalid`] if the name or the type is missing, or if the config is of another type or lacks a field.
    pub fn into_post(mut self) -> Result<Post> {
        let missing = |field| Error::invalid(field, wording::MISSING);
        let name = self.name.take().ok_or_else(|| missing("name"))?;
        let r#type = self.r#type.ok_or_else(|| missing("type"))?;
        let config = only_config(r#type, self.configs)?.ok_or_else(|| missing(r#type.key()))?;
        config.clone().foresee()?;
        Ok(Post {
            name: name.as_str().to_owned(),
            description: self.description.map(|text| text.as_str().to_owned()),
            enabled: self.enabled.unwrap_or(true),
            config,
        })
    }

    /// Checks the body as a patch.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it would change the type, or holds the configs of two types.
    pub fn into_patch(mut self) -> Result<Patch> {
        if self.r#type.is_some() {
            return Err(Error::invalid("type", wording::UNCHANGEABLE));
        }
        let config = self.configs.pop();
        if let (Some(config), Some(other)) = (&config, self.configs.pop()) {
            return Err(config.r#type().reject(&other));
        }
        Ok(Patch {
            name: self.name.map(|text| text.as_str().to_owned()),
            description: self.description.map(|text| text.as_str().to_owned()),
            enabled: self.enabled,
            config,
            is_whole: false,
        })
    }
}

fn only_config(r#type: CredentialType, configs: Vec<Config>) -> Result<Option<Config>> {
    let mut own = None;
    for config in configs {
        if config.r#type() != r#type {
            return Err(r#type.reject(&config));
        }
        own = Some(config);
    }
    Ok(own)
}

impl Post {
    /// All that it says, in a form that is the same for every repetition of the request.
    ///
    /// # Errors
    /// [`Error::Internal`], never in practice.
    pub(crate) fn fingerprint(&self) -> Result<Secret> {
        let Self { name, description, enabled, config } = self;
        fingerprint(name, description.as_deref(), *enabled, config)
    }
}

/// All that a credential consists of, in one canonical form.
///
/// # Errors
/// [`Error::Internal`], never in practice.
pub(crate) fn fingerprint(
    name: &str,
    description: Option<&str>,
    enabled: bool,
    config: &Config,
) -> Result<Secret> {
    #[derive(Serialize)]
    struct Everything<'a>(&'a str, Option<&'a str>, bool, &'a Config, Secrets<'a>);

    Secret::json(&Everything(name, description, enabled, config, config.secrets()))
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
