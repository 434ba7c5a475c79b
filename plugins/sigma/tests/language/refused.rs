//! What the language refuses, where, and with which advice.

use crate::schema::schema;
use daemoneye_sigma::compile;

/// The lines of a file after `> `, then what is wrong with it: place, message, help. Written anew
/// with UPDATE_EXPECT=1.
const TABLE: &str = include_str!("refused.txt");

#[test]
fn every_refusal_names_its_place_what_was_found_and_what_to_write_instead() {
    let mut found = String::new();
    let mut text = String::new();
    let mut lines = TABLE.lines().peekable();
    while let Some(line) = lines.next() {
        let Some(of_rule) = line.strip_prefix('>') else { continue };
        text += &format!("{}\n", of_rule.strip_prefix(' ').unwrap_or_default());
        found += &format!("{line}\n");
        if lines.peek().is_some_and(|next| next.starts_with('>')) {
            continue;
        }
        for refused in compile(&schema(), None, &text).expect_err(&text) {
            let (line, column) = (refused.at.line, refused.at.column);
            found += &format!("    {line}:{column} | {} | {}\n", refused.message, refused.help);
        }
        text.clear();
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/language/refused.txt");
        std::fs::write(path, &found).expect("the table is written");
        return;
    }
    for (expected, found) in TABLE.lines().zip(found.lines()) {
        assert_eq!(found.trim_end(), expected);
    }
    assert_eq!(found.lines().count(), TABLE.lines().count());
}

#[test]
fn the_list_of_refusals_ends() {
    let keys: String = (0..500).map(|n| format!("        a{n}|nonsense: 1\n")).collect();
    let text =
        format!("logsource: {{product: linux}}\ndetection:\n    s:\n{keys}    condition: s\n");
    assert_eq!(compile(&schema(), None, &text).expect_err("unknown modifiers").len(), 64);
}
