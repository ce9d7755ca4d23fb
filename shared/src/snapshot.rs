//! What a list was when its first page was answered, for those who ask for the pages after it.

use std::hash::Hash;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use crate::caller::Scope;
use crate::credential::Namespace;
use crate::error::Result;
use crate::memory::Memory;

/// For how long. Whoever goes through a list asks for its next page within seconds.
const MAX_AGE: Duration = Duration::seconds(30);
/// How many lists.
const MAX_LISTS: usize = 2;
/// How many items one may have. With 2 KB each, the most that a list of secrets tells of one, both lists take 40 of a
/// function's 128 MB, and leave it as much as a list of that length takes while it is made.
const MAX_ITEMS: usize = 10_000;

/// The lists that this instance has answered lately, by who has asked for which of them: `F` is what they are filtered
/// and sorted by, `T` an item.
///
/// So who goes through a list sees one state of it and costs one list, where the instance is the same. Of everybody else
/// nothing is shown: their grants can be others.
#[derive(Debug)]
pub struct Snapshots<F, T>(Memory<(String, Namespace, F), Vec<T>>);

impl<F: Clone + Eq + Hash, T> Default for Snapshots<F, T> {
    fn default() -> Self {
        Self(Memory::new(MAX_AGE, MAX_LISTS))
    }
}

impl<F: Clone + Eq + Hash, T> Snapshots<F, T> {
    /// The list that `read` reads, or for another page than the first the one that was read before.
    ///
    /// # Errors
    /// Those of `read`.
    pub async fn list(
        &self,
        scope: &Scope,
        filters: F,
        is_first_page: bool,
        read: impl Future<Output = Result<Vec<T>>>,
    ) -> Result<Arc<Vec<T>>> {
        self.list_at(OffsetDateTime::now_utc(), scope, filters, is_first_page, read).await
    }

    async fn list_at(
        &self,
        now: OffsetDateTime,
        scope: &Scope,
        filters: F,
        is_first_page: bool,
        read: impl Future<Output = Result<Vec<T>>>,
    ) -> Result<Arc<Vec<T>>> {
        let whose = (scope.key_id().to_owned(), scope.namespace().clone(), filters);
        if let (false, Some(before)) = (is_first_page, self.0.find(&whose, now)) {
            return Ok(before);
        }
        let list = Arc::new(read.await?);
        if list.len() <= MAX_ITEMS {
            self.0.keep(whose, Arc::clone(&list), now);
        }
        Ok(list)
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;
    use crate::caller::Caller;
    use crate::error::Error;

    const NOON: OffsetDateTime = datetime!(2026-11-29 12:00 UTC);

    fn scope(key: &str, namespace: &str) -> Scope {
        let grants = r#"[{"api":"*","namespaces":["*"],"permissions":["*"]}]"#;
        let caller = Caller::new(key, serde_json::from_str(grants).unwrap());
        caller.enter(Namespace::new("tiledb", [namespace]), &["read"]).unwrap()
    }

    /// What a page is made of: what was read in `before`, or `now`.
    async fn page(
        snapshots: &Snapshots<&'static str, &'static str>,
        asked: (&Scope, &'static str, bool),
        seconds: i64,
    ) -> &'static str {
        let (scope, filters, is_first) = asked;
        let at = NOON + Duration::seconds(seconds);
        snapshots.list_at(at, scope, filters, is_first, async { Ok(vec!["now"]) }).await.unwrap()[0]
    }

    async fn kept() -> Snapshots<&'static str, &'static str> {
        let (snapshots, own) = (Snapshots::default(), scope("k", "n"));
        let first = snapshots.list_at(NOON, &own, "f", true, async { Ok(vec!["before"]) });
        assert_eq!(first.await.unwrap()[0], "before");
        snapshots
    }

    #[tokio::test]
    async fn further_pages_are_of_the_state_of_the_first() {
        let (snapshots, own) = (kept().await, scope("k", "n"));
        for (seconds, found) in [(0, "before"), (29, "before"), (30, "now"), (31, "now")] {
            assert_eq!(page(&snapshots, (&own, "f", false), seconds).await, found, "{seconds}");
        }
    }

    #[tokio::test]
    async fn a_first_page_is_read_afresh() {
        let (snapshots, own) = (kept().await, scope("k", "n"));
        assert_eq!(page(&snapshots, (&own, "f", true), 1).await, "now");
        assert_eq!(page(&snapshots, (&own, "f", false), 2).await, "now");
    }

    #[tokio::test]
    async fn nobody_sees_what_others_or_other_lists_have() {
        for (other, filters) in [(scope("k2", "n"), "f"), (scope("k", "n2"), "f"), (scope("k", "n"), "g")] {
            assert_eq!(page(&kept().await, (&other, filters, false), 1).await, "now");
        }
    }

    #[tokio::test]
    async fn a_list_that_fails_leaves_the_one_before() {
        let (snapshots, own) = (kept().await, scope("k", "n"));
        let failed = snapshots.list_at(NOON, &own, "f", true, async { Err(Error::Throttled) }).await;
        assert!(matches!(failed, Err(Error::Throttled)));
        assert_eq!(page(&snapshots, (&own, "f", false), 1).await, "before");
    }

    #[tokio::test]
    async fn what_would_fill_the_memory_is_not_kept() {
        let (snapshots, own) = (Snapshots::default(), scope("k", "n"));
        let large = snapshots.list_at(NOON, &own, "f", true, async { Ok(vec!["before"; MAX_ITEMS + 1]) });
        assert_eq!(large.await.unwrap().len(), MAX_ITEMS + 1);
        assert_eq!(page(&snapshots, (&own, "f", false), 1).await, "now");
    }
}
