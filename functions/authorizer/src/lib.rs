//! API Gateway's REQUEST authorizer. It checks the access key of a request, and passes the key's id and grants to
//! the operation, which itself checks permission and tenant.
//!
//! A missing or wrong key is a Deny, never an error. The authorizer only fails if Secrets Manager does: then the
//! caller must not be told that the key is wrong.
//!
//! See `docs/decisions/access-keys.md`.

mod event;
mod policy;
pub mod reason;
mod settings;
mod versions;

use std::sync::Arc;
use std::time::Duration;

use latchkey::access_key::{AccessKeyId, SHORTEST_SECRET, Token};
use latchkey::cache::Cache;
use latchkey::serve::{Decision, Verdict, in_time};
use latchkey::store::KeyVersion;
use latchkey::{Result, Store};
use time::OffsetDateTime;

pub use event::Event;
pub use policy::Answer;
use reason::{Denial, Proof};
pub use settings::Settings;
use versions::Versions;

/// How long a denied token is remembered: not longer than a new or rotated key may take to show anyway, because
/// Secrets Manager's own reads lag by seconds.
const DENIED_FOR: time::Duration = time::Duration::seconds(5);

/// The most keys, and the most denied tokens, that are cached. A deployment with more active keys reads some of them
/// again.
const MAX_CACHED: usize = 1_000;

/// The shortest time in which a token is denied after a read. Secrets Manager takes some milliseconds longer if there
/// is a value to decrypt. Without this, the time would tell whether an id has a key.
const SHORTEST_DENIAL: Duration = Duration::from_millis(100);

/// Decides which requests are allowed, and caches the keys that it has read.
pub struct Authorizer {
    previous_key: time::Duration,
    /// Keys that callers have proved. Nobody else can fill this cache.
    proved: Cache<AccessKeyId, Versions>,
    /// Tokens that were not accepted, whether their id has a key or not. Cached by the whole token: by the id, a guess
    /// would also deny the new secret of a key that has just been rotated.
    denied: Cache<Token, Versions>,
}

/// What was decided about a token.
struct Judged {
    /// The answer and what the caller proved, or why it is denied.
    allowed: Result<(Answer, Proof), Denial>,
    /// What is wrong with the key, if it was just read.
    fault: Option<String>,
}

impl Authorizer {
    /// An authorizer that has read nothing yet.
    pub fn new(settings: Settings) -> Self {
        let [key_cache, previous_key] = [settings.key_cache, settings.previous_key]
            .map(|duration| duration.try_into().unwrap_or(time::Duration::MAX));
        Self {
            previous_key,
            proved: Cache::new(key_cache, MAX_CACHED),
            denied: Cache::new(DENIED_FOR, MAX_CACHED),
        }
    }

    /// Decides whether this request may go on to its operation, and as which caller. `now` is the current time.
    ///
    /// The verdict holds an error only if Secrets Manager fails, or does not respond in time.
    pub async fn decide(&self, store: &Store, event: Event, now: OffsetDateTime) -> Verdict<Answer> {
        let (key_id, outcome) = match &event.token {
            Err(denial) => (None, Ok(deny(&event, *denial, None))),
            Ok(token) => {
                let judged = in_time(self.judge(store, &event, token, now)).await;
                // After an error nobody knows whether the id has a key: then it is logged like an unknown one.
                let is_known =
                    judged.as_ref().is_ok_and(|judged| !matches!(judged.allowed, Err(Denial::UnknownKey)));
                let decision = judged.map(|Judged { allowed, fault }| match allowed {
                    Ok((answer, proof)) => {
                        let key_expires = answer.key_expires().map(str::to_owned);
                        Decision { answer, is_allowed: true, reason: proof.as_str(), fault, key_expires }
                    }
                    Err(denial) => deny(&event, denial, fault),
                });
                (Some(id_for_log(&token.id, is_known)), decision)
            }
        };
        Verdict { request_id: event.request_id, key_id, outcome }
    }

    /// Judges `token` by what is cached of the key that it claims, or else by what it reads of that key.
    ///
    /// If a cached key does not accept the secret, this reads the key again, because it may have been rotated. For
    /// an id without a key it makes the same calls and caches the same, so that callers cannot tell the two apart.
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
        // Judged each time: even while the key is cached, it can expire, and so can its previous secret.
        if let Some(Ok(allowed)) = self.proved.get(&token.id, now).map(|versions| allow(&versions)) {
            return Ok(Judged { allowed: Ok(allowed), fault: None });
        }
        // Only a denial counts: a token that was not valid yet can have become so, and then the key is read again.
        // There is nothing to hide by waiting, because the time of a cached denial depends on no read.
        if let Some(Err(denial)) = self.denied.get(token, now).map(|versions| allow(&versions)) {
            return Ok(Judged { allowed: Err(denial), fault: None });
        }
        let no_sooner = tokio::time::Instant::now() + SHORTEST_DENIAL;
        let versions = Arc::new(self.read(store, token, now).await?);
        let judged = Judged { allowed: allow(&versions), fault: versions.fault().map(ToString::to_string) };
        if judged.allowed.is_ok() {
            self.proved.insert(token.id.clone(), versions, now);
        } else {
            // Not in `proved`: with guesses, anybody could push the keys of others out of that cache.
            self.denied.insert(token.clone(), versions, now);
            tokio::time::sleep_until(no_sooner).await;
        }
        Ok(judged)
    }

    /// Reads the key's current version, and then the previous one only if that is needed. Reading both concurrently
    /// takes a second connection, which costs a cold start more than a third of its instructions.
    async fn read(&self, store: &Store, token: &Token, now: OffsetDateTime) -> Result<Versions> {
        let mut versions = Versions::default();
        versions.set_current(store.access_key(&token.id, KeyVersion::Current).await?, self.previous_key);
        // Also if there is no such key: otherwise the number of calls, and so the time, would tell.
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

/// The id as the log shows it. If no key has it and it is as long as a secret, it may be a secret that somebody put in
/// its place: then only its beginning.
fn id_for_log(id: &AccessKeyId, is_known: bool) -> String {
    match id.as_str() {
        id if is_known || id.len() < SHORTEST_SECRET => id.to_owned(),
        id => id.chars().take(8).chain(['…']).collect(),
    }
}
