//! The only start-up code: logs, client and event loop. It turns errors into responses, and writes one log line for
//! each request.
//!
//! See docs/decisions/cold-start.md.

mod authorizer;
mod log;
mod preflight;
mod provisioner;

use std::future::Future;
use std::panic::AssertUnwindSafe;
use std::process::ExitCode;
use std::time::Duration;

use futures_util::FutureExt as _;
use futures_util::future::BoxFuture;
use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use lambda_http::http::header::{HeaderName, ORIGIN, RETRY_AFTER, WWW_AUTHENTICATE};
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};

pub use authorizer::{Decision, Verdict, serve_authorizer};
pub use preflight::serve_preflight;
pub use provisioner::serve_provisioner;

use crate::caller::Caller;
use crate::cors::{self, AllowedOrigins};
use crate::error::{Cause, Error, Result};
use crate::event::Event;
use crate::limits::OPERATION_TIME_LIMIT;
use crate::request::Request;
use crate::response::Response;
use crate::store::Store;

/// The header of every response to a caller whose access key expires soon.
const KEY_EXPIRES: HeaderName = HeaderName::from_static("latchkey-key-expires");

/// One of the credential APIs: how it limits requests, and how it words its errors.
pub trait Api {
    /// The largest request body, in bytes.
    const MAX_BODY_BYTES: usize;

    /// The response to a request that failed, in this API's own shape. [`serve`] adds `Retry-After` and
    /// `WWW-Authenticate`.
    fn error_response(error: &Error, request: &FailedRequest<'_>) -> Result<Response>;
}

/// The parts of a request that its error response may repeat.
#[derive(Debug)]
pub struct FailedRequest<'a> {
    /// The requested path, without the stage.
    pub path: &'a str,
    /// The request's id, as in the log.
    pub request_id: &'a str,
}

/// What an operation needs besides its request: the store, another service, or nothing (`()`).
pub trait Upstream: Sized + Send + Sync + 'static {
    /// Sets it up from the environment, and calls nothing yet.
    ///
    /// # Errors
    /// [`Error::Internal`] if the environment is not that of a Latchkey function.
    fn from_env() -> Result<Self>;

    /// Prepares for the first request without making a call. If something fails here, that request tries again and
    /// reports it.
    fn warm_up(&self) -> impl Future<Output = ()>;
}

impl Upstream for Store {
    fn from_env() -> Result<Self> {
        Self::from_env()
    }

    async fn warm_up(&self) {
        self.warm_up().await;
    }
}

impl Upstream for () {
    fn from_env() -> Result<Self> {
        Ok(())
    }

    async fn warm_up(&self) {}
}

