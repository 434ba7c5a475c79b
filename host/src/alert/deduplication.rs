//! The same rule about the same process within a window is one alert. Two processes are never one.

use std::collections::{HashMap, VecDeque};
use std::time::Duration;

/// Rule and process.
type Key = (String, String);

/// Most keys that are remembered; the oldest are forgotten first, which can only raise an alert
/// again and never hide one.
const MAX_KEYS: usize = 100_000;

/// What a finding is to the window.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Sighting {
    /// The first in its window; so many repeats were in the window before.
    First { repeats: u64 },
    /// Seen already.
    Repeat,
}

struct Window {
    began: i64,
    repeats: u64,
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

    /// A finding without a process is known by its event's number, so that it hides no other.
    pub(super) fn see(
        &mut self,
        rule: &str,
        process: &str,
        sequence: Option<i64>,
        now: i64,
    ) -> Sighting {
        let process = match (process, sequence) {
            ("", Some(sequence)) => format!("event {sequence}"),
            ("", None) => return Sighting::First { repeats: 0 },
            (process, _) => process.to_owned(),
        };
        self.forget(now);
        let key = (rule.to_owned(), process);
        match self.windows.get_mut(&key) {
            Some(window) if now.saturating_sub(window.began) < self.length => {
                window.repeats += 1;
                Sighting::Repeat
            }
            ended => {
                let repeats = ended.map_or(0, |window| window.repeats);
                self.windows.insert(key.clone(), Window { began: now, repeats: 0 });
                self.order.push_back((now, key));
                Sighting::First { repeats }
            }
        }
    }

    /// Forgets what ended a whole window ago: until then its repeats may still be told.
    fn forget(&mut self, now: i64) {
        let horizon = self.length.saturating_mul(2);
        while let Some((began, _)) = self.order.front() {
            if now.saturating_sub(*began) < horizon && self.windows.len() < MAX_KEYS {
                break;
            }
            let (began, key) = self.order.pop_front().expect("there is a front");
            if self.windows.get(&key).is_some_and(|window| window.began == began) {
                self.windows.remove(&key);
            }
        }
    }
}
