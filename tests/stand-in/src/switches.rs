//! What can be switched on to make the service harder to live with. AWS may do all of it at any time.

use std::time::Duration;

/// How the whole service behaves. Everything but [`pace`](Self::pace) is off at first.
#[derive(Clone, Debug)]
pub struct Switches {
    /// How old the things may be that reads and lists show.
    pub lag: Lag,
    /// How many versions one secret may get in 24 hours, its first one included. The next write of a value is
    /// rejected with `LimitExceededException`, unless it repeats one that was done.
    pub versions_per_day: Option<usize>,
    /// Whether an UpdateSecret writes its Description also where its value is rejected, because the token is
    /// bound to another, or where it repeats one that was done: AWS does not say.
    pub writes_descriptions_of_rejected: bool,
    /// How lists are cut into pages.
    pub pages: Pages,
    /// Whether calls over a line take small random times, so that concurrent ones come in any order.
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

/// Every call over a line sees each secret as a whole as it was at some moment within the last so much time,
/// another moment for each call and secret. Writes see the truth, and so does
/// [`SecretsManager::call`](crate::SecretsManager::call).
///
/// The time is the stand-in's: [`SecretsManager::advance`](crate::SecretsManager::advance) by as much, and all
/// that was done before is seen by everybody.
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
    /// The most entries on a page, where the caller does not ask for fewer.
    pub size: Option<usize>,
    /// Whether every other page, the first one included, is empty and yet has a NextToken.
    pub is_every_other_empty: bool,
}
