//! No text makes the compiler panic or need much stack.

use crate::row::plan;
use crate::schema::schema;
use daemoneye_sdk::language::{Compiled, Diagnostic};
use daemoneye_sql::{LONGEST_TEXT, compile};
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
        let plan = plan(&on_a_small_stack(text).expect("it compiles"));
        assert_eq!(plan.nodes().len(), 20_001);
        assert_eq!(plan.clauses().len(), 20_000);
    }
}

#[test]
fn a_list_of_fifty_thousand_values_is_one_test() {
    let values: Vec<_> = (0..50_000).map(|value| (-value).to_string()).collect();
    let text = rule(&format!("pid IN ({})", values.join(", ")));
    assert_eq!(plan(&on_a_small_stack(text).expect("it compiles")).nodes().len(), 1);
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
fn a_value_is_accepted_to_its_bounds_and_refused_beyond() {
    let table: &[(&str, &str, usize, &str)] = &[
        ("lower(", ")", 8, "a value in more than 8 brackets"),
        ("CASE WHEN pid = 1 THEN ", " END", 8, "a value in more than 8 brackets"),
        ("1 + ", "", 23, "a comparison of more than 24 operators"),
    ];
    for (open, close, bound, message) in table {
        let levels = |count: usize| {
            rule(&[&open.repeat(count), "name", &close.repeat(count), " = 'x'"].concat())
        };
        on_a_small_stack(levels(*bound)).unwrap_or_else(|refused| panic!("{open}: {refused:?}"));
        assert_eq!(on_a_small_stack(levels(bound + 1)).expect_err(open)[0].message, *message);
    }
}

#[test]
fn the_largest_value_within_all_bounds_fits_a_small_stack() {
    let level = "iif(1 + CASE WHEN NOT pid = 2 OR ";
    let text = [&level.repeat(4), "pid", &" THEN 1 END, 1, 2)".repeat(4)].concat();
    on_a_small_stack(rule(&text)).expect("it compiles");
}

#[test]
fn tables_that_double_each_other_are_refused_before_they_are_large() {
    let doubled: Vec<_> = (1..16)
        .map(|table| {
            let eight = ["v"; 8].join(", ");
            format!("t{table} AS (SELECT max({eight}) AS v FROM t{})", table - 1)
        })
        .collect();
    let text = format!(
        "WITH t0 AS (SELECT pid AS v FROM process_events), {} SELECT v FROM t15 WHERE v = 1",
        doubled.join(", ")
    );
    let refused = on_a_small_stack(text).expect_err("too large");
    assert_eq!(refused[0].message, "a rule that grows too large");
}

#[test]
fn ranges_that_double_each_other_are_refused_before_they_are_large() {
    let eight = ["(", "v", &" BETWEEN 0 AND 1)".repeat(8)].concat();
    let eight = ["(".repeat(7), eight].concat();
    let doubled: Vec<_> = (1..5)
        .map(|table| format!("t{table} AS (SELECT {eight} AS v FROM t{})", table - 1))
        .collect();
    let text = format!(
        "WITH t0 AS (SELECT pid AS v FROM process_events), {} SELECT v FROM t4 WHERE v = 1",
        doubled.join(", ")
    );
    let refused = on_a_small_stack(text).expect_err("too large");
    assert!(refused[0].message.starts_with("a rule that grows too large"), "{refused:?}");
}

#[test]
fn tables_of_with_are_accepted_to_their_bound_and_refused_beyond() {
    let tables = |count: usize| {
        let nested = |n: usize| format!("t{n} AS (SELECT * FROM t{} WHERE pid > {n})", n - 1);
        let more: Vec<_> = (1..count).map(nested).collect();
        let first = "WITH t0 AS (SELECT * FROM process_events), ";
        format!("{first}{} SELECT * FROM t{}", more.join(", "), count - 1)
    };
    on_a_small_stack(tables(16)).expect("it compiles");
    let refused = on_a_small_stack(tables(17)).expect_err("too many");
    assert_eq!(refused[0].message, "more than 16 tables in WITH");
}

#[test]
fn joins_are_accepted_to_their_bound_and_refused_beyond() {
    let joins = |count: usize| {
        let one = |n: usize| format!("JOIN processes p{n} ON p{n}.key = p{}.parent_key ", n - 1);
        let all: String = (1..=count).map(one).collect();
        format!("SELECT p0.pid FROM process_events p0 {all} WHERE p{count}.name = 'init'")
    };
    on_a_small_stack(joins(8)).expect("it compiles");
    let refused = on_a_small_stack(joins(9)).expect_err("too many");
    assert_eq!(refused[0].message, "more than 8 joins");
}

#[test]
fn aggregates_are_accepted_to_their_bound_and_refused_beyond() {
    let aggregates = |count: usize| {
        let having = vec!["count(*) > 1"; count].join(" OR ");
        format!("-- window: 1 s\nSELECT * FROM process_events HAVING {having}")
    };
    on_a_small_stack(aggregates(16)).expect("it compiles");
    let refused = on_a_small_stack(aggregates(17)).expect_err("too many");
    assert_eq!(refused[0].message, "17 aggregates in HAVING");
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
        "CASE pid WHEN 1 THEN ",
        "CASE WHEN pid THEN 1 ",
        "lower(",
        "iif(pid, ",
        "pid || ",
        "pid + ",
        "END ",
        "WITH a AS (SELECT ",
        "max(pid, ",
        "ancestor(1).",
        "step => ",
        "GROUP BY ",
        "HAVING count(*) ",
        "LEFT JOIN processes ON ",
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

#[test]
fn a_mebibyte_of_any_list_is_refused_on_a_small_stack() {
    let lists = [
        ("WITH ", "a AS (SELECT * FROM process_events), "),
        ("SELECT ", "lower(name) AS n, "),
        ("SELECT * FROM sequence(", "step => (pid = 1), "),
        ("SELECT * FROM process_events e ", "JOIN processes p ON p.key = e.process_key "),
        ("-- window: 1 s\nSELECT * FROM process_events GROUP BY ", "pid, "),
        ("-- window: 1 s\nSELECT * FROM process_events HAVING ", "count(*) > 1 OR "),
        ("-- window: 1 s\nSELECT count(*) AS n FROM process_events HAVING ", "n > 1 AND "),
    ];
    for (start, item) in lists {
        let count = (LONGEST_TEXT - start.len()) / item.len();
        let refused = on_a_small_stack(start.to_owned() + &item.repeat(count));
        assert!(refused.is_err(), "{start}{item}...");
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
    "CAST(pid AS TEXT)",
    "CASE",
    "WHEN",
    "THEN",
    "ELSE",
    "END",
    "+",
    "%",
    "JOIN processes p ON",
    "p.key",
    "parent_key",
    "GROUP BY",
    "HAVING",
    "count(*)",
    "max(",
    "sequence(",
    "step",
    "by",
    "=>",
    "WITH x AS (",
    "x",
    "ancestor(1).name",
    "iif(",
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
        let _ = compile(&schema(), &format!("WITH x AS (SELECT {}", pieces.join(" ")));
        let _ = compile(&schema(), &format!("SELECT * FROM sequence({}", pieces.join(" ")));
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
