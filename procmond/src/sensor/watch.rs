//! Asks a collector now and then for everything, and tells what was not there before.

use std::collections::HashSet;
use std::hash::Hash;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use super::Feed;
use crate::clock;
use crate::collector::Collector;
use crate::dials::Dial;
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
    feed: Feed,
    before: HashSet<C::Seen>,
}

impl<C: Collector<Seen: News>> Watch<C> {
    pub(super) fn new(collector: C, feed: Feed) -> Self {
        Watch { collector, feed, before: HashSet::new() }
    }

    /// Ends with the sensor.
    pub(super) fn run(mut self) {
        crate::confinement::settle();
        let mut looked = None;
        while !self.feed.stop.load(Ordering::Relaxed) {
            let interval = self.feed.dials.time(Dial::NetworkInterval);
            let left = looked.map(|looked: Instant| interval.saturating_sub(looked.elapsed()));
            match left.filter(|left| !left.is_zero()) {
                Some(left) => std::thread::sleep(left.min(PATIENCE)),
                None if !self.feed.dials.looks_at_network() => std::thread::sleep(PATIENCE),
                None => {
                    looked = Some(Instant::now());
                    self.look();
                }
            }
        }
    }

    fn look(&mut self) {
        match self.collector.collect_all() {
            Ok(all) => self.tell(all),
            Err(error) => tracing::warn!("{}: {error}", self.collector.name()),
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
