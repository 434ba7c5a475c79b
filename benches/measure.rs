//! How contenders are timed: by turns, so that a slow moment of the machine meets all of them.

use std::collections::HashSet;
use std::time::{Duration, Instant};

use crate::contender::{Contender, Unjudged};
use crate::corpus::Pair;

/// Rounds that a figure needs at least, whatever time they take.
const FEWEST_ROUNDS: usize = 3;

/// What one contender took.
#[derive(Debug, Default)]
pub struct Timing {
    events: usize,
    rows: usize,
    /// What each batch took: all batches of the first round, then those of the next.
    batches: Vec<Duration>,
    /// What it found on the way; the same in every round.
    pub found: HashSet<Pair>,
    /// Pairs without a verdict, of each batch.
    pub unjudged: Vec<Unjudged>,
}

/// How what was found compares with what an oracle found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Agreement {
    /// Found by both.
    pub agreeing: usize,
    /// Found by the oracle alone.
    pub missing: usize,
    /// Found by the contender alone.
    pub extra: usize,
}

impl Timing {
    /// Events per second: all events, over the sum of what each batch takes in its median round. A
    /// moment in which the machine did something else costs one round of one batch.
    pub fn events_per_second(&self) -> f64 {
        let medians = (0..self.unjudged.len()).map(|batch| self.median_of(batch));
        self.events as f64 / medians.sum::<Duration>().as_secs_f64()
    }

    /// Events of all rounds, with the first and the last, which are not timed.
    pub fn given(&self) -> usize {
        self.events * (self.batches.len() / self.unjudged.len() + 2)
    }

    /// The median time of one batch, by its number from 0.
    pub fn median_of(&self, batch: usize) -> Duration {
        let rounds = self.batches.iter().skip(batch).step_by(self.unjudged.len());
        let mut rounds: Vec<Duration> = rounds.copied().collect();
        rounds.sort_unstable();
        rounds[rounds.len() / 2]
    }

    /// Microseconds per event that these shares of all batches of all rounds do not exceed.
    pub fn percentiles(&self, shares: [f64; 4]) -> [f64; 4] {
        let per_event = |(number, took): (usize, &Duration)| {
            let first = number % self.unjudged.len() * self.rows;
            took.as_secs_f64() * 1e6 / self.rows.min(self.events - first) as f64
        };
        let mut batches: Vec<f64> = self.batches.iter().enumerate().map(per_event).collect();
        batches.sort_unstable_by(f64::total_cmp);
        shares.map(|share| {
            let at = (share * batches.len() as f64).ceil() as usize;
            batches[at.clamp(1, batches.len()) - 1]
        })
    }

    /// Compares what was found.
    pub fn agreement(&self, expected: &HashSet<Pair>) -> Agreement {
        let agreeing = self.found.intersection(expected).count();
        let missing = expected.len() - agreeing;
        Agreement { agreeing, missing, extra: self.found.len() - agreeing }
    }
}

/// Has every contender judge so many events in batches of `rows`, by turns, until the time is spent.
/// The first pass warms up and collects what is found; it is not timed.
pub fn alternate(
    contenders: &mut [Box<dyn Contender>],
    events: usize,
    rows: usize,
    spend: Duration,
) -> Vec<Timing> {
    let mut timings: Vec<Timing> = contenders.iter().map(|_| Timing::default()).collect();
    for (contender, timing) in contenders.iter_mut().zip(&mut timings) {
        contender.divide(rows);
        (timing.events, timing.rows) = (events, rows);
        warm_up(contender.as_mut(), timing);
    }
    let until = Instant::now() + spend;
    for round in 0.. {
        if round >= FEWEST_ROUNDS && Instant::now() >= until {
            break;
        }
        for (contender, timing) in contenders.iter_mut().zip(&mut timings) {
            pass(contender.as_mut(), timing);
        }
    }
    for (contender, timing) in contenders.iter_mut().zip(&timings) {
        confirm(contender.as_mut(), timing);
    }
    timings
}

/// What was found in the first round is found in the last.
fn confirm(contender: &mut dyn Contender, timing: &Timing) {
    let mut found = HashSet::new();
    for batch in 0..timing.unjudged.len() {
        contender.take(batch);
        found.extend(contender.judge());
    }
    assert!(found == timing.found, "{} has changed its mind", contender.name());
}

fn warm_up(contender: &mut dyn Contender, timing: &mut Timing) {
    for batch in 0..timing.events.div_ceil(timing.rows) {
        contender.take(batch);
        let before = contender.unjudged();
        timing.found.extend(contender.judge());
        timing.unjudged.push(contender.unjudged().since(before));
    }
}

fn pass(contender: &mut dyn Contender, timing: &mut Timing) {
    for batch in 0..timing.unjudged.len() {
        contender.take(batch);
        let started = Instant::now();
        let found = std::hint::black_box(contender.judge());
        timing.batches.push(started.elapsed());
        drop(found);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn timing() -> Timing {
        let millis = [4, 1, 6, 1, 90, 1];
        Timing {
            events: 3,
            rows: 2,
            batches: millis.map(Duration::from_millis).to_vec(),
            found: HashSet::from([(0, 0), (0, 1)]),
            unjudged: vec![Unjudged::default(); 2],
        }
    }

    #[test]
    fn a_moment_of_another_program_does_not_change_the_rate() {
        assert_eq!(timing().median_of(0), Duration::from_millis(6));
        assert!((timing().events_per_second() - 3.0 / 0.007).abs() < 1e-6);
    }

    #[test]
    fn percentiles_are_per_event_of_every_batch() {
        let found = timing().percentiles([0.5, 0.66, 0.99, 1.0]);
        for (found, expected) in found.into_iter().zip([1_000.0, 2_000.0, 45_000.0, 45_000.0]) {
            assert!((found - expected).abs() < 1e-6, "{found} is not {expected}");
        }
    }

    #[test]
    fn what_only_one_of_them_found_is_missing_or_extra() {
        let expected = HashSet::from([(0, 1), (2, 2), (3, 3)]);
        let agreement = timing().agreement(&expected);
        assert_eq!(agreement, Agreement { agreeing: 1, missing: 2, extra: 1 });
    }
}
