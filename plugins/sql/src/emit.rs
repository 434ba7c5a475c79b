//! Conditions become the nodes of a plan.

use crate::check::{Aggregated, Check, Formula, Value};
use crate::condition::Condition;
use crate::diagnostic::enough;
use crate::leaf;
use crate::name::Names;
use daemoneye_plan::{
    Aggregate, Builder, Case, ClauseId, ColumnType, Function, NodeId, OperandId, Test,
};
use daemoneye_sdk::language::{Diagnostic, Field, FieldType};
use std::ops::Range;

/// Builds the nodes of one rule, and goes on after an error to find them all.
#[derive(Debug, Default)]
pub(crate) struct Emitter {
    pub(crate) builder: Builder,
    pub(crate) refused: Vec<Diagnostic>,
    pub(crate) aggregates: Vec<Aggregate>,
}

impl Emitter {
    /// The node that has the condition's outcome; it is the last one made. Clauses are evidence if
    /// an author wrote them.
    pub(crate) fn condition(
        &mut self,
        names: &Names<'_>,
        condition: &Condition,
        is_written: bool,
    ) -> NodeId {
        let mut all = |parts: &[Condition]| -> Vec<NodeId> {
            parts.iter().map(|part| self.condition(names, part, is_written)).collect()
        };
        match condition {
            Condition::All(parts) => {
                let nodes = all(parts);
                self.builder.and(nodes)
            }
            Condition::Any(parts) => {
                let nodes = all(parts);
                self.builder.or(nodes)
            }
            Condition::Not(inner, range) => {
                let clause = self.clause(names, range, is_written);
                let node = self.condition(names, inner, is_written);
                self.builder.not(clause, node)
            }
            Condition::IfNull(inner, truth) => {
                let node = self.condition(names, inner, is_written);
                self.builder.if_null(node, *truth)
            }
            Condition::Leaf(range) => self.leaf(names, range, is_written),
        }
    }

    fn leaf(&mut self, names: &Names<'_>, range: &Range<usize>, is_written: bool) -> NodeId {
        if !enough(&self.refused) {
            match leaf::read(names, range.clone()) {
                Ok(formula) => {
                    let clause = self.clause(names, range, is_written);
                    return self.formula(formula, clause);
                }
                Err(refused) => self.refused.extend(refused),
            }
        }
        // The plan is dropped in the end: there is something wrong with the rule.
        self.builder.leaf(None, Test::Constant(None))
    }

    /// The node that has the formula's outcome.
    pub(crate) fn formula(&mut self, formula: Formula<'_>, clause: Option<ClauseId>) -> NodeId {
        match formula {
            Formula::All(parts) => {
                let nodes = parts.into_iter().map(|part| self.formula(part, clause)).collect();
                self.builder.and(nodes)
            }
            Formula::Any(parts) => {
                let nodes = parts.into_iter().map(|part| self.formula(part, clause)).collect();
                self.builder.or(nodes)
            }
            Formula::Not(inner) => {
                let node = self.formula(*inner, clause);
                self.builder.not(clause, node)
            }
            Formula::IfNull(inner, truth) => {
                let node = self.formula(*inner, clause);
                self.builder.if_null(node, truth)
            }
            Formula::Check(check) => {
                let test = self.test(check);
                self.builder.leaf(clause, test)
            }
        }
    }

    fn test(&mut self, check: Check<'_>) -> Test {
        match check {
            Check::Constant(truth) => Test::Constant(truth),
            Check::Compare(left, comparison, right) => {
                let case = case([&left, &right]);
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
                let case = case([&value]);
                Test::In { operand: self.operand(value), list, case }
            }
            Check::IsNull(value) => Test::IsNull(self.operand(value)),
            Check::IsTrue(value) => Test::IsTrue(self.operand(value)),
        }
    }

    /// The operand that has the value.
    pub(crate) fn operand(&mut self, value: Value<'_>) -> OperandId {
        match value {
            Value::Column(field) => self.builder.column(&field.name, column_type(field)),
            Value::Process(key, field) => {
                let key = self.operand(*key);
                self.builder.process(key, &field.name, column_type(field))
            }
            Value::Literal(literal) => self.builder.literal(literal),
            Value::Coalesce(parts) => {
                let parts = parts.into_iter().map(|part| self.operand(part)).collect();
                self.builder.coalesce(parts)
            }
            Value::Call(function, arguments) => self.call(function, arguments),
            Value::Truth(formula) => {
                let node = self.formula(*formula, None);
                self.builder.truth(node)
            }
            Value::Aggregate(aggregated) => self.aggregate(*aggregated),
            Value::Named(inner) => self.operand(*inner),
        }
    }

    fn call(&mut self, function: Function, arguments: Vec<Value<'_>>) -> OperandId {
        let case = case(&arguments);
        let arguments = arguments.into_iter().map(|argument| self.operand(argument)).collect();
        self.builder.call(function, arguments, case)
    }

    fn aggregate(&mut self, aggregated: Aggregated<'_>) -> OperandId {
        let Aggregated { function, distinct, of } = aggregated;
        let case = case(&of);
        let operand = of.map(|value| self.operand(value));
        self.aggregates.push(Aggregate { function, operand, distinct, case });
        self.builder.aggregate(self.aggregates.len() - 1)
    }

    /// A condition that always holds.
    pub(crate) fn always(&mut self) -> NodeId {
        self.builder.leaf(None, Test::Constant(Some(true)))
    }

    fn clause(
        &mut self,
        names: &Names<'_>,
        range: &Range<usize>,
        is_written: bool,
    ) -> Option<ClauseId> {
        is_written.then(|| self.builder.clause(names.script.clause(range.clone())))
    }
}

/// SQLite compares with the collation of the first that has one, else byte by byte.
pub(crate) fn case<'v, 's: 'v>(values: impl IntoIterator<Item = &'v Value<'s>>) -> Case {
    values.into_iter().find_map(Value::collation).unwrap_or(Case::Observed)
}

fn column_type(field: &Field) -> ColumnType {
    match field.type_ {
        FieldType::Integer => ColumnType::Integer,
        FieldType::Float => ColumnType::Float,
        FieldType::Text => ColumnType::Text,
    }
}
