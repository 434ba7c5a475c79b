//! What a question may cost, and how far it is.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::{Duration, Instant};

/// What a question may cost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Budget {
    /// It ends then, with what it has.
    pub deadline: Instant,
    /// Bytes of rows and groups; a question that needs more is refused.
    pub memory: usize,
    /// Threads, at least one.
    pub threads: usize,
}

impl Budget {
    /// For so long from now, with 256 MiB and two threads.
    pub fn of(now: Instant, time: Duration) -> Self {
        Budget { deadline: now + time, memory: 256 << 20, threads: 2 }
    }
}

/// How far a question is, seen from outside.
#[derive(Debug, Default)]
pub struct Progress {
    scanned: AtomicU64,
    of: AtomicU64,
    cancelled: AtomicBool,
}

impl Progress {
    /// Events that were looked at.
    pub fn scanned(&self) -> u64 {
        self.scanned.load(Ordering::Relaxed)
    }

    /// Events that may have to be looked at.
    pub fn of(&self) -> u64 {
        self.of.load(Ordering::Relaxed)
    }

    /// Ends the question as soon as it has looked at the segment that it is at.
    pub fn cancel(&self) {
        self.cancelled.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        self.cancelled.load(Ordering::Relaxed)
    }

    pub(crate) fn expect(&self, events: u64) {
        self.of.store(events, Ordering::Relaxed);
    }

    pub(crate) fn add(&self, events: u64) {
        self.scanned.fetch_add(events, Ordering::Relaxed);
    }
}
