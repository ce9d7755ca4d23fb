//! The event loop of the function that answers browsers before a page calls.

use std::process::ExitCode;
use std::time::Instant;

use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use lambda_http::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN};
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};

use super::{log, request_id, start};
use crate::caller::AuditFields;
use crate::cors::AllowedOrigins;
use crate::event::Event;
use crate::response::Response;

/// Serves the answers to preflights until Lambda stops the process: what `handle` makes of the origin that may call, if
/// one is asked for, and of the headers that are. They need no access key, as browsers send none.
pub fn serve_preflight<H>(operation: &'static str, handle: H) -> ExitCode
where
    H: Fn(Option<&str>, Option<&str>) -> Response,
{
    // Generic, like `serve`: or the loop would be compiled in this crate, and all functions would have that one, which
    // is larger than theirs.
    start(operation, async |(): &'static ()| {
        let origins = AllowedOrigins::from_env();
        let service = service_fn(async |event| {
            let response = answer(operation, &origins, event, &handle);
            Ok::<_, lambda_http::Error>(ApiGatewayProxyResponse::from(response))
        });
        lambda_runtime::run(service).await
    })
}

fn answer(
    operation: &'static str,
    origins: &AllowedOrigins,
    event: LambdaEvent<Event>,
    handle: &impl Fn(Option<&str>, Option<&str>) -> Response,
) -> Response {
    let started = Instant::now();
    let LambdaEvent { payload: mut event, context, .. } = event;
    let request_id = request_id(event.request_context.request_id.take(), context.request_id);
    let allowed = origins.allow(event.header(&ORIGIN));
    let response = handle(allowed, event.header(&ACCESS_CONTROL_REQUEST_HEADERS));
    let entry = log::Entry {
        operation,
        request_id: &request_id,
        key_id: None,
        audit: AuditFields::default(),
        outcome: if allowed.is_some() { "ok" } else { "foreign_origin" },
        cause: None,
        duration: started.elapsed(),
    };
    entry.write(response.status().as_u16());
    response
}
