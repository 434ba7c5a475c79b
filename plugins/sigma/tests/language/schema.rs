//! The columns that the rules of these tests can read.

use daemoneye_sdk::language::FieldType::{Integer, Text};
use daemoneye_sdk::language::{Field, FieldType, Schema};

const FIELDS: &[(&str, FieldType, &[&str], bool)] = &[
    ("kind", Text, &[], true),
    ("origin", Text, &[], true),
    ("time", Integer, &[], true),
    ("pid", Integer, &["ProcessId"], true),
    ("executable_path", Text, &["Image"], true),
    ("command_line", Text, &["CommandLine"], true),
    ("user_name", Text, &["User"], true),
    ("parent_path", Text, &["ParentImage"], true),
    ("parent_user_name", Text, &["ParentUser"], true),
    ("original_file_name", Text, &["OriginalFileName"], false),
];

/// A small part of a Linux agent's schema.
pub(crate) fn schema() -> Schema {
    let field = |(name, field_type, aliases, provided): &(&str, FieldType, &[&str], bool)| Field {
        name: (*name).to_owned(),
        type_: *field_type,
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        provided: *provided,
    };
    Schema::new(FIELDS.iter().map(field).collect())
}
