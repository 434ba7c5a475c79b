//! What conditions and values mean, before they have a place in a plan.

use daemoneye_plan::{AggregateFunction, Case, Comparison, Function, Literal, Pattern};
use daemoneye_sdk::language::{Field, FieldType};

/// Something with a value in every row.
#[derive(Debug, Clone)]
pub(crate) enum Value<'s> {
    Column(&'s Field),
    /// A column of the living process that has the key.
    Process(Box<Value<'s>>, &'s Field),
    Literal(Literal),
    /// The first of them that is not NULL.
    Coalesce(Vec<Value<'s>>),
    Call(Function, Vec<Value<'s>>),
    /// A condition as a number.
    Truth(Box<Formula<'s>>),
    Aggregate(Box<Aggregated<'s>>),
    /// A column of a WITH table that is calculated there.
    Named(Box<Value<'s>>),
}

/// One number over the rows of a group.
#[derive(Debug, Clone)]
pub(crate) struct Aggregated<'s> {
    pub(crate) function: AggregateFunction,
    pub(crate) distinct: bool,
    /// None counts rows.
    pub(crate) of: Option<Value<'s>>,
}

/// One test of a row.
#[derive(Debug, Clone)]
pub(crate) enum Check<'s> {
    Constant(Option<bool>),
    Compare(Value<'s>, Comparison, Value<'s>),
    Like(Value<'s>, Pattern),
    Regexp(Value<'s>, String),
    In(Value<'s>, Vec<Literal>),
    IsNull(Value<'s>),
    IsTrue(Value<'s>),
}

/// Tests, and AND, OR, NOT over them.
#[derive(Debug, Clone)]
pub(crate) enum Formula<'s> {
    All(Vec<Formula<'s>>),
    Any(Vec<Formula<'s>>),
    Not(Box<Formula<'s>>),
    /// What an outcome of NULL becomes.
    IfNull(Box<Formula<'s>>, bool),
    Check(Check<'s>),
}

impl<'s> Value<'s> {
    /// How texts beside it are compared, if it has a say in that: SQLite knows the collation of
    /// columns, and of columns within CAST, and of nothing else. Columns of text are NOCASE.
    pub(crate) fn collation(&self) -> Option<Case> {
        match self {
            Value::Column(field) | Value::Process(_, field) => Some(match field.type_ {
                FieldType::Text => Case::Ignored,
                FieldType::Integer | FieldType::Float => Case::Observed,
            }),
            Value::Call(function, arguments) if is_cast(*function) => arguments[0].collation(),
            Value::Named(inner) => Some(inner.collation().unwrap_or(Case::Observed)),
            _ => None,
        }
    }

    /// Values within this one, itself counted, and levels of them. Both are bounded for every value
    /// that has been read, and with them this recursion.
    pub(crate) fn extent(&self) -> Extent {
        let mut below = Extent { values: 0, levels: 0 };
        self.parts(&mut |part| below.join(part.extent()));
        Extent { values: below.values + 1, levels: below.levels + 1 }
    }

    /// Every column of the event that is looked at.
    pub(crate) fn columns(&self, visit: &mut dyn FnMut(&'s Field)) {
        match self {
            Value::Column(field) => visit(field),
            other => other.parts(&mut |part| part.columns(visit)),
        }
    }

    /// Whether it is one of a group of rows.
    pub(crate) fn has_aggregate(&self) -> bool {
        let mut found = matches!(self, Value::Aggregate(_));
        self.parts(&mut |part| found |= part.has_aggregate());
        found
    }

    fn parts(&self, visit: &mut dyn FnMut(&Value<'s>)) {
        match self {
            Value::Column(_) | Value::Literal(_) => {}
            Value::Process(part, _) | Value::Named(part) => visit(part),
            Value::Coalesce(parts) | Value::Call(_, parts) => parts.iter().for_each(visit),
            Value::Truth(formula) => formula.values(visit),
            Value::Aggregate(aggregated) => aggregated.of.iter().for_each(visit),
        }
    }
}

/// How large a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Extent {
    pub(crate) values: usize,
    pub(crate) levels: usize,
}

impl Extent {
    fn join(&mut self, other: Extent) {
        self.values += other.values;
        self.levels = self.levels.max(other.levels);
    }
}

impl<'s> Formula<'s> {
    /// A test, or its opposite.
    pub(crate) fn unless(negated: bool, formula: Formula<'s>) -> Self {
        if negated { Formula::Not(Box::new(formula)) } else { formula }
    }

    fn values(&self, visit: &mut dyn FnMut(&Value<'s>)) {
        match self {
            Formula::All(parts) | Formula::Any(parts) => {
                parts.iter().for_each(|part| part.values(visit));
            }
            Formula::Not(inner) | Formula::IfNull(inner, _) => inner.values(visit),
            Formula::Check(check) => check.values(visit),
        }
    }
}

impl<'s> Check<'s> {
    fn values(&self, visit: &mut dyn FnMut(&Value<'s>)) {
        match self {
            Check::Constant(_) => {}
            Check::Compare(left, _, right) => {
                visit(left);
                visit(right);
            }
            Check::Like(value, _)
            | Check::Regexp(value, _)
            | Check::In(value, _)
            | Check::IsNull(value)
            | Check::IsTrue(value) => visit(value),
        }
    }
}

fn is_cast(function: Function) -> bool {
    matches!(function, Function::CastInteger | Function::CastFloat | Function::CastText)
}
