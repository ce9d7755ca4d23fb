//! Notes on an invocation while it runs, for its line in the log.
//!
//! A fact is noted where it becomes known, in the task that serves the invocation. So neither the store nor the HTTP
//! client has to know who is asking, and all other lines that are logged meanwhile name the invocation, too. Outside an
//! invocation nothing is noted. `docs/operations.md` has the lines and their fields.
//!
//! See docs/decisions/alarms.md.

use std::cell::RefCell;
use std::fmt::Display;
use std::pin::pin;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::error::{Cause, Error};

tokio::task_local! {
    static INVOCATION: Invocation;
}

/// Whether names of credentials are logged.
static NAMES: AtomicBool = AtomicBool::new(false);

/// The longest text that is accepted as one of AWS's ids, which are UUIDs.
const LONGEST_ID: usize = 64;

/// An invocation of this function, and the notes on it.
struct Invocation {
    operation: &'static str,
    request_id: String,
    notes: RefCell<Notes>,
}

/// What was noted.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// The namespace in which the caller wanted to work.
    pub(crate) namespace: Option<String>,
    /// The credential's id, in the APIs whose credentials have one besides their name.
    pub(crate) credential_id: Option<String>,
    /// The credential's name, if names are logged.
    pub(crate) credential_name: Option<String>,
    /// What the caller wants the log to say.
    pub(crate) remark: Option<String>,
    /// How many requests were sent to AWS, including retries.
    pub(crate) attempts: u32,
    /// The ids that AWS gave the requests that it answered, separated by spaces: CloudTrail's `requestID`.
    pub(crate) aws_request_ids: String,
}

/// Turns on the logging of credentials' names.
pub(crate) fn log_names() {
    NAMES.store(true, Ordering::Relaxed);
}

/// Runs `work` as an invocation of `operation`, and returns the notes on it with the result.
pub(crate) async fn noted<T>(
    operation: &'static str,
    request_id: &str,
    work: impl Future<Output = T>,
) -> (T, Notes) {
    let invocation = Invocation { operation, request_id: request_id.to_owned(), notes: RefCell::default() };
    // Pinned, because the notes are inside the future and are taken out after it has ended.
    let mut noted = pin!(INVOCATION.scope(invocation, work));
    let outcome = noted.as_mut().await;
    (outcome, noted.take_value().map(|invocation| invocation.notes.into_inner()).unwrap_or_default())
}

/// Not generic, so that it is compiled once.
fn note(change: &dyn Fn(&mut Notes)) {
    // Outside an invocation this is an error, and nothing is noted. `change` must not note anything itself: the notes
    // are borrowed.
    let _ = INVOCATION.try_with(|invocation| change(&mut invocation.notes.borrow_mut()));
}

/// Notes the namespace in which the caller wants to work.
pub(crate) fn namespace(namespace: &impl Display) {
    note(&|notes| notes.namespace = Some(namespace.to_string()));
}

/// Notes the id of the credential that is meant. It must have been checked, because a client can send anything.
pub fn credential_id(id: &str) {
    note(&|notes| notes.credential_id = Some(id.to_owned()));
}

/// Notes the name of the credential that is meant, if names are logged at all.
pub fn credential_name(name: &str) {
    if NAMES.load(Ordering::Relaxed) {
        note(&|notes| notes.credential_name = Some(one_line(name)));
    }
}

/// Notes what the caller wants the log to say (why a credential was removed, say). Must not contain a secret.
pub fn remark(text: &str) {
    note(&|notes| notes.remark = Some(one_line(text)));
}

/// Notes that a request was sent to AWS.
pub(crate) fn attempt() {
    note(&|notes| notes.attempts += 1);
}

/// Notes the id that AWS gave a request.
pub(crate) fn aws_request_id(id: &str) {
    if id.len() <= LONGEST_ID && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-') {
        note(&|notes| {
            if !notes.aws_request_ids.is_empty() {
                notes.aws_request_ids.push(' ');
            }
            notes.aws_request_ids.push_str(id);
        });
    }
}

