//! Batches of rows that are written down as values by column.

use daemoneye_engine::Engine;
use daemoneye_plan::Literal;
use daemoneye_sdk::rules::{Batch, Column, Verdict};

/// Steps that no row of these tests needs.
pub(crate) const STEPS: u64 = 1_000_000;

/// A row: the columns that it has values in.
pub(crate) type Row = Vec<(&'static str, Literal)>;

pub(crate) fn text(text: &str) -> Literal {
    Literal::Text(text.into())
}

/// The columns that the engine declared; those of `integers` are numbers, all others texts.
pub(crate) fn batch(engine: &Engine, integers: &[&str], rows: &[Row]) -> Batch {
    let columns = engine.declaration().columns.iter().map(|name| {
        let values: Vec<Option<&Literal>> = rows
            .iter()
            .map(|row| row.iter().find(|(column, _)| column == name).map(|(_, value)| value))
            .map(|value| value.filter(|value| **value != Literal::Null))
            .collect();
        if integers.contains(&&**name) { numbers(&values) } else { texts(&values) }
    });
    Batch::new(u32::try_from(rows.len()).expect("few rows"), columns.collect())
}

/// What every rule says of a batch, each of all its rows.
pub(crate) fn judge(engine: &Engine, integers: &[&str], rows: &[Row]) -> Vec<Verdict> {
    let scan = engine.open(batch(engine, integers, rows)).expect("the declared columns");
    let all: Vec<u32> = (0..).take(rows.len()).collect();
    let rules = (0..).take(engine.declaration().rules.len());
    rules.map(|rule| scan.evaluate(rule, &all, STEPS)).collect()
}

/// The rows that one verdict names.
pub(crate) fn matched(verdict: &Verdict) -> Vec<u32> {
    assert!(verdict.over_budget.is_empty());
    verdict.findings.iter().map(|finding| finding.row).collect()
}

fn numbers(values: &[Option<&Literal>]) -> Column {
    let number = |value: &Literal| match value {
        Literal::Integer(number) => *number,
        other => panic!("{other:?} in a column of integers"),
    };
    Column::Integers(values.iter().map(|value| value.map(number)).collect())
}

fn texts(values: &[Option<&Literal>]) -> Column {
    let text = |value: &Literal| match value {
        Literal::Text(text) => text.clone(),
        other => panic!("{other:?} in a column of texts"),
    };
    Column::Text(values.iter().map(|value| value.map(text)).collect())
}
