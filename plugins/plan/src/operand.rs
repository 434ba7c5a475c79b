//! What a test looks at.

use serde::{Deserialize, Serialize};

use crate::function::Function;
use crate::{AggregateId, Case, ColumnId, NodeId, OperandId};

/// A value that stands in the rule.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Literal {
    /// No value.
    Null,
    /// A whole number; TRUE is 1 and FALSE is 0.
    Integer(i64),
    /// A fractional number, never NaN.
    Float(f64),
    /// Text.
    Text(String),
}

/// Something that has a value in every row, NULL included.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Operand {
    /// The value of a column.
    Column(ColumnId),
    /// The same value in every row.
    Literal(Literal),
    /// The first of them, at least one, that is not NULL.
    Coalesce(Vec<OperandId>),
    /// 1 where the node is true, 0 where it is false, NULL where it is NULL.
    Truth(NodeId),
    /// What a function makes of its arguments.
    Call {
        /// Which.
        function: Function,
        /// As many as the function takes.
        arguments: Vec<OperandId>,
        /// How texts are compared where the function compares its arguments (NULLIF, MIN, MAX).
        case: Case,
    },
    /// The value that a column had when the process with this key was seen last; NULL if the process
    /// is not alive or has not been seen.
    Process {
        /// The key of the process, like the values of [`crate::PROCESS_KEY`].
        key: OperandId,
        /// The column.
        column: ColumnId,
    },
    /// An aggregate over the group's rows; only in the condition of [`crate::Complete::Having`], and in
    /// what a [`crate::Query`] tells of groups.
    Aggregate(AggregateId),
}

impl Operand {
    /// The operands that this one is made of.
    pub fn parts(&self) -> &[OperandId] {
        match self {
            Operand::Coalesce(parts) | Operand::Call { arguments: parts, .. } => parts,
            Operand::Process { key, .. } => std::slice::from_ref(key),
            Operand::Column(_)
            | Operand::Literal(_)
            | Operand::Truth(_)
            | Operand::Aggregate(_) => &[],
        }
    }
}
