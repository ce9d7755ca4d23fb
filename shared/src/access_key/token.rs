//! What a client sends to say who it is.
//!
//! See docs/decisions/access-keys.md.

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use sha2::{Digest as _, Sha256};

use super::{AccessKeyId, Digest};
use crate::secret::Secret;

/// The longest header value that is read; a longer one carries no token.
const LONGEST_HEADER: usize = 4_096;

/// What a client sends to say who it is. `==` does not take constant time: check a token against a key with
/// [`AccessKey::is_proved_by`](super::AccessKey::is_proved_by).
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct Token {
    /// The id of the access key that it claims.
    pub id: AccessKeyId,
    /// The hash of the secret that proves the claim.
    pub(super) digest: Digest,
}

impl Token {
    /// The token in an `Authorization` header: `Bearer <key id>.<secret>`, or `Basic` with the two as
    /// user and password.
    pub fn from_authorization(header: &str) -> Option<Self> {
        let text = readable(header)?;
        if let Some(token) = credentials(text, "bearer") {
            return Self::parse(token, '.');
        }
        let decoded = Secret::new(BASE64_STANDARD.decode(credentials(text, "basic")?).ok()?);
        Self::parse(decoded.expose_text()?, ':')
    }

    /// The token in a header that needs no scheme, like TileDB's `X-TILEDB-REST-API-KEY`: by itself, or after `Bearer`,
    /// as in TileDB's own example.
    pub fn from_api_key(header: &str) -> Option<Self> {
        let text = readable(header)?;
        Self::parse(credentials(text, "bearer").unwrap_or(text), '.')
    }

    fn parse(text: &str, separator: char) -> Option<Self> {
        // At the first separator, because a secret can contain it and an id cannot.
        let (id, secret) = text.split_once(separator)?;
        let id = AccessKeyId::parse(id)?;
        (!secret.is_empty()).then(|| Self { id, digest: Sha256::digest(secret).into() })
    }
}

/// The header's value, if HTTP allows it and it is not too long.
fn readable(header: &str) -> Option<&str> {
    let is_printable = |byte: u8| byte == b'\t' || (b' '..=b'~').contains(&byte);
    (header.len() <= LONGEST_HEADER && header.bytes().all(is_printable)).then(|| header.trim())
}

/// What follows the scheme, if that is `scheme`.
fn credentials<'a>(text: &'a str, scheme: &str) -> Option<&'a str> {
    let (found, credentials) = text.split_once(' ')?;
    found.eq_ignore_ascii_case(scheme).then(|| credentials.trim_start())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn digest(secret: &str) -> Digest {
        Sha256::digest(secret).into()
    }

    #[test]
    fn reads_bearer_and_basic() {
        for header in ["Bearer key-1.s.e:cret", "bearer  key-1.s.e:cret", "Basic a2V5LTE6cy5lOmNyZXQ="] {
            let token = Token::from_authorization(header).unwrap();
            assert_eq!(token.id.as_str(), "key-1", "{header}");
            assert_eq!(token.digest, digest("s.e:cret"), "{header}");
        }
    }

    #[test]
    fn an_api_key_can_follow_bearer() {
        for header in ["key-1.s", " key-1.s ", "Bearer key-1.s", "bearer   key-1.s"] {
            let token = Token::from_api_key(header).unwrap();
            assert_eq!((token.id.as_str(), token.digest), ("key-1", digest("s")), "{header}");
        }
        for header in ["", "Bearer", "Bearer ", "Bearer key-1", "Basic a2V5OnM=", "Token key-1.s", "key-1 .s"]
        {
            assert!(Token::from_api_key(header).is_none(), "{header}");
        }
    }

    #[test]
    fn rejects_anything_else() {
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
            "Bearer key.sec\u{1}ret",
            "Bearer key.sec\nret",
            "Bearer key.secrét",
            "\u{feff}Bearer key.secret",
            "Basic key:secret",
            "Basic /////w==",
            "Digest key.secret",
            &long,
        ] {
            assert!(Token::from_authorization(header).is_none(), "{header}");
            assert!(!header.contains("secret") || Token::from_api_key(header).is_none(), "{header}");
        }
    }
}
