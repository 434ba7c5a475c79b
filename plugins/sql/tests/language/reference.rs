//! The reference of the dialect says what the compiler's lists say, and all of it compiles.

use std::path::Path;

use daemoneye_sdk::language::{Field, FieldType, Schema};
use daemoneye_sdk::rule::field;
use daemoneye_sql::{OPERATORS, compile, reference};

const INTRODUCTION: &str = "\
# Reference of the rule language SQL

Every table, column, operator and function that a rule may use; anything else is refused.
What conditions mean, grammar, groups and sequences: [sql.md](sql.md).
How to write a rule: [writing-rules.md](writing-rules.md).

This page is written from the compiler's lists by `cargo xtask docs`.

";

#[test]
fn the_reference_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs/sql-reference.md");
    let page = format!("{INTRODUCTION}{}", reference());
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, &page).expect("docs/sql-reference.md can be written");
    }
    let found = std::fs::read_to_string(&path).expect("docs/sql-reference.md is there");
    assert!(found == page, "docs/sql-reference.md is out of date; run cargo xtask docs");
}

/// Other names that the guides use.
const ALIASES: &[(&str, &str)] = &[
    ("process_key", "key"),
    ("ppid", "parent"),
    ("executable_path", "path"),
    ("command_line", "cmdline"),
    ("user_name", "username"),
];

/// Every column that there is.
fn schema() -> Schema {
    let field = |(name, kind): &(&str, &str)| Field {
        name: (*name).to_owned(),
        type_: match *kind {
            "integer" => FieldType::Integer,
            "float" => FieldType::Float,
            _ => FieldType::Text,
        },
        aliases: ALIASES
            .iter()
            .filter(|(of, _)| of == name)
            .map(|(_, alias)| (*alias).to_owned())
            .collect(),
        provided: true,
    };
    Schema::new(field::ALL.iter().map(field).collect())
}

#[test]
fn every_operator_of_the_reference_compiles() {
    for (operator, example, _) in OPERATORS {
        let rule = format!("SELECT pid FROM process_events WHERE {example}");
        compile(&schema(), &rule).unwrap_or_else(|wrong| panic!("{operator} {rule}: {wrong:?}"));
    }
}

#[test]
fn every_query_of_the_guides_compiles() {
    let docs = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs");
    for page in ["writing-rules.md", "migrating.md"] {
        let text = std::fs::read_to_string(docs.join(page)).expect(page);
        let mut found = 0;
        for block in text.split("```sql\n").skip(1) {
            let query = block.split_once("```").expect("an end").0;
            compile(&schema(), query).unwrap_or_else(|wrong| panic!("{page}: {query}: {wrong:?}"));
            found += 1;
        }
        assert!(found > 0, "{page} has no query");
    }
}
