//! What the engine remembers is bounded, and what it sheds is counted.

use daemoneye_engine::{Counters, Engine};
use daemoneye_plan::{
    Aggregate, AggregateFunction, Builder, Case, ColumnType, Comparison, Complete, Correlation,
    Literal, Plan, Stage, Test,
};

use crate::batch::{Row, batch, judge, matched, text};
use crate::sequences::{INTEGERS, is};

/// At least so many rows named `ls` by a user, or the aggregate over their texts is at least that.
fn at_least(least: i64, function: AggregateFunction, of_text: bool) -> Engine {
    let mut plan = Builder::new();
    let case = Case::Observed;
    let operand = of_text.then(|| plan.column("command_line", ColumnType::Text));
    let group = vec![plan.column("user", ColumnType::Text)];
    let (left, right) = (plan.aggregate(0), plan.literal(Literal::Integer(least)));
    let comparison = Comparison::GreaterOrEqual;
    let condition = plan.leaf(None, Test::Compare { comparison, left, right, case });
    let aggregates = vec![Aggregate { function, operand, distinct: of_text, case }];
    let complete = Complete::Having { aggregates, condition };
    plan.correlate(Correlation { window: 1_000_000, stages: vec![Stage { group }], complete });
    is(&mut plan, "name", "ls");
    let plan: Plan = plan.finish().expect("a count");
    Engine::load(vec![("rule".into(), plan)]).expect("loads")
}

fn event(user: usize, command_line: &str) -> Row {
    vec![
        ("time", Literal::Integer(0)),
        ("name", text("ls")),
        ("user", text(&user.to_string())),
        ("command_line", text(command_line)),
    ]
}

fn rows(engine: &Engine, rows: &[Row]) -> Vec<u32> {
    matched(&judge(engine, INTEGERS, rows)[0])
}

#[test]
fn a_rule_has_4096_groups_and_for_one_more_the_one_touched_longest_ago_goes() {
    let engine = at_least(2, AggregateFunction::Count, false);
    let users: Vec<Row> = (0..4096).map(|user| event(user, "")).collect();
    assert!(rows(&engine, &users).is_empty());
    assert_eq!(engine.counters().evicted_groups, 0);
    assert_eq!(rows(&engine, &[event(0, "")]), [0], "the first group is still there");
    assert!(rows(&engine, &[event(0, ""), event(4096, "")]).is_empty());
    assert_eq!(engine.counters().evicted_groups, 1);
    assert!(rows(&engine, &[event(1, "")]).is_empty(), "it went");
    assert_eq!(rows(&engine, &[event(3, "")]), [0], "only one went, and one for it");
}

#[test]
fn a_group_has_4096_rows_and_for_one_more_the_oldest_goes() {
    let most = at_least(4096, AggregateFunction::Count, false);
    let users: Vec<Row> = (0..4096).map(|_| event(0, "")).collect();
    assert_eq!(rows(&most, &users), [4095]);
    assert_eq!(most.counters(), Counters::default());
    let more = at_least(4097, AggregateFunction::Count, false);
    assert!(rows(&more, &users).is_empty());
    assert_eq!(more.counters().evicted_rows, 0);
    assert!(rows(&more, &users[..1]).is_empty());
    assert_eq!(more.counters().evicted_rows, 1);
}

#[test]
fn all_groups_together_have_16_mib() {
    let engine = at_least(1_000, AggregateFunction::Count, true);
    let long = "x".repeat(1 << 20);
    let command = |number: usize| event(number, &format!("{number}{long}"));
    assert!(rows(&engine, &(0..3).map(command).collect::<Vec<_>>()).is_empty());
    assert_eq!(engine.counters().evicted_groups, 0);
    assert!(rows(&engine, &(3..20).map(command).collect::<Vec<_>>()).is_empty());
    assert!(engine.counters().evicted_groups >= 12, "{:?}", engine.counters());
}

#[test]
fn an_aggregate_over_many_rows_is_paid_for() {
    let engine = at_least(i64::MAX, AggregateFunction::Sum, true);
    let users: Vec<Row> = (0..1000).map(|number| event(0, &number.to_string())).collect();
    let scan = engine.open(batch(&engine, INTEGERS, &users)).expect("the declared columns");
    let all: Vec<u32> = (0..1000).collect();
    let verdict = scan.evaluate(0, &all, 500);
    assert!(verdict.over_budget.contains(&999), "the last rows cost more than 500 steps");
    assert!(!verdict.over_budget.contains(&0), "the first row does not");
}
