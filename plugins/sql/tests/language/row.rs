//! Rows of events, and which of them a plan matches.

use daemoneye_engine::Engine;
use daemoneye_plan::{Literal, Plan};
use daemoneye_sdk::language::Compiled;
use daemoneye_sdk::rules::{Batch, Column};

/// One event: the columns that it has.
pub(crate) type Row = Vec<(&'static str, Literal)>;

/// More than any rule of these tests needs for one row.
const STEPS: u64 = 1_000_000;

/// The plan that the compiler wrote.
pub(crate) fn plan(compiled: &Compiled) -> Plan {
    Plan::from_bytes(&compiled.plan).expect("what is compiled is a plan")
}

/// The places of the rows that match, as the engine judges them through its index.
pub(crate) fn matching(compiled: &Compiled, rows: &[Row]) -> Vec<usize> {
    let engine =
        Engine::load(vec![("rule".into(), plan(compiled))]).expect("the engine takes the plan");
    let columns = engine.declaration().columns.iter().map(|name| column(name, rows)).collect();
    let count = u32::try_from(rows.len()).expect("few rows");
    let scan = engine.open(Batch::new(count, columns)).expect("a well-formed batch");
    let mut found = Vec::new();
    for candidate in scan.candidates() {
        let verdict = scan.evaluate(candidate.rule, &candidate.rows, STEPS);
        assert!(verdict.over_budget.is_empty(), "the steps suffice");
        found.extend(verdict.findings.iter().map(|finding| finding.row as usize));
    }
    found
}

fn column(name: &str, rows: &[Row]) -> Column {
    let value = |row: &Row| {
        let found = row.iter().find(|(column, _)| *column == name);
        found.map_or(Literal::Null, |(_, value)| value.clone())
    };
    let values: Vec<_> = rows.iter().map(value).collect();
    match values.iter().find(|value| **value != Literal::Null) {
        None | Some(Literal::Null) => Column::Absent,
        Some(Literal::Integer(_)) => Column::Integers(each(&values, |value| match value {
            Literal::Integer(number) => Some(*number),
            _ => None,
        })),
        Some(Literal::Float(_)) => Column::Floats(each(&values, |value| match value {
            Literal::Float(number) => Some(*number),
            _ => None,
        })),
        Some(Literal::Text(_)) => Column::Text(each(&values, |value| match value {
            Literal::Text(text) => Some(text.clone()),
            _ => None,
        })),
    }
}

fn each<T>(values: &[Literal], value: impl Fn(&Literal) -> Option<T>) -> Vec<Option<T>> {
    values.iter().map(value).collect()
}
