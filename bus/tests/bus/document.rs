//! The document of the fields says what the list of the fields says.

use std::fmt::Write;
use std::path::Path;

use daemoneye_bus::event::{Field, FieldType};

const INTRODUCTION: &str = "\
# Fields of an event

An event has a value for some of these fields. Absence is never an empty text: a field without a
value is not there, and where the sensor knows why, `absent` says so. Rules, queries and recorded
events may use a field's name or any of its aliases, in any mixture of upper and lower case. The
number is what the bus and the store write; fields are only ever appended.

Integers are 64-bit and signed, floats are 64-bit, texts are UTF-8.

This page is written from the list in `bus/src/event/schema.rs` by
`UPDATE_EXPECT=1 cargo test -p daemoneye-bus --test bus document`.

| number | field | type | aliases | meaning |
|---:|---|---|---|---|
";

fn page() -> String {
    let mut page = INTRODUCTION.to_owned();
    for field in Field::ALL {
        let kind = match field.field_type() {
            FieldType::Integer => "integer",
            FieldType::Float => "float",
            FieldType::Text => "text",
        };
        let aliases: Vec<String> = field.aliases().iter().map(|a| format!("`{a}`")).collect();
        let (number, name, aliases) = (field.number(), field.name(), aliases.join(", "));
        let meaning = field.description().replace('|', "\\|");
        writeln!(page, "| {number} | `{name}` | {kind} | {aliases} | {meaning} |").expect("memory");
    }
    page
}

#[test]
fn the_page_of_the_fields_is_up_to_date() {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../docs/events.md");
    if std::env::var_os("UPDATE_EXPECT").is_some() {
        std::fs::write(&path, page()).expect("docs/events.md can be written");
    }
    let found = std::fs::read_to_string(&path).expect("docs/events.md is there");
    assert!(found == page(), "docs/events.md is out of date; set UPDATE_EXPECT=1 to rewrite it");
}
