//! Whatever the rules and the rows: the index rules out no row that a rule matches, and three-valued
//! logic holds.

use daemoneye_engine::Engine;
use daemoneye_plan::{
    Builder, Case, ColumnType, Comparison, Literal, NodeId, OperandId, Pattern, Plan, Test,
};
use daemoneye_sdk::rules::{Batch, Column};
use proptest::prelude::*;

const TEXT_COLUMNS: [&str; 3] = ["kind", "executable_path", "command_line"];
const STEPS: u64 = 1_000_000;

/// A row: three texts and a number, each of which may be absent.
type Row = ([Option<String>; 3], Option<i64>);

#[derive(Debug, Clone)]
enum Shape {
    Test { column: usize, test: ShapeTest, case: Case },
    And(Vec<Shape>),
    Or(Vec<Shape>),
    Not(Box<Shape>),
    IfNull(Box<Shape>, bool),
}

#[derive(Debug, Clone)]
enum ShapeTest {
    Compare(Comparison, Literal),
    Like(String),
    Regexp(String),
    In(Vec<Literal>),
    IsNull,
    Coalesce(Literal),
}

fn text() -> impl Strategy<Value = String> {
    const WORDS: &[&str] =
        &["", "a", "B", "ab", "Start", "exec", "/bin/", "sh", " -c ", "7", "é", "K", "s", "ſ"];
    prop::collection::vec(prop::sample::select(WORDS), 0..5).prop_map(|words| words.concat())
}

fn pattern() -> impl Strategy<Value = String> {
    prop::collection::vec(prop_oneof![text(), Just("%".into()), Just("_".into())], 0..5)
        .prop_map(|parts| parts.concat())
}

fn expression() -> impl Strategy<Value = String> {
    const PIECES: &[&str] =
        &["a", "AB", "s", "k", "(ab|/bin/)", "x*", "(?i)Start", "[bB]", "b+", "^", "sh?", "."];
    prop::collection::vec(prop::sample::select(PIECES), 1..4).prop_map(|p| p.concat())
}

fn literal() -> impl Strategy<Value = Literal> {
    prop_oneof![
        6 => text().prop_map(Literal::Text),
        1 => (-2_i64..9).prop_map(Literal::Integer),
        1 => Just(Literal::Float(7.0)),
        1 => Just(Literal::Null),
    ]
}

fn comparison() -> impl Strategy<Value = Comparison> {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    prop::sample::select(vec![Equal, Equal, NotEqual, Less, LessOrEqual, Greater, GreaterOrEqual])
}

fn shape() -> impl Strategy<Value = Shape> {
    let test = prop_oneof![
        (comparison(), literal()).prop_map(|(c, l)| ShapeTest::Compare(c, l)),
        pattern().prop_map(ShapeTest::Like),
        expression().prop_map(ShapeTest::Regexp),
        prop::collection::vec(literal(), 0..4).prop_map(ShapeTest::In),
        Just(ShapeTest::IsNull),
        literal().prop_map(ShapeTest::Coalesce),
    ];
    let case = prop::sample::select(vec![Case::Ignored, Case::Observed]);
    let leaf = (0..4_usize, test, case).prop_map(|(column, test, case)| Shape::Test {
        column,
        test,
        case,
    });
    leaf.prop_recursive(4, 24, 4, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 1..4).prop_map(Shape::And),
            prop::collection::vec(inner.clone(), 1..4).prop_map(Shape::Or),
            inner.clone().prop_map(|shape| Shape::Not(Box::new(shape))),
            (inner, any::<bool>()).prop_map(|(shape, truth)| Shape::IfNull(Box::new(shape), truth)),
        ]
    })
}

fn rows() -> impl Strategy<Value = Vec<Row>> {
    let value = || prop::option::weighted(0.85, text());
    let row = ([value(), value(), value()], prop::option::weighted(0.85, -2_i64..9));
    prop::collection::vec(row, 1..80)
}

fn column(plan: &mut Builder, number: usize) -> OperandId {
    match TEXT_COLUMNS.get(number) {
        Some(name) => plan.column(name, ColumnType::Text),
        None => plan.column("pid", ColumnType::Integer),
    }
}

fn build(plan: &mut Builder, shape: &Shape) -> NodeId {
    let mut all = |shapes: &[Shape]| shapes.iter().map(|shape| build(plan, shape)).collect();
    match shape {
        Shape::And(shapes) => {
            let nodes = all(shapes);
            plan.and(nodes)
        }
        Shape::Or(shapes) => {
            let nodes = all(shapes);
            plan.or(nodes)
        }
        Shape::Not(shape) => {
            let (node, clause) = (build(plan, shape), plan.clause("NOT (..)"));
            plan.not(Some(clause), node)
        }
        Shape::IfNull(shape, truth) => {
            let node = build(plan, shape);
            plan.if_null(node, *truth)
        }
        Shape::Test { column: number, test, case } => leaf(plan, *number, test, *case),
    }
}

