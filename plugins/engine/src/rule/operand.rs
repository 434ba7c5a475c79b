//! What a test looks at, with its affinity settled.

use daemoneye_plan::{ColumnType, Function, Literal, Operand as Planned, OperandId, Plan};

use super::held::{Affinity, Held};
use super::scope::Scope;
use super::{LooksAt, RuleError};
use crate::function::Call;
use crate::number::Number;
use crate::steps::{Spent, Steps};
use crate::view::Value;

/// A literal, ready to be compared.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Constant {
    Null,
    Number(Number),
    Text { raw: Box<[u8]>, folded: Box<[u8]> },
}

/// Something that has a value in every row.
#[derive(Debug, Clone)]
pub(crate) enum Operand {
    Column(usize),
    Constant(Constant),
    Coalesce(Vec<Operand>),
    /// A place in the rule's nodes.
    Truth(usize),
    Call(Box<Call>),
    /// A column of the process that has the key.
    Process {
        key: Box<Operand>,
        column: usize,
    },
    /// A place in the aggregates of the group.
    Aggregate(usize),
}

impl Operand {
    /// The planned operand; `columns` are the engine's numbers of the plan's columns. The plan's
    /// depth bounds this recursion.
    pub(crate) fn new(plan: &Plan, columns: &[usize], id: OperandId) -> Result<Self, RuleError> {
        let compiled = |id: &OperandId| Operand::new(plan, columns, *id);
        Ok(match &plan.operands()[id.index()] {
            Planned::Column(column) => Operand::Column(columns[column.index()]),
            Planned::Literal(literal) => Operand::Constant(Constant::new(literal)),
            Planned::Truth(node) => Operand::Truth(node.index()),
            Planned::Coalesce(parts) => {
                Operand::Coalesce(parts.iter().map(compiled).collect::<Result<_, _>>()?)
            }
            Planned::Call { function, arguments, case } => {
                let arguments = arguments.iter().map(compiled).collect::<Result<_, _>>()?;
                Operand::Call(Box::new(Call::new(*function, arguments, *case)?))
            }
            Planned::Process { key, column } => {
                let key = Box::new(compiled(key)?);
                Operand::Process { key, column: columns[column.index()] }
            }
            Planned::Aggregate(aggregate) => Operand::Aggregate(aggregate.index()),
            other => unreachable!("plan version 2 has no operand {other:?}"),
        })
    }

    /// What a person is shown of it: the first column or aggregate that it looks at.
    pub(crate) fn shown(&self) -> Option<&Operand> {
        match self {
            Operand::Column(_) | Operand::Process { .. } | Operand::Aggregate(_) => Some(self),
            Operand::Constant(_) | Operand::Truth(_) => None,
            Operand::Coalesce(parts) => parts.iter().find_map(Operand::shown),
            Operand::Call(call) => call.arguments().iter().find_map(Operand::shown),
        }
    }

    /// Whether nothing but the row and the rule's literals are looked at, and no function is called.
    pub(crate) fn is_plain(&self) -> bool {
        match self {
            Operand::Column(_) | Operand::Constant(_) => true,
            Operand::Coalesce(parts) => parts.iter().all(Operand::is_plain),
            Operand::Truth(_)
            | Operand::Call(_)
            | Operand::Process { .. }
            | Operand::Aggregate(_) => false,
        }
    }

    /// What of the row decides its value.
    pub(crate) fn looks_at(&self) -> LooksAt {
        match self {
            Operand::Column(column) => LooksAt::Column(*column),
            Operand::Constant(_) => LooksAt::Nothing,
            _ => LooksAt::More,
        }
    }

    /// Adds the columns of the row that it looks at; whether it looks at nothing else.
    pub(crate) fn columns(&self, columns: &mut Vec<usize>) -> bool {
        match self {
            Operand::Column(column) => columns.push(*column),
            Operand::Constant(_) | Operand::Truth(_) => {}
            Operand::Coalesce(parts) => return parts.iter().all(|part| part.columns(columns)),
            Operand::Call(call) => return call.arguments().iter().all(|a| a.columns(columns)),
            Operand::Process { .. } | Operand::Aggregate(_) => return false,
        }
        true
    }

    /// Whether both are plain and always have the same value.
    pub(crate) fn is_same(&self, other: &Operand) -> bool {
        match (self, other) {
            (Operand::Column(column), Operand::Column(other)) => column == other,
            (Operand::Constant(constant), Operand::Constant(other)) => constant == other,
            (Operand::Coalesce(parts), Operand::Coalesce(others)) => {
                parts.len() == others.len() && parts.iter().zip(others).all(|(a, b)| a.is_same(b))
            }
            _ => false,
        }
    }

    /// The same with every literal converted already.
    pub(crate) fn with(self, affinity: Affinity) -> Self {
        match self {
            Operand::Constant(constant) => Operand::Constant(constant.with(affinity)),
            other => other,
        }
    }

