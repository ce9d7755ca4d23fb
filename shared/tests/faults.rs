//! Every operation, with a fault at each of its calls. Afterwards the credential is as it was or as it should be, the
//! response is true, and if the client repeats the operation, the credential is as it should be.

#![allow(clippy::unwrap_used, clippy::panic, clippy::indexing_slicing, clippy::large_futures)] // Only test code.

mod support;

use std::time::Duration;

use latchkey::idempotency::IdempotencyKey;
use latchkey::store::{Precondition, Store};
use latchkey::{Error, Result};
use latchkey_stand_in::{Incident, Line, SecretsManager, What};
use support::{age, at_once, draft, public_of, scope, store};

const ALWAYS: usize = usize::MAX;
/// More calls than any operation makes: one that makes more does not end, and fails the test.
const MOST_CALLS: usize = 24;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operation {
    /// A new name.
    Create,
    /// A name that was deleted.
    CreateAgain,
    Update,
    Delete,
    /// After the versions of the day are used up.
    DeleteLast,
    Rename,
    /// Onto a name that was deleted.
    RenameAgain,
}

const OPERATIONS: [Operation; 7] = [
    Operation::Create,
    Operation::CreateAgain,
    Operation::Update,
    Operation::Delete,
    Operation::DeleteLast,
    Operation::Rename,
    Operation::RenameAgain,
];

/// What the names "a" and "b" hold.
type State = [Option<String>; 2];

fn holding(a: Option<&str>, b: Option<&str>) -> State {
    [a.map(str::to_owned), b.map(str::to_owned)]
}

impl Operation {
    fn before(self) -> State {
        match self {
            Self::Create | Self::CreateAgain => holding(None, None),
            _ => holding(Some("old"), None),
        }
    }

    fn after(self) -> State {
        match self {
            Self::Create | Self::CreateAgain | Self::Update => holding(Some("new"), None),
            Self::Delete | Self::DeleteLast => holding(None, None),
            Self::Rename | Self::RenameAgain => holding(None, Some("new")),
        }
    }

    async fn prepare(self, sm: &SecretsManager, store: &Store) {
        let create = async |name: &str| store.create(&scope("n"), name, &draft("old"), None).await.unwrap();
        match self {
            Self::Create => {}
            Self::CreateAgain => {
                create("a").await;
                store.delete(&scope("n"), "a", &Precondition::None).await.unwrap();
            }
            Self::RenameAgain => {
                create("a").await;
                create("b").await;
                store.delete(&scope("n"), "b", &Precondition::None).await.unwrap();
            }
            Self::DeleteLast => {
                create("a").await;
                sm.set(|switches| switches.versions_per_day = Some(1));
            }
            Self::Update | Self::Delete | Self::Rename => drop(create("a").await),
        }
    }

    async fn perform(self, store: &Store) -> Result<()> {
        let (scope, always) = (scope("n"), Precondition::None);
        match self {
            Self::Create | Self::CreateAgain => {
                let key = IdempotencyKey::parse("0123456789abcdef").unwrap();
                store.create(&scope, "a", &draft("new"), Some(&key)).await.map(drop)
            }
            Self::Update => store.update(&scope, "a", &always, |_| Ok((draft("new"), ()))).await.map(drop),
            Self::Delete | Self::DeleteLast => store.delete(&scope, "a", &always).await,
            Self::Rename | Self::RenameAgain => {
                store.rename(&scope, "a", "b", &always, |_| Ok((draft("new"), ()))).await.map(drop)
            }
        }
    }
}

