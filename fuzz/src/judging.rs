//! A rule over a fixed batch, through the index and past it.

use std::sync::LazyLock;

use daemoneye_bus::event::{Batch, Event, from_json};
use daemoneye_engine::Engine;
use daemoneye_native::columns;
use daemoneye_plan::Plan;
use daemoneye_sdk::language::Compiled;
use daemoneye_sdk::rules::Verdict;

/// Events with something for most rules, one JSON object a line.
const EVENTS: &str = include_str!("../events.jsonl");
/// More than most rules need for one of them.
const STEPS: u64 = 50_000;

static BATCH: LazyLock<Batch> = LazyLock::new(|| {
    let events: Vec<Event> =
        EVENTS.lines().map(|line| from_json(line).expect("an event")).collect();
    Batch::from_events(&events).expect("events")
});

/// Judges the fixed batch by what a compiler wrote.
///
/// # Panics
/// If the plan cannot be read, or the index rules out a row that the rule matches.
pub fn judge(compiled: &Compiled) {
    let plan = Plan::from_bytes(&compiled.plan).expect("what is compiled is a plan");
    let load = || Engine::load(vec![("rule".to_owned(), plan.clone())]);
    // A regular expression may be too large: the compiler does not build it.
    let (Ok(indexed), Ok(asked)) = (load(), load()) else { return };
    let all: Vec<u32> = (0..u32::try_from(BATCH.rows()).expect("few")).collect();
    let names = &indexed.declaration().columns;
    let scan = indexed.open(columns(&BATCH, names)).expect("the columns that it asks for");
    let candidates = scan.candidates();
    let rows = candidates.first().map_or(&[][..], |candidate| &candidate.rows);
    let through_the_index = scan.evaluate(0, rows, STEPS);
    let every_row = asked.open(columns(&BATCH, names)).expect("the same").evaluate(0, &all, STEPS);
    if through_the_index.over_budget.is_empty() && every_row.over_budget.is_empty() {
        assert_eq!(found(&through_the_index), found(&every_row), "the index rules out a match");
    }
}

fn found(verdict: &Verdict) -> Vec<u32> {
    verdict.findings.iter().map(|finding| finding.row).collect()
}
