//! Snowflake: key-pair authentication.
//! See `docs/decisions/keys-made-here.md`.

use latchkey::{Error, Result};

use super::{Rules, SecretText, Text, keys};

config! {
    /// Snowflake.
    SnowflakeConfig {
        public {
            host "host": Text<1, 128>, required;
            username "username": Text<1, 128>, required;
            public_key "publicKey": Text<1, 8_192>, derived;
            generate_private_key "generatePrivateKey": bool;
        }
        secret {
            private_key "privateKey": SecretText<0, 8_196>, required;
        }
    }
}

impl Rules for SnowflakeConfig {
    fn check(&mut self) -> Result<()> {
        let is_given = self.private_key.is_some();
        keys::settle(
            &mut self.generate_private_key,
            "snowflakeConfig.generatePrivateKey",
            "privateKey",
            is_given,
        )
    }

    fn to_be_made(&self) -> Option<&'static str> {
        self.generate_private_key.map(|_| "privateKey")
    }

    fn prepare(&mut self) -> Result<()> {
        if self.generate_private_key.is_some() {
            let pair = keys::new_rsa()?;
            self.private_key = Some(SecretText::made(&pair.private));
            self.public_key = Some(Text::made(pair.public));
        }
        Ok(())
    }

    fn remove_outdated(&mut self, newer: &Self) {
        if newer.private_key.is_some() {
            self.public_key = None;
        }
    }

    fn complete(&mut self) -> Result<()> {
        self.generate_private_key = None;
        let (None, Some(private)) = (&self.public_key, &self.private_key) else { return Ok(()) };
        let public = keys::rsa_public_key(private.expose()).ok_or_else(|| {
            Error::invalid(
                "snowflakeConfig.privateKey",
                "must be an RSA private key in PEM, not encrypted; or set generatePrivateKey",
            )
        })?;
        self.public_key = Some(Text::made(public));
        Ok(())
    }
}
