//! Asks a collector now and then for everything, and tells what was not there before.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Feed;
use crate::clock;
use crate::collector::Collector;
use crate::observation::{Connection, Observation};

/// How often a watch that waits looks up whether it should end.
const PATIENCE: Duration = Duration::from_millis(200);

/// What is worth telling when it is new.
pub(super) trait News: Clone + Eq + Hash + Send {
    /// It was seen for the first time at this time.
    fn seen(self, time: i64) -> Observation;
}

impl News for Connection {
    fn seen(self, time: i64) -> Observation {
        Observation::Connected { time, connection: self }
    }
}

pub(super) struct Watch<C: Collector> {
    collector: C,
    interval: Duration,
    feed: Feed,
    before: HashSet<C::Seen>,
}

impl<C: Collector<Seen: News>> Watch<C> {
    pub(super) fn new(collector: C, interval: Duration, feed: Feed) -> Self {
        Watch { collector, interval, feed, before: HashSet::new() }
    }

    /// Ends with the sensor.
    pub(super) fn run(mut self) {
        crate::confinement::settle();
        while !self.feed.stop.load(Ordering::Relaxed) {
            let next = Instant::now() + self.interval;
            match self.collector.collect_all() {
                Ok(all) => self.tell(all),
                Err(error) => tracing::warn!("{}: {error}", self.collector.name()),
            }
            while Instant::now() < next && !self.feed.stop.load(Ordering::Relaxed) {
                let left = next.saturating_duration_since(Instant::now());
                std::thread::sleep(left.min(PATIENCE));
            }
        }
    }

    fn tell(&mut self, all: Vec<C::Seen>) {
        let all: HashSet<_> = all.into_iter().collect();
        let time = clock::now();
        for new in all.difference(&self.before) {
            self.feed.offer(new.clone().seen(time));
        }
        self.before = all;
    }
}
