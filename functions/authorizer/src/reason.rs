//! Why a request was let in or turned away: for the log alone, as callers are told the same, whatever the reason.

/// Whose secret a caller has proved.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proof {
    /// That of the key's current version.
    CurrentSecret,
    /// That of the version before, for as long as it is accepted.
    PreviousSecret,
}

/// Why a caller is turned away.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Denial {
    /// There is no header that could carry a token.
    NoToken,
    /// What the header says is no token.
    MalformedToken,
    /// There is no key of this id.
    UnknownKey,
    /// The secret is none of the key's.
    WrongSecret,
    /// The secret is that of the key's version before, whose time is over.
    PreviousSecretEnded,
    /// The key's `not_before` is still to come.
    NotYetValid,
    /// The key's `expires_at` is over.
    Expired,
    /// The key's current version is not understood.
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