    /// How much dearer than a column it is.
    pub(crate) fn cost(&self) -> u64 {
        match self {
            Operand::Column(_) | Operand::Constant(_) | Operand::Aggregate(_) => 0,
            Operand::Coalesce(parts) => parts.iter().map(Operand::cost).sum(),
            Operand::Truth(_) => 10,
            Operand::Process { key, .. } => 5 + key.cost(),
            Operand::Call(call) => 10 + call.arguments().iter().map(Operand::cost).sum::<u64>(),
        }
    }

    /// Calls `look` with the value in this row. Columns and literals are looked at where they lie.
    #[inline]
    pub(crate) fn look<R>(
        &self,
        scope: &Scope<'_>,
        steps: &mut Steps,
        look: impl FnOnce(Value<'_>, &mut Steps) -> Result<R, Spent>,
    ) -> Result<R, Spent> {
        match self {
            Operand::Column(column) => look(scope.view.value(*column, scope.row), steps),
            Operand::Constant(constant) => look(constant.value(), steps),
            other => other.held(scope, steps)?.with(|value| look(value, steps)),
        }
    }

    /// The value in this row.
    pub(crate) fn held<'a>(
        &'a self,
        scope: &Scope<'a>,
        steps: &mut Steps,
    ) -> Result<Held<'a>, Spent> {
        match self {
            Operand::Column(column) => Ok(Held::Lent(scope.view.value(*column, scope.row))),
            Operand::Constant(constant) => Ok(Held::Lent(constant.value())),
            Operand::Truth(node) => scope.truth(*node, steps).map(Held::truth),
            Operand::Call(call) => call.held(scope, steps),
            Operand::Aggregate(place) => Ok(Held::Lent(scope.aggregate(*place))),
            Operand::Process { key, column } => {
                let key = key.held(scope, steps)?;
                steps.read(key.len())?;
                let value = key.text().map(|key| scope.process(&key, *column));
                Ok(Held::Lent(value.unwrap_or(Value::Null)))
            }
            Operand::Coalesce(parts) => {
                for part in parts {
                    let held = part.held(scope, steps)?;
                    if !held.is_null() {
                        return Ok(held);
                    }
                }
                Ok(Held::NULL)
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

/// The type of the operand if it is a column, of this process or of another, or a CAST: no other
/// operand has an affinity.
pub(crate) fn column_type(plan: &Plan, id: OperandId) -> Option<ColumnType> {
    match &plan.operands()[id.index()] {
        Planned::Column(column) | Planned::Process { column, .. } => {
            Some(plan.columns()[column.index()].column_type)
        }
        Planned::Call { function: Function::CastInteger, .. } => Some(ColumnType::Integer),
        Planned::Call { function: Function::CastFloat, .. } => Some(ColumnType::Float),
        Planned::Call { function: Function::CastText, .. } => Some(ColumnType::Text),
        _ => None,
    }
}

impl Constant {
    pub(crate) fn new(literal: &Literal) -> Self {
        match literal {
            Literal::Null => Constant::Null,
            Literal::Integer(integer) => Constant::Number(Number::Integer(*integer)),
            Literal::Float(float) => Constant::Number(Number::Float(*float)),
            Literal::Text(text) => Constant::text(text.as_bytes()),
        }
    }

    pub(crate) fn text(text: impl Into<Box<[u8]>>) -> Self {
        let raw = text.into();
        Constant::Text { folded: raw.to_ascii_lowercase().into(), raw }
    }

    /// Bytes that it takes, its texts included.
    pub(crate) fn bytes(&self) -> usize {
        let text = match self {
            Constant::Text { raw, folded } => raw.len() + folded.len(),
            Constant::Null | Constant::Number(_) => 0,
        };
        size_of::<Constant>() + text
    }

    /// The same, converted.
    pub(crate) fn with(self, affinity: Affinity) -> Self {
        match (&self, affinity) {
            (Constant::Text { raw, .. }, Affinity::Number) => {
                Number::parse(raw).map_or(self, Constant::Number)
            }
            (Constant::Number(number), Affinity::Text) => {
                Constant::text(number.text().into_bytes())
            }
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

impl From<Held<'_>> for Constant {
    fn from(held: Held<'_>) -> Self {
        match held {
            Held::Lent(Value::Null) => Constant::Null,
            Held::Lent(Value::Number(number)) => Constant::Number(number),
            Held::Lent(Value::Text { raw, folded }) => {
                Constant::Text { raw: raw.into(), folded: folded.into() }
            }
            Held::Made(text) => Constant::text(text),
        }
    }
}

impl From<Value<'_>> for Constant {
    fn from(value: Value<'_>) -> Self {
        Constant::from(Held::Lent(value))
    }
}
