//! Events for a rule's own tests.

use super::{Cells, Columns, Finding, Opened, Row, Rule};
#[cfg(not(target_family = "wasm"))]
use crate::processes::Value;
use crate::rules::{Batch, Column};

/// One field of an event, with its value.
#[derive(Debug, Clone)]
pub struct Given {
    pub(super) name: &'static str,
    pub(super) column: Column,
}

impl Given {
    /// Its name and its value, as a table of processes has them.
    #[cfg(not(target_family = "wasm"))]
    pub(crate) fn value(&self) -> Option<(&'static str, Value)> {
        let value = match &self.column {
            Column::Absent => None,
            Column::Integers(values) => values.first().copied().flatten().map(Value::Integer),
            Column::Floats(values) => values.first().copied().flatten().map(Value::Float),
            Column::Text(values) => values.first().cloned().flatten().map(Value::Text),
        };
        Some((self.name, value?))
    }
}

/// What a rule finds in an event that has these fields and no others.
///
/// # Panics
/// If a field is given that the rule does not read: such a test would test nothing.
pub fn judge<R: Rule>(rule: &R, event: &[Given]) -> Option<Finding> {
    let names = <R::Event<'_> as Columns<'_>>::NAMES;
    for Given { name, .. } in event {
        assert!(names.contains(name), "rule {:?} does not read {name:?}", R::ID);
    }
    let of = |name: &&str| {
        let given = event.iter().rfind(|given| given.name == *name);
        given.map_or(Column::Absent, |given| given.column.clone())
    };
    let batch = Opened::from(Batch::new(1, names.iter().map(of).collect()));
    let columns: Vec<Cells<'_>> = (0..names.len()).map(|column| batch.cells(column)).collect();
    rule.judge(R::Event::of(Row { columns: &columns, row: 0 }))
}
