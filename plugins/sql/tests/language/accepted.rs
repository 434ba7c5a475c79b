//! What the language accepts, and which rows each form selects.

use crate::row::{Row, matching, plan};
use crate::schema::schema;
use daemoneye_plan::Literal::{Float, Integer, Text};
use daemoneye_plan::{Literal, Node};
use daemoneye_sdk::language::Compiled;
use daemoneye_sql::compile;

fn text(text: &str) -> Literal {
    Text(text.to_owned())
}

/// Five events, numbered from 1.
fn events() -> [Row; 5] {
    [
        vec![
            ("kind", text("exec")),
            ("origin", text("exec")),
            ("pid", Integer(100)),
            ("ppid", Integer(1)),
            ("name", text("bash")),
            ("executable_path", text("/usr/bin/bash")),
            ("command_line", text("bash -c id")),
        ],
        vec![
            ("kind", text("start")),
            ("origin", text("fork")),
            ("pid", Integer(101)),
            ("ppid", Integer(100)),
            ("name", text("Bash")),
        ],
        vec![("kind", text("stop")), ("pid", Integer(100)), ("name", text("bash"))],
        vec![
            ("kind", text("start")),
            ("pid", Integer(102)),
            ("ppid", Integer(100)),
            ("name", text("python3")),
            ("executable_path", text("/tmp/it's")),
            ("cpu_usage", Float(0.5)),
        ],
        vec![
            ("kind", text("suspicious")),
            ("pid", Integer(12)),
            ("ppid", Integer(12)),
            ("name", text("100%")),
            ("command_line", text("12")),
        ],
    ]
}

fn compiled(text: &str) -> Compiled {
    compile(&schema(), text).unwrap_or_else(|refused| panic!("{text}: {refused:?}"))
}

fn selected(text: &str) -> Vec<usize> {
    let matching = matching(&compiled(text), &events());
    matching.into_iter().map(|place| place + 1).collect()
}

#[test]
fn every_view_selects_its_events() {
    let table: &[(&str, &[usize])] = &[
        ("SELECT * FROM process_events", &[1, 2, 3, 4, 5]),
        ("select * from PROCESS_EVENTS;", &[1, 2, 3, 4, 5]),
        ("SELECT * FROM logs", &[1, 2, 3, 4, 5]),
        ("SELECT * FROM process_starts", &[1, 4]),
        ("SELECT * FROM process_stops", &[3]),
        ("SELECT * FROM process_stops WHERE name = 'sh'", &[]),
        ("SELECT * FROM process_starts WHERE pid = 100 OR pid = 101", &[1]),
        ("SELECT e.pid FROM process_starts AS e WHERE e.name = 'bash'", &[1]),
        ("SELECT e.* FROM \"process_starts\" e WHERE E.\"name\" = 'bash' ; ;", &[1]),
        ("SELECT start.pid FROM process_starts AS start WHERE start.name = 'bash'", &[1]),
        ("/* a */ SELECT * -- b\nFROM process_stops -- c", &[3]),
    ];
    for (text, rows) in table {
        assert_eq!(selected(text), *rows, "{text}");
    }
}

#[test]
fn every_condition_selects_its_events() {
    let table: &[(&str, &[usize])] = &[
        ("name = 'BASH'", &[1, 2, 3]),
        ("name == 'bash' AND pid = 100", &[1, 3]),
        ("comm <> 'bash'", &[4, 5]),
        ("[name] != 'bash'", &[4, 5]),
        ("pid < 100", &[5]),
        ("pid <= 100 AND pid >= 100", &[1, 3]),
        ("pid > 101", &[4]),
        ("pid = '100'", &[1, 3]),
        ("pid = 0x64", &[1, 3]),
        ("pid = 1_00", &[1, 3]),
        ("pid > -1.5e3 AND pid < +100", &[5]),
        ("command_line = 12", &[5]),
        ("name = '100'", &[]),
        ("cpu_usage >= .5", &[4]),
        ("ppid = pid", &[5]),
        ("command_line = pid", &[5]),
        ("executable_path = '/tmp/it''s'", &[4]),
        ("name LIKE 'b%'", &[1, 2, 3]),
        ("name LIKE '_ASH'", &[1, 2, 3]),
        ("name NOT LIKE 'b%'", &[4, 5]),
        ("name LIKE '%\\%' ESCAPE '\\'", &[5]),
        ("pid LIKE '10%'", &[1, 2, 3, 4]),
        ("name REGEXP 'ash$'", &[1, 2, 3]),
        ("name REGEXP '^b'", &[1, 3]),
        ("name NOT REGEXP '^(?i)b'", &[4, 5]),
        ("command_line REGEXP '.'", &[1, 5]),
        ("name IN ('BASH', 'python3')", &[1, 2, 3, 4]),
        ("pid NOT IN (100, 101)", &[4, 5]),
        ("pid NOT IN (100, NULL)", &[]),
        ("pid IN ()", &[]),
        ("pid BETWEEN 12 AND 100 AND ppid IS NULL", &[3]),
        ("pid NOT BETWEEN 12 AND 100", &[2, 4]),
        ("ppid IS NULL", &[3]),
        ("command_line IS NOT NULL", &[1, 5]),
        ("NOT command_line IS NULL", &[1, 5]),
        ("command_line = NULL", &[]),
        ("NOT command_line = 'x'", &[1, 5]),
        ("NOT COALESCE(command_line = 'x', 0)", &[1, 2, 3, 4, 5]),
        ("NOT COALESCE((command_line = 'x' OR pid = 12), FALSE)", &[1, 2, 3, 4]),
        ("COALESCE(command_line = 'x', 1)", &[2, 3, 4]),
        ("COALESCE(command_line, executable_path, 'none') = 'none'", &[2, 3]),
        ("COALESCE(name, '') = 'BASH'", &[]),
        ("COALESCE(ppid, 0) = 0", &[3]),
        ("COALESCE(ppid, exit_signal, 0)", &[1, 2, 4, 5]),
        ("COALESCE(ppid, ppid, 1) AND pid > 100", &[2, 4]),
        ("name = 'bash' AND NOT (pid = 100 OR pid = 5)", &[2]),
        ("pid = 12 OR pid = 101 AND name = 'x'", &[5]),
        ("(pid = 12 OR pid = 101) AND name = '100%'", &[5]),
        ("NOT NOT pid = 12", &[5]),
        ("(((pid))) = (12)", &[5]),
        ("TRUE", &[1, 2, 3, 4, 5]),
        ("FALSE OR NULL", &[]),
        ("1 = 1 AND '1' <> 1", &[1, 2, 3, 4, 5]),
        ("ProcessId = 12 AND parent = 12 AND commandline = '12'", &[5]),
    ];
    for (condition, rows) in table {
        let text = format!("SELECT pid FROM process_events WHERE {condition}");
        assert_eq!(selected(&text), *rows, "{condition}");
    }
}

