//! What an instance of a function caches between requests, limited in time and number.
//!
//! See docs/decisions/access-keys.md and docs/decisions/lists.md.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

/// A cache of what was read, by what it was read for.
#[derive(Debug)]
pub struct Cache<K, V> {
    max_age: Duration,
    max_entries: usize,
    entries: Mutex<HashMap<K, Entry<V>>>,
}

#[derive(Debug)]
struct Entry<V> {
    value: Arc<V>,
    read_at: OffsetDateTime,
}

impl<V> Entry<V> {
    /// Whether the entry may still be used. The wall clock decides, because a monotonic one can stand still while
    /// Lambda has frozen the instance. An entry that seems to be from the future is not fresh.
    fn is_fresh(&self, now: OffsetDateTime, max_age: Duration) -> bool {
        let age = now - self.read_at;
        !age.is_negative() && age < max_age
    }
}

impl<K: Clone + Eq + Hash, V> Cache<K, V> {
    /// A cache of at most `max_entries`, each for `max_age`. A further entry takes the place of the oldest.
    pub fn new(max_age: Duration, max_entries: usize) -> Self {
        Self { max_age, max_entries, entries: Mutex::default() }
    }

    /// What was read for `subject`, if that is not too long ago.
    pub fn get(&self, subject: &K, now: OffsetDateTime) -> Option<Arc<V>> {
        // A poisoned lock is used as well: otherwise one panic would make every later request of this instance fail.
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(subject).filter(|entry| entry.is_fresh(now, self.max_age))?;
        Some(Arc::clone(&entry.value))
    }

    /// Caches what was just read for `subject`.
    pub fn insert(&self, subject: K, value: Arc<V>, now: OffsetDateTime) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.max_entries && !entries.contains_key(&subject) {
            // Expired entries go first, so that no fresh one has to go in their place.
            entries.retain(|_, entry| entry.is_fresh(now, self.max_age));
            let oldest =
                entries.iter().min_by_key(|(_, entry)| entry.read_at).map(|(subject, _)| subject.clone());
            if let (true, Some(oldest)) = (entries.len() >= self.max_entries, oldest) {
                entries.remove(&oldest);
            }
        }
        entries.insert(subject, Entry { value, read_at: now });
    }
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const MOST: usize = 1_000;
    const NOON: OffsetDateTime = datetime!(2026-11-24 12:00 UTC);

    #[test]
    fn an_entry_is_found_while_it_is_fresh() {
        let cache = Cache::<_, ()>::new(Duration::MINUTE, MOST);
        cache.insert("a", Arc::default(), NOON);
        for (later, is_found) in [
            (Duration::ZERO, true),
            (Duration::seconds(59), true),
            (Duration::MINUTE, false),
            // The clock was set back.
            (-Duration::SECOND, false),
        ] {
            assert_eq!(cache.get(&"a", NOON + later).is_some(), is_found, "{later}");
        }
        assert!(cache.get(&"b", NOON).is_none());
    }

    #[test]
    fn a_maximum_age_of_zero_turns_the_cache_off() {
        let cache = Cache::<_, ()>::new(Duration::ZERO, MOST);
        cache.insert("a", Arc::default(), NOON);
        assert!(cache.get(&"a", NOON).is_none());
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let cache = Cache::<_, ()>::new(Duration::MINUTE, MOST);
        for number in 0..=MOST {
            cache.insert(number.to_string(), Arc::default(), NOON);
        }
        assert!(cache.entries.lock().unwrap().len() <= MOST);
        assert!(cache.get(&MOST.to_string(), NOON).is_some(), "the newest is there");
    }

    #[test]
    fn the_oldest_entry_makes_room() {
        let cache = Cache::<_, ()>::new(Duration::MINUTE, 2);
        for (subject, seconds) in [("b", 1), ("a", 0), ("c", 2)] {
            cache.insert(subject, Arc::default(), NOON + Duration::seconds(seconds));
        }
        let found = ["a", "b", "c"].map(|subject| cache.get(&subject, NOON + Duration::seconds(3)).is_some());
        assert_eq!(found, [false, true, true]);
    }

    #[test]
    fn expired_entries_make_room_first() {
        let cache = Cache::<_, ()>::new(Duration::MINUTE, MOST);
        cache.insert("fresh".to_owned(), Arc::default(), NOON);
        for number in 1..MOST {
            cache.insert(number.to_string(), Arc::default(), NOON - Duration::MINUTE);
        }
        cache.insert("new".to_owned(), Arc::default(), NOON);
        assert!(cache.get(&"fresh".to_owned(), NOON).is_some());
    }
}
