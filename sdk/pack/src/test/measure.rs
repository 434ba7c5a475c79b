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
    /// The median, nanoseconds.
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
    let mut times = times(&batches, judge);
    times.sort_unstable();
    let cost = Cost {
        fuel: fuel.iter().sum::<u64>() / fuel.len().max(1) as u64,
        worst_fuel: fuel.iter().copied().max().unwrap_or_default(),
        ns: percentile(&times, 50),
        p99_ns: percentile(&times, 99),
        memory_bytes: judge.memory_used(),
    };
    Measured { id: rule.id.to_string(), tests, over_budget, cost }
}

/// The fuel of each event, judged alone; why one of them was not decided.
fn fuel(batches: &[Batch], judge: &mut Judge) -> (Vec<u64>, Option<String>) {
    let (mut fuel, mut why) = (Vec::with_capacity(batches.len()), None);
    for batch in batches {
        judge.forget_events();
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
        judge.forget_events();
        let started = Instant::now();
        judge.judge(batch);
        u64::try_from(started.elapsed().as_nanos()).unwrap_or(u64::MAX)
    };
    rounds.map(time).collect()
}

/// The time that so many of a hundred do not exceed.
fn percentile(ascending: &[u64], hundredths: usize) -> u64 {
    let at = (ascending.len() * hundredths).div_ceil(100).saturating_sub(1);
    ascending.get(at).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_in_a_hundred_may_take_longer_and_every_second() {
        let times = |last| -> Vec<u64> { (1..=last).collect() };
        assert_eq!([50, 99].map(|part| percentile(&times(100), part)), [50, 99]);
        assert_eq!([50, 99].map(|part| percentile(&times(1_000), part)), [500, 990]);
        assert_eq!((percentile(&[7], 99), percentile(&[], 99)), (7, 0));
    }
}
