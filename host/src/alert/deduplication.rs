//! The same rule about the same process within a window is one alert. Two processes are never one.
//!
//! Invariant: a window hides findings only while its alert may still be delivered, or was: one that
//! nobody was told of, or that died at every sink, hides nothing that may be told.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

use super::hearing::Hearing;

/// Rule and process.
pub(super) type Key = (String, String);

/// Most keys that are remembered; the oldest are forgotten first, which can only raise an alert
/// again and never hide one.
const MAX_KEYS: usize = 100_000;

/// What a finding is to its window. So many repeats were in the window before.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    /// There is no window.
    First { repeats: u64 },
    /// The alert of the window is on its way, or there.
    Repeat,
    /// Nobody has heard of the alert of the window, and nobody will.
    Unheard { repeats: u64 },
}

struct Window {
    began: i64,
    repeats: u64,
    /// The id of the alert.
    alert: String,
    /// Whether sinks are to have it; else it was only recorded.
    told: bool,
}

pub(super) struct Deduplication {
    length: i64,
    windows: HashMap<Key, Window>,
    order: VecDeque<(i64, Key)>,
}

impl Deduplication {
    pub(super) fn new(window: Duration) -> Self {
        let length = i64::try_from(window.as_micros()).unwrap_or(i64::MAX);
        Deduplication { length, windows: HashMap::new(), order: VecDeque::new() }
    }

    /// What the finding is at the time `now`.
    pub(super) fn look(&mut self, key: &Key, now: i64, hearing: &Hearing) -> Sighting {
        self.forget(now, hearing);
        let Some(window) = self.windows.get(key) else { return Sighting::First { repeats: 0 } };
        let Window { began, repeats, ref alert, told } = *window;
        if now.saturating_sub(began) >= self.length {
            return Sighting::First { repeats };
        }
        if told && !hearing.is_unheard(alert) {
            Sighting::Repeat
        } else {
            Sighting::Unheard { repeats }
        }
    }

    /// The finding is counted on the alert of its window; the id of that alert.
    ///
    /// # Panics
    /// If there is no window: it was looked at just before.
    pub(super) fn repeat(&mut self, key: &Key) -> String {
        let window = self.windows.get_mut(key).expect("a repeat has a window");
        window.repeats += 1;
        window.alert.clone()
    }

    /// The finding is an alert, and begins a window. `alert` is its id; `told` whether sinks are to
    /// have it.
    pub(super) fn begin(
        &mut self,
        key: Key,
        now: i64,
        (alert, told): (String, bool),
        hearing: &Hearing,
    ) {
        self.order.push_back((now, key.clone()));
        let window = Window { began: now, repeats: 0, alert, told };
        if let Some(before) = self.windows.insert(key, window) {
            hearing.forget(&before.alert);
        }
    }

    /// Forgets what ended a whole window ago: until then its repeats may still be told.
    fn forget(&mut self, now: i64, hearing: &Hearing) {
        let horizon = self.length.saturating_mul(2);
        while let Some((began, _)) = self.order.front() {
            if now.saturating_sub(*began) < horizon && self.order.len() < MAX_KEYS {
                break;
            }
            let (began, key) = self.order.pop_front().expect("there is a front");
            if self.windows.get(&key).is_some_and(|window| window.began == began) {
                let window = self.windows.remove(&key).expect("it was there just now");
                hearing.forget(&window.alert);
            }
        }
    }
}

/// The key of a finding. One without a process is known by its event's number, so that it hides no
/// other; one without either is always an alert.
pub(super) fn key(rule: &str, process: &str, sequence: Option<i64>) -> Option<Key> {
    let process = match (process, sequence) {
        ("", Some(sequence)) => format!("event {sequence}"),
        ("", None) => return None,
        (process, _) => process.to_owned(),
    };
    Some((rule.to_owned(), process))
}
