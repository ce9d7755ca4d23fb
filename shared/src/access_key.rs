//! What an access key is, and how a token is checked against it.
//!
//! A key is itself a secret, `PREFIX/keys/<key id>`, with the JSON
//! `{"secret": "…", "grants": […], "expires_at": "…"}`; the last is optional. The token that clients
//! send is `<key id>.<secret>`.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::caller::Grant;
use crate::secret::Secret;

/// The longest id of an access key.
const LONGEST_ID: usize = 64;
/// The longest header value that can carry a token; what is longer is not looked at.
const LONGEST_HEADER: usize = 4_096;

/// The id of an access key: 1 to 64 of `A-Za-z0-9_-`, as part of a secret's name. Not a secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// The id that `text` is, if it can be one.
    pub fn parse(text: &str) -> Option<Self> {
        let is_legal = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || byte == b'-';
        let fits = (1..=LONGEST_ID).contains(&text.len()) && text.bytes().all(is_legal);
        fits.then(|| Self(text.to_owned()))
    }

    /// The id as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What a client sends to say who it is.
#[derive(Clone, Debug)]
pub struct Token {
    /// Which access key it claims.
    pub id: AccessKeyId,
    /// What it proves that with.
    pub secret: Secret,
}

impl Token {
    /// The token in an `Authorization` header: `Bearer <key id>.<secret>`, or `Basic` with the two as
    /// user and password.
    pub fn from_authorization(header: &str) -> Option<Self> {
        let (scheme, credentials) =
            header.trim().split_once(' ').filter(|_| header.len() <= LONGEST_HEADER)?;
        let credentials = credentials.trim_start();
        if scheme.eq_ignore_ascii_case("bearer") {
            Self::parse(credentials, '.')
        } else if scheme.eq_ignore_ascii_case("basic") {
            let decoded = Secret::new(BASE64_STANDARD.decode(credentials).ok()?);
            Self::parse(decoded.expose_text()?, ':')
        } else {
            None
        }
    }

    /// The token in a header that holds nothing else, as TileDB's `X-TILEDB-REST-API-KEY`.
    pub fn from_api_key(header: &str) -> Option<Self> {
        Self::parse(header.trim(), '.').filter(|_| header.len() <= LONGEST_HEADER)
    }

    fn parse(text: &str, separator: char) -> Option<Self> {
        let (id, secret) = text.split_once(separator)?;
        Some(Self { id: AccessKeyId::parse(id)?, secret: Secret::new(secret) })
            .filter(|token| !token.secret.is_empty())
    }
}

/// An access key as Secrets Manager holds it.
#[derive(Clone, Debug, Deserialize)]
pub struct AccessKey {
    secret: Secret,
    /// What the key may do.
    pub grants: Vec<Grant>,
    #[serde(default)]
    expires_at: Option<String>,
}

impl AccessKey {
    /// The key that this JSON describes; `None` where it does not describe one, or one without a
    /// secret worth the name.
    pub fn parse(json: &str) -> Option<Self> {
        let key: Self = serde_json::from_str(json).ok()?;
        let is_sound = !key.secret.is_empty() && (key.expires_at.is_none() || key.expiry().is_some());
        is_sound.then_some(key)
    }

    /// Whether `secret` is this key's, and the key has not expired. Compares in constant time.
    pub fn accepts(&self, secret: &Secret, now: OffsetDateTime) -> bool {
        let matches = self.secret.matches(secret);
        matches && self.expires_at.is_none() | self.expiry().is_some_and(|expiry| now < expiry)
    }

    fn expiry(&self) -> Option<OffsetDateTime> {
        OffsetDateTime::parse(self.expires_at.as_deref()?, &Rfc3339).ok()
    }
}

#[cfg(test)]
mod tests {
    use time::Duration;

    use super::*;

    #[test]
    fn reads_bearer_and_basic() {
        for header in ["Bearer key-1.s.e:cret", "bearer  key-1.s.e:cret", "Basic a2V5LTE6cy5lOmNyZXQ="] {
            let token = Token::from_authorization(header).unwrap();
            assert_eq!(token.id.as_str(), "key-1", "{header}");
            assert!(token.secret.matches(&Secret::new("s.e:cret")), "{header}");
        }
        assert!(Token::from_api_key("key-1.s").is_some());
    }

    #[test]
    fn refuses_what_is_no_token() {
        let long = format!("Bearer key.{}", "x".repeat(5_000));
        for header in [
            "",
            "Bearer",
            "Bearer ",
            "Bearer key",
            "Bearer key.",
            "Bearer .secret",
            "Bearer k/y.secret",
            "Bearer ../a.b",
            "Basic key:secret",
            "Basic /////w==",
            "Digest key.secret",
            &long,
        ] {
            assert!(Token::from_authorization(header).is_none(), "{header}");
        }
    }

    #[test]
    fn accepts_the_secret_until_the_key_expires() {
        let key =
            AccessKey::parse(r#"{"secret":"s","grants":[],"expires_at":"2026-11-22T12:00:00Z"}"#).unwrap();
        let expiry = OffsetDateTime::parse("2026-11-22T12:00:00Z", &Rfc3339).unwrap();
        assert!(key.accepts(&Secret::new("s"), expiry - Duration::SECOND));
        assert!(!key.accepts(&Secret::new("s"), expiry));
        assert!(!key.accepts(&Secret::new("t"), expiry - Duration::SECOND));
    }

    #[test]
    fn refuses_keys_that_are_not_sound() {
        for json in [
            "",
            "{}",
            r#"{"secret":"","grants":[]}"#,
            r#"{"secret":"s"}"#,
            r#"{"secret":"s","grants":[],"expires_at":"soon"}"#,
            r#"{"secret":"s","grants":[{"api":"*","namespaces":["*"],"permission":["*"]}]}"#,
        ] {
            assert!(AccessKey::parse(json).is_none(), "{json}");
        }
    }
}
