//! Which credential is meant: its API, its namespace and its name, and the Secrets Manager name for them.
//!
//! A secret is called `PREFIX/<api>/<namespace…>/<credential>`. User text becomes one component of it: bytes outside
//! `A-Za-z0-9_.+=@-` are written `=XX`. So no text can leave its namespace, and different texts never share a
//! component. Text that Secrets Manager accepts in a name stays as it is, unless it could be mistaken for an escape. So
//! secrets that others have made are credentials under their own names.
//!
//! If a name would be too long, a SHA-256 takes its place, and only the Description has the real name. Secrets Manager
//! accepts no name that ends in a hyphen and six characters, because a partial ARN ends like that. A hyphen in that
//! place is escaped. If it belongs to the namespace, what follows it is escaped instead, which moves the hyphen.
//!
//! See docs/decisions/names.md.

use sha2::{Digest, Sha256};

/// The longest name of a secret. A credential that would make it longer is hashed.
const LONGEST_SECRET_NAME: usize = 512;
/// How many characters an ARN has after its last hyphen. No name may end like that.
const ARN_SUFFIX: usize = 6;
/// The longest encoded namespace component; a longer one is hashed.
const LONGEST_NAMESPACE: usize = 100;

/// One tenant's part of one API. Credentials of different namespaces never meet.
///
/// The path has as many elements as the API has levels: none for DQOps, a workspace and a
/// teamspace for TileDB. Within one API the number must not vary.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
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

    /// The namespace and the credential in `id`, a text that [`Namespace::credential_id`] wrote for `api` with so many
    /// `levels`. `None` for any other text, or if a part was too long and is a hash.
    pub(crate) fn parse_credential_id(api: &'static str, levels: usize, id: &str) -> Option<(Self, String)> {
        let mut parts = id.split('/');
        if parts.next() != Some(api) {
            return None;
        }
        let path: Option<Vec<_>> = parts.by_ref().take(levels).map(decode).collect();
        let namespace = Self { api, path: path.filter(|path| path.len() == levels)? };
        let credential = namespace.credential_name("", &format!("/{id}"))?;
        Some((namespace, credential))
    }

    /// The credential called `credential`, as one text: its API, its namespace and its name.
    pub(crate) fn credential_id(&self, credential: &str) -> String {
        self.secret_name("", credential).split_off(1)
    }

    /// The prefix of every secret name of this namespace, and of no other.
    pub(crate) fn secret_prefix(&self, prefix: &str) -> String {
        let mut name = format!("{prefix}/{}/", self.api);
        for component in &self.path {
            name.push_str(&encode(component, LONGEST_NAMESPACE));
            name.push('/');
        }
        name
    }

    /// The name of the credential in the secret `secret_name`, if it belongs to this namespace and its name is not
    /// hashed.
    pub(crate) fn credential_name(&self, prefix: &str, secret_name: &str) -> Option<String> {
        let name = decode(secret_name.strip_prefix(&self.secret_prefix(prefix))?)?;
        // Each name has one spelling. A list would find others, and nothing else would.
        (self.secret_name(prefix, &name) == secret_name).then_some(name)
    }

    /// The Secrets Manager name of the credential called `credential`.
    pub(crate) fn secret_name(&self, prefix: &str, credential: &str) -> String {
        let before = self.secret_prefix(prefix);
        let longest = LONGEST_SECRET_NAME.saturating_sub(before.len());
        without_arn_suffix(&before, &encode(credential, longest))
            .unwrap_or_else(|| before + &hashed(credential))
    }

    /// The Secrets Manager name of a document, which is not a credential. `document` consists of lower-case letters,
    /// and does not start with `h`.
    pub(crate) fn document_name(&self, prefix: &str, document: &str) -> String {
        self.secret_prefix(prefix) + "=" + document
    }
}

/// Whether the last component of a secret name stands for a document and not for a credential.
pub(crate) fn is_document(component: &str) -> bool {
    let first = component.strip_prefix('=').and_then(|rest| rest.chars().next());
    first.is_some_and(|char| char.is_ascii_lowercase() && char != 'h')
}

