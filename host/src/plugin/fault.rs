//! What a plugin can do wrong. An *error* is ours, a *fault* is the plugin's.

use std::time::Duration;

use crate::capability::Refusal;

/// One wrong of a plugin at run time. The instance that committed it is dead.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Fault {
    /// The code trapped: a panic, a division by zero.
    #[error("trapped: {0}")]
    Trapped(String),
    /// The calls nested deeper than the stack is.
    #[error("stack overflow")]
    StackOverflow,
    /// The fuel for the call ran out.
    #[error("out of fuel after {0} units")]
    OutOfFuel(u64),
    /// The time for the call was over, with fuel left.
    #[error("still busy after {} ms", .0.as_millis())]
    Deadline(Duration),
    /// The memory limit was reached.
    #[error("out of memory: asked for {asked} of {limit} bytes")]
    OutOfMemory {
        /// What it wanted to have in all.
        asked: usize,
        /// What it may have.
        limit: usize,
    },
    /// The limit of elements in tables was reached.
    #[error("table too big: asked for {asked} of {limit} elements")]
    OutOfTable {
        /// What it wanted to have in one table.
        asked: usize,
        /// What it may have.
        limit: usize,
    },
    /// It called the host more often than it may.
    #[error("more than {0} calls into the host")]
    HostCalls(u32),
    /// It answered with a text that is none.
    #[error("answered with text that is not UTF-8 after {0} bytes")]
    NotUtf8(usize),
    /// It named a rule that it did not declare.
    #[error("rule number {rule} of {rules} declared rules")]
    UnknownRule {
        /// The number.
        rule: u32,
        /// How many there are.
        rules: usize,
    },
    /// It named rows that do not exist, out of order, twice, or that it was not asked about.
    #[error("rule {rule:?} answered with row {row}, which it was not asked about")]
    BadRow {
        /// The rule's id.
        rule: String,
        /// The row.
        row: u32,
    },
    /// It answered with more than the limit.
    #[error("answer over the limit: {0}")]
    TooMuch(String),
    /// It did not take over what another instance had saved for it.
    #[error("does not take over what was remembered: {0}")]
    Memory(String),
    /// It did not give one receipt for each alert.
    #[error("{receipts} receipts for {alerts} alerts")]
    Receipts {
        /// How many it gave.
        receipts: usize,
        /// How many it should have given.
        alerts: usize,
    },
}

/// Why a component does not become a plugin.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// The bytes are no component that this engine accepts.
    #[error("plugin {plugin}: no valid component: {cause}")]
    Invalid {
        /// The plugin's name.
        plugin: String,
        /// What is wrong.
        cause: String,
    },
    /// The component wants something that its kind never gets.
    #[error("plugin {plugin}: imports {import:?}, which {reason}")]
    Import {
        /// The plugin's name.
        plugin: String,
        /// The interface.
        import: String,
        /// Why not, as a sentence without subject.
        reason: &'static str,
    },
    /// What a sink asks for and what it is granted differ.
    #[error("plugin {plugin}: {name:?} {refusal}")]
    Capability {
        /// The plugin's name.
        plugin: String,
        /// The interface or the grant.
        name: String,
        /// How they differ.
        refusal: Refusal,
    },
    /// The component does not export what its world asks for.
    #[error("plugin {plugin}: not of the world {world}: {cause}")]
    World {
        /// The plugin's name.
        plugin: String,
        /// The world.
        world: &'static str,
        /// What is missing.
        cause: String,
    },
    /// It was built for another version of the interface.
    #[error(
        "plugin {plugin}: built for version {found} of the plugin interface, and this agent speaks \
         {wanted}: {advice}"
    )]
    Api {
        /// The plugin's name.
        plugin: String,
        /// The version that it exports.
        found: String,
        /// The versions that are understood, as `MAJOR.MINOR`.
        wanted: &'static str,
        /// What to do about it.
        advice: &'static str,
    },
    /// It faulted while it was loaded.
    #[error("plugin {plugin}: {fault}")]
    Fault {
        /// The plugin's name.
        plugin: String,
        /// What it did.
        fault: Fault,
    },
    /// It refused what it was given: a plan or a configuration.
    #[error("plugin {plugin}: {reason}")]
    Refused {
        /// The plugin's name.
        plugin: String,
        /// In the plugin's words.
        reason: String,
    },
    /// It declared a column that events do not have.
    #[error("plugin {plugin}: unknown column {column:?}")]
    UnknownColumn {
        /// The plugin's name.
        plugin: String,
        /// The column.
        column: String,
    },
    /// Its declaration does not fit together.
    #[error("plugin {plugin}: {cause}")]
    Declaration {
        /// The plugin's name.
        plugin: String,
        /// What does not fit.
        cause: String,
    },
}