#[test]
fn the_projection_is_shown_as_the_author_named_it() {
    let all = "pid=pid name=name executable_path=executable_path command_line=command_line \
               user_name=user_name parent_path=parent_path";
    let table: &[(&str, &str)] = &[
        ("*", all),
        ("e.*", all),
        ("pid, cmdline", "pid=pid cmdline=command_line"),
        ("e.pid AS process, name comm", "process=pid comm=name"),
        ("pid AS time, \"name\" AS \"Name\"", "time=pid Name=name"),
    ];
    for (projection, expected) in table {
        let shown = compiled(&format!("SELECT {projection} FROM process_events e")).shown;
        let pairs: Vec<_> = shown.iter().map(|s| format!("{}={}", s.label, s.column)).collect();
        assert_eq!(pairs.join(" "), *expected, "{projection}");
    }
}

#[test]
fn only_the_columns_of_the_condition_are_read() {
    let compiled = compiled("SELECT * FROM process_starts WHERE cmdline = name OR cmdline = exe");
    let expected = ["kind", "origin", "command_line", "name", "executable_path"];
    assert_eq!(compiled.columns, expected);
}

/// The clauses of a plan's nodes; those that no author wrote are missing.
fn clauses(text: &str) -> Vec<String> {
    let plan = plan(&compiled(text));
    let ids = plan.nodes().iter().filter_map(Node::clause);
    ids.map(|clause| plan.clauses()[clause.index()].clone()).collect()
}

#[test]
fn a_clause_is_evidence_as_its_author_wrote_it() {
    let table: &[(&str, &[&str])] = &[
        ("name LIKE  'é%'\tOR pid=1", &["name LIKE  'é%'", "pid=1"]),
        ("name\n/* why */ = 'a''b' AND TRUE", &["name\n/* why */ = 'a''b'", "TRUE"]),
        ("NOT (pid = 1)", &["pid = 1", "NOT (pid = 1)"]),
        ("pid NOT IN (1, 2)", &["pid NOT IN (1, 2)", "pid NOT IN (1, 2)"]),
        ("pid BETWEEN 1 AND 2", &["pid BETWEEN 1 AND 2", "pid BETWEEN 1 AND 2"]),
    ];
    for (condition, expected) in table {
        assert_eq!(clauses(&format!("SELECT * FROM process_starts WHERE {condition}")), *expected);
    }
}

#[test]
fn a_long_clause_is_cut() {
    let clause = |letters: usize| {
        let text = "é".repeat(letters);
        clauses(&format!("SELECT * FROM process_events WHERE name = '{text}'")).remove(0)
    };
    assert!(clause(507).ends_with("é'"), "1,023 bytes");
    assert!(clause(508).ends_with("é…"), "1,025 bytes");
    assert!(clause(5000).len() <= 1024);
}

#[test]
fn every_example_of_the_documentation_compiles() {
    let page = include_str!("../../../../docs/sql.md");
    let blocks = page.split("```").skip(1).step_by(2);
    let examples: Vec<_> = blocks.filter_map(|block| block.strip_prefix("sql\n")).collect();
    assert!(!examples.is_empty());
    for example in examples {
        compiled(example);
    }
}
