//! What can go wrong, independent of HTTP. Each API turns every variant into its own error response.
//!
//! `Display` is what a client may read. The cause of an [`Error::Internal`] or [`Error::Unavailable`] is only for the
//! operator: it is in a [`Cause`], which goes to the log and nowhere else.
//!
//! See docs/decisions/lag.md.

use std::fmt;
use std::time::Duration;

/// The result of an operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why an operation could not do what was asked.
#[derive(Clone, Debug)]
pub enum Error {
    /// The request does not say who is calling.
    Unauthenticated,
    /// The caller is known in this namespace, but may not do this. Names what is needed.
    Forbidden {
        /// Permissions, any one of which is enough.
        needs: &'static [&'static str],
    },
    /// No grant of the caller covers this namespace. Each API decides whether its response differs from that for a
    /// namespace that does not exist.
    ForeignNamespace,
    /// There is no such credential.
    NotFound,
    /// The name is taken.
    AlreadyExists,
    /// The name belongs to a secret that is scheduled for deletion with its value. Somebody deleted it in Secrets
    /// Manager itself, or deleted it here when the day's versions were used up.
    DeletedElsewhere,
    /// The secret cannot be changed here: it is a replica, or managed by another AWS service.
    ManagedElsewhere,
    /// The secret of this name holds something other than a credential of this API.
    ForeignValue,
    /// The credential that this Idempotency-Key made was deleted.
    IdempotencyKeyUsed,
    /// The credential is not at the version that `If-Match` names.
    PreconditionFailed,
    /// The request does not have the documented form at all (broken JSON, wrong types).
    Malformed(Fault),
    /// The request has the documented form, but a value that cannot be accepted.
    Invalid(Vec<Fault>),
    /// Something is larger than it may be.
    TooLarge {
        /// What is too large, as in "the request body".
        what: &'static str,
        /// The largest size that is accepted, in bytes.
        limit: usize,
    },
    /// A list is larger than Lambda can return.
    ListTooLarge {
        /// The largest list that can be returned, in bytes.
        limit: usize,
        /// What to do instead, as a sentence.
        instead: &'static str,
    },
    /// Too many requests at once: Secrets Manager throttles, or several writers change one credential.
    Throttled,
    /// The credential was written too often in 24 hours, or the account holds too many secrets.
    QuotaExceeded,
    /// A credential of this name is being deleted, or renamed.
    BeingDeleted {
        /// How long until the name is available, whatever becomes of that.
        wait: Duration,
    },
    /// Secrets Manager cannot be reached or does not work.
    Unavailable(Cause),
    /// A fault of ours or of the deployment.
    Internal(Cause),
}

/// One thing that is wrong with what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// Where: a JSON path such as `credential.aws.role_arn`, a parameter's name, or empty.
    pub field: String,
    /// What is wrong there. Never contains what was sent.
    pub message: String,
}

impl Fault {
    /// A fault at `field`.
    pub fn new(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self { field: field.into(), message: message.into() }
    }
}

impl fmt::Display for Fault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.field.is_empty() {
            formatter.write_str(&self.message)
        } else {
            write!(formatter, "{}: {}", self.field, self.message)
        }
    }
}

/// What the operator may know about a failure. It goes to the log, never to a client. It is made of fixed text and of
/// AWS's error codes, never of AWS's messages, which can repeat what was sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cause(pub(crate) String);

impl Cause {
    /// A cause. `text` must not contain anything from a client or from a secret.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text for the log.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Error {
    /// A request that does not have the documented form.
    pub fn malformed(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Malformed(Fault::new(field, message))
    }

    /// A single value that cannot be accepted.
    pub fn invalid(field: impl Into<String>, message: impl Into<String>) -> Self {
        Self::Invalid(vec![Fault::new(field, message)])
    }

    /// A fault of ours.
    pub fn internal(cause: impl Into<String>) -> Self {
        Self::Internal(Cause::new(cause))
    }

