//! How many events came in each of the last seconds.

use std::collections::VecDeque;

/// Seconds that are remembered: wider than most terminals.
const MOST: usize = 300;

/// Counts by the second, on a clock that comes from outside.
#[derive(Debug, Clone, Default)]
pub(crate) struct Rate {
    /// The oldest first; the last is the second that is under way.
    counts: VecDeque<u64>,
    /// The second that is under way, since the Unix epoch.
    second: Option<i64>,
}

impl Rate {
    /// Goes on to this time, microseconds since the Unix epoch. A clock that was set back counts on
    /// in the second that it was in. Says whether a second has begun.
    pub(crate) fn advance(&mut self, now: i64) -> bool {
        let second = now.div_euclid(1_000_000);
        let passed = self.second.map_or(1, |last| second.saturating_sub(last));
        for _ in 0..passed.clamp(0, MOST as i64) {
            self.counts.push_back(0);
        }
        while self.counts.len() > MOST {
            self.counts.pop_front();
        }
        self.second = self.second.max(Some(second));
        passed > 0
    }

    /// Counts events into the second that is under way.
    pub(crate) fn count(&mut self, events: u64) {
        if let Some(last) = self.counts.back_mut() {
            *last = last.saturating_add(events);
        }
    }

    /// Of the last whole second.
    pub(crate) fn last(&self) -> u64 {
        self.counts.iter().rev().nth(1).copied().unwrap_or_default()
    }

    /// Whole seconds, the oldest first, at most so many of the newest.
    pub(crate) fn seconds(&self, most: usize) -> Vec<u64> {
        let whole = self.counts.len().saturating_sub(1);
        self.counts.iter().take(whole).skip(whole.saturating_sub(most)).copied().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: i64 = 1_000_000;

    #[test]
    fn events_count_in_their_second_and_seconds_without_any_are_zero() {
        let mut rate = Rate::default();
        for (at, events) in [(0, 3), (SECOND - 1, 4), (3 * SECOND, 5)] {
            rate.advance(at);
            rate.count(events);
        }
        assert_eq!((rate.seconds(10), rate.last()), (vec![7, 0, 0], 0));
        rate.advance(4 * SECOND);
        assert_eq!((rate.seconds(2), rate.last()), (vec![0, 5], 5));
    }

    #[test]
    fn a_clock_that_jumps_costs_no_memory_and_no_count() {
        let mut rate = Rate::default();
        for at in [i64::MIN, 0, i64::MAX, 5 * SECOND] {
            rate.advance(at);
            rate.count(1);
        }
        assert_eq!(rate.seconds(usize::MAX).len(), MOST - 1);
        assert_eq!(rate.counts.back(), Some(&2));
    }
}