fn faults() -> Vec<What> {
    let error = |code, status, times| What::Error { code, status, times };
    vec![
        What::Drop { times: 1 },
        What::Drop { times: ALWAYS },
        What::Lose { times: 1 },
        What::Lose { times: ALWAYS },
        error("InternalServiceError", 500, 1),
        error("InternalServiceError", 500, ALWAYS),
        error("ThrottlingException", 400, 1),
        error("ThrottlingException", 400, ALWAYS),
        error("AccessDeniedException", 400, 1),
        error("LimitExceededException", 400, 1),
        error("DecryptionFailure", 400, 1),
        What::Garbage { times: 1 },
        What::Dies { late: None },
        What::Dies { late: Some(Duration::ZERO) },
        What::Dies { late: Some(Duration::from_millis(4)) },
        What::DiesAfter,
        What::Late { after: Duration::from_millis(2) },
    ]
}

/// What the names hold. Fails if a list shows anything else.
async fn found(store: &Store) -> State {
    let mut found = holding(None, None);
    for (held, name) in found.iter_mut().zip(["a", "b"]) {
        *held = match store.read(&scope("n"), name).await {
            Ok(stored) => Some(stored.value.expose_text().unwrap().to_owned()),
            Err(Error::NotFound) => None,
            Err(error) => panic!("{error:?}"),
        };
    }
    let listed = store.list(&scope("n"), public_of).await.unwrap();
    let is_listed = |name: &str| listed.iter().any(|listed| listed.name == name);
    assert_eq!([is_listed("a"), is_listed("b")], [found[0].is_some(), found[1].is_some()], "list and get");
    found
}

/// Performs the operation; `None` if its caller dies.
async fn perform_or_die(operation: Operation, line: &Line, dies: bool) -> Option<Result<()>> {
    let store = store(line.endpoint());
    tokio::select! {
        biased;
        () = line.happened(), if dies => None,
        result = operation.perform(&store) => Some(result),
    }
}

/// One run. Returns whether the operation met the fault.
async fn run(operation: Operation, what: What, at: usize, writes_descriptions_of_rejected: bool) -> bool {
    let sm = SecretsManager::new();
    sm.set(|switches| switches.writes_descriptions_of_rejected = writes_descriptions_of_rejected);
    let healthy = store(sm.line().await.endpoint());
    operation.prepare(&sm, &healthy).await;
    let line = sm.line().await;
    let dies = matches!(what, What::Dies { .. } | What::DiesAfter);
    line.set_incident(Incident::new(at, what.clone()));
    let result = perform_or_die(operation, &line, dies).await;
    sm.quiet().await;
    let case = format!("{operation:?}, {what:?} at {at}: {result:?}\n{}", sm.dump());

    let state = found(&healthy).await;
    let (before, after) = (operation.before(), operation.after());
    assert!(state == before || state == after, "{state:?} after {case}");
    if matches!(result, Some(Ok(()))) {
        assert_eq!(state, after, "it was said to be done: {case}");
    }

    sm.set(|switches| switches.versions_per_day = None);
    let repeated = match operation.perform(&healthy).await {
        Err(Error::BeingDeleted { .. }) => {
            age(&sm);
            operation.perform(&healthy).await
        }
        repeated => repeated,
    };
    match repeated {
        Ok(()) => {}
        Err(Error::NotFound) => assert!(state == after && state != before, "not found after {case}"),
        Err(error) => panic!("repeated: {error:?} after {case}"),
    }
    assert_eq!(found(&healthy).await, after, "repeated after {case}");
    line.calls().len() > at
}

async fn every_fault_at_every_call(writes_descriptions_of_rejected: bool) {
    let cases =
        OPERATIONS.into_iter().flat_map(|operation| faults().into_iter().map(move |what| (operation, what)));
    at_once(cases, |(operation, what)| async move {
        for at in 0..MOST_CALLS {
            if !run(operation, what.clone(), at, writes_descriptions_of_rejected).await {
                return;
            }
        }
        panic!("{operation:?} does not end with {what:?}");
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_fails_the_credential_is_as_before_or_as_it_should_be() {
    every_fault_at_every_call(false).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_if_rejected_writes_leave_their_description() {
    every_fault_at_every_call(true).await;
}
