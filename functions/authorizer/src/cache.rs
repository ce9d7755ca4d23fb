//! The access keys that this instance has read, for a bounded time and in a bounded number.

use std::collections::HashMap;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use latchkey::access_key::{AccessKey, AccessKeyId};
use latchkey::store::KeyVersion;

/// The most keys kept. A deployment with more active ones reads some of them again.
const MAX_KEYS: usize = 1_000;

#[derive(Debug)]
pub(crate) struct Cache {
    max_age: Duration,
    entries: Mutex<HashMap<AccessKeyId, Vec<Entry>>>,
}

/// One version of a key. Only versions that a caller has proved are kept.
#[derive(Debug)]
struct Entry {
    version: KeyVersion,
    key: AccessKey,
    read_at: Instant,
}

impl Cache {
    pub(crate) fn new(max_age: Duration) -> Self {
        Self { max_age, entries: Mutex::default() }
    }

    /// The version of the key that `accepts` takes, if it was read recently.
    pub(crate) fn find(&self, id: &AccessKeyId, accepts: impl Fn(&AccessKey) -> bool) -> Option<AccessKey> {
        let entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        let fresh = entries.get(id)?.iter().filter(|entry| entry.read_at.elapsed() < self.max_age);
        let mut found = None;
        // Every version is compared, so that the time does not tell which one matched.
        for entry in fresh {
            if accepts(&entry.key) {
                found = Some(entry.key.clone());
            }
        }
        found
    }

    /// Remembers a version of a key that was just read.
    pub(crate) fn keep(&self, id: AccessKeyId, version: KeyVersion, key: AccessKey) {
        let mut entries = self.entries.lock().unwrap_or_else(PoisonError::into_inner);
        if entries.len() >= MAX_KEYS && !entries.contains_key(&id) {
            entries.clear();
        }
        let versions = entries.entry(id).or_default();
        versions.retain(|entry| entry.version != version);
        versions.push(Entry { version, key, read_at: Instant::now() });
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(secret: &str) -> AccessKey {
        AccessKey::parse(&format!(r#"{{"secret":"{secret}","grants":[]}}"#)).unwrap()
    }

    #[test]
    fn a_fresh_key_is_found_and_an_old_one_is_not() {
        let id = AccessKeyId::parse("a").unwrap();
        for (max_age, found) in [(Duration::from_mins(1), true), (Duration::ZERO, false)] {
            let cache = Cache::new(max_age);
            cache.keep(id.clone(), KeyVersion::Current, key("s"));
            assert_eq!(cache.find(&id, |_| true).is_some(), found);
            assert!(cache.find(&id, |_| false).is_none());
            assert!(cache.find(&AccessKeyId::parse("b").unwrap(), |_| true).is_none());
        }
    }

    #[test]
    fn the_number_of_keys_is_bounded() {
        let cache = Cache::new(Duration::from_mins(1));
        for number in 0..=MAX_KEYS {
            cache.keep(AccessKeyId::parse(&number.to_string()).unwrap(), KeyVersion::Current, key("s"));
        }
        assert!(cache.entries.lock().unwrap().len() <= MAX_KEYS);
    }
}
