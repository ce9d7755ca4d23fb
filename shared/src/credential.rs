//! Which credential is meant: its API, its namespace and its name, and the Secrets Manager name that
//! stands for them.
//!
//! A secret is called `PREFIX/<api>/<namespace…>/<credential>`. User text becomes one component of
//! it: bytes outside `A-Za-z0-9_.+@-` are written `=XX`, so that no text can step out of its
//! namespace and different texts never share a component. Where that would not fit, a SHA-256 takes
//! its place and the real name stands in the Description alone.

use std::fmt::Write as _;

use percent_encoding::percent_decode_str;
use sha2::{Digest, Sha256};

/// The longest encoded credential name; what is longer is hashed.
const LONGEST_CREDENTIAL: usize = 200;
/// The longest encoded namespace component; what is longer is hashed.
const LONGEST_NAMESPACE: usize = 100;

/// One tenant's part of one API. Credentials of different namespaces never meet.
///
/// The path has as many elements as the API has levels: none for DQOps, a workspace and a
/// teamspace for TileDB. Within one API the number must not vary.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Namespace {
    api: &'static str,
    path: Vec<String>,
}

impl Namespace {
    /// The namespace of `api` at `path`.
    pub fn new<I, S>(api: &'static str, path: I) -> Self
    where
        I: IntoIterator<Item = S>,
        S: Into<String>,
    {
        let path = path.into_iter().map(Into::into).collect();
        Self { api, path }
    }

    /// The API that this namespace belongs to.
    pub fn api(&self) -> &'static str {
        self.api
    }

    /// The levels of this namespace, outermost first, as the caller wrote them.
    pub fn path(&self) -> &[String] {
        &self.path
    }

    /// What every secret name of this namespace starts with, and no other secret name does.
    pub(crate) fn secret_prefix(&self, prefix: &str) -> String {
        let mut name = format!("{prefix}/{}/", self.api);
        for component in &self.path {
            name.push_str(&without_arn_suffix(&encode(component, LONGEST_NAMESPACE)));
            name.push('/');
        }
        name
    }

    /// The name of the credential that `secret_name` stands for, if it is one of this namespace and its
    /// name stands in it.
    pub(crate) fn credential_name(&self, prefix: &str, secret_name: &str) -> Option<String> {
        decode(secret_name.strip_prefix(&self.secret_prefix(prefix))?)
    }

    /// The Secrets Manager name of the credential called `credential`.
    pub(crate) fn secret_name(&self, prefix: &str, credential: &str) -> String {
        self.secret_prefix(prefix) + &without_arn_suffix(&encode(credential, LONGEST_CREDENTIAL))
    }

    /// The Secrets Manager name of the document called `document`, which is no credential's: lower-case
    /// letters, of which the first is not `h`.
    pub(crate) fn document_name(&self, prefix: &str, document: &str) -> String {
        self.secret_prefix(prefix) + "=" + document
    }
}

/// Whether the last component of a secret name stands for a document instead of a credential.
pub(crate) fn is_document(component: &str) -> bool {
    let first = component.strip_prefix('=').and_then(|rest| rest.chars().next());
    first.is_some_and(|char| char.is_ascii_lowercase() && char != 'h')
}

impl std::fmt::Display for Namespace {
    /// The namespace as a log shows it: encoded, so that it is one word without surprises.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path: Vec<_> = self.path.iter().map(|part| encode(part, LONGEST_NAMESPACE)).collect();
        formatter.write_str(&path.join("/"))
    }
}

/// One component of a secret name, reversible, or a hash where it would be longer than `longest`.
///
/// A component that starts with `=` and a lower-case letter is never the encoding of a text: `=h`
/// marks a hash, and the store's own documents use others.
fn encode(text: &str, longest: usize) -> String {
    if text.is_empty() {
        return "=".to_owned();
    }
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"_.+@-".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String cannot fail.
            let _ = write!(encoded, "={byte:02X}");
        }
    }
    if encoded.len() <= longest { encoded } else { format!("=h{}", hex(&Sha256::digest(text))) }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        // Writing to a String cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// What [`encode`] wrote, read back; `None` for a hash and for anything else that it never writes.
fn decode(component: &str) -> Option<String> {
    if component == "=" {
        return Some(String::new());
    }
    let percent_encoded = component.replace('%', "%25").replace('=', "%");
    let text = percent_decode_str(&percent_encoded).decode_utf8().ok()?.into_owned();
    (without_arn_suffix(&encode(&text, component.len())) == component).then_some(text)
}

/// Escapes the hyphens among the last seven characters of a component. Secrets Manager could take a
/// name that ends in a hyphen and six characters for a partial ARN, whose random suffix has that
/// form; in a namespace they count too, because a short credential name may follow.
fn without_arn_suffix(component: &str) -> String {
    let (start, end) = component.split_at(component.len().saturating_sub(7));
    start.to_owned() + &end.replace('-', "=2D")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn secret_name(path: &[&str], credential: &str) -> String {
        Namespace::new("dqops", path.iter().copied()).secret_name("latchkey", credential)
    }

    #[test]
    fn plain_names_stay_readable() {
        assert_eq!(secret_name(&[], "db-password.txt"), "latchkey/dqops/db-password.txt");
        assert_eq!(secret_name(&["a", ""], "x"), "latchkey/dqops/a/=/x");
    }

    #[test]
    fn other_names_are_escaped() {
        assert_eq!(secret_name(&[], "ü b=%/"), "latchkey/dqops/=C3=BC=20b=3D=25=2F");
    }

    #[test]
    fn a_name_never_ends_like_an_arn() {
        assert_eq!(secret_name(&[], "tail-AbCdEf"), "latchkey/dqops/tail=2DAbCdEf");
        assert_eq!(secret_name(&["team-a"], "key1"), "latchkey/dqops/team=2Da/key1");
    }

    #[test]
    fn documents_are_told_from_credentials() {
        let name = Namespace::new("tiledb", ["w", ""]).document_name("latchkey", "defaults");
        assert_eq!(name, "latchkey/tiledb/w/=/=defaults");
        assert!(is_document("=defaults"));
        for credential in ["", "=", "=3D", "=h00", "defaults"] {
            assert!(!is_document(credential), "{credential}");
        }
    }

    proptest! {
        #[test]
        fn a_name_is_legal_and_reversible(namespace in ".*", credential in ".*") {
            let name = secret_name(&[&namespace], &credential);
            prop_assert!(name.len() <= 512);
            prop_assert!(name.bytes().all(|b| b.is_ascii_alphanumeric() || b"/_+=.@-".contains(&b)));
            prop_assert!(name.as_bytes()[name.len() - 7] != b'-');
            let parts: Vec<_> = name.split('/').collect();
            prop_assert_eq!(parts.len(), 4);
            prop_assert!(!is_document(parts[3]));
            for (part, text) in [(parts[2], namespace), (parts[3], credential)] {
                let decoded = decode(part);
                prop_assert!(decoded == Some(text) || part.starts_with("=h") && decoded.is_none());
            }
        }

        #[test]
        fn two_namespaces_never_share_a_prefix(a in ".*", b in ".*", credential in ".*") {
            prop_assume!(a != b);
            let [a, b] = [a, b].map(|path| Namespace::new("organizations", [path]));
            let (a_prefix, b_prefix) = (a.secret_prefix("latchkey"), b.secret_prefix("latchkey"));
            prop_assert!(!a_prefix.starts_with(&b_prefix) && !b_prefix.starts_with(&a_prefix));
            prop_assert!(!a.secret_name("latchkey", &credential).starts_with(&b_prefix));
        }
    }
}
