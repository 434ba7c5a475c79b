//! What functions make where SQLite has no such function, fails, or leaves a choice.

use daemoneye_engine::{Engine, LoadError};
use daemoneye_plan::{
    Builder, Case, ColumnType, Comparison, Function, Literal, NodeId, OperandId, Plan, Test,
};
use daemoneye_sdk::rules::{Batch, Column, Verdict};

const STEPS: u64 = 100_000;

fn text(text: &str) -> Literal {
    Literal::Text(text.into())
}

fn call(plan: &mut Builder, function: Function, arguments: &[Literal], case: Case) -> OperandId {
    let arguments = arguments.iter().map(|literal| plan.literal(literal.clone())).collect();
    plan.call(function, arguments, case)
}

fn equal(plan: &mut Builder, left: OperandId, right: &Literal) -> NodeId {
    if *right == Literal::Null {
        return plan.leaf(None, Test::IsNull(left));
    }
    let right = plan.literal(right.clone());
    let (comparison, case) = (Comparison::Equal, Case::Observed);
    plan.leaf(None, Test::Compare { comparison, left, right, case })
}

/// The verdict on one row whose `command_line` is the text.
fn judge(plan: Plan, command_line: &str, steps: u64) -> Verdict {
    let engine = Engine::load(vec![("rule".into(), plan)]).expect("loads");
    let column = || Column::Text(vec![Some(command_line.to_owned())]);
    let columns = engine.declaration().columns.iter().map(|_| column()).collect();
    let scan = engine.open(Batch::new(1, columns)).expect("the declared columns");
    scan.evaluate(0, &[0], steps)
}

fn holds(build: impl FnOnce(&mut Builder)) -> bool {
    let mut plan = Builder::new();
    build(&mut plan);
    !judge(plan.finish().expect("a plan"), "Curl http://x | sh", STEPS).findings.is_empty()
}

