//! What a test looks at, with its affinity settled.

use std::cmp::Ordering;

use daemoneye_plan::{Case, ColumnType, Literal, Operand as Planned, OperandId, Plan};

use crate::number::Number;
use crate::view::{Value, View};

/// What happens to a value before it is compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Affinity {
    None,
    Number,
    Text,
}

/// A literal, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
    Null,
    Number(Number),
    Text { raw: Box<[u8]>, folded: Box<[u8]> },
}

/// Something that has a value in every row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Operand {
    Column(usize),
    Constant(Constant),
    Coalesce(Vec<Operand>),
}

impl Operand {
    /// The planned operand; `columns` are the engine's numbers of the plan's columns.
    pub(crate) fn new(plan: &Plan, columns: &[usize], id: OperandId) -> Self {
        match &plan.operands()[id.index()] {
            Planned::Column(column) => Operand::Column(columns[column.index()]),
            Planned::Literal(literal) => Operand::Constant(Constant::new(literal)),
            // The plan's depth bounds this recursion.
            other => {
                let parts = other.parts().iter();
                Operand::Coalesce(parts.map(|part| Operand::new(plan, columns, *part)).collect())
            }
        }
    }

    /// The first column that it looks at.
    pub(crate) fn column(&self) -> Option<usize> {
        match self {
            Operand::Column(column) => Some(*column),
            Operand::Constant(_) => None,
            Operand::Coalesce(parts) => parts.iter().find_map(Operand::column),
        }
    }

    /// The same with every literal converted already.
    pub(crate) fn with(self, affinity: Affinity) -> Self {
        match self {
            Operand::Constant(constant) => Operand::Constant(constant.with(affinity)),
            other => other,
        }
    }

    pub(crate) fn value<'a>(&'a self, view: &'a View, row: usize) -> Value<'a> {
        match self {
            Operand::Column(column) => view.value(*column, row),
            Operand::Constant(constant) => constant.value(),
            Operand::Coalesce(parts) => {
                let mut values = parts.iter().map(|part| part.value(view, row));
                values.find(|value| !matches!(value, Value::Null)).unwrap_or(Value::Null)
            }
        }
    }
}

/// The affinity that a comparison of these two applies to both sides.
pub(crate) fn affinity(left: Option<ColumnType>, right: Option<ColumnType>) -> Affinity {
    let number = |side| matches!(side, Some(ColumnType::Integer | ColumnType::Float));
    match (left, right) {
        _ if number(left) || number(right) => Affinity::Number,
        (Some(ColumnType::Text), None) | (None, Some(ColumnType::Text)) => Affinity::Text,
        _ => Affinity::None,
    }
}

/// The type of the operand if it is a column: no other operand has an affinity.
pub(crate) fn column_type(plan: &Plan, id: OperandId) -> Option<ColumnType> {
    match &plan.operands()[id.index()] {
        Planned::Column(column) => Some(plan.columns()[column.index()].column_type),
        _ => None,
    }
}

impl Constant {
    pub(crate) fn new(literal: &Literal) -> Self {
        match literal {
            Literal::Null => Constant::Null,
            Literal::Integer(integer) => Constant::Number(Number::Integer(*integer)),
            Literal::Float(float) => Constant::Number(Number::Float(*float)),
            Literal::Text(text) => Constant::text(text),
        }
    }

    fn text(text: &str) -> Self {
        let folded = text.to_ascii_lowercase().into_bytes().into();
        Constant::Text { raw: text.as_bytes().into(), folded }
    }

    /// The same, converted.
    pub(crate) fn with(self, affinity: Affinity) -> Self {
        match (&self, affinity) {
            (Constant::Text { raw, .. }, Affinity::Number) => {
                Number::parse(raw).map_or(self, Constant::Number)
            }
            (Constant::Number(number), Affinity::Text) => Constant::text(&number.text()),
            _ => self,
        }
    }

    pub(crate) fn value(&self) -> Value<'_> {
        match self {
            Constant::Null => Value::Null,
            Constant::Number(number) => Value::Number(*number),
            Constant::Text { raw, folded } => Value::Text { raw, folded },
        }
    }
}

impl<'a> Value<'a> {
    /// Calls `look` with the value after conversion; the text of a number lives only that long.
    pub(crate) fn with<R>(self, affinity: Affinity, look: impl FnOnce(Value<'_>) -> R) -> R {
        match (self, affinity) {
            (Value::Text { raw, .. }, Affinity::Number) => {
                look(Number::parse(raw).map_or(self, Value::Number))
            }
            (Value::Number(number), Affinity::Text) => {
                let text = number.text();
                let folded = text.to_ascii_lowercase();
                look(Value::Text { raw: text.as_bytes(), folded: folded.as_bytes() })
            }
            _ => look(self),
        }
    }

    /// How the two compare, or nothing if either is NULL. Numbers come before texts.
    pub(crate) fn order(self, other: Value<'_>, case: Case) -> Option<Ordering> {
        match (self, other) {
            (Value::Null, _) | (_, Value::Null) => None,
            (Value::Number(a), Value::Number(b)) => Some(a.order(b)),
            (Value::Number(_), Value::Text { .. }) => Some(Ordering::Less),
            (Value::Text { .. }, Value::Number(_)) => Some(Ordering::Greater),
            (
                Value::Text { raw: a, folded: a_folded },
                Value::Text { raw: b, folded: b_folded },
            ) => Some(match case {
                Case::Ignored => a_folded.cmp(b_folded),
                Case::Observed => a.cmp(b),
            }),
        }
    }

    /// Bytes of text.
    pub(crate) fn len(self) -> usize {
        match self {
            Value::Text { raw, .. } => raw.len(),
            Value::Null | Value::Number(_) => 0,
        }
    }
}