fn leaf(plan: &mut Builder, number: usize, test: &ShapeTest, case: Case) -> NodeId {
    let operand = column(plan, number);
    let test = match test {
        ShapeTest::Compare(comparison, literal) => {
            let right = plan.literal(literal.clone());
            Test::Compare { comparison: *comparison, left: operand, right, case }
        }
        ShapeTest::Like(pattern) => {
            let pattern = Pattern::like(pattern, None).expect("no escape");
            Test::Like { operand, pattern, case }
        }
        ShapeTest::Regexp(text) => Test::Regexp { operand, expression: text.clone(), case },
        ShapeTest::In(list) => Test::In { operand, list: list.clone(), case },
        ShapeTest::IsNull => Test::IsNull(operand),
        ShapeTest::Coalesce(literal) => {
            let (other, right) = (plan.literal(literal.clone()), plan.literal(literal.clone()));
            let left = plan.coalesce(vec![operand, other]);
            Test::Compare { comparison: Comparison::Equal, left, right, case }
        }
    };
    let clause = plan.clause("..");
    plan.leaf(Some(clause), test)
}

fn plan(shape: &Shape) -> Plan {
    let mut plan = Builder::new();
    build(&mut plan, shape);
    plan.finish().expect("built from the leaves up")
}

/// The columns that the engine declared, of these rows.
fn batch(engine: &Engine, rows: &[Row]) -> Batch {
    let columns = engine.declaration().columns.iter().map(|name| {
        match TEXT_COLUMNS.iter().position(|column| column == name) {
            Some(number) => Column::Text(rows.iter().map(|row| row.0[number].clone()).collect()),
            None => Column::Integers(rows.iter().map(|row| row.1).collect()),
        }
    });
    Batch::new(u32::try_from(rows.len()).expect("few rows"), columns.collect())
}

/// The rows that the rule matches, whatever the index says.
fn matches(engine: &Engine, rule: u32, rows: &[Row]) -> Vec<u32> {
    let scan = engine.open(batch(engine, rows)).expect("the declared columns");
    let all: Vec<u32> = (0..).take(rows.len()).collect();
    let verdict = scan.evaluate(rule, &all, STEPS);
    assert!(verdict.over_budget.is_empty());
    verdict.findings.iter().map(|finding| finding.row).collect()
}

fn load(shapes: &[Shape]) -> Engine {
    let plans = shapes.iter().enumerate().map(|(id, shape)| (id.to_string(), plan(shape)));
    Engine::load(plans.collect()).expect("good expressions")
}

fn candidates(engine: &Engine, rows: &[Row]) -> Vec<(u32, Vec<u32>)> {
    let scan = engine.open(batch(engine, rows)).expect("the declared columns");
    scan.candidates().into_iter().map(|candidate| (candidate.rule, candidate.rows)).collect()
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(512))]

    #[test]
    fn the_index_rules_out_no_row_that_a_rule_matches(
        shapes in prop::collection::vec(shape(), 1..6),
        rows in rows(),
    ) {
        let engine = load(&shapes);
        let scan = engine.open(batch(&engine, &rows)).expect("the declared columns");
        let candidates = scan.candidates();
        for rule in (0..).take(shapes.len()) {
            let matched = matches(&engine, rule, &rows);
            let candidate = candidates.iter().find(|candidate| candidate.rule == rule);
            let kept = candidate.map(|candidate| candidate.rows.clone()).unwrap_or_default();
            prop_assert!(kept.is_sorted_by(|a, b| a < b));
            let lost: Vec<_> = matched.iter().filter(|row| !kept.contains(row)).collect();
            prop_assert!(lost.is_empty(), "rule {} loses rows {:?}", rule, lost);
        }
    }

    #[test]
    fn an_event_that_was_seen_before_is_a_candidate_of_the_same_rules(
        shapes in prop::collection::vec(shape(), 1..6),
        rows in rows(),
    ) {
        let seen = load(&shapes);
        let again: Vec<Row> = rows.iter().rev().chain(&rows).cloned().collect();
        for rows in [&rows[..rows.len().div_ceil(2)], &rows, &again] {
            prop_assert_eq!(candidates(&seen, rows), candidates(&load(&shapes), rows));
        }
    }

    #[test]
    fn a_rule_or_its_opposite_or_neither(shape in shape(), rows in rows()) {
        let opposite = Shape::Not(Box::new(shape.clone()));
        let certain = Shape::IfNull(Box::new(shape.clone()), false);
        let plans = [&shape, &opposite, &certain].map(plan).into_iter().enumerate();
        let plans = plans.map(|(id, plan)| (id.to_string(), plan)).collect();
        let engine = Engine::load(plans).expect("good expressions");
        let [is, is_not, is_certain] = [0, 1, 2].map(|rule| matches(&engine, rule, &rows));
        prop_assert!(is.iter().all(|row| !is_not.contains(row)));
        prop_assert_eq!(is, is_certain);
    }

    #[test]
    fn a_plan_means_the_same_after_it_was_sent(shape in shape()) {
        let plan = plan(&shape);
        let bytes = plan.to_bytes().expect("small");
        prop_assert_eq!(Plan::from_bytes(&bytes).expect("just written"), plan);
    }
}
