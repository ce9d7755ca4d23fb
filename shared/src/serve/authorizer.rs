//! The authorizer's event loop.
//!
//! See docs/decisions/access-keys.md.

use std::process::ExitCode;

use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use super::{caught, log, start};
use crate::error::{Cause, Error, Result};
use crate::store::Store;

/// What the authorizer decided about a request, and whose request it is.
#[derive(Debug)]
pub struct Verdict<T> {
    /// The request's id in the gateway's log. It can be any text, because a client can choose it.
    pub request_id: Option<String>,
    /// The id of the access key that the request claims, if it may be logged.
    pub key_id: Option<String>,
    /// The decision, or an error if there can be none.
    pub outcome: Result<Decision<T>>,
}

/// What the authorizer decided.
#[derive(Debug)]
pub struct Decision<T> {
    /// The answer to the gateway.
    pub answer: T,
    /// Whether the answer lets the caller in.
    pub is_allowed: bool,
    /// Why, as one word for the log.
    pub reason: &'static str,
    /// What is wrong with the access key, for its owner to fix. Contains nothing of the key's value.
    pub fault: Option<String>,
    /// When the access key expires, in RFC 3339, if that is soon.
    pub key_expires: Option<String>,
}

impl<T> Verdict<T> {
    /// A verdict without a decision.
    fn failed(error: Error) -> Self {
        Self { request_id: None, key_id: None, outcome: Err(error) }
    }
}

/// Serves the authorizer until Lambda stops the process. An error becomes the gateway's AUTHORIZER_FAILURE: the
/// caller is neither let in nor told that the key is wrong.
pub fn serve_authorizer<E, H, F, T>(operation: &'static str, handle: H) -> ExitCode
where
    E: for<'de> Deserialize<'de> + Send + 'static,
    H: Fn(&'static Store, E) -> F + Send + Sync + 'static,
    F: Future<Output = Verdict<T>> + Send,
    T: Serialize + Send + 'static,
{
    start(operation, async |store| {
        let handle = &handle;
        let service = service_fn(move |event: LambdaEvent<E>| async move {
            let LambdaEvent { payload, context, .. } = event;
            let mut invocation = log::Invocation::begins(operation, context.request_id);
            let verdict = invocation.run(caught(handle(store, payload))).await;
            let Verdict { request_id, key_id, outcome } = verdict.unwrap_or_else(Verdict::failed);
            // Only the handler reads the gateway's id, so lines that it logs itself have Lambda's.
            write_line(&invocation.of_request(request_id), key_id.as_deref(), &outcome);
            // Only one fixed word, because the runtime returns the error to the gateway.
            outcome.map(|decision| decision.answer).map_err(|error| lambda_http::Error::from(error.outcome()))
        });
        lambda_runtime::run(service).await
    })
}

fn write_line<T>(invocation: &log::Invocation, key_id: Option<&str>, outcome: &Result<Decision<T>>) {
    let decision = outcome.as_ref().ok();
    let line = log::Decided {
        key_id,
        decision: decision.map(|decision| if decision.is_allowed { "allow" } else { "deny" }),
        reason: decision.map(|decision| decision.reason),
        fault: decision.and_then(|decision| decision.fault.as_deref()),
        key_expires: decision.and_then(|decision| decision.key_expires.as_deref()),
        outcome: match outcome {
            Ok(decision) if decision.is_allowed => "ok",
            Ok(_) => Error::Unauthenticated.outcome(),
            Err(error) => error.outcome(),
        },
        cause: outcome.as_ref().err().and_then(Error::cause).map(Cause::as_str),
    };
    line.write(invocation);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_an_error_and_shows_nothing() {
        let caught = caught(async { panic!("hunter2") as Verdict<()> }).await;
        let verdict = caught.unwrap_or_else(Verdict::failed);
        assert!(matches!(&verdict.outcome, Err(Error::Internal(_))), "{verdict:?}");
        assert!(!format!("{verdict:?}").contains("hunter2"));
    }
}
