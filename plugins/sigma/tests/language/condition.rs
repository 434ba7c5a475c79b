//! What conditions mean.

use crate::row::{Row, fires, rule};

const SELECTIONS: &str = "a:\n    CommandLine|contains: a\nb1:\n    CommandLine|contains: b\n\
                          b2:\n    CommandLine|contains: c\n_x:\n    CommandLine|contains: x\n";

/// A condition, a command line, and whether the rule fires.
const TABLE: &[(&str, &str, bool)] = &[
    ("a", "a", true),
    ("a and b1", "ab", true),
    ("a and b1", "a", false),
    ("a or b1 and b2", "a", true),
    ("(a or b1) and b2", "a", false),
    ("not a", "b", true),
    ("not a and b1", "b", true),
    ("not (a and b1)", "a", true),
    ("not not a", "a", true),
    ("NOT a AND b1", "b", true),
    ("1 of b*", "c", true),
    ("1 of b*", "a", false),
    ("any of b*", "c", true),
    ("all of b*", "bc", true),
    ("all of b*", "b", false),
    ("not 1 of b*", "a", true),
    ("1 of them", "c", true),
    ("1 of them", "x", false),
    ("1 of _*", "x", true),
    ("all of them", "abc", true),
    ("all of them", "abx", false),
    ("2 of them", "ac", true),
    ("2 of them", "c", false),
    ("3 of them", "abc", true),
    ("[a and b1, b2]", "c", true),
    ("[a and b1, b2]", "b", false),
];

#[test]
fn a_condition_joins_selections() {
    for (condition, command, expected) in TABLE {
        let text = rule(&format!("{SELECTIONS}condition: {condition}"));
        assert_eq!(
            fires(&text, &[("command_line", command)]),
            *expected,
            "{condition} on {command}"
        );
    }
}

#[test]
fn the_negation_of_what_is_absent_holds() {
    let text = rule(&format!("{SELECTIONS}condition: not a"));
    assert!(fires(&text, &[("user_name", "root")]));
    let text = rule("a:\n    User: root\nb:\n    CommandLine: x\ncondition: a and not b");
    assert!(fires(&text, &[("user_name", "root")]));
}

#[test]
fn maps_are_all_and_lists_of_maps_are_any() {
    let both = rule("s:\n    CommandLine: a\n    User: b\ncondition: s");
    let either = rule("s:\n    - CommandLine: a\n    - User: b\ncondition: s");
    let mixed = rule("s:\n    - CommandLine: a\n      User: b\n    - keyword\ncondition: s");
    let table: &[(Row<'_>, [bool; 3])] = &[
        (&[("command_line", "a"), ("user_name", "b")], [true, true, true]),
        (&[("command_line", "a")], [false, true, false]),
        (&[("user_name", "b")], [false, true, false]),
        (&[("user_name", "a keyword")], [false, false, true]),
    ];
    for (row, expected) in table {
        let found = [&both, &either, &mixed].map(|text| fires(text, row));
        assert_eq!(found, *expected, "{row:?}");
    }
}

#[test]
fn process_creation_is_about_programs_that_start() {
    let text = rule("s:\n    CommandLine: a\ncondition: s")
        .replace("product: linux", "category: process_creation");
    let table: &[(Row<'_>, bool)] = &[
        (&[("kind", "exec")], true),
        (&[("kind", "start"), ("origin", "poll")], true),
        (&[("kind", "start"), ("origin", "fork")], false),
        (&[("kind", "stop")], false),
    ];
    for (row, expected) in table {
        let row = [*row, &[("command_line", "a")]].concat();
        assert_eq!(fires(&text, &row), *expected, "{row:?}");
    }
}
