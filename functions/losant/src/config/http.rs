//! HTTP requests to hosts that a pattern matches.

use latchkey::Result;

use super::{Rules, SecretText, Text};

config! {
    /// HTTP.
    HttpConfig {
        public {
            uri_match "uriMatch": Text<8, 1_024>, required;
            auth_method "authMethod": HttpAuthMethod, required;
            public_value "publicValue": Text<0, 8_196>;
        }
        secret {
            secret_value "secretValue": SecretText<0, 8_196>, required;
        }
    }
}

latchkey::choice! {
    /// Where a request carries the credential.
    pub(crate) enum HttpAuthMethod {
        /// A header.
        Header "header",
        /// A query parameter.
        QueryParam "queryParam",
        /// User and password.
        BasicAuth "basicAuth",
        /// A certificate and its key.
        ClientCertificate "clientCertificate",
    }
}

impl Rules for HttpConfig {
    /// A post can omit the public value, but a response always has it.
    fn complete(&mut self) -> Result<()> {
        self.public_value.get_or_insert_with(|| Text::made(""));
        Ok(())
    }
}
