//! Until when a call that was sent can still be carried out, and what must wait for that.

use std::time::Duration;

use time::OffsetDateTime;

use crate::limits::{LATEST_CALL, LONGEST_LAG};

/// How long from now until no call of a function can arrive any more that began at `at`, in seconds since
/// 1970. `None` where that is so already.
pub(super) fn until_no_call_is_late(at: i64) -> Option<Duration> {
    remaining(at, LATEST_CALL)
}

/// How long from now until a read also shows whatever such a late call has done: for what one secret says of
/// another, and no write can make sure of.
pub fn until_late_calls_show(at: i64) -> Option<Duration> {
    remaining(at, LATEST_CALL + LONGEST_LAG)
}

/// Now, in seconds since 1970.
pub fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

fn remaining(at: i64, period: Duration) -> Option<Duration> {
    // A time in the future is another machine's clock: what it says has only just begun.
    let age = u64::try_from(now().saturating_sub(at)).unwrap_or(0);
    period.checked_sub(Duration::from_secs(age)).filter(|rest| !rest.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_new_waits_and_what_is_old_does_not() {
        assert!(until_no_call_is_late(now()).unwrap() > Duration::from_mins(5));
        assert_eq!(until_no_call_is_late(now() + 1_000), Some(LATEST_CALL));
        assert_eq!(until_no_call_is_late(now() - 321), None);
        assert!(until_late_calls_show(now() - 321).is_some());
        assert_eq!(until_late_calls_show(1), None);
    }
}
