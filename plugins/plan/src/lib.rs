//! The plan: what every rule language compiles one rule to, and what the engine runs.
//!
//! ```text
//! operand      what a test looks at: a column, a literal, a function of them
//! function     the functions
//! pattern      a LIKE pattern, taken apart
//! node         tests, and AND, OR, NOT over them
//! correlation  what is asked of several rows together
//! builder      how a language puts a plan together
//! check, tree  what must hold of a plan, wherever it comes from
//! query        what is asked of many stored rows
//! reach        whether it can ever be true where some columns have no values
//! wire         a plan as bytes, with a version in front
//! ```
//!
//! A plan means what SQLite would mean by the same condition. Truth has three values, and a rule
//! matches where its condition is true, not where it is NULL.
//!
//! - A comparison with NULL is NULL. AND, OR and NOT are Kleene's.
//! - *Affinity*: a column has the affinity of its type, every other operand has none. If one side is
//!   a number column, text of the other side that reads as a number (spaces around it allowed) is
//!   that number. Else, if one side is a text column and the other is no column, a number of the
//!   other side is its text. Else nothing is converted, and every number is less than every text.
//! - Texts compare byte by byte; [`Case::Ignored`] folds the ASCII letters to lower case first.
//! - LIKE and REGEXP look at the text of a number.
//!
//! Invariant: nodes and operands lie in flat lists in which a child of the same list comes before its
//! parent, and each has exactly one parent; so nothing needs recursion to read, check or drop a plan,
//! and [`MAX_DEPTH`] bounds every recursion of an engine.

mod builder;
mod check;
mod correlation;
mod function;
mod node;
mod operand;
mod pattern;
mod query;
mod reach;
mod tree;
mod wire;

use serde::{Deserialize, Serialize};

pub use builder::Builder;
pub use check::PlanError;
pub use correlation::{
    Aggregate, AggregateFunction, Complete, Correlation, MAX_STAGES, MAX_WINDOW, Stage,
};
pub use function::Function;
pub use node::{Case, Comparison, Node, Test};
pub use operand::{Literal, Operand};
pub use pattern::{Pattern, Segment};
pub use query::{Keyed, Ordered, Query, Shape};
pub use wire::DecodeError;

/// The text column with the identity of an event's process.
pub const PROCESS_KEY: &str = "process_key";
/// The text column with the kind of an event; `stop` ends a process.
pub const KIND: &str = "kind";
/// The integer column with the time of an event, microseconds since the Unix epoch.
pub const TIME: &str = "time";

/// Most levels from the condition down to the last operand.
pub const MAX_DEPTH: usize = 64;
/// Most nodes, and most operands, of one plan.
pub const MAX_NODES: usize = 200_000;
/// Most bytes of one encoded plan.
pub const MAX_BYTES: usize = 8 << 20;
/// The version that this crate writes, and the only one that it reads.
pub const VERSION: u16 = 2;

macro_rules! ids {
    ($($name:ident $doc:literal)*) => {$(
        #[doc = $doc]
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub(crate) u32);

        impl $name {
            /// The place in the list.
            pub fn index(self) -> usize {
                self.0 as usize
            }
        }
    )*};
}

ids! {
    ColumnId "A column, by its place in [`Plan::columns`]."
    ClauseId "A clause, by its place in [`Plan::clauses`]."
    OperandId "An operand, by its place in [`Plan::operands`]."
    NodeId "A node, by its place in [`Plan::nodes`]."
    AggregateId "An aggregate, by its place in [`Complete::Having`]."
}

/// The type of a column, and with it the column's affinity.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum ColumnType {
    /// Whole numbers.
    Integer,
    /// Fractional numbers.
    Float,
    /// UTF-8.
    Text,
}

/// A column that the rule reads.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Column {
    /// The column's own name, never an alias.
    pub name: String,
    /// The type of its values.
    #[serde(rename = "type")]
    pub column_type: ColumnType,
}

/// One rule, compiled.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Plan {
    columns: Vec<Column>,
    clauses: Vec<String>,
    operands: Vec<Operand>,
    nodes: Vec<Node>,
    correlation: Option<Correlation>,
}

impl Plan {
    /// The columns that the rule reads, each once.
    pub fn columns(&self) -> &[Column] {
        &self.columns
    }

    /// The text of tests and negations as the rule's author wrote them.
    pub fn clauses(&self) -> &[String] {
        &self.clauses
    }

    /// Every operand, parts before the whole.
    pub fn operands(&self) -> &[Operand] {
        &self.operands
    }

    /// What is asked of several rows together; without it each row is judged by itself.
    pub fn correlation(&self) -> Option<&Correlation> {
        self.correlation.as_ref()
    }

    /// Every node, children before their parent; the last one is the condition.
    pub fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node that decides whether a row matches.
    pub fn root(&self) -> NodeId {
        let last = self.nodes.len().checked_sub(1).expect("a checked plan has a node");
        NodeId(u32::try_from(last).expect("at most MAX_NODES nodes"))
    }
}
