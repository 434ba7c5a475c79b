//! A component as a pack brings it, whose rules keep the contract or break it when a command line
//! says so.

use daemoneye_sdk::rule::{Finding, Rule, columns};

columns! {
    /// What the rules read.
    struct Process { command_line, pid }
}

/// Finds everything that has a command line.
#[derive(Default)]
struct Obey;

/// Traps on poison, else finds nothing.
#[derive(Default)]
struct Poison;

/// Never ends on poison, else finds nothing.
#[derive(Default)]
struct Endless;

impl Rule for Obey {
    const ID: &'static str = "packed-obey";
    type Event<'a> = Process<'a>;

    fn judge(&self, event: Process<'_>) -> Option<Finding> {
        let line = event.command_line()?;
        Some(Finding::because("has a command line", "command_line", line))
    }
}

impl Rule for Poison {
    const ID: &'static str = "packed-poison";
    type Event<'a> = Process<'a>;

    fn judge(&self, event: Process<'_>) -> Option<Finding> {
        assert!(event.command_line() != Some("poison"), "poison in process {:?}", event.pid());
        None
    }
}

impl Rule for Endless {
    const ID: &'static str = "packed-endless";
    type Event<'a> = Process<'a>;

    fn judge(&self, event: Process<'_>) -> Option<Finding> {
        while event.command_line() == Some("poison") {
            std::hint::spin_loop();
        }
        None
    }
}

daemoneye_sdk::export!(Obey, Poison, Endless);
