//! One rule that is code, for every host of plugins that is measured.

mod shell;

use daemoneye_sdk::rule::{Finding, Needle, Rule, columns};

pub use shell::connects;

columns! {
    /// What the rule reads of an event.
    pub struct Process { name, command_line }
}

/// A shell that opens a network connection.
#[derive(Debug, Default)]
pub struct NetworkShell;

impl Rule for NetworkShell {
    const ID: &'static str = "network-shell";
    type Event<'a> = Process<'a>;

    fn judge(&self, event: Process<'_>) -> Option<Finding> {
        let (name, line) = (event.name()?, event.command_line()?);
        connects(name, line)
            .then(|| Finding::because("a shell opens /dev/tcp", "command_line", line))
    }
}

daemoneye_sdk::export!(NetworkShell);
