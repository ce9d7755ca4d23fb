//! Errors with TileDB's statuses, in TileDB's own JSON.

use latchkey::http::StatusCode;
use latchkey::serve::FailedRequest;
use latchkey::{Api, Error, Fault, Response, Result};
use serde::Serialize;

use crate::Tiledb;

/// `Error`.
#[derive(Serialize)]
struct ErrorBody<'a> {
    code: u16,
    message: String,
    request_id: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    validation_error: Option<ValidationError<'a>>,
}

/// `ValidationError`.
#[derive(Serialize)]
struct ValidationError<'a> {
    fields: Vec<ValidationErrorField<'a>>,
}

/// `ValidationErrorField`.
#[derive(Serialize)]
struct ValidationErrorField<'a> {
    field: &'a str,
    message: &'a str,
}

impl Api for Tiledb {
    /// As much as Secrets Manager can store.
    const MAX_BODY_BYTES: usize = latchkey::store::MAX_VALUE_BYTES;

    fn error_response(error: &Error, request: &FailedRequest<'_>) -> Result<Response> {
        let status = status(error);
        let body = ErrorBody {
            code: status.as_u16(),
            message: message(error),
            request_id: request.request_id,
            validation_error: validation_error(error),
        };
        Response::json(status, &body)
    }
}

fn status(error: &Error) -> StatusCode {
    match error {
        Error::Unauthenticated => StatusCode::UNAUTHORIZED,
        Error::Forbidden { .. } => StatusCode::FORBIDDEN,
        Error::ForeignNamespace | Error::NotFound => StatusCode::NOT_FOUND,
        Error::AlreadyExists
        | Error::DeletedElsewhere
        | Error::ManagedElsewhere
        | Error::ForeignValue
        | Error::IdempotencyKeyUsed => StatusCode::CONFLICT,
        Error::PreconditionFailed => StatusCode::PRECONDITION_FAILED,
        Error::Malformed(_) | Error::Invalid(_) => StatusCode::BAD_REQUEST,
        Error::TooLarge { .. } | Error::ListTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
        Error::Throttled | Error::QuotaExceeded => StatusCode::TOO_MANY_REQUESTS,
        Error::BeingDeleted { .. } | Error::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
        Error::Internal(_) => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

fn message(error: &Error) -> String {
    match error {
        // One message for both, so that nobody can find out which workspaces and teamspaces exist.
        Error::ForeignNamespace => {
            "There is no such workspace or teamspace, or no grant of this access key covers it.".to_owned()
        }
        Error::Unavailable(_) => {
            "AWS (Secrets Manager, or STS to verify) cannot be reached. Try again in a moment.".to_owned()
        }
        other => other.to_string(),
    }
}

fn validation_error(error: &Error) -> Option<ValidationError<'_>> {
    let faults = match error {
        Error::Malformed(fault) => std::slice::from_ref(fault),
        Error::Invalid(faults) => faults,
        _ => return None,
    };
    let at_a_field = faults.iter().filter(|fault| !fault.field.is_empty());
    let fields: Vec<_> =
        at_a_field.map(|Fault { field, message }| ValidationErrorField { field, message }).collect();
    (!fields.is_empty()).then_some(ValidationError { fields })
}
