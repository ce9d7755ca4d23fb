//! Waiting between attempts: while others write the same credential, while reads lag, and while AWS throttles. See
//! `docs/decisions/compare-and-set.md` and `docs/decisions/lag.md`.

use std::time::Duration;

use crate::error::{Error, Result};
use crate::limits::REREADING;

/// The longest wait before the second attempt. It doubles with each further attempt.
const FIRST_WAIT: Duration = Duration::from_millis(20);
/// The longest wait before any attempt.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// The back-off of one operation: how long it waits next, and when its time is up.
#[derive(Clone, Debug)]
pub struct BackOff {
    wait: Duration,
    deadline: tokio::time::Instant,
}

impl Default for BackOff {
    fn default() -> Self {
        Self::within(REREADING)
    }
}

impl BackOff {
    /// The back-off of an operation that starts now.
    pub fn new() -> Self {
        Self::default()
    }

    /// A back-off whose time is up after `time`.
    pub(super) fn within(time: Duration) -> Self {
        Self { wait: FIRST_WAIT, deadline: tokio::time::Instant::now() + time }
    }

    /// Waits for a random time, longer with each attempt, so that competing writers spread out.
    ///
    /// # Errors
    /// [`Error::Throttled`] if the time is up.
    pub async fn wait(&mut self) -> Result<()> {
        let wait = self.wait.mul_f64(fastrand::f64());
        self.wait = LONGEST_WAIT.min(self.wait * 2);
        if tokio::time::Instant::now() + wait > self.deadline {
            return Err(Error::Throttled);
        }
        tokio::time::sleep(wait).await;
        Ok(())
    }
}
