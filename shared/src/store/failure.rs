//! What the SDK's errors mean. Mapped here once; nothing else looks at them.

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use aws_sdk_secretsmanager::operation::update_secret::UpdateSecretError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::http::Response;

use crate::error::{Cause, Error};

/// The answer to more writes or secrets than a quota allows. Trying again soon cannot help.
const QUOTA: &str = "LimitExceededException";

/// What passes by itself, or as soon as an administrator has seen to it, though AWS answers 400: a clock that
/// is off, credentials of the function's role that have run out, a KMS key that is disabled or not ready.
const PASSING: [&str; 11] = [
    "InternalServiceError",
    "RequestExpired",
    "RequestTimeTooSkewed",
    "InvalidSignatureException",
    "ExpiredToken",
    "ExpiredTokenException",
    "UnrecognizedClientException",
    "DecryptionFailure",
    "EncryptionFailure",
    "KMSInvalidStateException",
    "KMS.KMSInvalidStateException",
];

/// Why a call to Secrets Manager failed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    /// No such secret, or none with that version.
    NotFound,
    /// The name, or the version's token with another value, is taken.
    Exists,
    /// Not in this state of the secret: it is scheduled for deletion; of a write also: it is a replica, or
    /// managed by another service.
    Unusable,
    /// Rejected for now; the SDK has tried again already.
    Throttled,
    /// Rejected for hours.
    QuotaExceeded,
    /// No answer, one of 5xx (the SDK has tried again already), or another trouble that passes.
    Unavailable(Cause),
    /// The function's role may not, or may not use the KMS key.
    Denied(Cause),
    /// Anything else: a mistake of ours or of the deployment.
    Other(Cause),
}

impl Failure {
    /// Reads an error of the call `action`. Only codes are kept: AWS's messages can repeat input.
    pub(super) fn of<E: ProvideErrorMetadata>(action: &'static str, error: &SdkError<E, Response>) -> Self {
        let code = match error {
            SdkError::ServiceError(service) => service.err().code().unwrap_or("no error code"),
            SdkError::TimeoutError(_) => return Self::Unavailable(Cause::new(format!("{action}: timeout"))),
            SdkError::DispatchFailure(_) => {
                return Self::Unavailable(Cause::new(format!("{action}: no connection")));
            }
            SdkError::ResponseError(_) => {
                return Self::Unavailable(Cause::new(format!("{action}: unreadable answer")));
            }
            _ => return Self::Other(Cause::new(format!("{action}: the request could not be made"))),
        };
        let status = error.raw_response().map_or(0, |response| response.status().as_u16());
        Self::of_code(action, code, status)
    }

    /// Reads the error code that the call `action` answered with, itself or for one of many secrets.
    pub(super) fn of_code(action: &'static str, code: &str, status: u16) -> Self {
        let cause = || Cause::new(format!("{action}: {code} (HTTP {status})"));
        match code {
            "ResourceNotFoundException" => Self::NotFound,
            "ResourceExistsException" => Self::Exists,
            "InvalidRequestException" => Self::Unusable,
            QUOTA => Self::QuotaExceeded,
            "ThrottlingException" | "Throttling" | "TooManyRequestsException" | "RequestLimitExceeded" => {
                Self::Throttled
            }
            "AccessDeniedException" => Self::Denied(cause()),
            _ if PASSING.contains(&code) => Self::Unavailable(cause()),
            _ if status == 429 => Self::Throttled,
            _ if status >= 500 => Self::Unavailable(cause()),
            _ => Self::Other(cause()),
        }
    }
}

impl From<Failure> for Error {
    /// The meaning where a call has no other one for it: a secret that is scheduled for deletion is
    /// not there.
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotFound | Failure::Unusable => Self::NotFound,
            Failure::Exists => Self::AlreadyExists,
            Failure::Throttled => Self::Throttled,
            Failure::QuotaExceeded => Self::QuotaExceeded,
            Failure::Unavailable(cause) => Self::Unavailable(cause),
            Failure::Denied(cause) | Failure::Other(cause) => Self::Internal(cause),
        }
    }
}

/// Keeps the SDK from retrying a used-up quota, which its standard mode takes for throttling.
#[derive(Debug)]
pub(super) struct NeverRetryQuotas;

impl ClassifyRetry for NeverRetryQuotas {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(Err(error)) = context.output_or_error() else { return RetryAction::NoActionIndicated };
        let code = error.as_operation_error().and_then(|error| {
            let create = error.downcast_ref::<CreateSecretError>().and_then(ProvideErrorMetadata::code);
            create.or_else(|| error.downcast_ref::<UpdateSecretError>()?.code())
        });
        if code == Some(QUOTA) { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "never retry quotas"
    }
}
