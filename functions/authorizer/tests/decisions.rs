//! Which tokens are allowed, against a Secrets Manager with AWS's rules: denials, rotation, caches.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::panic, clippy::indexing_slicing)] // Only test code.

mod support;

use std::time::Duration;

use latchkey::Error;
use latchkey::serve::{Decision, Verdict};
use latchkey_authorizer::{Answer, Authorizer, Event, Settings};
use latchkey_stand_in::{Incident, Line, SecretsManager, What};
use serde_json::{Value, json};
use time::OffsetDateTime;

use support::{create, event, key, rotate, secret, store};

const DAY: Duration = Duration::from_hours(24);
const SETTINGS: Settings = Settings { key_cache: Duration::from_mins(1), previous_key: DAY };
const SECOND: Duration = Duration::from_secs(1);

/// An authorizer with its own line to Secrets Manager, and a clock that a test can set.
struct Subject {
    authorizer: Authorizer,
    store: latchkey::Store,
    line: Line,
    now: OffsetDateTime,
}

impl Subject {
    async fn new(sm: &SecretsManager, settings: Settings) -> Self {
        let line = sm.line().await;
        let authorizer = Authorizer::new(settings);
        Self { authorizer, store: store(line.endpoint()), line, now: OffsetDateTime::now_utc() }
    }

    async fn verdict(&self, id: &str, secret: &str) -> Verdict<Answer> {
        let event: Event = serde_json::from_str(&event(&format!("Bearer {id}.{secret}"))).unwrap();
        self.authorizer.decide(&self.store, event, self.now).await
    }

    async fn decision(&self, id: &str, secret: &str) -> Decision<Answer> {
        self.verdict(id, secret).await.outcome.unwrap()
    }

    /// The reason for a decision, and the versions that were read for it.
    async fn reason(&self, id: &str, secret: &str) -> (&'static str, Vec<Value>) {
        let before = self.line.calls().len();
        let reason = self.decision(id, secret).await.reason;
        let calls = self.line.calls().split_off(before);
        let name = format!("latchkey/keys/{id}");
        assert!(
            calls.iter().all(|call| call.action == "GetSecretValue" && call.parameters["SecretId"] == name)
        );
        (reason, calls.iter().map(|call| call.parameters["VersionStage"].clone()).collect())
    }
}

/// The versions that are read for a token that does not prove the current one.
fn both_versions() -> Vec<Value> {
    vec![json!("AWSCURRENT"), json!("AWSPREVIOUS")]
}

#[tokio::test]
async fn an_id_without_a_key_cannot_be_told_from_a_wrong_secret() {
    let sm = SecretsManager::new();
    create(&sm, "known", &key(&secret("right")));
    let mut answers = Vec::new();
    for (id, reason) in [("known", "wrong_secret"), ("unknown", "unknown_key")] {
        let mut subject = Subject::new(&sm, SETTINGS).await;
        let started = std::time::Instant::now();
        assert_eq!(subject.reason(id, "wrong").await, (reason, both_versions()));
        assert!(started.elapsed() >= Duration::from_millis(100), "the time tells nothing");
        // Another secret might be that of a key which was rotated meanwhile. The same one again costs no call.
        assert_eq!(subject.reason(id, &secret("other")).await, (reason, both_versions()));
        for secret in ["wrong", &secret("other")] {
            assert_eq!(subject.reason(id, secret).await, (reason, vec![]));
        }
        subject.now += 5 * SECOND;
        // After five seconds it does.
        assert_eq!(subject.reason(id, "wrong").await, (reason, both_versions()));
        answers.push(serde_json::to_value(subject.decision(id, "wrong").await.answer).unwrap());
    }
    assert_eq!(answers[0], answers[1]);
}

