//! Calls that arrive late and reads that lag, in the exact orders that once lost a credential. See
//! `docs/decisions/lag.md`.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;

use std::time::Duration;

use latchkey::store::{Precondition, Store, now};
use latchkey::{Error, Result};
use latchkey_stand_in::{Incident, SecretsManager, What};
use serde_json::json;
use support::{age, draft, scope, store};

const ALWAYS: Precondition = Precondition::None;

async fn create(store: &Store, name: &str, value: &str) -> Result<()> {
    store.create(&scope("n"), name, &draft(value), None).await.map(drop)
}

async fn read(store: &Store, name: &str) -> Option<String> {
    match store.read(&scope("n"), name).await {
        Ok(stored) => Some(stored.value.expose_text().unwrap().to_owned()),
        Err(Error::NotFound) => None,
        Err(error) => panic!("{error:?}"),
    }
}

async fn rename(store: &Store, from: &str, to: &str) -> Result<()> {
    store.rename(&scope("n"), from, to, &ALWAYS, |_| Ok((draft("renamed"), ()))).await.map(drop)
}

/// Makes every tombstone and mark this many seconds old.
fn make_old(sm: &SecretsManager, seconds: i64) {
    age(sm);
    let at = format!("\"at\":{}", now() - seconds);
    sm.rewrite(|_, value| *value = value.replace("\"at\":1", &at));
}

