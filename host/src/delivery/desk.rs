//! The thread of one sink: fills its window from the outbox, offers, and records receipts in groups.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use daemoneye_store::{Fate, Owed, Settled};

use super::Rooms;
use super::breaker::{Breaker, Leave};
use super::policy::Policy;
use super::queue::{Outcome, Queue, Sign, Verdict};
use crate::clock;
use crate::plugin::SinkPlugin;

/// About how many bytes the window may have.
const WINDOW_BYTES: usize = 8 << 20;
/// Receipts that may wait to be recorded; while they cannot be, nothing more is offered.
const MAX_RECEIPTS: usize = 1024;
/// After an error of the store.
const STORE_PAUSE: Duration = Duration::from_secs(1);

/// What the thread owns.
pub(super) struct Desk {
    name: String,
    plugin: SinkPlugin,
    rooms: Rooms,
    policy: Policy,
    again: Arc<AtomicBool>,
    queue: Queue,
    breaker: Breaker,
    probes: u64,
    /// The newest alert that has been in the window.
    cursor: u64,
    /// There may be more in the outbox than in the window.
    more: bool,
    /// Fates that are not recorded yet, by number, and when they are to be.
    receipts: BTreeMap<u64, Fate>,
    record_at: Option<Instant>,
    /// The store is left alone until then.
    read_at: Option<Instant>,
}

impl Desk {
    pub(super) fn new(
        name: String,
        plugin: SinkPlugin,
        rooms: Rooms,
        policy: Policy,
        again: Arc<AtomicBool>,
    ) -> Self {
        Desk {
            name,
            plugin,
            rooms,
            policy,
            again,
            queue: Queue::new(policy),
            breaker: Breaker::new(policy),
            probes: 0,
            cursor: 0,
            more: true,
            receipts: BTreeMap::new(),
            record_at: None,
            read_at: None,
        }
    }

    /// Delivers until nobody rings any more and nothing can be delivered at once.
    pub(super) fn run(mut self, rings: &Receiver<()>) {
        loop {
            let now = Instant::now();
            if self.record_at.is_some_and(|at| at <= now) {
                self.record();
            }
            if self.again.swap(false, Ordering::Acquire) {
                self.record();
                (self.cursor, self.more) = (0, true);
            }
            self.fill(now);
            let (group, until) = self.choose(now);
            if !group.is_empty() {
                self.offer(&group);
            } else if !self.sleep(rings, until) {
                break;
            }
        }
        self.record();
    }

    /// What to offer now, or until when there is nothing.
    fn choose(&mut self, now: Instant) -> (Vec<u64>, Option<Instant>) {
        if self.queue.is_empty() || self.receipts.len() >= MAX_RECEIPTS {
            return (Vec::new(), None);
        }
        match self.breaker.ask(now) {
            Leave::Granted => (self.queue.next(now), self.queue.due()),
            Leave::Probe => (self.probe(), None),
            Leave::NotBefore(until) => (Vec::new(), Some(until)),
        }
    }

    /// Every other time the newest of all: whatever it is that fails the whole window, that one may
    /// be different.
    fn probe(&mut self) -> Vec<u64> {
        self.probes += 1;
        if self.probes.is_multiple_of(2)
            && let Ok(Some(Owed { number, parcel: Ok(parcel) })) =
                self.rooms.store.newest_owed(&self.name)
            && !self.receipts.contains_key(&number)
        {
            self.queue.add(number, parcel);
            return vec![number];
        }
        self.queue.probe()
    }

