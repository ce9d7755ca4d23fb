//! The authorizer's event loop.

use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Instant;

use futures_util::FutureExt as _;
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};
use serde::{Deserialize, Serialize};

use super::{TIME_LIMIT, log, start};
use crate::error::{Cause, Error, Result};
use crate::store::Store;

/// What the authorizer made of a request, and of whose.
#[derive(Debug)]
pub struct Verdict<T> {
    /// The id that the gateway gave the request.
    pub request_id: Option<String>,
    /// The access key that the request claims, where it is one that may be logged.
    pub key_id: Option<String>,
    /// The decision; an error where there can be none.
    pub outcome: Result<Decision<T>>,
}

/// What the authorizer decided.
#[derive(Debug)]
pub struct Decision<T> {
    /// What the gateway is answered.
    pub answer: T,
    /// Whether that lets the caller in.
    pub is_allowed: bool,
    /// Why, in a word of the log.
    pub reason: &'static str,
    /// What is wrong with the access key, which only its owner can mend. Holds nothing of the key's value.
    pub fault: Option<String>,
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
            let started = Instant::now();
            let Verdict { request_id, key_id, outcome } = in_time(handle(store, payload)).await;
            let request_id = request_id.unwrap_or(context.request_id);
            log::verdict(operation, &request_id, key_id.as_deref(), &outcome, started.elapsed());
            // The runtime shows the error to the gateway, and writes it into the log.
            outcome.map(|decision| decision.answer).map_err(|error| lambda_http::Error::from(error.outcome()))
        });
        lambda_runtime::run(service).await
    })
}

async fn in_time<T>(verdict: impl Future<Output = Verdict<T>>) -> Verdict<T> {
    let failed = |error| Verdict { request_id: None, key_id: None, outcome: Err(error) };
    match tokio::time::timeout(TIME_LIMIT, AssertUnwindSafe(verdict).catch_unwind()).await {
        Ok(Ok(verdict)) => verdict,
        Ok(Err(_)) => failed(Error::internal("a panic; see its own log line")),
        Err(_) => failed(Error::Unavailable(Cause::new("the access key took too long to read"))),
    }
}
