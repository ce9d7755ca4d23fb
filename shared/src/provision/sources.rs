//! Reads what references name.
//!
//! See docs/decisions/provisioning.md.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;

use super::parameter;
use super::reference::Reference;
use super::schema::{Field, Kind};
use super::tree::Tree;
use crate::aws::is_account_id;
use crate::error::{Error, Result};
use crate::secret::Secret;
use crate::store::{NoSource, Source, Store, Stored};

/// Parameters with this in their names lead to secrets in Secrets Manager.
const DETOUR: &str = "aws/reference/secretsmanager";

/// Where references lead.
pub(super) struct Sources<'a>(pub(super) &'a Store);

impl Sources<'_> {
    /// The value for `field` that `reference` names, as the vendor's JSON holds it.
    ///
    /// # Errors
    /// [`Error::Invalid`] if it cannot be read, which says what to do; otherwise those of the services.
    pub(super) async fn value(&self, field: &Field, reference: &Reference) -> Result<Secret> {
        let at = format!("Secrets.{}", field.path);
        let value = match reference {
            Reference::Secret { source, json_key } => {
                let Stored { value, is_binary, .. } = self.secret(&at, source).await?;
                match json_key {
                    Some(key) => in_json(&at, &value, key)?,
                    // In JSON, bytes are base64.
                    None if is_binary && field.kind == Kind::SecretBytes => {
                        Secret::new(BASE64_STANDARD.encode(value.expose()))
                    }
                    None => value,
                }
            }
            Reference::Parameter(name) => self.parameter(&at, field.kind, name).await?,
            Reference::Generated(_) => return Err(Error::internal("a generated value has no source")),
        };
        match value.expose_text() {
            Some(_) => Ok(value),
            None => Err(Error::invalid(at, "leads to bytes that are no text")),
        }
    }

    async fn secret(&self, at: &str, source: &Source) -> Result<Stored> {
        let fault = |message: &str| Err(Error::invalid(at, message));
        let parts: Vec<_> = source.arn.splitn(7, ':').collect();
        let no_arn =
            "SecretArn is no ARN of a secret (arn:aws:secretsmanager:REGION:ACCOUNT:secret:NAME-xxxxxx)";
        let ["arn", _, "secretsmanager", region, account, "secret", name] = parts.as_slice() else {
            return fault(no_arn);
        };
        // AWS would reject an impossible account or name with a message that nobody sees.
        let is_named = name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"/_+=.@-".contains(&byte));
        if name.is_empty() || !is_named || !is_account_id(account) {
            return fault(no_arn);
        }
        if *region != self.0.region() {
            return fault("SecretArn is in another Region; replicate the secret into this one");
        }
        // IAM cannot tell these reads from those that the function needs for its own credentials.
        if self.0.is_own(name) {
            return fault("SecretArn is one of Latchkey's own secrets, which are no sources");
        }
        self.0.source(source).await.map_err(|why| no_value(at, "secret", why))
    }

    async fn parameter(&self, at: &str, kind: Kind, name: &str) -> Result<Secret> {
        let fault = |message: &str| Err(Error::invalid(at, message));
        // Systems Manager would read the secret with this function's rights, past the checks in `secret`.
        if name.contains(DETOUR) {
            return fault("SsmParameter is a detour to a secret; name that with SecretArn");
        }
        let read = parameter::read(self.0.region(), name).await;
        let read = read.map_err(|why| no_value(at, "parameter", why))?;
        if kind.is_secret() && !read.is_secure {
            return fault("leads to a parameter that is no SecureString, and so is no place for a secret");
        }
        Ok(read.value)
    }
}

/// The error for a reference at `at` that leads to no value of a secret or parameter: why, and what to do about it.
fn no_value(at: &str, what: &str, why: NoSource) -> Error {
    let message = match why {
        NoSource::Missing => format!("leads to no {what}, or to none with that version"),
        NoSource::Deleted => format!("leads to a {what} that is scheduled for deletion"),
        NoSource::Denied => format!(
            "leads to a {what} that may not be read: Latchkey's parameter ProvisioningSources has to name it, and \
             its KMS key, if it has one of yours"
        ),
        NoSource::Failed(error) => return error,
    };
    Error::invalid(at, message)
}

/// The field `key` of `value`, which must be a JSON object.
fn in_json(at: &str, value: &Secret, key: &str) -> Result<Secret> {
    let Ok(Tree::Object(fields)) = serde_json::from_slice(value.expose()) else {
        return Err(Error::invalid(at, "leads to a value that is no JSON object, and so has no JsonKey"));
    };
    match fields.into_iter().find(|(name, _)| name == key) {
        Some((_, Tree::Text(text))) => Ok(text),
        Some((_, Tree::Number(number))) => Ok(Secret::new(number.to_string())),
        Some((_, Tree::Flag(flag))) => Ok(Secret::new(flag.to_string())),
        Some(_) => Err(Error::invalid(at, "leads to a JsonKey that holds no text")),
        None => Err(Error::invalid(at, "leads to a JSON object without that JsonKey")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_json_key_leads_to_a_text_that_no_fault_shows() {
        let value = Secret::new(r#"{"a":"hunter2","n":5432,"f":true,"o":{"a":"hunter2"}}"#);
        for (key, text) in [("a", "hunter2"), ("n", "5432"), ("f", "true")] {
            assert_eq!(in_json("Secrets.p", &value, key).unwrap().expose_text(), Some(text));
        }
        for (value, key) in
            [(&value, "o"), (&value, "x"), (&Secret::new("hunter2"), "a"), (&Secret::new([255]), "a")]
        {
            let rejected = in_json("Secrets.p", value, key).unwrap_err();
            assert!(rejected.to_string().starts_with("Secrets.p: leads to"), "{rejected}");
            assert!(!format!("{rejected:?}").contains("hunter2"));
        }
    }
}
