//! Snowflake: key-pair authentication.

use latchkey::{Error, Result};

use super::{Rules, SecretText, Text, keys};

config! {
    /// Snowflake.
    SnowflakeConfig {
        public {
            host "host": Text<1, 128>, required;
            username "username": Text<1, 128>, required;
            public_key "publicKey": Text<1, 8_192>;
            generate_private_key "generatePrivateKey": bool;
        }
        secret {
            private_key "privateKey": SecretText<0, 8_196>, required;
        }
    }
}

impl Rules for SnowflakeConfig {
    fn derived(&self) -> Option<&'static str> {
        self.public_key.as_ref().map(|_| "publicKey")
    }

    fn prepare(&mut self) -> Result<()> {
        let generate = self.generate_private_key.take() == Some(true);
        let pair = match &self.private_key {
            Some(_) if generate => {
                return Err(Error::invalid(
                    "snowflakeConfig.generatePrivateKey",
                    "cannot be true where privateKey is given",
                ));
            }
            Some(private) => {
                let public = keys::rsa_public_key(private.expose()).ok_or_else(|| {
                    Error::invalid(
                        "snowflakeConfig.privateKey",
                        "must be an RSA private key in PEM, not encrypted; or set generatePrivateKey",
                    )
                })?;
                self.public_key = Some(Text::made(public));
                return Ok(());
            }
            None if generate => keys::new_rsa()?,
            None => return Ok(()),
        };
        self.private_key = Some(SecretText::made(&pair.private));
        self.public_key = Some(Text::made(pair.public));
        Ok(())
    }
}
