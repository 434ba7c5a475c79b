//! Rows that follow each other.

use daemoneye_engine::Engine;
use daemoneye_plan::{
    Aggregate, AggregateFunction, Builder, Case, ColumnType, Comparison, Complete, Correlation,
    Literal, NodeId, Plan, Stage, Test,
};
use daemoneye_sdk::rules::Evidence;

use crate::batch::{Row, judge, matched, text};

pub(crate) const INTEGERS: &[&str] = &["time", "number"];

pub(crate) fn is(plan: &mut Builder, column: &str, value: &str) -> NodeId {
    let left = plan.column(column, ColumnType::Text);
    let right = plan.literal(text(value));
    let clause = plan.clause(&format!("{column} = '{value}'"));
    let comparison = Comparison::Equal;
    plan.leaf(Some(clause), Test::Compare { comparison, left, right, case: Case::Ignored })
}

/// A time, a user and a name.
type Told = (i64, &'static str, &'static str);

/// A stage for each name, in groups by user.
pub(crate) fn sequence(names: &[&str], window: u64, complete: Complete) -> Plan {
    let mut plan = Builder::new();
    let stages = names.iter().map(|_| Stage { group: vec![plan.column("user", ColumnType::Text)] });
    let stages = stages.collect();
    plan.correlate(Correlation { window, stages, complete });
    let nodes = names.iter().map(|name| is(&mut plan, "name", name)).collect();
    plan.or(nodes);
    plan.finish().expect("a sequence")
}

fn engine(plan: Plan) -> Engine {
    Engine::load(vec![("rule".into(), plan)]).expect("loads")
}

pub(crate) fn event(time: i64, user: &str, name: &str) -> Row {
    vec![("time", Literal::Integer(time)), ("user", text(user)), ("name", text(name))]
}

fn rows(engine: &Engine, events: &[Told]) -> Vec<u32> {
    let rows: Vec<Row> = events.iter().map(|(t, user, name)| event(*t, user, name)).collect();
    matched(&judge(engine, INTEGERS, &rows)[0])
}

#[test]
fn stages_in_order_match_on_the_row_that_completes_them() {
    let table: &[(&[Told], &[u32])] = &[
        (&[(0, "u", "a"), (1, "u", "b")], &[1]),
        (&[(0, "u", "b"), (1, "u", "a")], &[]),
        (&[(0, "u", "b"), (1, "u", "a"), (2, "u", "b")], &[2]),
        (&[(0, "u", "a"), (1, "v", "b")], &[]),
        (&[(0, "u", "a"), (1, "U", "b")], &[1]),
        (&[(0, "u", "a"), (10, "u", "b")], &[1]),
        (&[(0, "u", "a"), (11, "u", "b")], &[]),
        (&[(5, "u", "b"), (5, "u", "a")], &[1]),
        (&[(5, "u", "b"), (3, "u", "a")], &[1]),
        (&[(0, "u", "a"), (1, "u", "b"), (2, "u", "b")], &[1]),
        (&[(0, "u", "a"), (1, "u", "b"), (2, "u", "a"), (3, "u", "b")], &[1, 3]),
    ];
    for (events, expected) in table {
        let engine = engine(sequence(&["a", "b"], 10, Complete::InOrder));
        assert_eq!(rows(&engine, events), *expected, "{events:?}");
    }
}

#[test]
fn stages_in_any_order_match_when_each_has_a_row() {
    let table: &[(&[Told], &[u32])] = &[
        (&[(0, "u", "b"), (1, "u", "c"), (2, "u", "a")], &[2]),
        (&[(0, "u", "b"), (1, "u", "b"), (2, "u", "a")], &[]),
        (&[(0, "u", "b"), (9, "u", "c"), (10, "u", "a")], &[2]),
        (&[(0, "u", "b"), (9, "u", "c"), (11, "u", "a")], &[]),
    ];
    for (events, expected) in table {
        let engine = engine(sequence(&["a", "b", "c"], 10, Complete::EachStage));
        assert_eq!(rows(&engine, events), *expected, "{events:?}");
    }
}

#[test]
fn a_sequence_goes_on_from_batch_to_batch() {
    let engine = engine(sequence(&["a", "b"], 10, Complete::InOrder));
    assert!(rows(&engine, &[(0, "u", "a")]).is_empty());
    assert_eq!(rows(&engine, &[(1, "v", "b"), (2, "u", "b")]), [1]);
}

#[test]
fn a_row_that_the_window_has_passed_is_late_and_counted() {
    let engine = engine(sequence(&["a", "b"], 10, Complete::InOrder));
    assert!(rows(&engine, &[(20, "u", "b"), (10, "v", "a"), (9, "u", "a")]).is_empty());
    assert_eq!(engine.counters().late, 1);
    assert_eq!(rows(&engine, &[(10, "u", "a")]), [0], "exactly at the window");
    assert_eq!(engine.counters().late, 1);
}

#[test]
fn a_row_without_a_time_is_as_new_as_the_newest() {
    let engine = engine(sequence(&["a", "b"], 10, Complete::InOrder));
    rows(&engine, &[(20, "u", "a")]);
    let timeless: Row = vec![("user", text("u")), ("name", text("b"))];
    assert_eq!(matched(&judge(&engine, INTEGERS, &[timeless])[0]), [0]);
}

#[test]
fn a_count_shows_its_clause_and_its_number() {
    let mut plan = Builder::new();
    let group = vec![plan.column("user", ColumnType::Text)];
    let (count, two) = (plan.aggregate(0), plan.literal(Literal::Integer(2)));
    let clause = plan.clause("COUNT(*) >= 2");
    let (comparison, case) = (Comparison::GreaterOrEqual, Case::Ignored);
    let having = Test::Compare { comparison, left: count, right: two, case };
    let condition = plan.leaf(Some(clause), having);
    let function = AggregateFunction::Count;
    let aggregates = vec![Aggregate { function, operand: None, distinct: false, case }];
    let complete = Complete::Having { aggregates, condition };
    plan.correlate(Correlation { window: 10, stages: vec![Stage { group }], complete });
    is(&mut plan, "name", "ls");
    let engine = engine(plan.finish().expect("a count"));
    let events = [event(0, "u", "ls"), event(1, "u", "ls")];
    let piece = |clause: &str, field: &str, value: &str| Evidence {
        clause: clause.into(),
        field: field.into(),
        value: value.into(),
    };
    let expected = [piece("COUNT(*) >= 2", "count(*)", "2"), piece("name = 'ls'", "name", "ls")];
    let verdicts = judge(&engine, INTEGERS, &events);
    assert_eq!(matched(&verdicts[0]), [1]);
    assert_eq!(verdicts[0].findings[0].evidence, expected);
}
