//! Conditions become the nodes of a plan.

use crate::check::{Check, Checks, Value};
use crate::condition::Condition;
use crate::diagnostic::{Diagnostic, enough};
use crate::leaf;
use crate::name::Names;
use crate::schema::FieldType;
use daemoneye_plan::{Builder, Case, ClauseId, ColumnType, NodeId, OperandId, Test};
use std::ops::Range;

/// Bytes of one clause that are kept as evidence.
const LONGEST_CLAUSE: usize = 1024;

/// Builds the nodes of one condition, and goes on after an error to find them all.
pub(crate) struct Emitter<'e, 's> {
    pub(crate) names: &'e Names<'s>,
    pub(crate) builder: &'e mut Builder,
    pub(crate) refused: &'e mut Vec<Diagnostic>,
    /// Whether an author wrote the condition, so that its clauses are evidence.
    pub(crate) is_evidence: bool,
}

impl<'s> Emitter<'_, 's> {
    /// The node that has the condition's outcome; it is the last one made.
    pub(crate) fn condition(&mut self, condition: &Condition) -> NodeId {
        match condition {
            Condition::All(parts) => {
                let nodes = parts.iter().map(|part| self.condition(part)).collect();
                self.builder.and(nodes)
            }
            Condition::Any(parts) => {
                let nodes = parts.iter().map(|part| self.condition(part)).collect();
                self.builder.or(nodes)
            }
            Condition::Not(inner, range) => {
                let clause = self.clause(range);
                let node = self.condition(inner);
                self.builder.not(clause, node)
            }
            Condition::IfNull(inner, truth) => {
                let node = self.condition(inner);
                self.builder.if_null(node, *truth)
            }
            Condition::Leaf(range) => self.leaf(range),
        }
    }

    fn leaf(&mut self, range: &Range<usize>) -> NodeId {
        if !enough(self.refused) {
            match leaf::read(self.names, range.clone()) {
                Ok(checks) => return self.checks(checks, range),
                Err(refused) => self.refused.extend(refused),
            }
        }
        // The plan is dropped in the end: there is something wrong with the rule.
        self.builder.leaf(None, Test::Constant(None))
    }

    fn checks(&mut self, checks: Checks<'s>, range: &Range<usize>) -> NodeId {
        let Checks { negated, checks } = checks;
        let clause = self.clause(range);
        let mut nodes: Vec<_> = checks.into_iter().map(|check| self.test(check, clause)).collect();
        let node = match nodes.len() {
            1 => nodes.remove(0),
            _ => self.builder.and(nodes),
        };
        if negated { self.builder.not(clause, node) } else { node }
    }

    fn test(&mut self, check: Check<'s>, clause: Option<ClauseId>) -> NodeId {
        let test = match check {
            Check::Constant(truth) => Test::Constant(truth),
            Check::Compare(left, comparison, right) => {
                let case = match left.case() {
                    Case::Ignored => Case::Ignored,
                    Case::Observed => right.case(),
                };
                let (left, right) = (self.operand(left), self.operand(right));
                Test::Compare { comparison, left, right, case }
            }
            Check::Like(value, pattern) => {
                Test::Like { operand: self.operand(value), pattern, case: Case::Ignored }
            }
            Check::Regexp(value, expression) => {
                Test::Regexp { operand: self.operand(value), expression, case: Case::Observed }
            }
            Check::In(value, list) => {
                let case = value.case();
                Test::In { operand: self.operand(value), list, case }
            }
            Check::IsNull(value) => Test::IsNull(self.operand(value)),
        };
        self.builder.leaf(clause, test)
    }

    fn operand(&mut self, value: Value<'s>) -> OperandId {
        match value {
            Value::Column(field) => {
                let column_type = match field.field_type {
                    FieldType::Integer => ColumnType::Integer,
                    FieldType::Float => ColumnType::Float,
                    FieldType::Text => ColumnType::Text,
                };
                self.builder.column(&field.name, column_type)
            }
            Value::Literal(literal) => self.builder.literal(literal),
            Value::Coalesce(parts) => {
                let parts = parts.into_iter().map(|part| self.operand(part)).collect();
                self.builder.coalesce(parts)
            }
        }
    }

    fn clause(&mut self, range: &Range<usize>) -> Option<ClauseId> {
        self.is_evidence.then(|| {
            let text = self.names.script.clause(range.clone());
            self.builder.clause(&cut(text))
        })
    }
}

/// A long clause is cut at the end of a character and ends with U+2026.
fn cut(clause: &str) -> std::borrow::Cow<'_, str> {
    if clause.len() <= LONGEST_CLAUSE {
        return clause.into();
    }
    let end = clause.floor_char_boundary(LONGEST_CLAUSE - '…'.len_utf8());
    format!("{}…", &clause[..end]).into()
}
