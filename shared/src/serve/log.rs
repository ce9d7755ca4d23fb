//! The log: one JSON line per request, on stderr.
//!
//! Never logged: values of secrets, request and response bodies, header values, tokens, query strings, messages of AWS
//! errors, payloads of panics; names of credentials only if the deployment asks for them. `docs/operations.md` has the
//! lines and their fields.
//!
//! See docs/decisions/alarms.md.

use std::io;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::Instant;

use tracing::Level;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::audit::{self, Notes};
use crate::aws::variable;
use crate::error::{Cause, Error};

/// Writes our own lines from `LATCHKEY_LOG_LEVEL` (default: info) upwards to stderr as JSON. Libraries write only
/// warnings and errors, because their finer levels can show requests. With `LATCHKEY_AUDIT_NAMES`, the lines of
/// requests contain names of credentials.
pub(super) fn init() {
    if variable("LATCHKEY_AUDIT_NAMES").as_deref() == Some("true") {
        audit::log_names();
    }
    let level = variable("LATCHKEY_LOG_LEVEL").and_then(|level| level.parse::<Level>().ok());
    let own = level.unwrap_or(Level::INFO);
    let filter = filter_fn(move |line| {
        let least = match line.target() {
            target if target.starts_with("latchkey") => own,
            // This layer of the runtime logs the error of a failed invocation, which can repeat the caller's names of
            // fields.
            target if target.starts_with("lambda_runtime::layers::panic") => return false,
            _ => own.min(Level::WARN),
        };
        *line.level() <= least
    });
    let lines = tracing_subscriber::fmt::layer()
        .json()
        .flatten_event(true)
        .with_target(false)
        .with_current_span(false)
        .with_span_list(false)
        .with_writer(io::stderr);
    tracing_subscriber::registry().with(filter).with(lines).init();
    std::panic::set_hook(Box::new(|panic| {
        // The payload can contain anything. The place is enough to find the fault.
        audit::panicked(panic.location().map(ToString::to_string).as_deref());
    }));
}

/// Whether this process has served an invocation before.
static IS_WARM: AtomicBool = AtomicBool::new(false);

/// One invocation of this function: the fields that every line about it has.
pub(super) struct Invocation {
    operation: &'static str,
    /// The request's id in the gateway's log, if it has one.
    gateway_request_id: Option<String>,
    /// Lambda's own id, which Lambda's reports have as well.
    lambda_request_id: String,
    is_cold_start: bool,
    started: Instant,
    /// What was noted while it ran.
    notes: Notes,
}

impl Invocation {
    /// An invocation of the function `operation` that begins now.
    pub(super) fn begins(operation: &'static str, lambda_request_id: String) -> Self {
        let is_cold_start = !IS_WARM.swap(true, Ordering::Relaxed);
        let (gateway_request_id, started, notes) = (None, Instant::now(), Notes::default());
        Self { operation, gateway_request_id, lambda_request_id, is_cold_start, started, notes }
    }

    /// Sets the id that the gateway gave the request. A client can choose it (`x-amzn-RequestId`), so an id that does
    /// not look like the gateway's own is ignored.
    pub(super) fn of_request(mut self, id: Option<String>) -> Self {
        let is_ordinary =
            |id: &String| id.len() == 36 && id.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-');
        self.gateway_request_id = id.filter(is_ordinary);
        self
    }

    /// The request's id in the gateway's log, or Lambda's own if it has none.
    pub(super) fn request_id(&self) -> &str {
        self.gateway_request_id.as_deref().unwrap_or(&self.lambda_request_id)
    }

    /// Runs `work`, and collects what it notes.
    pub(super) async fn run<T>(&mut self, work: impl Future<Output = T>) -> T {
        let (outcome, notes) = audit::noted(self.operation, self.request_id(), work).await;
        self.notes = notes;
        outcome
    }
}

