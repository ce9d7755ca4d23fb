//! What an instance of a function remembers from one request to the next, for a bounded time and in a bounded number.

use std::collections::HashMap;
use std::hash::Hash;
use std::sync::{Arc, Mutex, PoisonError};

use time::{Duration, OffsetDateTime};

/// What was read, by the `K` that it was read for.
#[derive(Debug)]
pub struct Memory<K, V> {
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
    /// By the wall clock, as a monotonic one may stand still while Lambda has frozen the instance. What seems
    /// to be read in the future is not taken for fresh.
    fn is_fresh(&self, now: OffsetDateTime, max_age: Duration) -> bool {
        let age = now - self.read_at;
        !age.is_negative() && age < max_age
    }
}

impl<K: Clone + Eq + Hash, V> Memory<K, V> {
    /// A memory of at most `max_entries`, each for `max_age`. Where there are more, the oldest is forgotten.
    pub fn new(max_age: Duration, max_entries: usize) -> Self {
        Self { max_age, max_entries, entries: Mutex::default() }
    }

    /// What was read for `subject`, if that was recently.
    pub fn find(&self, subject: &K, now: OffsetDateTime) -> Option<Arc<V>> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = entries.get(subject).filter(|entry| entry.is_fresh(now, self.max_age))?;
        Some(Arc::clone(&entry.value))
    }

    /// Remembers what was just read for `subject`.
    pub fn keep(&self, subject: K, value: Arc<V>, now: OffsetDateTime) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= self.max_entries && !entries.contains_key(&subject) {
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
    fn what_was_read_is_found_while_it_is_fresh() {
        let memory = Memory::<_, ()>::new(Duration::MINUTE, MOST);
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
        let memory = Memory::<_, ()>::new(Duration::ZERO, MOST);
        memory.keep("a", Arc::default(), NOON);
        assert!(memory.find(&"a", NOON).is_none());
    }

    #[test]
    fn the_number_of_entries_is_bounded() {
        let memory = Memory::<_, ()>::new(Duration::MINUTE, MOST);
        for number in 0..=MOST {
            memory.keep(number.to_string(), Arc::default(), NOON);
        }
        assert!(memory.entries.lock().unwrap().len() <= MOST);
        assert!(memory.find(&MOST.to_string(), NOON).is_some(), "the newest is there");
    }

    #[test]
    fn the_oldest_makes_room() {
        let memory = Memory::<_, ()>::new(Duration::MINUTE, 2);
        for (subject, seconds) in [("b", 1), ("a", 0), ("c", 2)] {
            memory.keep(subject, Arc::default(), NOON + Duration::seconds(seconds));
        }
        let found =
            ["a", "b", "c"].map(|subject| memory.find(&subject, NOON + Duration::seconds(3)).is_some());
        assert_eq!(found, [false, true, true]);
    }

    #[test]
    fn what_is_old_makes_room_first() {
        let memory = Memory::<_, ()>::new(Duration::MINUTE, MOST);
        memory.keep("fresh".to_owned(), Arc::default(), NOON);
        for number in 1..MOST {
            memory.keep(number.to_string(), Arc::default(), NOON - Duration::MINUTE);
        }
        memory.keep("new".to_owned(), Arc::default(), NOON);
        assert!(memory.find(&"fresh".to_owned(), NOON).is_some());
    }
}
