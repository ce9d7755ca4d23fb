//! The event loop of the functions that provision credentials.
//!
//! See docs/decisions/provisioning.md.

use std::process::ExitCode;

use futures_util::FutureExt as _;
use lambda_http::lambda_runtime::{self, Diagnostic, LambdaEvent, service_fn};
use serde::Serialize;
use serde_json::value::RawValue;
use time::OffsetDateTime;

use super::{log, start, within};
use crate::error::{Cause, Error, Result};
use crate::limits::{ANSWER_TO_CLOUDFORMATION, OPERATION_TIME_LIMIT};
use crate::provision::{Event, Outcome, Provisioned, Resource, carry_out};
use crate::store::Store;

/// The function's own result, for a direct caller.
#[derive(Debug, Serialize)]
#[serde(rename_all = "PascalCase")]
struct Answer {
    physical_resource_id: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    data: Option<Provisioned>,
}

/// Serves the provisioning of `R`'s credentials until Lambda stops the process. `operation` is the name of the binary.
pub fn serve_provisioner<R: Resource>(operation: &'static str) -> ExitCode {
    start(operation, async |store: &'static Store| {
        // Leaked like the store that it is cloned from: it lives as long as the process.
        let store: &'static Store = Box::leak(Box::new(store.clone().for_owners()));
        let service = service_fn(move |event: LambdaEvent<Box<RawValue>>| async move {
            let LambdaEvent { payload, context, .. } = event;
            answer::<R>(log::Invocation::begins(operation, context.request_id), store, &payload).await
        });
        lambda_runtime::run(service).await
    })
}

/// Carries out an event and answers it once: to the stack that waits, or else as the function's own result.
async fn answer<R: Resource>(
    mut invocation: log::Invocation,
    store: &'static Store,
    payload: &RawValue,
) -> Result<Option<Answer>, Diagnostic> {
    let event = match Event::parse(payload) {
        Ok(event) => event,
        Err(error) => {
            log::Provisioning::of(Some(&error)).write(&invocation);
            return Err(diagnostic(&error, error.to_string()));
        }
    };
    // Boxed, because the future is nested too deeply for the compiler otherwise.
    let outcome = invocation.run(carried_out::<R>(store, &event).boxed()).await;
    let request_id = invocation.request_id();
    let error = outcome.result.as_ref().err();
    let sent = match &event.pending {
        None => Ok(()),
        Some(pending) => {
            // With a time limit of its own: the stack must be answered even if the event has used up all of its time.
            let sent =
                tokio::time::timeout(ANSWER_TO_CLOUDFORMATION, pending.answer(&outcome, request_id)).await;
            sent.unwrap_or_else(|_| Err(Error::Unavailable(Cause::new("ResponseURL: it took too long"))))
        }
    };
    let line = log::Provisioning {
        owner: event.owner(),
        request_type: Some(event.request_type()),
        unsent: sent.as_ref().err().map(|error| error.cause().map_or(error.outcome(), Cause::as_str)),
        ..log::Provisioning::of(error)
    };
    line.write(&invocation);
    match (&event.pending, sent) {
        // Lambda retries the event. The retry finds the credential as it should be, and answers.
        (Some(_), Err(error)) => Err(diagnostic(&error, "The answer could not be sent.".to_owned())),
        (Some(_), Ok(())) => Ok(None),
        (None, _) => match (outcome.reason(request_id), outcome) {
            (Some(reason), Outcome { result: Err(error), .. }) => Err(diagnostic(&error, reason)),
            (_, Outcome { physical_resource_id, result }) => {
                Ok(Some(Answer { physical_resource_id, data: result.unwrap_or_default() }))
            }
        },
    }
}

/// Carries out an event within the time that is left for it, and catches a panic.
async fn carried_out<R: Resource>(store: &'static Store, event: &Event) -> Outcome {
    let time = event.time_left(OffsetDateTime::now_utc(), OPERATION_TIME_LIMIT);
    if time.is_zero() {
        let late = "It came too late: nobody waits for it any more. Nothing was done.";
        return Outcome::of_error::<R>(event, Error::invalid("", late));
    }
    let carried_out = within(time, async { Ok(carry_out::<R>(store, event).await) }).await;
    carried_out.unwrap_or_else(|error| Outcome::of_error::<R>(event, error))
}

/// An error of the invocation itself: Terraform shows the text, and Lambda retries an event of CloudFormation's.
fn diagnostic(error: &Error, text: String) -> Diagnostic {
    Diagnostic { error_type: error.outcome().to_owned(), error_message: text }
}
