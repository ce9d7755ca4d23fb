//! Errors in the envelope that this API uses for everything: `{"status":…,"response":"why"}`.

use latchkey::http::StatusCode;
use latchkey::serve::FailedRequest;
use latchkey::{Api, Error, Response, Result};

use crate::Organizations;
use crate::wire::envelope;

impl Api for Organizations {
    /// Every field at its longest with each character escaped in JSON, and room for the rest.
    const MAX_BODY_BYTES: usize = 128 * 1_024;

    fn error_response(error: &Error, _: &FailedRequest<'_>) -> Result<Response> {
        envelope(status(error), &why(error))
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

fn why(error: &Error) -> String {
    match error {
        // One text for both, so that nobody can find out which organizations exist.
        Error::ForeignNamespace | Error::NotFound => {
            "There is no such organization or credential, or this access key may not see it.".to_owned()
        }
        // Names are not unique here. Only an id can exist already, if it was derived from the same Idempotency-Key.
        Error::AlreadyExists => {
            "This Idempotency-Key made another credential, or one that was changed since. Use a new one."
                .to_owned()
        }
        other => other.to_string(),
    }
}