#[tokio::test]
async fn guesses_lock_nobody_out() {
    let sm = SecretsManager::new();
    create(&sm, "key", &key(&secret("right")));
    let mut subject = Subject::new(&sm, SETTINGS).await;
    for guess in ["wrong", &secret("next")] {
        assert_eq!(subject.reason("key", guess).await, ("wrong_secret", both_versions()));
    }
    assert_eq!(subject.reason("key", &secret("right")).await, ("current_secret", vec![json!("AWSCURRENT")]));
    assert_eq!(subject.reason("key", &secret("right")).await, ("current_secret", vec![]));
    assert_eq!(subject.reason("key", "wrong").await, ("wrong_secret", vec![]));
    // A new secret is accepted immediately, unless somebody tried it before the rotation.
    rotate(&sm, "key", &key(&secret("new")));
    assert_eq!(subject.reason("key", &secret("new")).await, ("current_secret", vec![json!("AWSCURRENT")]));
    rotate(&sm, "key", &key(&secret("next")));
    assert_eq!(subject.reason("key", &secret("next")).await, ("wrong_secret", vec![]));
    subject.now += 5 * SECOND;
    assert_eq!(subject.reason("key", &secret("next")).await.0, "current_secret");
}

#[tokio::test]
async fn a_revoked_key_is_trusted_while_it_is_cached_and_no_longer() {
    let sm = SecretsManager::new();
    create(&sm, "key", &key(&secret("right")));
    let mut subject = Subject::new(&sm, SETTINGS).await;
    let never = Subject::new(&sm, Settings { key_cache: Duration::ZERO, ..SETTINGS }).await;
    let right = secret("right");
    assert_eq!(subject.reason("key", &right).await.0, "current_secret");
    assert_eq!(never.reason("key", &right).await.0, "current_secret");
    sm.call("DeleteSecret", json!({"SecretId": "latchkey/keys/key"})).unwrap();
    assert_eq!(subject.reason("key", &right).await, ("current_secret", vec![]));
    subject.now += SETTINGS.key_cache;
    for subject in [&subject, &never] {
        assert_eq!(subject.reason("key", &right).await, ("unknown_key", both_versions()));
    }
    sm.call("RestoreSecret", json!({"SecretId": "latchkey/keys/key"})).unwrap();
    subject.now += 5 * SECOND;
    assert_eq!(subject.reason("key", &right).await.0, "current_secret");
}

#[tokio::test]
async fn the_previous_secret_ends_some_time_after_the_rotation() {
    let sm = SecretsManager::new();
    create(&sm, "key", &key(&secret("first")));
    rotate(&sm, "key", &key(&secret("second")));
    let mut subject = Subject::new(&sm, SETTINGS).await;
    assert_eq!(subject.reason("key", &secret("second")).await, ("current_secret", vec![json!("AWSCURRENT")]));
    assert_eq!(subject.reason("key", &secret("first")).await, ("previous_secret", both_versions()));
    assert_eq!(subject.reason("key", &secret("first")).await, ("previous_secret", vec![]));
    subject.now += DAY;
    subject.now -= 10 * SECOND;
    assert_eq!(subject.reason("key", &secret("first")).await, ("previous_secret", both_versions()));
    // Being cached does not extend its time.
    subject.now += 10 * SECOND;
    assert_eq!(subject.reason("key", &secret("first")).await.0, "previous_secret_ended");
    assert_eq!(subject.reason("key", &secret("second")).await.0, "current_secret");
    rotate(&sm, "key", &key(&secret("third")));
    subject.now += DAY;
    assert_eq!(subject.reason("key", &secret("first")).await.0, "wrong_secret");
}

#[tokio::test]
async fn the_previous_secret_is_not_read_if_it_is_never_accepted() {
    let sm = SecretsManager::new();
    create(&sm, "key", &key(&secret("leaked")));
    let settings = Settings { key_cache: Duration::ZERO, previous_key: Duration::ZERO };
    let subject = Subject::new(&sm, settings).await;
    assert_eq!(subject.reason("key", &secret("leaked")).await.0, "current_secret");
    rotate(&sm, "key", &key(&secret("new")));
    let current = vec![json!("AWSCURRENT")];
    assert_eq!(subject.reason("key", &secret("leaked")).await, ("wrong_secret", current.clone()));
    assert_eq!(subject.reason("unknown", &secret("leaked")).await, ("unknown_key", current));
    assert_eq!(subject.reason("key", &secret("new")).await.0, "current_secret");
}

