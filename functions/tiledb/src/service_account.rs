//! The key file of a Google Cloud service account.

use latchkey::{Fault, Secret};
use serde::Deserialize;

/// The field of a request that holds the key file.
const FIELD: &str = "token.gcp.key_text";

/// The fields of a key file that are used here.
#[derive(Deserialize)]
pub(crate) struct ServiceAccount {
    #[serde(default)]
    r#type: String,
    #[serde(default)]
    private_key: Option<Secret>,
    /// The address that identifies the service account.
    #[serde(default)]
    pub(crate) client_email: String,
    /// The id of the key.
    #[serde(default)]
    pub(crate) private_key_id: String,
}

impl ServiceAccount {
    /// Parses a key file. Only the fields that a list shows are required.
    pub(crate) fn parse(key_text: &Secret) -> Result<Self, Fault> {
        let parsed: Option<Self> = serde_json::from_slice(key_text.expose()).ok();
        let parsed =
            parsed.ok_or_else(|| Fault::new(FIELD, "is not the JSON of a service account's key file"))?;
        for (name, value) in
            [("client_email", &parsed.client_email), ("private_key_id", &parsed.private_key_id)]
        {
            if value.is_empty() || value.len() > 256 || value.chars().any(char::is_control) {
                return Err(Fault::new(FIELD, format!("holds no usable {name}")));
            }
        }
        Ok(parsed)
    }

    /// Checks that the file is complete and that its key is a sound RSA key.
    pub(crate) fn check(&self) -> Result<(), Fault> {
        if self.r#type != "service_account" {
            return Err(Fault::new(FIELD, "is not of the type service_account"));
        }
        let private_key = self.private_key.as_ref().map(Secret::expose).and_then(|pem| pem::parse(pem).ok());
        let Some(private_key) = private_key.filter(|pem| pem.tag() == "PRIVATE KEY") else {
            return Err(Fault::new(FIELD, "holds no private_key in PEM (PRIVATE KEY)"));
        };
        let private_key = Secret::new(private_key.into_contents());
        match ring::signature::RsaKeyPair::from_pkcs8(private_key.expose()) {
            Ok(_) => Ok(()),
            Err(_) => {
                Err(Fault::new(FIELD, "holds a private_key that is not a sound RSA key of 2048 to 4096 bits"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(key_text: &str) -> String {
        let parsed = ServiceAccount::parse(&Secret::new(key_text));
        parsed.and_then(|account| account.check()).unwrap_err().message
    }

    #[test]
    fn a_fault_says_what_is_wrong_without_repeating_it() {
        let whole =
            r#"{"type":"service_account","client_email":"a@b","private_key_id":"k","private_key":"hunter2"}"#;
        assert!(fault("hunter2").contains("not the JSON"));
        assert!(fault(r#"["hunter2"]"#).contains("client_email"));
        assert!(fault(&whole.replace("a@b", "")).contains("client_email"));
        assert!(fault(&whole.replace("private_key_id", "x")).contains("private_key_id"));
        assert!(fault(&whole.replace("service_account", "user")).contains("type"));
        assert!(fault(whole).contains("PEM"));
        let pem = r"-----BEGIN PRIVATE KEY-----\naHVudGVyMg==\n-----END PRIVATE KEY-----\n";
        assert!(fault(&whole.replace("hunter2", pem)).contains("sound RSA key"));
        let pem = r"-----BEGIN RSA PRIVATE KEY-----\naHVudGVyMg==\n-----END RSA PRIVATE KEY-----\n";
        assert!(fault(&whole.replace("hunter2", pem)).contains("PEM"));
    }
}
