//! Events with text in their columns, and what a rule finds in them.

use daemoneye_engine::Engine;
use daemoneye_plan::{ColumnType, Plan};
use daemoneye_sdk::language::Compiled;
use daemoneye_sdk::rules::{Batch, Column, Finding};
use daemoneye_sigma::compile;

use crate::schema::schema;

/// One event: the columns that it has; numbers as their decimal text.
pub(crate) type Row<'r> = &'r [(&'r str, &'r str)];

/// More than any rule of these tests needs for one row.
const STEPS: u64 = 1_000_000;

/// A rule over all events with these selections and this condition.
pub(crate) fn rule(detection: &str) -> String {
    let lines: String = detection.lines().map(|line| format!("    {line}\n")).collect();
    format!("title: A rule\nlogsource:\n    product: linux\ndetection:\n{lines}")
}

pub(crate) fn compiled(text: &str) -> Compiled {
    compile(&schema(), None, text).unwrap_or_else(|refused| panic!("{refused:?}\n{text}"))
}

pub(crate) fn fires(text: &str, row: Row<'_>) -> bool {
    !findings(&compiled(text), row).is_empty()
}

/// The plan that the compiler wrote.
pub(crate) fn plan(compiled: &Compiled) -> Plan {
    Plan::from_bytes(&compiled.plan).expect("what is compiled is a plan")
}

/// What the engine finds through its index.
pub(crate) fn findings(compiled: &Compiled, row: Row<'_>) -> Vec<Finding> {
    let plan = plan(compiled);
    let columns = plan.columns().iter().map(|c| column(row, &c.name, c.column_type)).collect();
    let engine = Engine::load(vec![("rule".into(), plan)]).expect("the engine takes the plan");
    let scan = engine.open(Batch::new(1, columns)).expect("the declared columns");
    let verdicts = scan.candidates().into_iter().map(|candidate| {
        let verdict = scan.evaluate(candidate.rule, &candidate.rows, STEPS);
        assert!(verdict.over_budget.is_empty(), "the steps suffice");
        verdict.findings
    });
    verdicts.flatten().collect()
}

fn column(row: Row<'_>, name: &str, column_type: ColumnType) -> Column {
    let Some((_, value)) = row.iter().find(|(column, _)| *column == name) else {
        return Column::Absent;
    };
    match column_type {
        ColumnType::Integer => Column::Integers(vec![Some(value.parse().expect("a number"))]),
        _ => Column::Text(vec![Some((*value).to_owned())]),
    }
}