#[tokio::test]
async fn the_label_of_the_previous_secret_can_be_removed() {
    let sm = SecretsManager::new();
    create(&sm, "key", &key(&secret("leaked")));
    rotate(&sm, "key", &key(&secret("new")));
    let previous = json!({"SecretId": "latchkey/keys/key", "VersionStage": "AWSPREVIOUS"});
    let version = sm.call("GetSecretValue", previous.clone()).unwrap()["VersionId"].clone();
    let mut without = previous;
    without["RemoveFromVersionId"] = version;
    sm.call("UpdateSecretVersionStage", without).unwrap();
    let subject = Subject::new(&sm, SETTINGS).await;
    assert_eq!(subject.reason("key", &secret("leaked")).await, ("wrong_secret", both_versions()));
    assert_eq!(subject.reason("key", &secret("new")).await.0, "current_secret");
}

#[tokio::test]
async fn after_a_rollback_the_earlier_secret_is_accepted_again() {
    // The first version is two days old when it becomes current again.
    let sm = SecretsManager::behind(2 * DAY);
    create(&sm, "key", &key(&secret("first")));
    sm.advance(2 * DAY);
    rotate(&sm, "key", &key(&secret("second")));
    let id = |stage: &str| {
        let read = json!({"SecretId": "latchkey/keys/key", "VersionStage": stage});
        sm.call("GetSecretValue", read).unwrap()["VersionId"].clone()
    };
    let back = json!({
        "SecretId": "latchkey/keys/key",
        "VersionStage": "AWSCURRENT",
        "MoveToVersionId": id("AWSPREVIOUS"),
        "RemoveFromVersionId": id("AWSCURRENT"),
    });
    sm.call("UpdateSecretVersionStage", back).unwrap();
    let subject = Subject::new(&sm, SETTINGS).await;
    assert_eq!(subject.reason("key", &secret("first")).await.0, "current_secret");
    assert_eq!(subject.reason("key", &secret("second")).await.0, "previous_secret_ended");
}

#[tokio::test]
async fn a_read_that_lags_behind_a_rotation_denies_the_new_secret_for_seconds_only() {
    let sm = SecretsManager::new();
    create(&sm, "key", &key(&secret("first")));
    let before = sm.moment();
    rotate(&sm, "key", &key(&secret("second")));
    let mut subject = Subject::new(&sm, SETTINGS).await;
    subject.line.reads_as_of(before.into());
    assert_eq!(subject.reason("key", &secret("second")).await, ("wrong_secret", both_versions()));
    subject.line.reads_as_of(None);
    assert_eq!(subject.reason("key", &secret("first")).await.0, "previous_secret");
    subject.now += 5 * SECOND;
    assert_eq!(subject.reason("key", &secret("second")).await.0, "current_secret");
}

#[tokio::test]
async fn the_validity_of_a_cached_key_is_checked() {
    let sm = SecretsManager::new();
    let at = OffsetDateTime::now_utc().replace_nanosecond(0).unwrap();
    let text = |time: OffsetDateTime| time.format(&time::format_description::well_known::Rfc3339).unwrap();
    let right = secret("right");
    let key = json!({
        "secret": right, "grants": [], "not_before": text(at + 3 * SECOND), "expires_at": text(at + 30 * SECOND),
    });
    create(&sm, "key", &key.to_string());
    let mut subject = Subject::new(&sm, SETTINGS).await;
    subject.now = at;
    assert_eq!(subject.reason("key", &right).await.0, "not_yet_valid");
    subject.now = at + 3 * SECOND;
    assert_eq!(subject.reason("key", &right).await.0, "current_secret");
    subject.now = at + 29 * SECOND;
    let answer = serde_json::to_value(subject.decision("key", &right).await.answer).unwrap();
    assert_eq!(answer["context"]["key_expires"], text(at + 30 * SECOND));
    assert_eq!(subject.reason("key", &right).await, ("current_secret", vec![]));
    subject.now = at + 30 * SECOND;
    assert_eq!(subject.reason("key", &right).await.0, "expired");
}

