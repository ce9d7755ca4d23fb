//! `Idempotency-Key`: how a client repeats a create without creating two credentials.
//!
//! See docs/decisions/idempotency.md.

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use crate::error::{Error, Result};

/// Shorter keys are not unique enough.
const SHORTEST: usize = 16;

/// The key that a client chooses for one create, and sends again when it repeats the request.
#[derive(Clone, Debug)]
pub struct IdempotencyKey(Zeroizing<String>);

impl IdempotencyKey {
    /// The key in the header `Idempotency-Key`.
    ///
    /// # Errors
    /// [`Error::Malformed`] if it is too short to be unique, or not visible ASCII.
    pub fn parse(text: &str) -> Result<Self> {
        if text.len() < SHORTEST || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
            return Err(Error::malformed(
                "Idempotency-Key",
                "must be 16 to 255 visible ASCII characters; use a random UUID",
            ));
        }
        Ok(Self(Zeroizing::new(text.to_owned())))
    }

    /// 32 bytes that depend on this key and on all `parts`, and reveal none of them.
    pub fn derive(&self, parts: &[&[u8]]) -> [u8; 32] {
        // Never an error: HMAC takes keys of any length.
        let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(self.0.as_bytes()) else { return [0; 32] };
        for part in parts {
            // Without the lengths, the parts `a` and `b` would give the same as `ab` and an empty one.
            mac.update(&part.len().to_be_bytes());
            mac.update(part);
        }
        mac.finalize().into_bytes().into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_derived_value_depends_on_the_key_and_on_every_part() {
        let key = IdempotencyKey::parse("0123456789abcdef").unwrap();
        let other = IdempotencyKey::parse("0123456789abcdeF").unwrap();
        assert_eq!(key.derive(&[b"a", b"b"]), key.derive(&[b"a", b"b"]));
        assert_ne!(key.derive(&[b"a", b"b"]), key.derive(&[b"ab", b""]));
        assert_ne!(key.derive(&[b"a", b"b"]), other.derive(&[b"a", b"b"]));
    }

    #[test]
    fn short_or_odd_keys_are_rejected() {
        for text in ["", "short", "0123456789 abcdef", "0123456789abcdéf"] {
            assert!(matches!(IdempotencyKey::parse(text), Err(Error::Malformed(_))), "{text}");
        }
    }
}
