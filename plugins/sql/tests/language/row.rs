//! Rows of events, and which of them a plan matches.

use daemoneye_engine::Engine;
use daemoneye_plan::{Literal, Plan};
use daemoneye_sdk::rules::{Batch, Column, Floats, Integers, Text};

/// One event: the columns that it has.
pub(crate) type Row = Vec<(&'static str, Literal)>;

/// More than any rule of these tests needs for one row.
const STEPS: u64 = 1_000_000;

/// The places of the rows that match, as the engine judges them through its index.
pub(crate) fn matching(plan: Plan, rows: &[Row]) -> Vec<usize> {
    let engine = Engine::load(vec![("rule".into(), plan)]).expect("the engine takes the plan");
    let columns = engine.declaration().columns.iter().map(|name| column(name, rows)).collect();
    let count = u32::try_from(rows.len()).expect("few rows");
    let scan = engine.open(Batch { rows: count, columns }).expect("a well-formed batch");
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
    let validity = validity(&values);
    match values.iter().find(|value| **value != Literal::Null) {
        None | Some(Literal::Null) => Column::Absent,
        Some(Literal::Integer(_)) => {
            let values = values.iter().map(|value| match value {
                Literal::Integer(number) => *number,
                _ => 0,
            });
            Column::Integers(Integers { validity, values: values.collect() })
        }
        Some(Literal::Float(_)) => {
            let values = values.iter().map(|value| match value {
                Literal::Float(number) => *number,
                _ => 0.0,
            });
            Column::Floats(Floats { validity, values: values.collect() })
        }
        Some(Literal::Text(_)) => Column::Text(texts(validity, &values)),
    }
}

fn texts(validity: Vec<u8>, values: &[Literal]) -> Text {
    let mut bytes = Vec::new();
    let mut offsets = vec![0];
    for value in values {
        if let Literal::Text(text) = value {
            bytes.extend_from_slice(text.as_bytes());
        }
        offsets.push(u32::try_from(bytes.len()).expect("short texts"));
    }
    Text { validity, offsets, bytes }
}

fn validity(values: &[Literal]) -> Vec<u8> {
    let byte = |eight: &[Literal]| {
        let set =
            |byte, (bit, value): (usize, &Literal)| byte | u8::from(*value != Literal::Null) << bit;
        eight.iter().enumerate().fold(0, set)
    };
    values.chunks(8).map(byte).collect()
}
