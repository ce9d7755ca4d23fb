//! Switches for behaviour that is hard on clients. AWS may show all of it at any time.
//! See `docs/decisions/lag.md` and `docs/decisions/the-value-decides.md`.

use std::time::Duration;

/// How the whole service behaves. By default, everything except [`pace`](Self::pace) is off.
#[derive(Clone, Debug)]
pub struct Switches {
    /// How old the state that reads and lists show may be.
    pub lag: Lag,
    /// How many versions one secret may get in 24 hours, including its first one. The next write of a value is
    /// rejected with `LimitExceededException`, unless it repeats an earlier write.
    pub versions_per_day: Option<usize>,
    /// Whether an UpdateSecret writes its Description even if it repeats an earlier write, or if its value is rejected
    /// because the token is bound to another. AWS does not say which it is.
    pub writes_descriptions_of_rejected: bool,
    /// How lists are cut into pages.
    pub pages: Pages,
    /// Whether calls over a line take short random times, so that concurrent ones are carried out in any order.
    pub pace: bool,
}

impl Default for Switches {
    fn default() -> Self {
        Self {
            lag: Lag::default(),
            versions_per_day: None,
            writes_descriptions_of_rejected: false,
            pages: Pages::default(),
            pace: true,
        }
    }
}

/// How far reads may lag. Every read over a line sees each secret as it was at some moment within this time, with
/// another moment for each call and secret. Writes see the current state, and so does
/// [`SecretsManager::call`](crate::SecretsManager::call).
///
/// The time is the stand-in's own: after an [`advance`](crate::SecretsManager::advance) by this time, everybody sees
/// what was done before.
#[derive(Clone, Copy, Debug, Default)]
pub struct Lag {
    /// For GetSecretValue, BatchGetSecretValue, DescribeSecret and ListSecretVersionIds.
    pub reads: Duration,
    /// For ListSecrets.
    pub lists: Duration,
}

/// How ListSecrets, ListSecretVersionIds and BatchGetSecretValue cut their answers into pages.
#[derive(Clone, Copy, Debug, Default)]
pub struct Pages {
    /// The most entries on a page, unless the caller asks for fewer.
    pub size: Option<usize>,
    /// Whether every other page, beginning with the first, is empty although it has a NextToken.
    pub is_every_other_empty: bool,
}
