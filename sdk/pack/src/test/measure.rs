//! One rule through the host: whether its tests hold, and what an event costs.

use std::time::Instant;

use daemoneye_bus::event::{Batch, Event};
use daemoneye_host::judge::Judge;
use daemoneye_host::proof;
use daemoneye_pack_format::Rule;

/// How often each event is judged for the sake of time.
const ROUNDS: usize = 50;

/// What came of a rule.
pub(super) struct Measured {
    pub(super) id: String,
    /// The name of each test, and what happened instead where it did not hold.
    pub(super) tests: Vec<(String, Option<String>)>,
    /// What an event did that was judged alone and not decided.
    pub(super) over_budget: Option<String>,
    pub(super) cost: Cost,
}

/// What judging one event takes.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Cost {
    /// The mean of the test events.
    pub(super) fuel: u64,
    /// The most of any of them.
    pub(super) worst_fuel: u64,
    /// The mean, nanoseconds.
    pub(super) ns: u64,
    /// The 99th percentile, nanoseconds.
    pub(super) p99_ns: u64,
    /// The most that the instance had.
    pub(super) memory_bytes: usize,
}

impl Measured {
    /// What does not hold: the name of the test, and why.
    pub(super) fn failures(&self) -> impl Iterator<Item = (&str, &str)> {
        let tests =
            self.tests.iter().filter_map(|(name, failed)| Some((&**name, failed.as_deref()?)));
        tests.chain(self.over_budget.as_deref().map(|what| (BUDGET, what)))
    }
}

/// The name under which a broken budget is told.
pub(super) const BUDGET: &str = "every event within its budget";

/// The judge must have this rule and no other.
pub(super) fn measure(rule: &Rule, judge: &mut Judge) -> Measured {
    let proved = proof::prove_rule(rule, judge).into_iter();
    let tests = proved.map(|(test, failed)| (test.name.clone(), failed)).collect();
    let events: Vec<&Event> = rule.tests.iter().flat_map(|test| &test.events).collect();
    let batches: Vec<Batch> =
        events.iter().filter_map(|event| Batch::from_events([*event])).collect();
    let (fuel, over_budget) = fuel(&batches, judge);
    let times = times(&batches, judge);
    let cost = Cost {
        fuel: mean(&fuel),
        worst_fuel: fuel.iter().copied().max().unwrap_or_default(),
        ns: mean(&times),
        p99_ns: percentile_99(times),
        memory_bytes: judge.memory_used(),
    };
    Measured { id: rule.id.to_string(), tests, over_budget, cost }
}

/// The fuel of each event, judged alone; why one of them was not decided.
fn fuel(batches: &[Batch], judge: &mut Judge) -> (Vec<u64>, Option<String>) {
    let (mut fuel, mut why) = (Vec::with_capacity(batches.len()), None);
    for batch in batches {
        let before = spent(judge);
        let (_, unjudged) = judge.judge(batch);
        fuel.push(spent(judge) - before);
        why = why.or_else(|| unjudged.first().map(|failed| failed.why.to_string()));
    }
    (fuel, why)
}

/// Fuel of all rules so far.
fn spent(judge: &Judge) -> u64 {
    judge.report().iter().map(|rule| rule.fuel).sum()
}

/// How long each event takes, judged alone, nanoseconds.
fn times(batches: &[Batch], judge: &mut Judge) -> Vec<u64> {
    let rounds = (0..ROUNDS).flat_map(|_| batches);
    let time = |batch: &Batch| {
        let started = Instant::now();
        judge.judge(batch);
        u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    };
    rounds.map(time).collect()
}

fn mean(values: &[u64]) -> u64 {
    values.iter().sum::<u64>() / values.len().max(1) as u64
}

fn percentile_99(mut times: Vec<u64>) -> u64 {
    times.sort_unstable();
    let at = (times.len() * 99).div_ceil(100).saturating_sub(1);
    times.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_may_take_longer() {
        assert_eq!(percentile_99((1..=100).rev().collect()), 99);
        assert_eq!(percentile_99((1..=1_000).collect()), 990);
        assert_eq!(percentile_99(vec![7]), 7);
        assert_eq!(percentile_99(Vec::new()), 0);
    }
}