#[tokio::test]
async fn an_expired_key_does_not_accept_its_previous_secret() {
    let sm = SecretsManager::new();
    create(&sm, "key", &key(&secret("first")));
    let over = json!({"secret": secret("second"), "grants": [], "expires_at": "2020-01-01T00:00:00Z"});
    rotate(&sm, "key", &over.to_string());
    let ahead = json!({"secret": secret("second"), "grants": [], "not_before": "2999-01-01T00:00:00Z"});
    create(&sm, "ahead", &key(&secret("first")));
    rotate(&sm, "ahead", &ahead.to_string());
    let subject = Subject::new(&sm, SETTINGS).await;
    for secret in [secret("first"), secret("second")] {
        assert_eq!(subject.reason("key", &secret).await.0, "expired");
    }
    // But a current version that is not valid yet does not end the previous one.
    assert_eq!(subject.reason("ahead", &secret("first")).await.0, "previous_secret");
    assert_eq!(subject.reason("ahead", &secret("second")).await.0, "not_yet_valid");
}

#[tokio::test]
async fn a_faulty_key_is_denied_and_the_fault_is_reported() {
    let sm = SecretsManager::new();
    let slip = |secret: &str| format!(r#"{{"secret":"{secret}","grants":[],"enabled":false}}"#);
    let first = secret("first");
    // Attempts to disable a key, to rotate one, and a value that is no key at all.
    for (id, slip) in
        [("same", slip(&first)), ("other", slip(&secret("second"))), ("none", "no JSON".to_owned())]
    {
        create(&sm, id, &key(&first));
        rotate(&sm, id, &slip);
        let subject = Subject::new(&sm, SETTINGS).await;
        // Not even for the previous secret.
        for secret in [&first, &secret("second")] {
            let decision = subject.decision(id, secret).await;
            assert!(!decision.is_allowed && decision.reason == "unusable_key");
            let fault = decision.fault.unwrap();
            assert!(fault.contains("not documented") || fault.contains("not valid JSON"), "{fault}");
            // The fault is reported once for each read.
            let decision = subject.decision(id, secret).await;
            assert_eq!((decision.reason, decision.fault), ("unusable_key", None));
        }
        assert_eq!(subject.reason(id, "wrong").await, ("unusable_key", both_versions()));
    }
}

#[tokio::test]
async fn an_error_of_secrets_manager_is_no_decision_and_is_not_cached() {
    let sm = SecretsManager::new();
    create(&sm, "key", &key(&secret("right")));
    let subject = Subject::new(&sm, SETTINGS).await;
    for at in [0, 1] {
        let throttled = What::Error { code: "ThrottlingException", status: 400, times: usize::MAX };
        subject.line.set_incident(Incident::new(at, throttled));
        let verdict = subject.verdict("key", "wrong").await;
        assert!(matches!(verdict.outcome, Err(Error::Throttled)), "{verdict:?}");
        assert_eq!(verdict.key_id.as_deref(), Some("key"));
    }
    subject.line.set_incident(None);
    // A caller that proves the current version needs no other.
    let denied = What::Error { code: "AccessDeniedException", status: 400, times: 1 };
    subject.line.set_incident(Incident::new(1, denied));
    assert_eq!(subject.reason("key", &secret("right")).await.0, "current_secret");
    assert!(matches!(subject.verdict("other", "wrong").await.outcome, Err(Error::Internal(_))));
    assert_eq!(subject.reason("other", "wrong").await, ("unknown_key", both_versions()));
}

#[tokio::test]
async fn the_log_names_the_key_but_no_secret_in_its_place() {
    let sm = SecretsManager::new();
    let long = "k".repeat(64);
    for id in ["key", &long] {
        create(&sm, id, &key(&secret("right")));
    }
    let subject = Subject::new(&sm, SETTINGS).await;
    let swapped = secret("hunter2-");
    for (id, shown) in [
        ("key", "key"),
        ("no-such-key", "no-such-key"),
        (&*long, &*long),
        (&swapped[..31], &swapped[..31]),
        (&swapped[..32], "hunter2-…"),
        (&swapped, "hunter2-…"),
    ] {
        assert_eq!(subject.verdict(id, "key").await.key_id.as_deref(), Some(shown));
    }
    let event: Event = serde_json::from_str(&event(&format!("Bearer {swapped}"))).unwrap();
    let verdict = subject.authorizer.decide(&subject.store, event, subject.now).await;
    assert_eq!((verdict.key_id, verdict.outcome.unwrap().reason), (None, "malformed_token"));
    assert_eq!(verdict.request_id.as_deref(), Some(support::REQUEST_ID));
}