    /// The one word for the error in a request's log line.
    pub fn outcome(&self) -> &'static str {
        match self {
            Self::Unauthenticated => "unauthenticated",
            Self::Forbidden { .. } => "forbidden",
            Self::ForeignNamespace => "foreign_namespace",
            Self::NotFound => "not_found",
            Self::AlreadyExists => "already_exists",
            Self::DeletedElsewhere => "deleted_elsewhere",
            Self::ManagedElsewhere => "managed_elsewhere",
            Self::ForeignValue => "foreign_value",
            Self::IdempotencyKeyUsed => "idempotency_key_used",
            Self::PreconditionFailed => "precondition_failed",
            Self::Malformed(_) => "malformed",
            Self::Invalid(_) => "invalid",
            Self::TooLarge { .. } | Self::ListTooLarge { .. } => "too_large",
            Self::Throttled => "throttled",
            Self::QuotaExceeded => "quota_exceeded",
            Self::BeingDeleted { .. } => "being_deleted",
            Self::Unavailable(_) => "unavailable",
            Self::Internal(_) => "internal",
        }
    }

    /// What the operator may know beyond the outcome.
    pub fn cause(&self) -> Option<&Cause> {
        match self {
            Self::Unavailable(cause) | Self::Internal(cause) => Some(cause),
            _ => None,
        }
    }

    /// After how long the same request can succeed, if waiting helps.
    pub fn retry_after(&self) -> Option<Duration> {
        match self {
            Self::Throttled => Some(Duration::from_secs(1)),
            Self::Unavailable(_) => Some(Duration::from_secs(5)),
            Self::BeingDeleted { wait } => Some(*wait),
            Self::QuotaExceeded => Some(Duration::from_hours(1)),
            _ => None,
        }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Unauthenticated => formatter.write_str(
                "This request carries no valid access key. Send one as `Authorization: Bearer <key id>.<secret>`.",
            ),
            Self::Forbidden { needs } => write!(
                formatter,
                "This access key may not do that: a grant with {} is needed.",
                needs.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
            ),
            Self::ForeignNamespace => formatter.write_str("No grant of this access key covers what was asked for."),
            Self::NotFound => formatter.write_str("There is no such credential."),
            Self::AlreadyExists => {
                formatter.write_str("A credential of this name exists. Update it, or delete it first.")
            }
            Self::DeletedElsewhere => formatter.write_str(
                "A secret of this name was deleted with its value, and can still be restored. Restore it in Secrets Manager, or wait until its recovery window is over.",
            ),
            Self::ManagedElsewhere => formatter.write_str(
                "The secret of this name is a replica, or managed by another AWS service. Change it there.",
            ),
            Self::ForeignValue => formatter.write_str(
                "The secret of this name holds a value that is no credential of this API. An administrator has to look at it in Secrets Manager, or it can be deleted here.",
            ),
            Self::IdempotencyKeyUsed => formatter.write_str(
                "This Idempotency-Key has made a credential already, which was deleted since. Use a new one.",
            ),
            Self::PreconditionFailed => {
                formatter.write_str("The credential is not at the version that If-Match names. Read it again.")
            }
            Self::Malformed(fault) => write!(formatter, "{fault}"),
            Self::Invalid(faults) => {
                let faults: Vec<_> = faults.iter().map(ToString::to_string).collect();
                formatter.write_str(&faults.join("; "))
            }
            Self::TooLarge { what, limit } => write!(formatter, "{what} is larger than {limit} bytes."),
            Self::ListTooLarge { limit, instead } => {
                write!(formatter, "The list is larger than {limit} bytes, the most that AWS Lambda answers. {instead}")
            }
            Self::Throttled => formatter.write_str("Too many requests at once. Try again in a moment."),
            Self::QuotaExceeded => formatter.write_str(
                "A quota of Secrets Manager is used up (about 100 writes of one secret in 24 hours). Try again later.",
            ),
            Self::BeingDeleted { .. } => {
                formatter.write_str("A credential of this name is just being deleted. Try again in a moment.")
            }
            Self::Unavailable(_) => formatter.write_str("The secret store cannot be reached. Try again in a moment."),
            Self::Internal(_) => formatter.write_str(
                "Something went wrong here. If it happens again, give the operator the request id of this answer.",
            ),
        }
    }
}

impl std::error::Error for Error {}

/// A fault in the form. A fault in a value is an [`Error::Invalid`], for which DQOps has another status.
impl From<Fault> for Error {
    fn from(fault: Fault) -> Self {
        Self::Malformed(fault)
    }
}
