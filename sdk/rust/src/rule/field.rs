//! Every field that an event can have, as a type: `field::pid` is a whole number.
//!
//! The list is that of the agent; a test of the project compares the two.
#![allow(non_camel_case_types, reason = "a field's type has the field's name")]

use std::fmt;

use super::{Cells, Given};
use crate::rules::Column;

/// A field of events.
pub trait Field {
    /// Its name, as rules and documents have it.
    const NAME: &'static str;

    /// What a row has in it.
    type Value<'a>: fmt::Display;

    /// The value of a row of the field's column, if it has one.
    fn read(cells: Cells<'_>, row: usize) -> Option<Self::Value<'_>>;

    /// A column with this value in its only row.
    fn column(value: Self::Value<'_>) -> Column;
}

/// Fields whose values are of one type.
macro_rules! fields {
    ($($type:ident $name:ident $doc:literal)*) => {
        $(
            #[doc = $doc]
            #[derive(Debug, Clone, Copy)]
            pub struct $name;

            impl Field for $name {
                const NAME: &'static str = stringify!($name);
                fields!($type);
            }

            impl $name {
                /// The field with this value, for tests of rules.
                pub fn is(self, value: <Self as Field>::Value<'_>) -> Given {
                    Given { name: Self::NAME, column: Self::column(value) }
                }
            }
        )*

        /// The name of every field, and the type of its values: `integer`, `float` or `text`.
        pub const ALL: &[(&str, &str)] = &[$((stringify!($name), stringify!($type)),)*];
    };
    (integer) => {
        type Value<'a> = i64;

        fn read(cells: Cells<'_>, row: usize) -> Option<i64> {
            cells.integer(row)
        }

        fn column(value: i64) -> Column {
            Column::Integers(vec![Some(value)])
        }
    };
    (float) => {
        type Value<'a> = f64;

        fn read(cells: Cells<'_>, row: usize) -> Option<f64> {
            cells.float(row)
        }

        fn column(value: f64) -> Column {
            Column::Floats(vec![Some(value)])
        }
    };
    (text) => {
        type Value<'a> = &'a str;

        fn read(cells: Cells<'_>, row: usize) -> Option<&str> {
            cells.text(row)
        }

        fn column(value: &str) -> Column {
            Column::Text(vec![Some(value.to_owned())])
        }
    };
}

fields! {
    integer sequence "Number of the event within its source, from 1, without gaps."
    text kind "What happened: start, exec, stop, modify, suspicious or snapshot; connect, accept or listen."
    integer time "When it happened, microseconds since the Unix epoch."
    text origin "How it was learnt: exec, fork, exit or change (told by the kernel), or poll (seen by a sweep)."
    text process_key "Identity of the process that survives pid reuse: boot id, pid and start time."
    integer pid "Process id."
    integer ppid "Process id of the parent."
    text parent_key "Identity of the parent."
    integer start_time "When the process started, microseconds since the Unix epoch."
    text name "Short name; on Linux the kernel's comm, at most 15 bytes."
    text executable_path "Absolute path of the program that runs."
    text command_line "The arguments joined by single spaces."
    text arguments "The arguments as a JSON array of strings."
    text cwd "Working directory."
    integer user_id "Real user id."
    integer effective_user_id "Effective user id."
    text user_name "Name of the real user."
    integer group_id "Real group id."
    integer session_id "Session id."
    text tty "Controlling terminal, such as pts/0."
    text parent_name "Short name of the parent."
    text parent_path "Absolute path of the parent's program."
    text parent_command_line "The parent's arguments joined by single spaces."
    text parent_user_name "Name of the parent's real user."
    text ancestry "The parent and its ancestors, nearest first, at most 16, as a JSON array of {\"pid\",\"name\",\"path\"}."
    text executable_sha256 "SHA-256 of the program's file, lower-case hexadecimal."
    text executable_hash_state "Why there is a hash or none: ok, pending, unreadable or too_big; a deleted file is hashed through its process."
    text executable_state "Where the program's file is: on_disk, deleted, replaced (deleted, and another file has its path) or memfd."
    integer exit_code "Exit code of a process that ended by itself."
    integer exit_signal "Signal that ended the process."
    integer run_time "From start to stop, microseconds."
    text container_id "Id of the container, from the control group."
    float cpu_usage "Share of one processor since the last sweep, 1.0 is all of it."
    integer memory_bytes "Resident memory, bytes."
    text modified_fields "Names of the fields that a modify event reports, separated by single spaces."
    text suspicious_reason "Why the sensor finds the process suspicious."
    text suspicious_severity "How suspicious: info, low, medium, high or critical."
    text absent "Why fields are missing that this kind of event should have: field=reason, separated by single spaces; reasons are gone, denied, pending, unsupported and none."
    text truncated "Names of text fields that were cut at their limit, separated by single spaces."
    text host_name "Name of the host, in recorded events."
    text original_file_name "File name in the program's version resource; Windows."
    text file_description "Description in the program's version resource; Windows."
    text file_product "Product in the program's version resource; Windows."
    text file_company "Company in the program's version resource; Windows."
    text file_version "Version in the program's version resource; Windows."
    text file_hashes "Hashes of the program's file as Sysmon writes them."
    text integrity_level "Integrity level of the process; Windows."
    text logon_id "Id of the logon session; Windows."
    text grandparent_path "Absolute path of the grandparent's program."
    text provider_name "Source that recorded the event; recorded events of Windows."
    text protocol "Protocol of a connection: tcp or udp."
    text local_address "Address of the process's end of a connection, IPv4 or IPv6."
    integer local_port "Port of the process's end of a connection."
    text remote_address "Address of the other end of a connection."
    integer remote_port "Port of the other end of a connection."
}
