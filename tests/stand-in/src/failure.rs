//! The errors that AWS returns.

use serde_json::{Value, json};

pub(crate) const RESOURCE_EXISTS: &str = "ResourceExistsException";
pub(crate) const NOT_FOUND: &str = "ResourceNotFoundException";

/// The outcome of a call.
pub(crate) type Result<T> = std::result::Result<T, Failure>;

/// The error of a rejected call, which has changed nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) status: u16,
    pub(crate) code: &'static str,
    pub(crate) message: String,
}

impl Failure {
    fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { status: 400, code, message: message.into() }
    }

    /// A parameter that the API's model does not allow.
    pub(crate) fn validation(message: impl Into<String>) -> Self {
        Self::new("ValidationException", message)
    }

    /// A parameter that the service does not allow.
    pub(crate) fn parameter(message: impl Into<String>) -> Self {
        Self::new("InvalidParameterException", message)
    }

    /// A call that the secret's state does not allow.
    pub(crate) fn request(message: impl Into<String>) -> Self {
        Self::new("InvalidRequestException", message)
    }

    pub(crate) fn scheduled() -> Self {
        Self::request("You can't perform this operation on the secret because it was marked for deletion.")
    }

    pub(crate) fn exists(message: impl Into<String>) -> Self {
        Self::new(RESOURCE_EXISTS, message)
    }

    pub(crate) fn not_found(message: impl Into<String>) -> Self {
        Self::new(NOT_FOUND, message)
    }

    pub(crate) fn no_such_secret() -> Self {
        Self::not_found("Secrets Manager can't find the specified secret.")
    }

    pub(crate) fn limit() -> Self {
        Self::new("LimitExceededException", "You've exceeded the number of versions of this secret.")
    }

    pub(crate) fn next_token() -> Self {
        Self::new("InvalidNextTokenException", "The NextToken value is invalid.")
    }

    /// A body that does not follow the protocol.
    pub(crate) fn serialization(message: impl Into<String>) -> Self {
        Self::new("SerializationException", message)
    }

    pub(crate) fn unknown_operation() -> Self {
        Self { status: 404, ..Self::new("UnknownOperationException", "") }
    }

    pub(crate) fn body(&self) -> Value {
        json!({"__type": self.code, "message": self.message})
    }
}
