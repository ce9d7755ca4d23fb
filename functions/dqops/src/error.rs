//! Errors with DQOps' statuses, in the JSON of its web framework (Spring Boot), which its clients ignore and
//! people read.

use latchkey::http::StatusCode;
use latchkey::serve::FailedRequest;
use latchkey::{Api, Error, Response, Result};
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::Dqops;

#[derive(Serialize)]
struct ErrorModel<'a> {
    timestamp: String,
    status: u16,
    error: &'static str,
    message: String,
    path: &'a str,
}

impl Api for Dqops {
    /// The largest value with every byte escaped in JSON (`\u0000`), and room for the rest.
    const MAX_BODY_BYTES: usize = 6 * latchkey::store::MAX_VALUE_BYTES + 16 * 1_024;

    fn error_response(error: &Error, request: &FailedRequest<'_>) -> Result<Response> {
        let status = status(error);
        let timestamp = OffsetDateTime::now_utc().format(&Rfc3339).unwrap_or_default();
        let body = ErrorModel {
            timestamp,
            status: status.as_u16(),
            error: status.canonical_reason().unwrap_or_default(),
            message: error.to_string(),
            path: request.path,
        };
        Response::json(status, &body)
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } | Error::ForeignNamespace => StatusCode::FORBIDDEN,
        Error::NotFound => StatusCode::NOT_FOUND,
        Error::AlreadyExists
        | Error::DeletedElsewhere
        | Error::ManagedElsewhere
        | Error::ForeignValue
        | Error::IdempotencyKeyUsed => StatusCode::CONFLICT,
        Error::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Error::Malformed(_) => StatusCode::BAD_REQUEST,
        Error::Invalid(_) => StatusCode::NOT_ACCEPTABLE,
        Error::TooLarge { .. } | Error::ListTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Throttled | Error::QuotaExceeded => StatusCode::TOO_MANY_REQUESTS,
        Error::BeingDeleted { .. } | Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}
