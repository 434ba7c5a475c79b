//! One judge over batches of events: what they cost.

use std::time::{Duration, Instant};

use daemoneye_bus::control::RuleStatus;
use daemoneye_bus::event::Batch;
use daemoneye_host::judge::Judge;

/// How long a judge is timed, and how often every batch is judged at least.
const SPEND: Duration = Duration::from_millis(250);
const FEWEST_ROUNDS: usize = 3;

/// What judging takes.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Cost {
    /// Pairs of rule and event that the index did not rule out, of one round.
    pub(super) candidates: u64,
    /// Findings of one round.
    pub(super) matched: u64,
    /// Pairs of rule and event without a verdict, of one round: over budget, a fault, or not shown.
    pub(super) unjudged: u64,
    /// Fuel of the rules themselves, for one event.
    pub(super) fuel: f64,
    /// Fuel of bringing the events in and naming candidates, for one event.
    pub(super) open_fuel: f64,
    /// The median of batches, nanoseconds for one event.
    pub(super) ns: f64,
    /// The 99th percentile of batches, nanoseconds for one event.
    pub(super) p99_ns: f64,
    /// The most that the instance had, bytes.
    pub(super) memory: usize,
}

/// The batches hold at least one event. The first round is counted and not timed.
pub(super) fn cost(judge: &mut Judge, batches: &[Batch]) -> Cost {
    for batch in batches {
        judge.forget_events();
        judge.judge(batch);
    }
    let events = batches.iter().map(Batch::rows).sum::<usize>().max(1) as f64;
    let report = judge.report();
    let sum = |count: fn(&RuleStatus) -> u64| -> u64 { report.iter().map(count).sum() };
    let counted = Cost {
        candidates: sum(|rule| rule.offered - rule.filtered),
        matched: sum(|rule| rule.matched),
        unjudged: sum(|rule| rule.over_budget + rule.faulted + rule.shed),
        fuel: sum(|rule| rule.fuel) as f64 / events,
        open_fuel: judge.open_fuel() as f64 / events,
        ..Cost::default()
    };
    let times = times(judge, batches);
    let memory = judge.memory_used();
    Cost { ns: percentile(&times, 0.5), p99_ns: percentile(&times, 0.99), memory, ..counted }
}

/// What an event of each batch took, in every round, ascending.
fn times(judge: &mut Judge, batches: &[Batch]) -> Vec<f64> {
    let (until, mut times) = (Instant::now() + SPEND, Vec::new());
    for round in 0.. {
        if round >= FEWEST_ROUNDS && Instant::now() >= until {
            break;
        }
        times.extend(batches.iter().map(|batch| {
            judge.forget_events();
            let started = Instant::now();
            std::hint::black_box(judge.judge(batch));
            started.elapsed().as_nanos() as f64 / batch.rows() as f64
        }));
    }
    times.sort_unstable_by(f64::total_cmp);
    times
}

/// The value that this share of ascending values does not exceed.
fn percentile(ascending: &[f64], share: f64) -> f64 {
    let at = (share * ascending.len() as f64).ceil() as usize;
    ascending.get(at.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_percentile_is_one_of_the_values() {
        let values: Vec<f64> = (1..=200).map(f64::from).collect();
        let found = [0.5, 0.99, 1.0].map(|share| percentile(&values, share));
        assert_eq!(found, [100.0, 198.0, 200.0]);
        assert_eq!(percentile(&[7.0], 0.5), 7.0);
        assert_eq!(percentile(&[], 0.5), 0.0);
    }
}
