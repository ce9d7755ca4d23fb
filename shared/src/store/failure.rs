//! What the SDK's errors mean. Only this module looks at them. See `docs/decisions/lag.md`.

use aws_sdk_secretsmanager::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_secretsmanager::operation::create_secret::CreateSecretError;
use aws_sdk_secretsmanager::operation::update_secret::UpdateSecretError;
use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction};
use aws_smithy_runtime_api::http::Response;

use crate::error::{Cause, Error};

/// AWS's error for more writes or secrets than a quota allows. Trying again soon does not help.
const QUOTA: &str = "LimitExceededException";

/// Errors that pass by themselves or after an administrator has acted, although their status is 400: a clock that is
/// off, expired credentials of the function's role, a KMS key that is disabled or not ready.
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
    /// No such secret, or no such version of it.
    NotFound,
    /// The name is taken, or the version's token is used up with another value.
    Exists,
    /// The secret's state does not allow the call: it is scheduled for deletion. For a write also: it is a replica, or
    /// managed by another service.
    Unusable,
    /// Throttled. The SDK has already tried again.
    Throttled,
    /// A quota is used up, for hours.
    QuotaExceeded,
    /// No response, a 5xx (the SDK has already tried again), or another error that passes.
    Unavailable(Cause),
    /// The function's role is not allowed to do this, or to use the KMS key.
    Denied(Cause),
    /// Anything else: a mistake in the code or in the deployment.
    Other(Cause),
}

impl Failure {
    /// Classifies an error of the call `action`. Uses only its code: AWS's messages can repeat input.
    pub(super) fn of<E: ProvideErrorMetadata>(action: &'static str, error: &SdkError<E, Response>) -> Self {
        let code = match error {
            SdkError::ServiceError(service) => service.err().code().unwrap_or("no error code"),
            // After these three nobody knows whether AWS has carried out the call, or still will.
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

    /// Classifies an error code of the call `action`, either for the call itself or for one of its secrets.
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
    /// What a failure means unless the caller knows better. A secret that is scheduled for deletion is not there.
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

/// Stops the SDK from retrying after a used-up quota, which its standard mode takes for throttling.
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
