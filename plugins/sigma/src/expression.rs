//! What a selection asks of one event, before it has a place in a plan.

use std::rc::Rc;

use daemoneye_plan::{Case, Comparison, Literal, Pattern};

/// Tests, and what joins them.
#[derive(Debug)]
pub(crate) enum Expression {
    All(Vec<Expression>),
    Any(Vec<Expression>),
    /// True also where the other is NULL, as every negation of Sigma.
    Not(Rc<str>, Box<Expression>),
    Test(Test),
}

/// One test of one field.
#[derive(Debug, Clone)]
pub(crate) struct Test {
    /// Nothing for a keyword, which may be in any field with text.
    pub(crate) field: Option<Rc<str>>,
    /// What the author wrote.
    pub(crate) clause: Rc<str>,
    pub(crate) check: Check,
}

#[derive(Debug, Clone)]
pub(crate) enum Check {
    /// One of these, at least one.
    Equal(Vec<Literal>, Case),
    Like(Pattern, Case),
    Regexp(String, Case),
    Compare(Comparison, Literal),
    Null,
    Present,
    /// Like the value of another field.
    Reference(Rc<str>, Relation, Case),
    /// An address in this network.
    Network(Rc<str>),
    /// A number that this format of strftime makes of a time.
    Part(&'static str, Comparison, i64),
}

/// How the values of two fields relate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Relation {
    Equal,
    Contains,
    StartsWith,
    EndsWith,
}

impl Expression {
    /// All of them; one alone is itself.
    pub(crate) fn all(mut parts: Vec<Expression>) -> Expression {
        if parts.len() == 1 { parts.remove(0) } else { Expression::All(parts) }
    }

    /// Any of them; one alone is itself.
    pub(crate) fn any(mut parts: Vec<Expression>) -> Expression {
        if parts.len() == 1 { parts.remove(0) } else { Expression::Any(parts) }
    }

    pub(crate) fn test(field: &Option<Rc<str>>, clause: &Rc<str>, check: Check) -> Expression {
        Expression::Test(Test { field: field.clone(), clause: clause.clone(), check })
    }
}