impl std::fmt::Display for Namespace {
    /// The namespace as a log shows it: encoded, so that it is one word without unexpected characters.
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let path: Vec<_> = self.path.iter().map(|part| encode(part, LONGEST_NAMESPACE)).collect();
        formatter.write_str(&path.join("/"))
    }
}

/// One component of a secret name: reversible, or a hash if it would be longer than `longest`.
///
/// A component that starts with `=` and a lower-case letter is never the encoding of a text: `=h` marks a hash, and the
/// store's own documents have other letters.
fn encode(text: &str, longest: usize) -> String {
    if text.is_empty() {
        return "=".to_owned();
    }
    // Backwards, because what follows a `=` decides whether it has to be escaped.
    let mut reversed = Vec::with_capacity(text.len());
    for (index, byte) in text.bytes().enumerate().rev() {
        let is_plain = byte.is_ascii_alphanumeric() || b"_.+@-".contains(&byte);
        let is_plain =
            is_plain || byte == b'=' && !looks_escaped(&reversed) && (index > 0 || !is_reserved(&reversed));
        if is_plain {
            reversed.push(byte);
        } else {
            reversed.extend(format!("={byte:02X}").bytes().rev());
        }
    }
    if reversed.len() > longest {
        return hashed(text);
    }
    reversed.into_iter().rev().map(char::from).collect()
}

fn hashed(text: &str) -> String {
    format!("=h{}", hex(&Sha256::digest(text)))
}

/// Whether a `=` in front of what is written already, in reverse, would look like an escape.
fn looks_escaped(reversed: &[u8]) -> bool {
    let mut next = reversed.iter().rev();
    let mut is_digit = || next.next().is_some_and(|byte| matches!(byte, b'0'..=b'9' | b'A'..=b'F'));
    is_digit() && is_digit()
}

/// Whether a component of `=` and what is written already, in reverse, would be the empty text, a hash or a document.
fn is_reserved(reversed: &[u8]) -> bool {
    reversed.last().is_none_or(u8::is_ascii_lowercase)
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    let digit = |half: u8| char::from_digit(half.into(), 16).unwrap_or_default();
    bytes.iter().fold(String::with_capacity(2 * bytes.len()), |mut text, byte| {
        text.push(digit(byte >> 4));
        text.push(digit(byte & 0xf));
        text
    })
}

