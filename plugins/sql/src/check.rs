//! What one comparison means, before it has a place in a plan.

use crate::schema::Field;
use daemoneye_plan::{Case, Comparison, Literal, Pattern};

/// Something with a value in every row.
#[derive(Debug, Clone)]
pub(crate) enum Value<'s> {
    Column(&'s Field),
    Literal(Literal),
    /// The first of them that is not NULL.
    Coalesce(Vec<Value<'s>>),
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
}

/// All of the checks hold or, if negated, not all of them.
#[derive(Debug)]
pub(crate) struct Checks<'s> {
    pub(crate) negated: bool,
    pub(crate) checks: Vec<Check<'s>>,
}

impl Value<'_> {
    /// SQLite compares with the collation of the column that stands on the left, else of the one on
    /// the right. Only a column that stands alone has one: NOCASE. All else compares byte by byte.
    pub(crate) fn case(&self) -> Case {
        match self {
            Value::Column(_) => Case::Ignored,
            Value::Literal(_) | Value::Coalesce(_) => Case::Observed,
        }
    }
}
