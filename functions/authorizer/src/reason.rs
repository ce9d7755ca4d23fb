//! Why a request was allowed or denied. Only for the log: callers are told the same, whatever the reason.
//! See `docs/decisions/access-keys.md`.

/// Which secret a caller has proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// The secret of the key's current version.
    CurrentSecret,
    /// The secret of the key's previous version, which is still accepted.
    PreviousSecret,
}

/// Why a caller is denied.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// There is no header that can carry a token.
    NoToken,
    /// The header holds no token.
    MalformedToken,
    /// No key has this id.
    UnknownKey,
    /// The secret is not one of the key's.
    WrongSecret,
    /// The secret is that of the key's previous version, which is no longer accepted.
    PreviousSecretEnded,
    /// The key's `not_before` is in the future.
    NotYetValid,
    /// The key's `expires_at` has passed.
    Expired,
    /// The key's current version cannot be understood.
    UnusableKey,
}

impl Proof {
    /// The word for the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CurrentSecret => "current_secret",
            Self::PreviousSecret => "previous_secret",
        }
    }
}

impl Denial {
    /// The word for the log.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoToken => "no_token",
            Self::MalformedToken => "malformed_token",
            Self::UnknownKey => "unknown_key",
            Self::WrongSecret => "wrong_secret",
            Self::PreviousSecretEnded => "previous_secret_ended",
            Self::NotYetValid => "not_yet_valid",
            Self::Expired => "expired",
            Self::UnusableKey => "unusable_key",
        }
    }
}
