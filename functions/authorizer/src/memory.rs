//! What this instance has read of access keys, for a bounded time and in a bounded number.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

use crate::versions::Versions;

/// The most entries. A deployment with more active keys reads some of them again.
const MAX_ENTRIES: usize = 1_000;

/// What was read, by the `K` that it was read for.
pub(crate) struct Memory<K> {
    max_age: Duration,
    entries: Mutex<HashMap<K, Entry>>,
}

struct Entry {
    versions: Arc<Versions>,
    read_at: OffsetDateTime,
}

impl Entry {
    /// By the wall clock, as a monotonic one may stand still while Lambda has frozen the instance. What seems
    /// to be read in the future is not taken for fresh.
    fn is_fresh(&self, now: OffsetDateTime, max_age: Duration) -> bool {
        let age = now - self.read_at;
        !age.is_negative() && age < max_age
    }
}

impl<K: Hash + Eq> Memory<K> {
    pub(crate) fn new(max_age: Duration) -> Self {
        Self { max_age, entries: Mutex::default() }
    }

    /// What was read for `subject`, if that was recently.
    pub(crate) fn find(&self, subject: &K, now: OffsetDateTime) -> Option<Arc<Versions>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(subject).filter(|entry| entry.is_fresh(now, self.max_age))?;
        Some(Arc::clone(&entry.versions))
    }

    /// Remembers what was just read for `subject`.
    pub(crate) fn keep(&self, subject: K, versions: Arc<Versions>, now: OffsetDateTime) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_ENTRIES && !entries.contains_key(&subject) {
            entries.retain(|_, entry| entry.is_fresh(now, self.max_age));
            if entries.len() >= MAX_ENTRIES {
                entries.clear();
            }
        }
        entries.insert(subject, Entry { versions, read_at: now });
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const NOON: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

    #[test]
    fn what_was_read_is_found_while_it_is_fresh() {
        let memory = Memory::new(Duration::MINUTE);
        memory.keep("a", Arc::default(), NOON);
        for (later, is_found) in [
            (Duration::ZERO, true),
            (Duration::seconds(59), true),
            (Duration::MINUTE, false),
            // The clock was put back.
            (-Duration::SECOND, false),
        ] {
            assert_eq!(memory.find(&"a", NOON + later).is_some(), is_found, "{later}");
        }
        assert!(memory.find(&"b", NOON).is_none());
    }

    #[test]
    fn without_a_time_nothing_is_remembered() {
        let memory = Memory::new(Duration::ZERO);
        memory.keep("a", Arc::default(), NOON);
        assert!(memory.find(&"a", NOON).is_none());
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let memory = Memory::new(Duration::MINUTE);
        for number in 0..=MAX_ENTRIES {
            memory.keep(number.to_string(), Arc::default(), NOON);
        }
        assert!(memory.entries.lock().unwrap().len() <= MAX_ENTRIES);
        assert!(memory.find(&MAX_ENTRIES.to_string(), NOON).is_some(), "the newest is there");
    }

    #[test]
    fn what_is_old_makes_room_first() {
        let memory = Memory::new(Duration::MINUTE);
        memory.keep("fresh".to_owned(), Arc::default(), NOON);
        for number in 1..MAX_ENTRIES {
            memory.keep(number.to_string(), Arc::default(), NOON - Duration::MINUTE);
        }
        memory.keep("new".to_owned(), Arc::default(), NOON);
        assert!(memory.find(&"fresh".to_owned(), NOON).is_some());
    }
}