/// Writes the line of an invocation: these fields, and those that every line has. tracing's macros need a constant
/// level, so each level has its own call.
macro_rules! line {
    ($level:expr, $invocation:ident: $($field:ident),+) => {{
        let Invocation { operation, lambda_request_id, is_cold_start, started, notes, .. } = $invocation;
        let duration_ms = started.elapsed().as_secs_f64() * 1_000.0;
        let cold_start = Some(true).filter(|_| *is_cold_start);
        let attempts = notes.attempts;
        let aws_request_ids = Some(notes.aws_request_ids.as_str()).filter(|ids| !ids.is_empty());
        let (request_id, lambda_request_id) = ($invocation.request_id(), lambda_request_id.as_str());
        macro_rules! at {
            ($at:ident) => {
                tracing::event!(Level::$at, operation, $($field),+, duration_ms, cold_start, attempts,
                    aws_request_ids, request_id, lambda_request_id, "request")
            };
        }
        match $level {
            Level::ERROR => at!(ERROR),
            Level::WARN => at!(WARN),
            _ => at!(INFO),
        }
    }};
}

/// What the line of a request to an operation says.
pub(super) struct Answered<'a> {
    pub(super) key_id: Option<&'a str>,
    pub(super) outcome: &'static str,
    pub(super) cause: Option<&'a str>,
    pub(super) status: u16,
}

impl Answered<'_> {
    pub(super) fn write(&self, invocation: &Invocation) {
        let Self { key_id, outcome, cause, status } = self;
        let Notes { namespace, credential_id, credential_name, remark, .. } = &invocation.notes;
        let [namespace, credential_id, credential_name, remark] =
            [namespace, credential_id, credential_name, remark].map(Option::as_deref);
        let level = match status {
            500.. => Level::ERROR,
            // Only an administrator can do something about it.
            _ if *outcome == Error::ForeignValue.outcome() => Level::WARN,
            _ => Level::INFO,
        };
        line!(level, invocation: key_id, namespace, credential_id, credential_name, remark, outcome, cause, status);
    }
}

/// What the line of a request to the authorizer says.
pub(super) struct Decided<'a> {
    pub(super) key_id: Option<&'a str>,
    /// `None` if there is an error.
    pub(super) decision: Option<&'static str>,
    pub(super) reason: Option<&'static str>,
    pub(super) fault: Option<&'a str>,
    /// When the key expires, if that is soon.
    pub(super) key_expires: Option<&'a str>,
    pub(super) outcome: &'static str,
    pub(super) cause: Option<&'a str>,
}

impl Decided<'_> {
    pub(super) fn write(&self, invocation: &Invocation) {
        let Self { key_id, decision, reason, fault, key_expires, outcome, cause } = self;
        let level = match (decision, fault) {
            (None, _) => Level::ERROR,
            // Only the key's owner can do something about it.
            (Some(_), Some(_)) => Level::WARN,
            (Some(_), None) => Level::INFO,
        };
        line!(level, invocation: key_id, decision, reason, fault, key_expires, outcome, cause);
    }
}

/// What the line of a provisioning event says.
#[derive(Default)]
pub(super) struct Provisioning<'a> {
    /// The stack and its resource, or the owner that Terraform names.
    pub(super) owner: Option<&'a str>,
    pub(super) request_type: Option<&'static str>,
    pub(super) outcome: &'static str,
    pub(super) cause: Option<&'a str>,
    /// Why the answer could not be sent, if it could not.
    pub(super) unsent: Option<&'a str>,
}

impl<'a> Provisioning<'a> {
    /// The outcome of an event: a success, or `error`.
    pub(super) fn of(error: Option<&'a Error>) -> Self {
        let cause = error.and_then(Error::cause).map(Cause::as_str);
        Self { outcome: error.map_or("ok", Error::outcome), cause, ..Self::default() }
    }

    pub(super) fn write(&self, invocation: &Invocation) {
        let Self { owner, request_type, outcome, cause, unsent } = self;
        let Notes { namespace, credential_id, credential_name, .. } = &invocation.notes;
        let level = match (cause, unsent) {
            (None, None) => Level::INFO,
            _ => Level::ERROR,
        };
        line!(level, invocation: owner, request_type, namespace, credential_id, credential_name, outcome, cause, unsent);
    }
}