#[tokio::test]
async fn a_late_delete_secret_does_not_delete_what_was_created_again() {
    let sm = SecretsManager::new();
    let (line, other) = (sm.line().await, store(sm.line().await.endpoint()));
    create(&other, "a", "v").await.unwrap();
    line.set_incident(Incident::new(0, What::Drop { times: usize::MAX }).of("DeleteSecret"));
    store(line.endpoint()).delete(&scope("n"), "a", &ALWAYS).await.unwrap();
    // The DeleteSecret can still arrive for five minutes, long after the function has ended.
    for seconds in [0, 30, 290] {
        make_old(&sm, seconds);
        let Err(Error::BeingDeleted { wait }) = create(&other, "a", "new").await else {
            panic!("{seconds} s after the tombstone");
        };
        let remaining = u64::try_from(320 - seconds).unwrap();
        assert!((remaining - 5..=remaining).contains(&wait.as_secs()), "{wait:?}");
    }
    make_old(&sm, 330);
    create(&other, "a", "new").await.unwrap();
    assert_eq!(read(&other, "a").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn a_name_scheduled_for_deletion_can_be_created_again_immediately() {
    let sm = SecretsManager::new();
    let store = store(sm.line().await.endpoint());
    create(&store, "a", "v").await.unwrap();
    store.delete(&scope("n"), "a", &ALWAYS).await.unwrap();
    create(&store, "a", "new").await.unwrap();
    assert_eq!(read(&store, "a").await.as_deref(), Some("new"));
}

#[tokio::test]
async fn the_next_deletion_schedules_an_abandoned_tombstone_when_no_call_can_be_late() {
    let sm = SecretsManager::new();
    let (line, other) = (sm.line().await, store(sm.line().await.endpoint()));
    create(&other, "a", "v").await.unwrap();
    line.set_incident(Incident::new(0, What::Drop { times: usize::MAX }).of("DeleteSecret"));
    store(line.endpoint()).delete(&scope("n"), "a", &ALWAYS).await.unwrap();
    for (seconds, is_scheduled) in [(30, false), (330, true)] {
        make_old(&sm, seconds);
        assert!(matches!(other.delete(&scope("n"), "a", &ALWAYS).await, Err(Error::NotFound)));
        assert_eq!(sm.dump().contains("DeletedDate"), is_scheduled, "{}", sm.dump());
    }
}

/// A create of the new name meets the mark of a rename that is about to depart. Its read of the old secret shows a
/// time before the rename: the secret is not there at all, or deleted.
#[tokio::test]
async fn a_stale_read_does_not_let_a_create_overwrite_what_is_being_renamed() {
    for was_deleted in [false, true] {
        let sm = SecretsManager::new();
        let healthy = store(sm.line().await.endpoint());
        if was_deleted {
            create(&healthy, "a", "before").await.unwrap();
            healthy.delete(&scope("n"), "a", &ALWAYS).await.unwrap();
        }
        let stale = sm.moment();
        create(&healthy, "a", "v").await.unwrap();

        let (renaming, creating) = (sm.line().await, sm.line().await);
        creating.reads_of_as_of("latchkey/organizations/n/a", Some(stale));
        renaming.set_incident(Incident::new(0, What::Waits).of("UpdateSecret"));
        let (renaming_store, creating_store) = (store(renaming.endpoint()), store(creating.endpoint()));
        let (renamed, created) = tokio::join!(rename(&renaming_store, "a", "b"), async {
            renaming.happened().await;
            let created = create(&creating_store, "b", "other").await;
            renaming.go_on();
            created
        });
        let (a, b) = (read(&healthy, "a").await, read(&healthy, "b").await);
        match (&renamed, &created) {
            (Ok(()), Err(_)) => assert_eq!((a.as_deref(), b.as_deref()), (None, Some("renamed"))),
            (Err(_), Ok(())) => assert_eq!((a.as_deref(), b.as_deref()), (Some("v"), Some("other"))),
            _ => panic!("{renamed:?}, {created:?}: {a:?}, {b:?}\n{}", sm.dump()),
        }
    }
}

/// DescribeSecret still shows an earlier tombstone. Since then the secret was created again, and an administrator has
/// deleted it: restoring it brings that value back.
#[tokio::test]
async fn a_stale_description_brings_nothing_back() {
    let hour = Duration::from_hours(1);
    let sm = SecretsManager::behind(hour);
    let healthy = store(sm.line().await.endpoint());
    create(&healthy, "a", "v").await.unwrap();
    healthy.delete(&scope("n"), "a", &ALWAYS).await.unwrap();
    let stale = sm.moment();
    create(&healthy, "a", "w").await.unwrap();
    sm.call("DeleteSecret", json!({"SecretId": "latchkey/organizations/n/a", "RecoveryWindowInDays": 7}))
        .unwrap();
    sm.advance(hour);
    let line = sm.line().await;
    line.reads_as_of(Some(stale));
    let creating = store(line.endpoint());
    let (created, ()) = tokio::join!(create(&creating, "a", "new"), async {
        while !line.actions().contains(&"RestoreSecret".into()) {
            tokio::task::yield_now().await;
        }
        line.reads_as_of(None);
    });
    assert!(matches!(created, Err(Error::DeletedElsewhere)), "{created:?}");
    assert_eq!(read(&healthy, "a").await, None);
    sm.call("RestoreSecret", json!({"SecretId": "latchkey/organizations/n/a"})).unwrap();
    assert_eq!(read(&healthy, "a").await.as_deref(), Some("w"));
}

/// A rename died before it took its mark off, and an administrator has deleted the new secret.
#[tokio::test]
async fn the_tombstone_of_a_mark_stays_while_its_secret_can_be_restored() {
    let sm = SecretsManager::new();
    let (line, healthy) = (sm.line().await, store(sm.line().await.endpoint()));
    create(&healthy, "a", "v").await.unwrap();
    line.set_incident(Incident::new(1, What::Dies { late: None }).of("UpdateSecret"));
    let dying = store(line.endpoint());
    tokio::select! {
        () = line.happened() => {}
        result = rename(&dying, "a", "b") => panic!("{result:?}"),
    }
    assert_eq!(read(&healthy, "b").await.as_deref(), Some("renamed"));
    let secret = json!({"SecretId": "latchkey/organizations/n/b", "RecoveryWindowInDays": 7});
    sm.call("DeleteSecret", secret.clone()).unwrap();
    age(&sm);
    assert!(matches!(create(&healthy, "a", "other").await, Err(Error::DeletedElsewhere)));
    sm.call("RestoreSecret", json!({"SecretId": "latchkey/organizations/n/b"})).unwrap();
    assert_eq!(read(&healthy, "b").await.as_deref(), Some("renamed"));
    create(&healthy, "a", "other").await.unwrap();
    assert_eq!(read(&healthy, "b").await.as_deref(), Some("renamed"));
}

/// The caller of a rename has died, and its last write arrives after others have used its names.
#[tokio::test]
async fn a_late_departure_finds_its_rename_stopped() {
    let sm = SecretsManager::new();
    let (line, healthy) = (sm.line().await, store(sm.line().await.endpoint()));
    create(&healthy, "a", "v").await.unwrap();
    line.set_incident(
        Incident::new(0, What::Dies { late: Some(Duration::from_millis(50)) }).of("UpdateSecret"),
    );
    let dying = store(line.endpoint());
    tokio::select! {
        () = line.happened() => {}
        result = rename(&dying, "a", "b") => panic!("{result:?}"),
    }
    create(&healthy, "b", "other").await.unwrap();
    sm.quiet().await;
    assert_eq!(read(&healthy, "a").await.as_deref(), Some("v"));
    assert_eq!(read(&healthy, "b").await.as_deref(), Some("other"));
}