/// Logs what an operator should know although the caller gets what was asked for.
pub fn warn(message: &'static str, error: Option<&Error>) {
    let (outcome, cause) = (error.map(Error::outcome), error.and_then(Error::cause).map(Cause::as_str));
    during(|operation, request_id| tracing::warn!(operation, outcome, cause, request_id, message));
}

/// Logs where a panic happened. Its payload is left out, because it can contain anything.
pub(crate) fn panicked(place: Option<&str>) {
    during(|operation, request_id| tracing::error!(operation, place, request_id, "panic"));
}

/// Calls `log` with the operation and the request id of the invocation, if this is inside one.
fn during(log: impl Fn(Option<&str>, Option<&str>)) {
    let logged =
        INVOCATION.try_with(|invocation| log(Some(invocation.operation), Some(&invocation.request_id)));
    if logged.is_err() {
        log(None, None);
    }
}

/// Replaces the characters at which some readers of a log start another line. JSON escapes a line feed, but not these.
fn one_line(text: &str) -> String {
    text.replace(['\u{85}', '\u{2028}', '\u{2029}'], "\n")
}

#[cfg(test)]
mod tests {
    use std::io;
    use std::sync::{Arc, Mutex};

    use super::*;

    #[tokio::test]
    async fn notes_belong_to_the_invocation_that_runs() {
        remark("outside");
        let first = noted("first", "1", async {
            namespace(&"a");
            let (nested, notes) = noted("second", "2", async {
                attempt();
                credential_id("id");
                7
            })
            .await;
            assert_eq!((nested, notes.attempts, notes.namespace), (7, 1, None));
            attempt();
            attempt();
        });
        let ((), notes) = first.await;
        assert_eq!((notes.namespace.as_deref(), notes.attempts), (Some("a"), 2));
        assert_eq!((notes.credential_id, notes.remark), (None, None));
    }

    #[tokio::test]
    async fn awss_ids_are_noted_in_order_and_nothing_else_is() {
        let long = "a".repeat(LONGEST_ID + 1);
        let work = async { ["a-1", "b 2", "\u{e9}", &long, "\"", "c-3"].map(aws_request_id) };
        let (_, notes) = noted("test", "1", work).await;
        assert_eq!(notes.aws_request_ids, "a-1 c-3");
    }

    #[tokio::test]
    async fn a_remark_cannot_start_another_line_of_the_log() {
        let work = async { remark("a\u{2028}{\"outcome\":\"ok\"}\u{85}b") };
        let ((), notes) = noted("test", "1", work).await;
        assert_eq!(notes.remark.unwrap(), "a\n{\"outcome\":\"ok\"}\nb");
    }

    #[derive(Clone, Default)]
    struct Written(Arc<Mutex<Vec<u8>>>);

    impl io::Write for Written {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    /// The template's filter `Panics` counts this line; `tests/logs/test_filters.py` has an example of it.
    #[tokio::test]
    async fn a_panic_is_logged_with_its_place_and_request() {
        let written = Written::default();
        let lines = tracing_subscriber::fmt().json().flatten_event(true).with_target(false);
        let writer = written.clone();
        let _lines = tracing::subscriber::set_default(lines.with_writer(move || writer.clone()).finish());
        noted("dqops-get", "1", async { panicked(Some("a.rs:1:2")) }).await;
        panicked(None);
        let written = String::from_utf8(written.0.lock().unwrap().clone()).unwrap();
        let [inside, outside] = written.lines().collect::<Vec<_>>()[..] else { panic!("{written}") };
        let fields = r#""level":"ERROR","message":"panic","operation":"dqops-get","place":"a.rs:1:2","request_id":"1"}"#;
        assert!(inside.ends_with(fields), "{inside}");
        assert!(outside.ends_with(r#""level":"ERROR","message":"panic"}"#), "{outside}");
    }

    #[tokio::test]
    async fn no_name_is_noted_unless_names_are_logged() {
        let ((), notes) = noted("test", "1", async { credential_name("warehouse") }).await;
        assert_eq!(notes.credential_name, None);
    }
}
