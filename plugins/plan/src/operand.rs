//! What a test looks at.

use serde::{Deserialize, Serialize};

use crate::{ColumnId, OperandId};

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
}

impl Operand {
    /// The operands that this one is made of.
    pub fn parts(&self) -> &[OperandId] {
        match self {
            Operand::Coalesce(parts) => parts,
            Operand::Column(_) | Operand::Literal(_) => &[],
        }
    }
}
