//! What a post and a patch ask for, once it is known to make sense.

use latchkey::{Error, Result, Secret, json};
use serde::Serialize;

use crate::config::{Config, CredentialType, Secrets, Text};

/// What a post or a patch says, as far as its form is right.
#[derive(Debug, Default)]
pub struct Input {
    name: Option<Text<1, 255>>,
    description: Option<Text<0, 32_767>>,
    enabled: Option<bool>,
    r#type: Option<CredentialType>,
    configs: Vec<Config>,
}

/// A credential that is to be created.
#[derive(Debug)]
pub struct Post {
    pub(crate) name: String,
    pub(crate) description: Option<String>,
    pub(crate) enabled: bool,
    pub(crate) config: Config,
}

/// What is to change about a credential.
#[derive(Clone, Debug)]
pub struct Patch {
    pub(crate) name: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) enabled: Option<bool>,
    pub(crate) config: Option<Config>,
    /// Whether it is all that there is to say of the credential, so that nothing of what was there stays.
    pub(crate) is_whole: bool,
}

impl Input {
    /// Reads the fields of a body.
    ///
    /// # Errors
    /// [`Error::Malformed`] for what is not documented, or not of the documented type.
    pub fn read(fields: &json::Fields<'_>) -> Result<Self> {
        let mut input = Self::default();
        for (field, value) in fields {
            match field.as_str() {
                "name" => input.name = Some(json::from_field(field, value)?),
                "description" => input.description = Some(json::from_field(field, value)?),
                "enabled" => input.enabled = Some(json::from_field(field, value)?),
                "type" => input.r#type = Some(json::from_field(field, value)?),
                key => {
                    let r#type = CredentialType::of_key(key).ok_or_else(|| json::undocumented_field(""))?;
                    input.configs.push(Config::read(r#type, value)?);
                }
            }
        }
        Ok(input)
    }

    /// What it says as a post.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the name or the type is missing, or the config is not that of the type.
    pub fn into_post(mut self) -> Result<Post> {
        let Some(name) = self.name.take() else { return Err(Error::invalid("name", "is missing")) };
        let Some(r#type) = self.r#type else { return Err(Error::invalid("type", "is missing")) };
        let config = only_config(r#type, self.configs)?;
        Ok(Post {
            name: name.as_str().to_owned(),
            description: self.description.map(|text| text.as_str().to_owned()),
            enabled: self.enabled.unwrap_or(true),
            config: config.ok_or_else(|| Error::invalid(r#type.key(), "is missing"))?,
        })
    }

    /// What it says as a patch, with the keys that it asks for.
    ///
    /// # Errors
    /// [`Error::Invalid`] where it would change the type, or holds what cannot be used.
    pub fn into_patch(mut self) -> Result<Patch> {
        if self.r#type.is_some() {
            return Err(Error::invalid("type", "cannot be changed"));
        }
        let mut config = self.configs.pop();
        if let (Some(config), Some(other)) = (&config, self.configs.pop()) {
            return Err(config.r#type().refuse(&other));
        }
        config.as_mut().map_or(Ok(()), Config::prepare)?;
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
            return Err(r#type.refuse(&config));
        }
        own = Some(config);
    }
    Ok(own)
}

impl Post {
    /// All that it says, in a form that is the same for the same request: what makes a repetition known.
    ///
    /// # Errors
    /// [`Error::Internal`], never in practice.
    pub(crate) fn fingerprint(&self) -> Result<Secret> {
        let Self { name, description, enabled, config } = self;
        fingerprint(name, description.as_deref(), *enabled, config)
    }
}

/// All that a credential consists of, in one form.
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
