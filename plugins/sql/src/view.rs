//! The tables that a rule may read: THE LIST.

use daemoneye_sdk::language::nearest;

/// A table of the rule language: all events, or those that a condition selects.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct View {
    pub(crate) name: &'static str,
    /// Other names for it.
    pub(crate) aliases: &'static [&'static str],
    /// The condition that its rows meet, in the rule language itself; empty for all rows.
    pub(crate) condition: &'static str,
}

/// `logs` is what pySigma's SQLite backend calls its table.
const VIEWS: &[View] = &[
    View { name: "process_events", aliases: &["logs"], condition: "" },
    View {
        name: "process_starts",
        aliases: &[],
        condition: "kind IN ('start', 'exec') AND COALESCE(origin, '') <> 'fork'",
    },
    View {
        name: "processes",
        aliases: &[],
        condition: "kind IN ('start', 'exec', 'snapshot') AND COALESCE(origin, '') <> 'fork'",
    },
    View { name: "process_stops", aliases: &[], condition: "kind = 'stop'" },
    View {
        name: "network_connections",
        aliases: &[],
        condition: "kind IN ('connect', 'accept', 'listen')",
    },
];

/// Every table, in the order of the list.
pub(crate) fn all() -> &'static [View] {
    VIEWS
}

/// The view with this name, without regard to ASCII case.
pub(crate) fn named(name: &str) -> Option<&'static View> {
    let is_it = |known: &str| known.eq_ignore_ascii_case(name);
    VIEWS.iter().find(|view| is_it(view.name) || view.aliases.iter().any(|alias| is_it(alias)))
}

/// What to write instead of a table that does not exist.
pub(crate) fn instead_of(name: &str) -> String {
    let names = || VIEWS.iter().map(|view| view.name);
    match nearest(name, names()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("the tables are {}", names().collect::<Vec<_>>().join(", ")),
    }
}
