//! The thread that decides: observations in, events out, a sweep now and then.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::time::{Duration, Instant};

use daemoneye_bus::event::Event;

use super::Counters;
use crate::clock::{self, Boot};
use crate::collector::Collector;
use crate::collector::sweep::Sweep;
use crate::dials::{Dial, Dials};
use crate::lifecycle::Lifecycle;
use crate::observation::Observation;
use crate::redaction::Redactor;

/// How often a quiet desk looks up whether it should end.
const PATIENCE: Duration = Duration::from_millis(200);
/// How much longer the interval is while too much waits for the agent.
const SLOW: u32 = 4;

pub(super) struct Desk<F> {
    pub(super) boot: Boot,
    pub(super) lifecycle: Lifecycle,
    pub(super) redactor: Option<Arc<Redactor>>,
    pub(super) sweep: Sweep,
    pub(super) dials: Arc<Dials>,
    pub(super) counters: Arc<Counters>,
    pub(super) stop: Arc<AtomicBool>,
    pub(super) emit: F,
}

impl<F: FnMut(Event)> Desk<F> {
    pub(super) fn run(mut self, observations: &Receiver<Observation>) {
        crate::confinement::settle();
        self.sweep();
        let (mut swept, mut resumed) = (Instant::now(), self.dials.resumed());
        while !self.stop.load(Ordering::Relaxed) {
            let left = self.pace().saturating_sub(swept.elapsed()).min(PATIENCE);
            let overrun = match observations.recv_timeout(left) {
                Ok(observation) => self.handle(observation),
                Err(RecvTimeoutError::Timeout) => false,
                // Nobody listens to the kernel, or not any more.
                Err(RecvTimeoutError::Disconnected) => {
                    self.lifecycle.is_told_no_more();
                    std::thread::park_timeout(left);
                    false
                }
            };
            let before = std::mem::replace(&mut resumed, self.dials.resumed());
            if overrun || resumed != before || swept.elapsed() >= self.pace() {
                // What the kernel has told until now comes before what a sweep would find.
                self.drain(observations);
                self.sweep();
                swept = Instant::now();
            }
        }
        self.drain(observations);
    }

    /// Until the next sweep: longer while too much waits for the agent.
    fn pace(&self) -> Duration {
        self.dials.time(Dial::Interval) * if self.counters.is_slow() { SLOW } else { 1 }
    }

    fn drain(&mut self, observations: &Receiver<Observation>) {
        while let Ok(observation) = observations.try_recv() {
            self.handle(observation);
        }
    }

    /// Whether the kernel has thrown something away. While the sensor is paused nothing is taken in:
    /// the sweep after it finds who has come and who has gone.
    fn handle(&mut self, observation: Observation) -> bool {
        if self.dials.is_paused() {
            self.counters.withheld.fetch_add(1, Ordering::Relaxed);
            return false;
        }
        let overrun = matches!(observation, Observation::Overrun { .. });
        let observation = super::clean(self.redactor.as_deref(), observation);
        // Before every observation: what follows the setting of a clock is told by the new one.
        self.lifecycle.adjust(self.boot.by_clock());
        let forgotten = self.lifecycle.forgotten();
        let events = self.lifecycle.observe(observation);
        let forgotten = self.lifecycle.forgotten() - forgotten;
        self.counters.lost.fetch_add(forgotten, Ordering::Relaxed);
        self.counters.seen.fetch_add(events.len() as u64, Ordering::Relaxed);
        self.counters.processes.store(self.lifecycle.len() as u64, Ordering::Relaxed);
        events.into_iter().for_each(&mut self.emit);
        overrun
    }

    fn sweep(&mut self) {
        if self.dials.is_paused() {
            return;
        }
        match self.sweep.collect_all() {
            Ok(snapshots) => {
                self.handle(Observation::Swept { time: clock::now(), snapshots });
            }
            Err(error) => tracing::warn!("{}: {error}", self.sweep.name()),
        }
    }
}
