//! Git: an SSH key, or a password for HTTP.
//! See `docs/decisions/keys-made-here.md`.

use latchkey::{Error, Result};

use super::{Rules, SecretText, Text, keys};

config! {
    /// Git.
    GitConfig {
        public {
            r#type "type": GitType, required;
            clone_url "cloneUrl": Text<5, 1_024>, required;
            public_key "publicKey": Text<0, 8_192>, derived;
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

latchkey::choice! {
    /// How the repository is reached.
    pub(crate) enum GitType {
        /// By SSH: the secret is a private key.
        SshKey "ssh-key",
        /// By HTTP: the secret is a password.
        HttpPassword "http-password",
    }
}

impl Rules for GitConfig {
    fn check(&mut self) -> Result<()> {
        let is_given = self.secret_value.is_some();
        keys::settle(&mut self.generate_private_key, "gitConfig.generatePrivateKey", "secretValue", is_given)
    }

    fn to_be_made(&self) -> Option<&'static str> {
        self.generate_private_key.map(|_| "secretValue")
    }

    fn prepare(&mut self) -> Result<()> {
        if self.generate_private_key.is_some() {
            // The flag stays set: it tells `complete` that this is a key for SSH, which must not be stored with
            // another type.
            let pair = keys::new_ssh()?;
            self.secret_value = Some(SecretText::made(&pair.private));
            self.public_key = Some(Text::made(pair.public));
        }
        Ok(())
    }

    /// A private key must never be sent as a password, and a password cannot be used as a key.
    fn remove_outdated(&mut self, newer: &Self) {
        let changes_type = newer.r#type.is_some() && newer.r#type != self.r#type;
        if changes_type || newer.secret_value.is_some() {
            self.secret_value = None;
            self.public_key = None;
        }
    }

    fn complete(&mut self) -> Result<()> {
        // The type may have changed since the key was made: then the key would be stored as a password.
        if self.generate_private_key.take().is_some() && self.r#type != Some(GitType::SshKey) {
            let words = "can only be true for the type ssh-key";
            return Err(Error::invalid("gitConfig.generatePrivateKey", words));
        }
        let (Some(GitType::SshKey), Some(private), None) =
            (self.r#type, &self.secret_value, &self.public_key)
        else {
            return Ok(());
        };
        let public = keys::ssh_public_key(private.expose()).ok_or_else(|| {
            Error::invalid(
                "gitConfig.secretValue",
                "must be a private key without a passphrase, in OpenSSH's form or RSA in PEM; \
                 `ssh-keygen -p -f FILE` brings others into the first",
            )
        })?;
        self.public_key = Some(Text::made(public));
        Ok(())
    }
}
