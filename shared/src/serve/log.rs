//! The log: one JSON line per request, on stderr.
//!
//! Never logged: values of secrets, request and response bodies, header values, tokens, query
//! strings, names of credentials, messages of AWS errors, payloads of panics.

use std::io;
use std::time::Duration;

use tracing::Level;
use tracing::level_filters::LevelFilter;
use tracing_subscriber::filter::Targets;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::caller::AuditFields;
use crate::error::{Cause, Error};

/// Sends our own lines from `LATCHKEY_LOG_LEVEL` (default: info) upwards to stderr as JSON, and of
/// all libraries only warnings: their finer levels can show requests.
pub(super) fn init() {
    let level = std::env::var("LATCHKEY_LOG_LEVEL").ok().and_then(|level| level.parse::<Level>().ok());
    let own = LevelFilter::from_level(level.unwrap_or(Level::INFO));
    let targets = Targets::new()
        .with_target("latchkey", own)
        // Of a call that is refused it writes down the refusal, which can repeat the caller's names of fields.
        .with_target("lambda_runtime::layers::panic", LevelFilter::OFF)
        .with_default(own.min(LevelFilter::WARN));
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(io::stderr);
    tracing_subscriber::registry().with(targets).with(lines).init();
    std::panic::set_hook(Box::new(|panic| {
        // The payload can hold anything; the place is enough to find the fault.
        let place = panic.location().map(ToString::to_string);
        tracing::error!(place, "panic");
    }));
}

/// Writes the line of a request. tracing's own macros take no level that is known only when they run.
macro_rules! line {
    ($level:ident: $($field:ident),+) => {
        match $level {
            Level::ERROR => tracing::error!($($field),+, "request"),
            Level::WARN => tracing::warn!($($field),+, "request"),
            _ => tracing::info!($($field),+, "request"),
        }
    };
}

/// What the line of one request says.
pub(super) struct Entry<'a> {
    pub(super) operation: &'static str,
    pub(super) request_id: &'a str,
    pub(super) key_id: Option<&'a str>,
    pub(super) audit: AuditFields,
    pub(super) outcome: &'static str,
    pub(super) cause: Option<String>,
    pub(super) duration: Duration,
}

impl Entry<'_> {
    pub(super) fn write(&self, status: u16) {
        let Self { operation, request_id, key_id, audit, outcome, cause, duration } = self;
        let AuditFields { namespace, remark } = audit;
        let duration_ms = milliseconds(*duration);
        let level = match status {
            500.. => Level::ERROR,
            // Nobody but an administrator can do anything about it.
            _ if *outcome == Error::ForeignValue.outcome() => Level::WARN,
            _ => Level::INFO,
        };
        line!(level: operation, key_id, namespace, remark, outcome, cause, status, duration_ms, request_id);
    }
}

/// What the line of one question to the authorizer says.
pub(super) struct Question<'a> {
    pub(super) operation: &'static str,
    pub(super) request_id: &'a str,
    pub(super) key_id: Option<&'a str>,
    /// None where there is an error.
    pub(super) decision: Option<&'static str>,
    pub(super) reason: Option<&'static str>,
    pub(super) fault: Option<&'a str>,
    pub(super) outcome: &'static str,
    pub(super) cause: Option<&'a str>,
    pub(super) duration: Duration,
}

impl Question<'_> {
    pub(super) fn write(&self) {
        let Self { operation, request_id, key_id, decision, reason, fault, outcome, cause, duration } = self;
        let duration_ms = milliseconds(*duration);
        let level = match (decision, fault) {
            (None, _) => Level::ERROR,
            // Nobody but the key's owner can do anything about it.
            (Some(_), Some(_)) => Level::WARN,
            (Some(_), None) => Level::INFO,
        };
        line!(level: operation, key_id, decision, reason, fault, outcome, cause, duration_ms, request_id);
    }
}

/// What the line of one event for a credential as code says.
pub(super) struct Provisioning<'a> {
    pub(super) operation: &'static str,
    pub(super) request_id: &'a str,
    /// The stack and its resource, or whom Terraform names.
    pub(super) owner: Option<&'a str>,
    pub(super) request_type: Option<&'static str>,
    pub(super) outcome: &'static str,
    pub(super) cause: Option<&'a str>,
    /// Why the answer could not be sent, where it could not.
    pub(super) unsent: Option<&'a str>,
    pub(super) duration: Duration,
}

impl<'a> Provisioning<'a> {
    /// The line of an event that cannot be read.
    pub(super) fn of_error(
        operation: &'static str,
        request_id: &'a str,
        error: &'a Error,
        duration: Duration,
    ) -> Self {
        let (outcome, cause) = (error.outcome(), error.cause().map(Cause::as_str));
        let (owner, request_type, unsent) = (None, None, None);
        Self { operation, request_id, owner, request_type, outcome, cause, unsent, duration }
    }

    pub(super) fn write(&self) {
        let Self { operation, request_id, owner, request_type, outcome, cause, unsent, duration } = self;
        let duration_ms = milliseconds(*duration);
        let level = match (cause, unsent) {
            (None, None) => Level::INFO,
            _ => Level::ERROR,
        };
        line!(level: operation, owner, request_type, outcome, cause, unsent, duration_ms, request_id);
    }
}

fn milliseconds(duration: Duration) -> f64 {
    duration.as_secs_f64() * 1_000.0
}
