//! Waiting while AWS throttles: it allows an account 100 list calls a second. See `docs/decisions/lists.md`.

use super::back_off::BackOff;
use super::calls::Call;
use super::failure::Failure;

/// Repeats a call while AWS throttles it, until the time of `back_off` is up. The SDK gives up after three attempts.
///
/// # Errors
/// The errors of the call.
pub(super) async fn retry_while_throttled<T>(
    back_off: &mut BackOff,
    call: impl Fn() -> Call<'static, T>,
) -> Result<T, Failure> {
    loop {
        let answer = call().await;
        if !matches!(answer, Err(Failure::Throttled)) || back_off.wait().await.is_err() {
            return answer;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::error::Cause;
    use crate::limits::{LISTING, OPERATION_TIME_LIMIT};

    /// Makes a call that always fails with `failure`. Returns its result, how long it took, and how many calls it
    /// made.
    async fn waited_out_with(failure: &Failure) -> (Result<(), Failure>, Duration, usize) {
        let (began, calls) = (tokio::time::Instant::now(), std::cell::Cell::new(0));
        let call = || -> Call<'static, ()> {
            calls.set(calls.get() + 1);
            let failure = failure.clone();
            Box::pin(async { Err(failure) })
        };
        let answer = retry_while_throttled(&mut BackOff::within(LISTING), call).await;
        (answer, began.elapsed(), calls.get())
    }

    #[tokio::test(start_paused = true)]
    async fn it_gives_up_while_there_is_time_to_respond() {
        let (answer, took, calls) = waited_out_with(&Failure::Throttled).await;
        assert_eq!(answer, Err(Failure::Throttled));
        assert!(took <= LISTING && LISTING < took + Duration::from_secs(1), "{took:?}");
        assert!(took < OPERATION_TIME_LIMIT && calls > 20, "{calls}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_other_failure_is_waited_out() {
        for failure in [Failure::NotFound, Failure::QuotaExceeded, Failure::Unavailable(Cause::new("5xx"))] {
            assert_eq!(waited_out_with(&failure).await, (Err(failure), Duration::ZERO, 1));
        }
    }
}
