//! Errors in Losant's form: a type and a message.

use latchkey::http::StatusCode;
use latchkey::serve::FailedRequest;
use latchkey::{Api, Error, Response, Result};
use serde::Serialize;

use crate::Losant;

#[derive(Serialize)]
struct ErrorBody {
    r#type: &'static str,
    message: String,
}

impl Api for Losant {
    /// The largest value with every byte escaped in JSON (`\u0000`), and room for the rest.
    const MAX_BODY_BYTES: usize = 6 * latchkey::store::MAX_VALUE_BYTES + 16 * 1_024;

    fn error_response(error: &Error, _request: &FailedRequest<'_>) -> Result<Response> {
        let (status, r#type) = status_and_type(error);
        let message = match error {
            Error::ForeignNamespace => {
                "There is no such application, or no grant of this access key covers it.".to_owned()
            }
            Error::AlreadyExists => {
                "name: is that of another credential of this application; choose another".to_owned()
            }
            error => error.to_string(),
        };
        Response::json(status, &ErrorBody { r#type, message })
    }
}

fn status_and_type(error: &Error) -> (StatusCode, &'static str) {
    match error {
        Error::Unauthenticated => (StatusCode::UNAUTHORIZED, "Unauthorized"),
        Error::Forbidden { .. } => (StatusCode::FORBIDDEN, "Forbidden"),
        Error::ForeignNamespace | Error::NotFound => (StatusCode::NOT_FOUND, "NotFound"),
        Error::AlreadyExists
        | Error::DeletedElsewhere
        | Error::IdempotencyKeyUsed
        | Error::Malformed(_)
        | Error::Invalid(_) => (StatusCode::BAD_REQUEST, "Validation"),
        Error::ManagedElsewhere | Error::ForeignValue => (StatusCode::CONFLICT, "Conflict"),
        Error::PreconditionFailed => (StatusCode::PRECONDITION_FAILED, "PreconditionFailed"),
        Error::TooLarge { .. } | Error::ListTooLarge { .. } => (StatusCode::PAYLOAD_TOO_LARGE, "TooLarge"),
        Error::Throttled | Error::QuotaExceeded => (StatusCode::TOO_MANY_REQUESTS, "RateLimited"),
        Error::BeingDeleted { .. } | Error::Unavailable(_) => {
            (StatusCode::SERVICE_UNAVAILABLE, "Unavailable")
        }
        Error::Internal(_) => (StatusCode::INTERNAL_SERVER_ERROR, "Internal"),
    }
}
