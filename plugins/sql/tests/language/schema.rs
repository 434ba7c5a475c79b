//! The columns that the rules of these tests can read.

use daemoneye_sdk::language::FieldType::{Float, Integer, Text};
use daemoneye_sdk::language::{Field, FieldType, Schema};

const FIELDS: &[(&str, FieldType, &[&str])] = &[
    ("kind", Text, &[]),
    ("origin", Text, &[]),
    ("time", Integer, &[]),
    ("process_key", Text, &["key"]),
    ("parent_key", Text, &[]),
    ("pid", Integer, &["ProcessId"]),
    ("ppid", Integer, &["parent", "ParentProcessId"]),
    ("name", Text, &["comm"]),
    ("executable_path", Text, &["path", "exe", "Image"]),
    ("command_line", Text, &["cmdline", "CommandLine"]),
    ("user_name", Text, &["username", "User"]),
    ("parent_path", Text, &["ParentImage"]),
    ("parent_name", Text, &[]),
    ("ancestry", Text, &[]),
    ("executable_state", Text, &[]),
    ("exit_signal", Integer, &[]),
    ("run_time", Integer, &[]),
    ("cpu_usage", Float, &[]),
];

/// A small part of the agent's schema.
pub(crate) fn schema() -> Schema {
    let field = |(name, field_type, aliases): &(&str, FieldType, &[&str])| Field {
        name: (*name).to_owned(),
        type_: *field_type,
        aliases: aliases.iter().map(|alias| (*alias).to_owned()).collect(),
        provided: true,
    };
    Schema::new(FIELDS.iter().map(field).collect())
}
