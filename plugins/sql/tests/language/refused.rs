//! What the language refuses, where, and with which advice.

use crate::schema::schema;
use daemoneye_sql::compile;

/// A rule after `>`, with `\n` for a new line, then what is wrong with it: place, message, help.
const TABLE: &str = include_str!("refused.txt");

#[test]
fn every_refusal_names_its_place_what_was_found_and_what_to_write_instead() {
    let mut found = String::new();
    for text in TABLE.lines().filter_map(|line| line.strip_prefix('>')).map(str::trim) {
        found += &format!("{}\n", format!("> {text}").trim_end());
        let refused = compile(&schema(), &text.replace("\\n", "\n")).expect_err(text);
        for refused in refused {
            let (line, column) = (refused.at.line, refused.at.column);
            let refused = format!("    {line}:{column} | {} | {}", refused.message, refused.help);
            found += &format!("{}\n", refused.trim_end());
        }
    }
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        let path = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/language/refused.txt");
        std::fs::write(path, &found).expect("the table can be written");
        return;
    }
    for (expected, found) in TABLE.lines().zip(found.lines()) {
        assert_eq!(found.trim_end(), expected);
    }
    assert_eq!(found.lines().count(), TABLE.lines().count());
}

#[test]
fn the_list_of_refusals_ends() {
    let text =
        format!("SELECT pid FROM process_events WHERE {}", "x = 1 OR ".repeat(500) + "y = 2");
    assert_eq!(compile(&schema(), &text).expect_err("unknown columns").len(), 64);
}