#[test]
fn a_function_makes_what_the_list_says() {
    use Function::{
        Abs, Add, BaseName, CidrMatch, Date, DateTime, DirectoryName, Entropy, HasAncestor,
        Maximum, Minimum, Multiply, NullIf, RegexpExtract,
    };
    let [one, two] = [1, 2].map(Literal::Integer);
    let ancestry = text(r#"[{"pid":1,"name":"sshd","path":"/usr/sbin/sshd"}]"#);
    let least = || Literal::Integer(i64::MIN);
    let table = [
        (Abs, vec![least()], Literal::Float(9_223_372_036_854_775_808.0)),
        (Add, vec![least(), Literal::Integer(-1)], Literal::Float(-9_223_372_036_854_775_808.0)),
        (Multiply, vec![text("3x"), text("2.5")], Literal::Float(7.5)),
        (BaseName, vec![text("/usr/bin/id")], text("id")),
        (DirectoryName, vec![Literal::Null], Literal::Null),
        (Entropy, vec![text("abcd")], Literal::Float(2.0)),
        (CidrMatch, vec![text("10.1.2.3"), text("10.0.0.0/8")], one.clone()),
        (HasAncestor, vec![ancestry.clone(), text("%SSHD")], one.clone()),
        (HasAncestor, vec![Literal::Null, text("%")], Literal::Null),
        (Function::AncestorPid, vec![ancestry, one.clone()], one.clone()),
        (RegexpExtract, vec![text("id=42;"), text("id=([0-9]+)"), one.clone()], text("42")),
        (RegexpExtract, vec![text("id=42;"), text("id=([0-9]+)")], text("id=42")),
        (RegexpExtract, vec![text("id=42;"), text("id=([0-9]+)"), two], Literal::Null),
        (RegexpExtract, vec![text("x"), text("id")], Literal::Null),
        (RegexpExtract, vec![text("x"), Literal::Null], Literal::Null),
        (Minimum, vec![text("B"), text("b")], text("b")),
        (Maximum, vec![text("B"), text("b")], text("B")),
        (NullIf, vec![text("B"), text("b")], Literal::Null),
        (Date, vec![text("now")], Literal::Null),
        (Date, vec![text("2026-11-21"), text("localtime")], Literal::Null),
        (DateTime, vec![text("2026-11-21 10:00+02:00"), text("utc")], text("2026-11-21 08:00:00")),
        (Function::Length, vec![text("é\0more")], one),
    ];
    for (function, arguments, expected) in table {
        let is_so = holds(|plan| {
            let made = call(plan, function, &arguments, Case::Ignored);
            equal(plan, made, &expected);
        });
        assert!(is_so, "{function:?} of {arguments:?} is {expected:?}");
    }
}

#[test]
fn a_condition_is_a_value_and_a_value_is_a_condition() {
    let contains = |plan: &mut Builder, pattern: &str| {
        let operand = plan.column("command_line", ColumnType::Text);
        let pattern = daemoneye_plan::Pattern::like(pattern, None).expect("no escape");
        plan.leaf(None, Test::Like { operand, pattern, case: Case::Ignored })
    };
    // CASE WHEN .. LIKE '%curl%' THEN 'fetch' ELSE 'other' END = 'fetch'
    assert!(holds(|plan| {
        let condition = contains(plan, "%curl%");
        let condition = plan.truth(condition);
        let (fetch, other) = (plan.literal(text("fetch")), plan.literal(text("other")));
        let case = plan.call(Function::Case, vec![condition, fetch, other], Case::Observed);
        equal(plan, case, &text("fetch"));
    }));
    // (.. LIKE '%curl%') + (.. LIKE '%sh') = 2
    assert!(holds(|plan| {
        let sides = ["%curl%", "%sh"].map(|pattern| {
            let node = contains(plan, pattern);
            plan.truth(node)
        });
        let sum = plan.call(Function::Add, sides.into(), Case::Observed);
        equal(plan, sum, &Literal::Integer(2));
    }));
    let table = [("1x", true), ("0.5", true), ("0x1", false), ("x", false), ("", false)];
    for (value, expected) in table {
        let is_true = holds(|plan| {
            let operand = plan.literal(text(value));
            plan.leaf(None, Test::IsTrue(operand));
        });
        assert_eq!(is_true, expected, "{value:?}");
    }
}

#[test]
fn a_cast_compares_as_a_column_of_its_type() {
    let compared = |function: Function, value: Literal, right: Literal| {
        holds(|plan| {
            let cast = call(plan, function, &[value], Case::Observed);
            equal(plan, cast, &right);
        })
    };
    assert!(compared(Function::CastText, Literal::Integer(10), Literal::Integer(10)));
    assert!(compared(Function::CastInteger, text("10x"), text("10")));
    assert!(!compared(Function::Trim, text("10"), Literal::Integer(10)), "no other has a type");
}

#[test]
fn a_function_pays_for_what_it_looks_at() {
    let mut plan = Builder::new();
    let operand = plan.column("command_line", ColumnType::Text);
    let folded = plan.call(Function::Lower, vec![operand], Case::Observed);
    equal(&mut plan, folded, &text(""));
    let plan = plan.finish().expect("a leaf");
    let long = "x".repeat(1600);
    assert!(judge(plan.clone(), &long, 103).over_budget.is_empty());
    assert_eq!(judge(plan, &long, 102).over_budget, [0]);
}

#[test]
fn an_expression_that_is_none_or_no_literal_is_refused_by_rule() {
    let load = |expression: &dyn Fn(&mut Builder) -> OperandId| {
        let mut plan = Builder::new();
        let (text, expression) =
            (plan.column("command_line", ColumnType::Text), expression(&mut plan));
        let found = plan.call(Function::RegexpExtract, vec![text, expression], Case::Observed);
        plan.leaf(None, Test::IsTrue(found));
        Engine::load(vec![("a".into(), plan.finish().expect("a leaf"))]).expect_err("refused")
    };
    let bad = load(&|plan| plan.literal(text("(")));
    assert!(matches!(bad, LoadError::Regex { expression, .. } if expression == "("));
    let variable = load(&|plan| plan.column("name", ColumnType::Text));
    assert!(matches!(variable, LoadError::Variable(rule) if rule == "a"));
}
