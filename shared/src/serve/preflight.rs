//! The event loop of the function that answers browsers' preflight requests.
//!
//! See docs/decisions/web-pages.md.

use std::process::ExitCode;

use lambda_http::aws_lambda_events::apigw::ApiGatewayProxyResponse;
use lambda_http::http::header::{ACCESS_CONTROL_REQUEST_HEADERS, ORIGIN};
use lambda_http::lambda_runtime::{self, LambdaEvent, service_fn};

use super::{log, start};
use crate::cors::AllowedOrigins;
use crate::event::Event;
use crate::response::Response;

/// Answers preflights until Lambda stops the process. `handle` gets the origin, if it may call, and the headers that
/// the browser asks for. No access key is needed, because browsers send none.
pub fn serve_preflight<H>(operation: &'static str, handle: H) -> ExitCode
where
    H: Fn(Option<&str>, Option<&str>) -> Response,
{
    // Generic like `serve`. Otherwise the loop would be compiled in this crate, and every function would use that copy,
    // which is larger than its own.
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
    let LambdaEvent { payload: mut event, context, .. } = event;
    let invocation = log::Invocation::begins(operation, context.request_id);
    let invocation = invocation.of_request(event.request_context.request_id.take());
    let allowed = origins.allow(event.header(&ORIGIN));
    let response = handle(allowed, event.header(&ACCESS_CONTROL_REQUEST_HEADERS));
    let outcome = if allowed.is_some() { "ok" } else { "foreign_origin" };
    let line = log::Answered { key_id: None, outcome, cause: None, status: response.status().as_u16() };
    line.write(&invocation);
    response
}
