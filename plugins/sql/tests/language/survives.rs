//! No text makes the compiler panic or need much stack.

use crate::schema::schema;
use daemoneye_sql::{Compiled, Diagnostic, LONGEST_TEXT, compile};
use proptest::prelude::*;

/// Half of what a guest has.
const STACK: usize = 512 << 10;

fn on_a_small_stack(text: String) -> Result<Compiled, Vec<Diagnostic>> {
    let compiler = move || compile(&schema(), &text);
    let thread = std::thread::Builder::new().stack_size(STACK).spawn(compiler);
    thread.expect("a thread").join().expect("the compiler does not panic")
}

fn rule(condition: &str) -> String {
    format!("SELECT pid FROM process_events WHERE {condition}")
}

fn chain(term: &str, operator: &str, terms: usize) -> String {
    rule(&vec![term; terms].join(operator))
}

#[test]
fn a_chain_of_twenty_thousand_terms_is_one_flat_plan() {
    for operator in [" OR ", " AND "] {
        let text = chain("command_line LIKE '%needle%' ESCAPE '\\'", operator, 20_000);
        let compiled = on_a_small_stack(text).expect("it compiles");
        assert_eq!(compiled.plan.nodes().len(), 20_001);
        assert_eq!(compiled.plan.clauses().len(), 20_000);
    }
}

#[test]
fn a_list_of_fifty_thousand_values_is_one_test() {
    let values: Vec<_> = (0..50_000).map(|value| (-value).to_string()).collect();
    let text = rule(&format!("pid IN ({})", values.join(", ")));
    assert_eq!(on_a_small_stack(text).expect("it compiles").plan.nodes().len(), 1);
}

#[test]
fn an_error_after_twenty_thousand_terms_is_still_an_error() {
    for end in [" OR", " OR pid = = 1", " OR nobody = 1", " OR (pid = 1", " ORDER BY pid"] {
        let text = chain("pid = 1", " OR ", 20_000) + end;
        assert_eq!(on_a_small_stack(text).expect_err(end).len(), 1, "{end}");
    }
}

#[test]
fn nesting_is_accepted_to_its_bound_and_refused_beyond() {
    for (open, close) in [("(", ")"), ("NOT ", ""), ("COALESCE((", "), 0)")] {
        let levels =
            |count: usize| rule(&[&open.repeat(count), "pid = 1", &close.repeat(count)].concat());
        let bound = 24 / (1 + open.matches("((").count());
        on_a_small_stack(levels(bound)).unwrap_or_else(|refused| panic!("{open}: {refused:?}"));
        let refused = on_a_small_stack(levels(bound + 1)).expect_err(open);
        assert_eq!(refused[0].message, "nesting deeper than 24", "{open}");
    }
}

#[test]
fn the_deepest_rule_fits_the_plan() {
    let open = "pid = 1 OR pid = 2 AND (";
    let text = rule(&[&open.repeat(24), "pid = 3", &")".repeat(24)].concat());
    on_a_small_stack(text).expect("it compiles");
}

#[test]
fn a_text_is_accepted_to_its_bound_and_refused_beyond() {
    let padded = |length: usize| {
        let text = rule("pid = 1 -- ");
        let padding = "x".repeat(length - text.len());
        text + &padding
    };
    on_a_small_stack(padded(LONGEST_TEXT)).expect("it compiles");
    let refused = on_a_small_stack(padded(LONGEST_TEXT + 1)).expect_err("too long");
    assert_eq!(refused[0].message, "text of 1048577 bytes");
}

#[test]
fn a_mebibyte_of_anything_is_refused_on_a_small_stack() {
    let fills = [
        "(",
        ")",
        "NOT ",
        "-",
        "- ",
        "+ ",
        "pid = ",
        "a.",
        "[",
        "((((((pid)=",
        "pid REGEXP ",
        "'",
        "INTERVAL ",
        "CASE WHEN ",
        "COALESCE(",
        "pid IN (",
        "pid IS NULL ",
        "pid BETWEEN 1 AND ",
        "SELECT ",
        "EXISTS (SELECT ",
        "pid LIKE 'x' LIKE ",
        "CAST(pid AS ",
        "pid, ",
        "x ",
        "/*",
        "a(",
        "ARRAY<",
        "pid NOT ",
        "time 'x' ",
        "JOIN ",
        "FROM (",
        "UNION SELECT ",
        "\u{10ffff}",
        "\0",
    ];
    for fill in fills {
        for start in ["SELECT ", "SELECT pid FROM process_events WHERE "] {
            let count = (LONGEST_TEXT - start.len()) / fill.len();
            let refused = on_a_small_stack(start.to_owned() + &fill.repeat(count));
            assert!(refused.is_err(), "{start}{fill}...");
        }
    }
}

/// Pieces of rules, to be put together in any order.
const PIECES: &[&str] = &[
    "SELECT",
    "pid",
    "*",
    ",",
    "FROM",
    "process_starts",
    "e",
    ".",
    "WHERE",
    "name",
    "=",
    "<>",
    "<=",
    "'text'",
    "''",
    "12",
    "-",
    "+",
    "0x1f",
    "1.5e3",
    "NULL",
    "TRUE",
    "AND",
    "OR",
    "NOT",
    "(",
    ")",
    "LIKE",
    "ESCAPE",
    "'\\'",
    "IN",
    "BETWEEN",
    "IS",
    "REGEXP",
    "'('",
    "COALESCE",
    "AS",
    ";",
    "||",
    "ORDER BY",
    "JOIN",
    "CASE",
    "EXISTS",
    "UNION",
    "\"name\"",
    "[name]",
    "`name`",
    "x'41'",
    "/* */",
    "-- x\n",
    "?",
    ":x",
    "time",
    "INTERVAL",
    "CAST",
    "é",
    "\u{0}",
    "'",
    "lower(",
];

proptest! {
    #[test]
    fn arbitrary_text_never_panics(text in any::<String>()) {
        let _ = compile(&schema(), &text);
        let _ = compile(&schema(), &rule(&text));
    }

    #[test]
    fn pieces_of_rules_in_any_order_never_panic(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
    ) {
        let _ = compile(&schema(), &pieces.join(" "));
        let _ = compile(&schema(), &rule(&pieces.join(" ")));
        let _ = compile(&schema(), &rule(&pieces.concat()));
    }

    #[test]
    fn every_error_has_a_place_in_the_text(
        pieces in prop::collection::vec(prop::sample::select(PIECES), 0..40),
    ) {
        let text = rule(&pieces.join(" "));
        let lines: Vec<_> = text.split('\n').collect();
        for refused in compile(&schema(), &text).err().into_iter().flatten() {
            let line = lines.get(refused.at.line as usize - 1).expect("a line of the text");
            prop_assert!((1..=line.chars().count() + 1).contains(&(refused.at.column as usize)));
            prop_assert!(!refused.message.is_empty());
        }
    }
}
