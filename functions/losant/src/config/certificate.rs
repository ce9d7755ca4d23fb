//! A certificate and its private key.
//! See `docs/decisions/keys-made-here.md`.

use latchkey::field::FieldValue;
use latchkey::text::{SecretText, Text};
use latchkey::{Error, Result, json};
use serde::Serialize;
use serde_json::value::RawValue;

use super::{Rules, x509};

config! {
    /// A certificate and its private key.
    CertificateKeyPairConfig {
        public {
            certificate "certificate": Text<0, 8_192>, required;
            info "info": Info, derived;
        }
        secret {
            private_key "privateKey": SecretText<0, 8_196>, required;
        }
    }
}

/// What a certificate says about itself, as responses show it. A stored one is copied without being read.
#[derive(Clone, Debug, Serialize)]
#[serde(transparent)]
pub(crate) struct Info(Box<RawValue>);

impl FieldValue for Info {
    fn parse(_: &str, json: &RawValue) -> Result<Self> {
        Ok(Self(json.to_owned()))
    }
}

const NO_KEY: &str =
    "must be an RSA, EC or Ed25519 private key in PEM (PKCS #8, PKCS #1 or SEC 1), not encrypted";

impl Rules for CertificateKeyPairConfig {
    fn remove_outdated(&mut self, newer: &Self) {
        if newer.certificate.is_some() || newer.private_key.is_some() {
            // It describes the old pair. Without it, `complete` checks the new one.
            self.info = None;
        }
    }

    fn complete(&mut self) -> Result<()> {
        let (Some(certificate), Some(private), None) = (&self.certificate, &self.private_key, &self.info)
        else {
            return Ok(());
        };
        let rejected =
            |field: &str, words| Error::invalid(format!("certificateKeyPairConfig.{field}"), words);
        if x509::Certificate::holds_private_key(certificate.as_str()) {
            return Err(rejected("certificate", "holds a private key, which everybody would see"));
        }
        let certificate = x509::Certificate::parse(certificate.as_str())
            .ok_or_else(|| rejected("certificate", "must be an X.509 certificate in PEM"))?;
        match certificate.is_of(private.expose()) {
            None => Err(rejected("privateKey", NO_KEY)),
            Some(false) => Err(rejected("privateKey", "is not the key of the certificate")),
            Some(true) => {
                self.info = Some(Info(json::raw(&certificate.info())?));
                Ok(())
            }
        }
    }
}
