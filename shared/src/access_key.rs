//! What an access key is, and how a token is checked against it.
//!
//! A key is itself a secret, `PREFIX/keys/<key id>`, with the JSON
//! `{"secret": "…", "grants": […], "not_before": "…", "expires_at": "…"}`; the last two are optional. Clients send the
//! token `<key id>.<secret>`.
//!
//! See docs/decisions/access-keys.md.

mod document;
mod token;

pub use document::{AccessKey, Validity};
pub use token::Token;

/// The longest id of an access key.
const LONGEST_ID: usize = 64;
/// The fewest characters of a key's secret. No shorter text can be one.
pub const SHORTEST_SECRET: usize = 32;

/// The id of an access key: 1 to 64 characters of `A-Za-z0-9_-`, because it is part of a secret's name. It is not
/// secret.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct AccessKeyId(String);

impl AccessKeyId {
    /// The id in `text`, if it is one.
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

/// A hash of a secret, which is compared in the secret's place. All hashes have the same length, so the time of a
/// comparison says nothing about the secret's length, and nobody who sees a hash has the secret.
type Digest = [u8; 32];
