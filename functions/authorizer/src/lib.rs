//! API Gateway's REQUEST authorizer: checks the access key of a request, and hands its id and its
//! grants on to the operation, which checks permission and tenant itself.
//!
//! A missing or wrong key is a Deny, never an error. Only where Secrets Manager does not answer is
//! there an error: the caller must then not be told that the key is wrong.

mod event;
mod policy;
pub mod reason;
mod settings;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use latchkey::access_key::{AccessKeyId, SHORTEST_SECRET, Token};
use latchkey::memory::Memory;
use latchkey::serve::{Decision, Verdict, in_time};
use latchkey::store::KeyVersion;
use latchkey::{Result, Store};
use time::OffsetDateTime;

pub use event::Event;
pub use policy::Answer;
use reason::{Denial, Proof};
pub use settings::Settings;
use versions::Versions;

/// How long a token that was turned away is remembered: no longer than a key that was just made or rotated may take
/// to show, as Secrets Manager's own reads lag by seconds.
const TURNED_AWAY: time::Duration = time::Duration::seconds(5);

/// The most keys, and the most tokens, that are remembered. A deployment with more active keys reads some of them again.
const MOST_REMEMBERED: usize = 1_000;

/// How long it takes at least to turn a caller away by what was read. Secrets Manager takes some milliseconds more
/// where there is a value to decrypt: without this, the time would tell whether there is a key of an id.
const PAUSE: Duration = Duration::from_millis(100);

/// Decides about requests, and remembers the keys that it has read.
pub struct Authorizer {
    previous_key: time::Duration,
    /// Keys whose callers have proved them. Nobody else can fill this up.
    proved: Memory<AccessKeyId, Versions>,
    /// Tokens that were not accepted, whether there is a key of their id or not. Remembered by the whole token: by
    /// the id alone, a guess would turn away who comes with the new secret of a key that has just been rotated.
    turned_away: Memory<Token, Versions>,
}

/// What was decided about a token.
struct Judged {
    /// The answer, if the caller is let in.
    allowed: Result<(Answer, Proof), Denial>,
    /// What is wrong with the key, where that has just been found out.
    fault: Option<String>,
}

impl Authorizer {
    /// An authorizer that has read nothing yet.
    pub fn new(settings: Settings) -> Self {
        let [key_cache, previous_key] = [settings.key_cache, settings.previous_key]
            .map(|duration| duration.try_into().unwrap_or(time::Duration::MAX));
        Self {
            previous_key,
            proved: Memory::new(key_cache, MOST_REMEMBERED),
            turned_away: Memory::new(TURNED_AWAY, MOST_REMEMBERED),
        }
    }

    /// Whether this request may go on to its operation, and as whom. `now` is the current time.
    ///
    /// The verdict holds an error only where Secrets Manager does not answer, or not in time.
    pub async fn decide(&self, store: &Store, event: Event, now: OffsetDateTime) -> Verdict<Answer> {
        let (key_id, outcome) = match &event.token {
            Err(denial) => (None, Ok(deny(&event, *denial, None))),
            Ok(token) => {
                let judged = in_time(self.judge(store, &event, token, now)).await;
                let is_known =
                    judged.as_ref().is_ok_and(|judged| !matches!(judged.allowed, Err(Denial::UnknownKey)));
                let decision = judged.map(|Judged { allowed, fault }| match allowed {
                    Ok((answer, proof)) => {
                        let key_expires = answer.key_expires().map(str::to_owned);
                        Decision { answer, is_allowed: true, reason: proof.as_str(), fault, key_expires }
                    }
                    Err(denial) => deny(&event, denial, fault),
                });
                (Some(shown(&token.id, is_known)), decision)
            }
        };
        Verdict { request_id: event.request_id, key_id, outcome }
    }

    /// What is known of the key that `token` claims decides, or else what is read of it.
    ///
    /// A secret that is not accepted by what is known of a proved key is checked against a fresh copy, because
    /// the key may have been rotated. For an id without a key the same calls are made and the same is
    /// remembered, so that it cannot be told from one with a key.
    async fn judge(
        &self,
        store: &Store,
        event: &Event,
        token: &Token,
        now: OffsetDateTime,
    ) -> Result<Judged> {
        let allow = |versions: &Versions| {
            let allowed = versions.judge(token, now);
            allowed.map(|(key, proof)| (Answer::allow(&event.method_arn, &token.id, key, now), proof))
        };
        if let Some(Ok(allowed)) = self.proved.find(&token.id, now).map(|versions| allow(&versions)) {
            return Ok(Judged { allowed: Ok(allowed), fault: None });
        }
        if let Some(Err(denial)) = self.turned_away.find(token, now).map(|versions| allow(&versions)) {
            return Ok(Judged { allowed: Err(denial), fault: None });
        }
        let no_sooner = tokio::time::Instant::now() + PAUSE;
        let versions = Arc::new(self.read(store, token, now).await?);
        let judged = Judged { allowed: allow(&versions), fault: versions.fault().map(ToString::to_string) };
        if judged.allowed.is_ok() {
            self.proved.keep(token.id.clone(), versions, now);
        } else {
            self.turned_away.keep(token.clone(), versions, now);
            tokio::time::sleep_until(no_sooner).await;
        }
        Ok(judged)
    }

    /// The key's versions, of which the current one is all that most callers need: to ask for both at once takes a
    /// second connection, which costs a cold start more than a third of its instructions.
    async fn read(&self, store: &Store, token: &Token, now: OffsetDateTime) -> Result<Versions> {
        let mut versions = Versions::default();
        versions.set_current(store.access_key(&token.id, KeyVersion::Current).await?, self.previous_key);
        if versions.judge(token, now).is_err() && !self.previous_key.is_zero() {
            versions.set_previous(store.access_key(&token.id, KeyVersion::Previous).await?);
        }
        Ok(versions)
    }
}

fn deny(event: &Event, denial: Denial, fault: Option<String>) -> Decision<Answer> {
    let answer = Answer::deny(&event.method_arn);
    Decision { answer, is_allowed: false, reason: denial.as_str(), fault, key_expires: None }
}

/// An id for the log. One that no key has, and that is as long as secrets are, may be a secret that somebody put
/// in its place: of that, the beginning.
fn shown(id: &AccessKeyId, is_known: bool) -> String {
    match id.as_str() {
        id if is_known || id.len() < SHORTEST_SECRET => id.to_owned(),
        id => id.chars().take(8).chain(['…']).collect(),
    }
}
