//! Git: an SSH key, or a password for HTTP.

use latchkey::{Error, Result};
use serde::{Deserialize, Serialize};

use super::{Rules, SecretText, Text, keys};

config! {
    /// Git.
    GitConfig {
        public {
            r#type "type": GitType, required;
            clone_url "cloneUrl": Text<5, 1_024>, required;
            public_key "publicKey": Text<0, 8_192>;
            username "username": Text<0, 128>;
            committer_name "committerName": Text<0, 128>;
            committer_email "committerEmail": Text<0, 128>;
            generate_private_key "generatePrivateKey": bool;
        }
        secret {
            secret_value "secretValue": SecretText<0, 8_196>;
        }
    }
}

/// How the repository is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(crate) enum GitType {
    /// By SSH: the secret is a private key.
    SshKey,
    /// By HTTP: the secret is a password.
    HttpPassword,
}

impl Rules for GitConfig {
    fn derived(&self) -> Option<&'static str> {
        self.public_key.as_ref().map(|_| "publicKey")
    }

    fn prepare(&mut self) -> Result<()> {
        self.generate_private_key = self.generate_private_key.filter(|generate| *generate);
        if self.generate_private_key.is_some() && self.secret_value.is_some() {
            let fault = "cannot be true where secretValue is given";
            return Err(Error::invalid("gitConfig.generatePrivateKey", fault));
        }
        Ok(())
    }

    /// A private key must never be sent as a password, nor can a password be a key.
    fn make_way(&mut self, newer: &Self) {
        let changes_type = newer.r#type.is_some() && newer.r#type != self.r#type;
        if changes_type || newer.secret_value.is_some() || newer.generate_private_key.is_some() {
            self.secret_value = None;
            self.public_key = None;
        }
    }

    fn complete(&mut self) -> Result<()> {
        let generate = self.generate_private_key.take().is_some();
        match (self.r#type, &self.secret_value) {
            (Some(GitType::SshKey), _) if generate => {
                let pair = keys::new_ssh()?;
                self.secret_value = Some(SecretText::made(&pair.private));
                self.public_key = Some(Text::made(pair.public));
            }
            (_, _) if generate => {
                let fault = "can only be true for the type ssh-key";
                return Err(Error::invalid("gitConfig.generatePrivateKey", fault));
            }
            (Some(GitType::SshKey), Some(private)) if self.public_key.is_none() => {
                let public = keys::ssh_public_key(private.expose()).ok_or_else(|| {
                    Error::invalid(
                        "gitConfig.secretValue",
                        "must be a private key without a passphrase, in OpenSSH's form or RSA in PEM; \
                         `ssh-keygen -p -f FILE` brings others into the first",
                    )
                })?;
                self.public_key = Some(Text::made(public));
            }
            _ => {}
        }
        Ok(())
    }
}
