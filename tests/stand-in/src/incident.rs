//! What can happen to a caller's calls. See `docs/decisions/lag.md`.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;
use tokio::sync::watch;

/// Something that happens to calls over one line.
#[derive(Clone, Debug)]
pub struct Incident {
    /// Which call it happens to, counted from 0 since the incident was set.
    pub at: usize,
    /// If set, only calls of this action count.
    pub action: Option<&'static str>,
    /// What happens.
    pub what: What,
}

/// What happens to a call. It happens to `times` counted calls in a row; `usize::MAX` is an outage.
#[derive(Clone, Debug)]
pub enum What {
    /// The connection is closed, and the call is not carried out.
    Drop {
        /// How many calls it happens to.
        times: usize,
    },
    /// The call is carried out, but the connection is closed without an answer.
    Lose {
        /// How many calls it happens to.
        times: usize,
    },
    /// The call is not carried out, and the answer is this error.
    Error {
        /// The error, such as `ThrottlingException`.
        code: &'static str,
        /// The HTTP status.
        status: u16,
        /// How many calls it happens to.
        times: usize,
    },
    /// The call is not carried out, and the answer is a page of HTML with the status 200.
    Garbage {
        /// How many calls it happens to.
        times: usize,
    },
    /// The caller dies: from this call on, no call of any action is answered or carried out, except that this one is
    /// carried out after `late`, if that is set.
    Dies {
        /// How long after its arrival the call is carried out.
        late: Option<Duration>,
    },
    /// The caller dies as soon as the call is carried out: this call is not answered, and later ones are neither
    /// carried out nor answered.
    DiesAfter,
    /// The call waits for [`Line::go_on`](crate::Line::go_on).
    Waits,
    /// The connection is closed without an answer, and the call is carried out later.
    Late {
        /// How much later.
        after: Duration,
    },
}

impl Incident {
    /// An incident that happens to the call `at`, whatever its action.
    pub fn new(at: usize, what: What) -> Self {
        Self { at, action: None, what }
    }

    /// The same incident, but only calls of one action count.
    #[must_use]
    pub fn of(mut self, action: &'static str) -> Self {
        self.action = Some(action);
        self
    }
}

impl What {
    /// How many calls in a row it happens to.
    fn times(&self) -> usize {
        match *self {
            Self::Drop { times }
            | Self::Lose { times }
            | Self::Error { times, .. }
            | Self::Garbage { times } => times,
            Self::Dies { .. } | Self::DiesAfter | Self::Waits | Self::Late { .. } => 1,
        }
    }

    fn fate(&self) -> Fate {
        match self {
            Self::Drop { .. } | Self::Dies { late: None } => Fate::Dropped,
            Self::Lose { .. } | Self::DiesAfter => Fate::Unanswered,
            Self::Dies { late: Some(after) } | Self::Late { after } => Fate::Late(*after),
            Self::Error { code, status, .. } => {
                Fate::Answered(*status, json!({"__type": code, "message": ""}).to_string())
            }
            Self::Garbage { .. } => Fate::Answered(200, "<html>This is not it.</html>".into()),
            Self::Waits => Fate::Waits,
        }
    }
}

/// What happens to one call.
#[derive(Clone, Debug)]
pub(crate) enum Fate {
    Ordinary,
    /// Neither carried out nor answered.
    Dropped,
    /// Carried out, but not answered.
    Unanswered,
    /// Carried out later, and not answered.
    Late(Duration),
    /// Answered, but not carried out.
    Answered(u16, String),
    Waits,
}

/// An incident and its progress.
#[derive(Debug)]
pub(crate) struct Armed {
    incident: Incident,
    counted: usize,
    is_dead: bool,
}

impl Armed {
    pub(crate) fn new(incident: Incident) -> Self {
        Self { incident, counted: 0, is_dead: false }
    }

    /// Decides what happens to the next call.
    pub(crate) fn next(&mut self, action: &str) -> Fate {
        if self.is_dead {
            return Fate::Dropped;
        }
        let Incident { at, action: only, what } = &self.incident;
        if only.is_some_and(|only| only != action) {
            return Fate::Ordinary;
        }
        let index = self.counted;
        self.counted += 1;
        if !(*at..at.saturating_add(what.times())).contains(&index) {
            return Fate::Ordinary;
        }
        self.is_dead = matches!(what, What::Dies { .. } | What::DiesAfter);
        what.fate()
    }
}

/// Wakes everybody who waits for it, now or later.
#[derive(Clone, Debug)]
pub(crate) struct Signal(Arc<watch::Sender<bool>>);

impl Signal {
    pub(crate) fn new() -> Self {
        Self(Arc::new(watch::Sender::new(false)))
    }

    pub(crate) fn tell(&self) {
        self.0.send_replace(true);
    }

    pub(crate) async fn told(&self) {
        // This cannot fail, because `self` holds the sender.
        let _ = self.0.subscribe().wait_for(|is_told| *is_told).await;
    }
}