/// The text that [`encode`] wrote; `None` for a hash, a document, or bytes that are not UTF-8.
fn decode(component: &str) -> Option<String> {
    if component == "=" {
        return Some(String::new());
    }
    if component
        .strip_prefix('=')
        .is_some_and(|rest| rest.starts_with(|first: char| first.is_ascii_lowercase()))
    {
        return None;
    }
    let mut bytes = Vec::with_capacity(component.len());
    let mut rest = component.as_bytes();
    while let Some((first, others)) = rest.split_first() {
        rest = others;
        if let (b'=', Some((digits, after))) = (first, others.split_at_checked(2))
            && let Some(byte) = escaped(digits)
        {
            bytes.push(byte);
            rest = after;
        } else {
            bytes.push(*first);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The byte that two upper-case hexadecimal digits stand for.
fn escaped(digits: &[u8]) -> Option<u8> {
    let text = std::str::from_utf8(digits).ok()?;
    let is_escape = text.bytes().all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F'));
    u8::from_str_radix(text, 16).ok().filter(|_| is_escape)
}

/// The name of a secret in the namespace with the prefix `before`, escaped so that it does not end like a partial ARN.
/// `None` if nothing is left in `component` to escape, or the name becomes too long.
fn without_arn_suffix(before: &str, component: &str) -> Option<String> {
    let mut component = component.to_owned();
    loop {
        let name = format!("{before}{component}");
        let hyphen = name.len().checked_sub(ARN_SUFFIX + 1)?;
        if name.as_bytes().get(hyphen) != Some(&b'-') {
            return (name.len() <= LONGEST_SECRET_NAME).then_some(name);
        }
        // A hyphen of the namespace is in all of its names, so what follows it is made longer instead.
        let at = match hyphen.checked_sub(before.len()) {
            Some(at) => at,
            // The empty text has no other spelling.
            None if component == "=" => return None,
            None => unescaped(&component).next()?.0,
        };
        let byte = *component.as_bytes().get(at)?;
        component.replace_range(at..=at, &format!("={byte:02X}"));
    }
}

/// The bytes of a component that are not part of an escape, with their places.
fn unescaped(component: &str) -> impl Iterator<Item = (usize, u8)> {
    let bytes = component.as_bytes();
    let mut skip = 0;
    bytes.iter().enumerate().filter_map(move |(at, byte)| {
        if skip > 0 {
            skip -= 1;
            return None;
        }
        if *byte == b'=' && bytes.get(at + 1..at + 3).and_then(escaped).is_some() {
            skip = 2;
            return None;
        }
        Some((at, *byte))
    })
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
        assert_eq!(secret_name(&[], "ü b%/"), "latchkey/dqops/=C3=BC=20b=25=2F");
    }

    #[test]
    fn a_name_that_secrets_manager_accepts_stays_as_it_is() {
        let namespace = Namespace::new("dqops", [""; 0]);
        for name in
            ["prod-db", "api-key", "warehouse-prod", "a=b", "x=", "a=3d", "=3-=", "-", &"n".repeat(497)]
        {
            let secret = format!("latchkey/dqops/{name}");
            assert_eq!(namespace.credential_name("latchkey", &secret).as_deref(), Some(name));
            assert_eq!(namespace.secret_name("latchkey", name), secret);
        }
        for other in ["=", "=defaults", "=h00", "prod=2Ddb", "a=3Db=", "=FF"] {
            let name = namespace.credential_name("latchkey", &format!("latchkey/dqops/{other}"));
            assert!(name.is_none_or(|name| name.is_empty()), "{other}");
        }
    }

    #[test]
    fn a_name_never_ends_like_an_arn() {
        assert_eq!(secret_name(&[], "tail-AbCdEf"), "latchkey/dqops/tail=2DAbCdEf");
        assert_eq!(secret_name(&[], "tail--bCdEf"), "latchkey/dqops/tail=2D-bCdEf");
        // A namespace keeps its hyphens, so that all of its names have one prefix.
        assert_eq!(secret_name(&["team-a"], "keys1"), "latchkey/dqops/team-a/keys1");
        assert_eq!(secret_name(&["team-a"], "key1"), "latchkey/dqops/team-a/=6Bey1");
        assert_eq!(secret_name(&["team-a-b"], "k="), "latchkey/dqops/team-a-b/=6B=3D");
        assert!(secret_name(&["team-abcd"], "").starts_with("latchkey/dqops/team-abcd/=h"));
    }

    #[test]
    fn an_id_names_api_namespace_and_credential() {
        let namespace = Namespace::new("tiledb", ["acme", ""]);
        assert_eq!(namespace.credential_id("ware house"), "tiledb/acme/=/ware=20house");
        for name in ["warehouse", "ü/", "tail-AbCdEf", "=defaults", &"n".repeat(128)] {
            let id = namespace.credential_id(name);
            let read = Namespace::parse_credential_id("tiledb", 2, &id);
            assert_eq!(read, Some((namespace.clone(), name.to_owned())));
            assert_eq!(Namespace::parse_credential_id("tiledb", 1, &id), None);
            assert_eq!(Namespace::parse_credential_id("losant", 2, &id), None);
        }
        for other in [
            "",
            "tiledb",
            "tiledb/acme/=",
            "tiledb/acme/=/=defaults",
            "tiledb/acme/=/a/b",
            "stack-Warehouse-1",
        ] {
            assert_eq!(Namespace::parse_credential_id("tiledb", 2, other), None, "{other}");
        }
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
        fn names_made_of_an_escapes_characters_are_reversible(credential in "[-=0-9A-Fh]{1,12}") {
            let namespace = Namespace::new("tiledb", ["a-b", "-c-"]);
            let secret = namespace.secret_name("latchkey", &credential);
            prop_assert!(secret.as_bytes()[secret.len() - 7] != b'-');
            let name = namespace.credential_name("latchkey", &secret);
            prop_assert!(name == Some(credential) || secret.contains("/=h") && name.is_none());
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
