//! Calls that AWS rejects for the rate of an account's calls: of lists it allows 100 a second.

use super::back_off::BackOff;
use super::calls::Call;
use super::failure::Failure;

/// What comes of a call that is made again while AWS rejects it for its rate, as long as there is `back_off`. The SDK
/// gives up after three attempts.
///
/// # Errors
/// Those of the call.
pub(super) async fn wait_out<T>(
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

    /// What comes of a call that answers `failure`, after how long and how many calls.
    async fn answered(failure: &Failure) -> (Result<(), Failure>, Duration, usize) {
        let (began, calls) = (tokio::time::Instant::now(), std::cell::Cell::new(0));
        let call = || -> Call<'static, ()> {
            calls.set(calls.get() + 1);
            let failure = failure.clone();
            Box::pin(async { Err(failure) })
        };
        let answer = wait_out(&mut BackOff::within(LISTING), call).await;
        (answer, began.elapsed(), calls.get())
    }

    #[tokio::test(start_paused = true)]
    async fn it_gives_up_while_the_client_can_still_be_told() {
        let (answer, took, calls) = answered(&Failure::Throttled).await;
        assert_eq!(answer, Err(Failure::Throttled));
        assert!(took <= LISTING && LISTING < took + Duration::from_secs(1), "{took:?}");
        assert!(took < OPERATION_TIME_LIMIT && calls > 20, "{calls}");
    }

    #[tokio::test(start_paused = true)]
    async fn no_other_failure_is_waited_out() {
        for failure in [Failure::NotFound, Failure::QuotaExceeded, Failure::Unavailable(Cause::new("5xx"))] {
            assert_eq!(answered(&failure).await, (Err(failure), Duration::ZERO, 1));
        }
    }
}
