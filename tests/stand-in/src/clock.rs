//! The stand-in's own clock, which a test can move.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use tokio::time::Instant;

/// Milliseconds since 1970: the precision of AWS's dates.
pub(crate) type Millis = u64;

/// Starts at the real time and runs at its pace, unless a test moves it.
#[derive(Debug)]
pub(crate) struct Clock {
    start: Duration,
    began: Instant,
    moved: Duration,
    last_stamp: Millis,
}

impl Clock {
    pub(crate) fn new() -> Self {
        let start = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970");
        Self { start, began: Instant::now(), moved: Duration::ZERO, last_stamp: 0 }
    }

    pub(crate) fn set_back(&mut self, by: Duration) {
        self.start -= by;
    }

    pub(crate) fn advance(&mut self, by: Duration) {
        self.moved += by;
    }

    /// The time since 1970.
    pub(crate) fn now(&self) -> Duration {
        self.start + self.moved + self.began.elapsed()
    }

    pub(crate) fn millis(&self) -> Millis {
        millis(self.now())
    }

    /// A date for what is made now. It is later than every other stamp, because dates tell the order of versions.
    pub(crate) fn stamp(&mut self) -> Millis {
        self.last_stamp = self.millis().max(self.last_stamp + 1);
        self.last_stamp
    }
}

pub(crate) fn millis(time: Duration) -> Millis {
    time.as_millis().try_into().expect("a time before the end of time")
}

/// A date in the form of the protocol.
pub(crate) fn seconds(date: Millis) -> f64 {
    Duration::from_millis(date).as_secs_f64()
}
