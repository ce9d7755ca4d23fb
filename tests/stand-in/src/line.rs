//! One caller's way to the service.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use serde_json::Value;
use tokio::io::BufStream;
use tokio::net::{TcpListener, TcpStream};

use crate::SecretsManager;
use crate::failure::Failure;
use crate::history::{Moment, View};
use crate::incident::{Armed, Fate, Incident, Signal};
use crate::wire;

/// A call that arrived.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Such as `GetSecretValue`; empty if the request names none.
    pub action: String,
    /// The body.
    pub parameters: Value,
}

/// An endpoint for one caller, which is open as long as the runtime runs. Clones are the same line.
#[derive(Clone, Debug)]
pub struct Line {
    sm: SecretsManager,
    endpoint: String,
    notes: Arc<Mutex<Notes>>,
}

#[derive(Debug)]
struct Notes {
    calls: Vec<Call>,
    connections: usize,
    moment: Option<Moment>,
    moments: BTreeMap<String, Moment>,
    incident: Option<Armed>,
    happened: Signal,
    go_on: Signal,
}

impl Line {
    pub(crate) async fn open(sm: SecretsManager) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let endpoint = format!("http://{}", listener.local_addr().expect("an address"));
        let notes = Notes {
            calls: Vec::new(),
            connections: 0,
            moment: None,
            moments: BTreeMap::new(),
            incident: None,
            happened: Signal::new(),
            go_on: Signal::new(),
        };
        let line = Self { sm, endpoint, notes: Arc::new(Mutex::new(notes)) };
        let served = line.clone();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                served.notes().connections += 1;
                tokio::spawn(served.clone().serve(stream));
            }
        });
        line
    }

    /// The URL to call.
    pub fn endpoint(&self) -> &str {
        &self.endpoint
    }

    /// All calls so far in the order of their arrival, including those that were never carried out.
    pub fn calls(&self) -> Vec<Call> {
        self.notes().calls.clone()
    }

    /// The actions of all calls so far.
    pub fn actions(&self) -> Vec<String> {
        self.notes().calls.iter().map(|call| call.action.clone()).collect()
    }

    /// How many connections have been opened so far.
    pub fn connections(&self) -> usize {
        self.notes().connections
    }

    /// Sets what happens to the calls from now on, in place of any former incident. `None` means that nothing does: a
    /// caller that has died is also served again.
    pub fn set_incident(&self, incident: impl Into<Option<Incident>>) {
        let mut notes = self.notes();
        notes.incident = incident.into().map(Armed::new);
        notes.happened = Signal::new();
        notes.go_on = Signal::new();
    }

    /// Waits until the current incident happens for the first time. If the incident lets the call be carried out, and
    /// not late, that has been done by then.
    pub async fn happened(&self) {
        let happened = self.notes().happened.clone();
        happened.told().await;
    }

    /// Lets the call go on that waits now or will wait.
    pub fn go_on(&self) {
        self.notes().go_on.tell();
    }

    /// Makes all reads and lists over this line see the secrets as they were at a moment, until `None` ends that.
    /// Writes see the current state. Takes precedence over the [`Lag`](crate::Lag).
    pub fn reads_as_of(&self, moment: Option<Moment>) {
        self.notes().moment = moment;
    }

    /// The same for reads that name one secret. Lists and batches do not count as such.
    pub fn reads_of_as_of(&self, secret: &str, moment: Option<Moment>) {
        let mut notes = self.notes();
        match moment {
            Some(moment) => drop(notes.moments.insert(secret.to_owned(), moment)),
            None => drop(notes.moments.remove(secret)),
        }
    }

    fn notes(&self) -> MutexGuard<'_, Notes> {
        self.notes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    async fn serve(self, stream: TcpStream) {
        let mut stream = BufStream::new(stream);
        while let Some(request) = wire::read(&mut stream).await {
            self.pause().await;
            let answer = match request.parameters {
                Some(parameters) => self.take(Call { action: request.action, parameters }).await,
                None => Some(reject(&Failure::serialization("The body is not JSON."))),
            };
            let Some((status, body)) = answer else { return };
            self.pause().await;
            // The caller may be gone and not read the answer.
            if wire::answer(&mut stream, status, &body).await.is_err() {
                return;
            }
        }
    }

    /// Records a call and does with it what the incident says. Returns the status and the body of the answer, or
    /// `None` if the connection is to be closed.
    async fn take(&self, call: Call) -> Option<(u16, String)> {
        let (fate, happened, go_on) = self.record(call.clone());
        let answer = match fate {
            Fate::Ordinary => return Some(self.carry_out(&call)),
            Fate::Waits => {
                happened.tell();
                go_on.told().await;
                return Some(self.carry_out(&call));
            }
            Fate::Dropped => None,
            Fate::Unanswered => {
                self.carry_out(&call);
                None
            }
            Fate::Late(after) => {
                self.carry_out_late(call, after);
                None
            }
            Fate::Answered(status, body) => Some((status, body)),
        };
        happened.tell();
        answer
    }

    fn record(&self, call: Call) -> (Fate, Signal, Signal) {
        let mut notes = self.notes();
        let fate = notes.incident.as_mut().map_or(Fate::Ordinary, |incident| incident.next(&call.action));
        notes.calls.push(call);
        (fate, notes.happened.clone(), notes.go_on.clone())
    }

    fn carry_out(&self, call: &Call) -> (u16, String) {
        let notes = self.notes();
        let of_secret = call.parameters["SecretId"].as_str().and_then(|secret| notes.moments.get(secret));
        let view = of_secret.or(notes.moment.as_ref()).cloned().map_or(View::Lagging, View::AsOf);
        drop(notes);
        match self.sm.answer(&call.action, &call.parameters, &view) {
            Ok(answer) => (200, answer.to_string()),
            Err(failure) => reject(&failure),
        }
    }

    fn carry_out_late(&self, call: Call, after: Duration) {
        let (line, pending) = (self.clone(), self.sm.expect_late_call());
        tokio::spawn(async move {
            tokio::time::sleep(after).await;
            line.carry_out(&call);
            drop(pending);
        });
    }

    /// Waits for a short random time, so that other calls can come first.
    async fn pause(&self) {
        if !self.sm.switches().pace {
            return;
        }
        match fastrand::u64(0..4) {
            0 => tokio::time::sleep(Duration::from_millis(1)).await,
            yields => {
                for _ in 0..yields {
                    tokio::task::yield_now().await;
                }
            }
        }
    }
}

fn reject(failure: &Failure) -> (u16, String) {
    (failure.status, failure.body().to_string())
}
