//! What a post and a patch ask for, once it is known to make sense.

use latchkey::{Error, Result, Secret};
use serde::Serialize;

pub use crate::config::Input;
use crate::config::{Config, CredentialType, Secrets};

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
}

impl Input {
    /// What it says as a post.
    ///
    /// # Errors
    /// [`Error::Invalid`] where the name or the type is missing, or the config is not that of the type.
    pub fn into_post(mut self) -> Result<Post> {
        let Some(name) = self.name.take() else { return Err(Error::invalid("name", "is missing")) };
        let Some(r#type) = self.r#type else { return Err(Error::invalid("type", "is missing")) };
        let config = only_config(r#type, self.configs())?;
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
        let mut configs = self.configs();
        let mut config = configs.pop();
        if let (Some(config), Some(other)) = (&config, configs.pop()) {
            return Err(config.r#type().refuse(&other));
        }
        config.as_mut().map_or(Ok(()), Config::prepare)?;
        Ok(Patch {
            name: self.name.map(|text| text.as_str().to_owned()),
            description: self.description.map(|text| text.as_str().to_owned()),
            enabled: self.enabled,
            config,
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
        #[derive(Serialize)]
        struct Everything<'a>(&'a str, Option<&'a str>, bool, &'a Config, Secrets<'a>);

        let Self { name, description, enabled, config } = self;
        let everything = Everything(name, description.as_deref(), *enabled, config, config.secrets());
        let json = serde_json::to_vec(&everything);
        json.map(Secret::new).map_err(|_| Error::internal("a request cannot be written as JSON"))
    }
}

#[cfg(test)]
#[path = "input_tests.rs"]
mod tests;
