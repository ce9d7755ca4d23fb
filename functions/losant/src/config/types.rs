//! The sixteen configs, in the order and with the limits of Losant's schemas. A field is secret if the schema of a
//! post has it, but that of a credential does not.

pub use super::certificate::CertificateKeyPairConfig;
pub use super::gcp::GcpConfig;
pub use super::git::GitConfig;
pub use super::http::HttpConfig;
pub use super::snowflake::SnowflakeConfig;
pub use super::sql::SqlConfig;
use super::{Rules, SecretText, Text};

config! {
    /// Amazon Web Services.
    AwsConfig {
        public {
            access_key_id "accessKeyId": Text<16, 128>, required;
            region "region": Text<1, 128>, required;
        }
        secret {
            secret_access_key "secretAccessKey": SecretText<4, 128>, required;
        }
    }
}

config! {
    /// Azure Storage.
    AzureConfig {
        public {
            account "account": Text<0, 128>;
        }
        secret {
            account_key "accountKey": SecretText<4, 128>, required;
        }
    }
}

config! {
    /// SendGrid.
    SendgridConfig {
        public {}
        secret {
            api_key "apiKey": SecretText<4, 128>, required;
        }
    }
}

config! {
    /// Twilio.
    TwilioConfig {
        public {
            account_sid "accountSid": Text<4, 128>, required;
            api_key_sid "apiKeySid": Text<4, 128>, required;
        }
        secret {
            api_key_secret "apiKeySecret": SecretText<4, 128>, required;
        }
    }
}

config! {
    /// Loggly.
    LogglyConfig {
        public {}
        secret {
            customer_token "customerToken": SecretText<1, 128>, required;
        }
    }
}

config! {
    /// JSON Web Tokens.
    JwtConfig {
        public {
            issuer "issuer": Text<0, 1_024>;
            algorithm "algorithm": JwtAlgorithm, required;
        }
        secret {
            secret "secret": SecretText<1, 4_096>, required;
        }
    }
}

config! {
    /// WhatsApp.
    WhatsappConfig {
        public {
            from_number_id "fromNumberId": Text<1, 128>, required;
        }
        secret {
            access_token "accessToken": SecretText<1, 1_024>, required;
        }
    }
}

config! {
    /// MongoDB.
    MongodbConfig {
        public {}
        secret {
            connection_uri "connectionUri": SecretText<1, 2_048>, required;
        }
    }
}

config! {
    /// Mailgun.
    MailgunConfig {
        public {}
        secret {
            api_key "apiKey": SecretText<4, 128>, required;
        }
    }
}

config! {
    /// Datadog.
    DatadogConfig {
        public {
            site "site": Text<1, 128>;
        }
        secret {
            secret_value "secretValue": SecretText<0, 256>, required;
        }
    }
}

impl Rules for AwsConfig {}
impl Rules for AzureConfig {}
impl Rules for SendgridConfig {}
impl Rules for TwilioConfig {}
impl Rules for LogglyConfig {}
impl Rules for JwtConfig {}
impl Rules for WhatsappConfig {}
impl Rules for MongodbConfig {}
impl Rules for MailgunConfig {}
impl Rules for DatadogConfig {}

latchkey::choice! {
    /// How a token is signed.
    pub enum JwtAlgorithm {
        /// HMAC with SHA-256.
        HS256 "HS256",
        /// HMAC with SHA-384.
        HS384 "HS384",
        /// HMAC with SHA-512.
        HS512 "HS512",
        /// RSA with SHA-256.
        RS256 "RS256",
        /// RSA with SHA-384.
        RS384 "RS384",
        /// RSA with SHA-512.
        RS512 "RS512",
        /// ECDSA with SHA-256.
        ES256 "ES256",
        /// ECDSA with SHA-384.
        ES384 "ES384",
        /// ECDSA with SHA-512.
        ES512 "ES512",
    }
}
