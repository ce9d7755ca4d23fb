//! Calls that AWS refuses for the rate of an account's calls: of lists it allows 100 a second.

use super::back_off::BackOff;
use super::calls::Call;
use super::failure::Failure;

/// What comes of a call that is made again while AWS refuses it for its rate, as long as there is `patience`. The SDK
/// gives up after three attempts.
///
/// # Errors
/// Those of the call.
pub(super) async fn wait_out<T>(
    patience: &mut BackOff,
    call: impl Fn() -> Call<'static, T>,
) -> Result<T, Failure> {
    loop {
        let answer = call().await;
        if !matches!(answer, Err(Failure::Throttled)) || patience.wait().await.is_err() {
            return answer;
        }
    }
}
