//! The state of a list when its first page was returned, for clients that ask for the pages after it.
//!
//! See docs/decisions/lists.md.

use std::hash::Hash;
use std::sync::Arc;

use time::{Duration, OffsetDateTime};

use crate::cache::Cache;
use crate::caller::Scope;
use crate::credential::Namespace;
use crate::error::Result;

/// How long a list is cached. A client that pages through a list asks for the next page within seconds.
const MAX_AGE: Duration = Duration::seconds(30);
/// How many lists are cached.
const MAX_LISTS: usize = 2;
/// How many items a cached list may have. With 2 KB each, the most that a list of secrets says about one, two lists
/// take 40 of a function's 128 MB. That leaves enough to make another list of that length.
const MAX_ITEMS: usize = 10_000;

/// The lists that this instance has returned lately, each for one caller, one namespace and one `F`, by which it is
/// filtered and sorted. `T` is an item.
///
/// So a client that pages through a list sees one state of it, and the list is read once, if the same instance
/// responds. Nobody sees another caller's list, because the grants can differ.
#[derive(Debug)]
pub struct Snapshots<F, T>(Cache<(String, Namespace, F), Vec<T>>);

impl<F: Clone + Eq + Hash, T> Default for Snapshots<F, T> {
    fn default() -> Self {
        Self(Cache::new(MAX_AGE, MAX_LISTS))
    }
}

impl<F: Clone + Eq + Hash, T> Snapshots<F, T> {
    /// The list that `read` returns or, for a page after the first, the one that was read before.
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
        // A first page is always read: a client that has just created a credential looks for it there.
        if let (false, Some(before)) = (is_first_page, self.0.get(&whose, now)) {
            return Ok(before);
        }
        let list = Arc::new(read.await?);
        if list.len() <= MAX_ITEMS {
            // `now` is from before the read, because the list can show a state as old as that.
            self.0.insert(whose, Arc::clone(&list), now);
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

    /// What a page is made from: what was read `before`, or `now`.
    async fn page(
        snapshots: &Snapshots<&'static str, &'static str>,
        asked: (&Scope, &'static str, bool),
        seconds: i64,
    ) -> &'static str {
        let (scope, filters, is_first) = asked;
        let at = NOON + Duration::seconds(seconds);
        snapshots.list_at(at, scope, filters, is_first, async { Ok(vec!["now"]) }).await.unwrap()[0]
    }

    async fn with_one_list() -> Snapshots<&'static str, &'static str> {
        let (snapshots, own) = (Snapshots::default(), scope("k", "n"));
        let first = snapshots.list_at(NOON, &own, "f", true, async { Ok(vec!["before"]) });
        assert_eq!(first.await.unwrap()[0], "before");
        snapshots
    }

    #[tokio::test]
    async fn further_pages_show_the_state_of_the_first() {
        let (snapshots, own) = (with_one_list().await, scope("k", "n"));
        for (seconds, found) in [(0, "before"), (29, "before"), (30, "now"), (31, "now")] {
            assert_eq!(page(&snapshots, (&own, "f", false), seconds).await, found, "{seconds}");
        }
    }

    #[tokio::test]
    async fn a_first_page_is_always_read() {
        let (snapshots, own) = (with_one_list().await, scope("k", "n"));
        assert_eq!(page(&snapshots, (&own, "f", true), 1).await, "now");
        assert_eq!(page(&snapshots, (&own, "f", false), 2).await, "now");
    }

    #[tokio::test]
    async fn only_the_same_caller_namespace_and_filters_share_a_list() {
        for (other, filters) in [(scope("k2", "n"), "f"), (scope("k", "n2"), "f"), (scope("k", "n"), "g")] {
            assert_eq!(page(&with_one_list().await, (&other, filters, false), 1).await, "now");
        }
    }

    #[tokio::test]
    async fn a_read_that_fails_leaves_the_list_from_before() {
        let (snapshots, own) = (with_one_list().await, scope("k", "n"));
        let failed = snapshots.list_at(NOON, &own, "f", true, async { Err(Error::Throttled) }).await;
        assert!(matches!(failed, Err(Error::Throttled)));
        assert_eq!(page(&snapshots, (&own, "f", false), 1).await, "before");
    }

    #[tokio::test]
    async fn a_list_that_is_too_large_is_not_cached() {
        let (snapshots, own) = (Snapshots::default(), scope("k", "n"));
        let large = snapshots.list_at(NOON, &own, "f", true, async { Ok(vec!["before"; MAX_ITEMS + 1]) });
        assert_eq!(large.await.unwrap().len(), MAX_ITEMS + 1);
        assert_eq!(page(&snapshots, (&own, "f", false), 1).await, "now");
    }
}