/// Serves one operation until Lambda stops the process. `operation` is the name of the binary.
pub fn serve<A, U, H, F>(operation: &'static str, handle: H) -> ExitCode
where
    A: Api,
    U: Upstream,
    H: Fn(&'static U, Caller, Request) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response>> + Send + 'static,
{
    // `serve` is generic so that the loop and the reading of events are compiled with each function, for speed or for
    // size as its API needs (docs/decisions/profiles.md).
    start(operation, async |upstream| {
        let operation = Operation::new::<A, U, H, F>(operation, upstream, handle);
        let service = service_fn(async |event| {
            let response = operation.answer(event).await;
            Ok::<_, lambda_http::Error>(ApiGatewayProxyResponse::from(response))
        });
        lambda_runtime::run(service).await
    })
}

/// Sets up what every function needs, once per cold start, and runs `event_loop`.
fn start<U: Upstream>(
    operation: &'static str,
    event_loop: impl AsyncFnOnce(&'static U) -> Result<(), lambda_http::Error>,
) -> ExitCode {
    // First of all, because everything else logs its failures, and panics must not print their payloads.
    log::init();
    if std::env::var_os("AWS_LAMBDA_RUNTIME_API").is_none() {
        tracing::error!(
            operation,
            "this is a Lambda function: it runs in Lambda, or with `make run`, not by itself"
        );
        return ExitCode::FAILURE;
    }
    let upstream = match U::from_env() {
        // Leaked on purpose: it lives as long as the process.
        Ok(upstream) => Box::leak(Box::new(upstream)),
        Err(error) => {
            tracing::error!(operation, cause = error.cause().map(Cause::as_str), "cannot start");
            return ExitCode::FAILURE;
        }
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = runtime.map_err(lambda_http::Error::from).and_then(|runtime| {
        runtime.block_on(async {
            // Before the event loop asks for an event: until then Lambda gives the function a whole CPU.
            upstream.warm_up().await;
            event_loop(upstream).await
        })
    });
    if ended.is_err() {
        tracing::error!(operation, "the event loop ended");
        return ExitCode::FAILURE;
    }
    ExitCode::SUCCESS
}

/// One operation without its types, so that the code that answers requests is compiled once, here, and not again for
/// every binary.
struct Operation {
    name: &'static str,
    max_body_bytes: usize,
    error_response: fn(&Error, &FailedRequest<'_>) -> Result<Response>,
    origins: AllowedOrigins,
    handle: Box<Handle>,
}

type Handle = dyn Fn(Caller, Request) -> BoxFuture<'static, Result<Response>> + Send + Sync;

impl Operation {
    fn new<A, U, H, F>(name: &'static str, upstream: &'static U, handle: H) -> Self
    where
        A: Api,
        U: Upstream,
        H: Fn(&'static U, Caller, Request) -> F + Send + Sync + 'static,
        F: Future<Output = Result<Response>> + Send + 'static,
    {
        Self {
            name,
            max_body_bytes: A::MAX_BODY_BYTES,
            error_response: A::error_response,
            origins: AllowedOrigins::from_env(),
            handle: Box::new(move |caller, request| Box::pin(handle(upstream, caller, request))),
        }
    }

    /// Answers one request. It never fails and never panics; the response always has the API's shape and is always
    /// logged.
    async fn answer(&self, event: LambdaEvent<Event>) -> Response {
        let LambdaEvent { payload: mut event, context, .. } = event;
        let invocation = log::Invocation::begins(self.name, context.request_id);
        let mut invocation = invocation.of_request(event.request_context.request_id.take());
        let path = event.path.clone();
        let allowed = self.origins.allow(event.header(&ORIGIN));
        let caller = event.caller();
        let key_id = caller.as_ref().ok().map(|caller| caller.key_id().to_owned());
        let key_expires = caller.as_ref().ok().and_then(Caller::key_expires).map(str::to_owned);
        // The caller comes first: without one, the response is a 401 whatever the body is.
        let admitted = caller.and_then(|caller| {
            let request_id = invocation.request_id().to_owned();
            Request::new(event, request_id, self.max_body_bytes).map(|request| (caller, request))
        });
        let outcome = match admitted {
            Ok((caller, request)) => {
                // `handle` is called inside the future, so that a panic before its first `await` is caught as well.
                invocation.run(in_time(async { (self.handle)(caller, request).await })).await
            }
            Err(error) => Err(error),
        };
        let failed = FailedRequest { path: &path, request_id: invocation.request_id() };
        let (mut response, error) = match outcome {
            Ok(response) => (response, None),
            Err(error) => (self.fail(&error, &failed), Some(error)),
        };
        if let Some(end) = key_expires {
            response = response.header(KEY_EXPIRES, &end);
        }
        if let Some(origin) = allowed {
            response = cors::expose(response, origin);
        }
        let line = log::Answered {
            key_id: key_id.as_deref(),
            outcome: error.as_ref().map_or("ok", Error::outcome),
            cause: error.as_ref().and_then(Error::cause).map(Cause::as_str),
            status: response.status().as_u16(),
        };
        line.write(&invocation);
        response
    }

    fn fail(&self, error: &Error, request: &FailedRequest<'_>) -> Response {
        let response = (self.error_response)(error, request);
        let mut response = response
            .unwrap_or_else(|_| Response::empty(lambda_http::http::StatusCode::INTERNAL_SERVER_ERROR));
        if let Some(wait) = error.retry_after() {
            response = response.header(RETRY_AFTER, &wait.as_secs().to_string());
        }
        if matches!(error, Error::Unauthenticated) {
            response = response.header(WWW_AUTHENTICATE, "Bearer");
        }
        response
    }
}

/// Runs `work` within the operation's time limit, and catches a panic. `work` must not share state that a panic could
/// leave half changed.
///
/// # Errors
/// Those of `work`; [`Error::Internal`] for a panic, [`Error::Unavailable`] if it takes too long.
pub async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    within(OPERATION_TIME_LIMIT, work).await
}

/// The same with another time limit.
async fn within<T>(limit: Duration, work: impl Future<Output = Result<T>>) -> Result<T> {
    // A timeout drops `work` where it waits. AWS may still carry out a call that it has sent.
    let outcome = tokio::time::timeout(limit, caught(work)).await;
    outcome.map_or_else(|_| Err(Error::Unavailable(Cause::new("it took too long"))), Result::flatten)
}

/// Runs `work`, and turns a panic into an error. The runtime would return the panic's message to the caller.
async fn caught<T>(work: impl Future<Output = T>) -> Result<T> {
    // Unwind safe because `work` is not polled again after a panic: nothing sees its own state half changed.
    let outcome = AssertUnwindSafe(work).catch_unwind().await;
    outcome.map_err(|_| Error::internal("a panic; see its own log line"))
}

#[cfg(test)]
#[path = "serve_tests.rs"]
mod tests;