    /// Whether there is anybody left who could ring.
    fn sleep(&mut self, rings: &Receiver<()>, until: Option<Instant>) -> bool {
        let until = [until, self.record_at, self.read_at].into_iter().flatten().min();
        let rung = match until {
            Some(until) => rings.recv_timeout(until.saturating_duration_since(Instant::now())),
            None => rings.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
        self.more |= rung.is_ok();
        rung != Err(RecvTimeoutError::Disconnected)
    }

    /// Fills the window when there is room and there may be something.
    fn fill(&mut self, now: Instant) {
        let window = self.policy.window;
        let room = window.saturating_sub(self.queue.ready(now));
        let room = room.min((4 * window).saturating_sub(self.queue.len()));
        let bytes = WINDOW_BYTES.saturating_sub(self.queue.bytes());
        let wait = self.read_at.is_some_and(|at| now < at);
        if !self.more || wait || room < window.div_ceil(2) || bytes < WINDOW_BYTES / 2 {
            return;
        }
        let key = format!("outbox of {}", self.name);
        match self.rooms.store.owed(&self.name, self.cursor, room, bytes) {
            Ok(owed) => {
                self.more = !owed.is_empty();
                self.read_at = None;
                self.rooms.health.recover(&key);
                owed.into_iter().for_each(|owed| self.take(owed));
            }
            Err(error) => {
                self.read_at = Some(now + STORE_PAUSE);
                let why = format!("sink {}: what it is owed cannot be read: {error}", self.name);
                self.rooms.health.degrade(&key, why);
            }
        }
    }

    /// Into the window; what is damaged becomes a dead letter.
    fn take(&mut self, Owed { number, parcel }: Owed) {
        self.cursor = number;
        if self.receipts.contains_key(&number) {
            return;
        }
        match parcel {
            Ok(parcel) => self.queue.add(number, parcel),
            Err(error) => {
                tracing::error!(sink = self.name, "cannot be delivered: {error}");
                let dead = Fate::Dead { at: clock::now(), tries: 0, why: error.to_string() };
                self.remember(number, dead);
            }
        }
    }

    fn offer(&mut self, group: &[u64]) {
        self.show_breaker();
        let answer = self.plugin.deliver(&self.queue.parcels(group));
        // Calls may take long.
        let (now, random) = (Instant::now(), fastrand::f64());
        let outcome = self.queue.settle(group, answer, now, random);
        match outcome.sign {
            Sign::Works => {
                if self.breaker.succeed() {
                    self.queue.forgive();
                }
            }
            Sign::Fails => self.breaker.fail(now, random),
            Sign::Unclear => {}
        }
        self.report(&outcome);
        for (number, id, verdict) in outcome.settled {
            self.settle(number, &id, verdict);
        }
    }

    fn settle(&mut self, number: u64, id: &str, verdict: Verdict) {
        let fate = match verdict {
            Verdict::Delivered => {
                self.rooms.hearing.heard(id);
                Fate::Delivered { at: clock::now() }
            }
            Verdict::Dead { tries, why } => {
                tracing::error!(sink = self.name, alert = id, tries, "dead letter: {why}");
                self.rooms.hearing.died(id);
                Fate::Dead { at: clock::now(), tries, why }
            }
        };
        self.remember(number, fate);
    }

    fn remember(&mut self, number: u64, fate: Fate) {
        self.receipts.insert(number, fate);
        let now = Instant::now();
        self.record_at.get_or_insert(now + self.policy.linger);
        if self.receipts.len() == MAX_RECEIPTS {
            self.record_at = Some(now);
        }
    }

    /// Records what has become of alerts, all at once. What cannot be recorded waits; a crash until
    /// then delivers again.
    fn record(&mut self) {
        self.record_at = None;
        if self.receipts.is_empty() {
            return;
        }
        let settled = |(number, fate): (&u64, &Fate)| Settled {
            sink: self.name.clone(),
            number: *number,
            fate: fate.clone(),
        };
        let written = self.rooms.writer.settle(self.receipts.iter().map(settled).collect());
        let key = format!("receipts of {}", self.name);
        match written {
            Some(Ok(_)) => {
                self.receipts.clear();
                self.rooms.health.recover(&key);
            }
            Some(Err(error)) => {
                self.record_at = Some(Instant::now() + STORE_PAUSE);
                let why = format!("sink {}: receipts are not recorded: {error}", self.name);
                self.rooms.health.degrade(&key, why);
            }
            None => tracing::error!(
                sink = self.name,
                "the writer is gone: what has no receipt is delivered again"
            ),
        }
    }

    /// Tells the operator how the sink is.
    fn report(&self, outcome: &Outcome) {
        let key = format!("sink {}", self.name);
        match &outcome.trouble {
            Some(why) => self.rooms.health.degrade(&key, format!("sink {}: {why}", self.name)),
            None => self.rooms.health.recover(&key),
        }
        self.show_breaker();
        self.rooms.health.sink(&self.name, |sink| {
            sink.retried += outcome.retried;
            sink.fault.clone_from(&outcome.trouble);
        });
    }

    fn show_breaker(&self) {
        let breaker = self.breaker.state();
        self.rooms.health.sink(&self.name, |sink| sink.breaker = breaker);
    }
}
