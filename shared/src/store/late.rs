//! How late a call can arrive after its function is gone, and how long others wait for it. See
//! `docs/decisions/lag.md`.

use std::time::Duration;

use time::OffsetDateTime;

use crate::limits::{LATEST_CALL, LONGEST_LAG};

/// How long a call can still arrive from a function that ran at `at`, in seconds since 1970; `None` if none can.
pub(super) fn until_no_call_is_late(at: i64) -> Option<Duration> {
    remaining(at, LATEST_CALL)
}

/// How long until a read also shows what such a late call has done. Needed if only time can prove what one secret says
/// about another.
pub fn until_late_calls_show(at: i64) -> Option<Duration> {
    remaining(at, LATEST_CALL + LONGEST_LAG)
}

/// Now, in seconds since 1970.
pub fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

fn remaining(at: i64, period: Duration) -> Option<Duration> {
    // A time in the future comes from another machine's clock. It counts as now, so that nobody waits too briefly.
    let age = u64::try_from(now().saturating_sub(at)).unwrap_or(0);
    period.checked_sub(Duration::from_secs(age)).filter(|rest| !rest.is_zero())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_recent_time_waits_and_an_old_one_does_not() {
        assert!(until_no_call_is_late(now()).unwrap() > Duration::from_mins(5));
        assert_eq!(until_no_call_is_late(now() + 1_000), Some(LATEST_CALL));
        assert_eq!(until_no_call_is_late(now() - 321), None);
        assert!(until_late_calls_show(now() - 321).is_some());
        assert_eq!(until_late_calls_show(1), None);
    }
}
