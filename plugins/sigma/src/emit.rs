//! Rules become the nodes of a plan.

mod group;
mod test;

use std::collections::HashMap;
use std::rc::Rc;

use daemoneye_plan::{
    Builder, Case, ClauseId, ColumnType, Comparison, Literal, NodeId, OperandId, Test,
};
use daemoneye_sdk::language::{Field, FieldType, Schema};

use crate::condition::Condition;
use crate::detection::Body;
use crate::document::Rule;
use crate::expression::Expression;

/// Most bytes of what is emitted: a selection may be mentioned many times.
const LARGEST: usize = 16 << 20;
/// What a node costs besides its texts.
const NODE: usize = 64;

/// What becomes of a field that no column is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unknown {
    /// NULL in every row.
    Null,
    /// A column by that name, for a plan that only answers which columns it lacks.
    Column,
}

/// Builds the nodes of a plan.
#[derive(Debug)]
pub(crate) struct Emitter<'s> {
    schema: &'s Schema,
    unknown: Unknown,
    pub(crate) builder: Builder,
    clauses: HashMap<Rc<str>, ClauseId>,
    left: Option<usize>,
    /// Whether a field was unknown.
    pub(crate) met_unknown: bool,
}

impl<'s> Emitter<'s> {
    pub(crate) fn new(schema: &'s Schema, unknown: Unknown) -> Self {
        let (builder, clauses) = (Builder::new(), HashMap::new());
        Emitter { schema, unknown, builder, clauses, left: Some(LARGEST), met_unknown: false }
    }

    /// Whether all nodes were emitted, and not too many.
    pub(crate) fn is_whole(&self) -> bool {
        self.left.is_some()
    }

    /// The condition of one rule; it is the node made last.
    pub(crate) fn rule(&mut self, rule: &Rule<'_>) -> NodeId {
        let mut nodes = if rule.source.is_creation() { self.starts() } else { Vec::new() };
        nodes.extend(rule.bodies.iter().map(|body| self.condition(&body.condition, body)));
        self.all(nodes)
    }

    /// Starts of programs; a fork that runs the same program is none.
    fn starts(&mut self) -> Vec<NodeId> {
        let text = |text: &str| Literal::Text(text.to_owned());
        let mut nodes = Vec::new();
        if let Some(kind) = self.schema.named("kind") {
            let operand = self.column(kind);
            let list = vec![text("start"), text("exec")];
            nodes.push(self.builder.leaf(None, Test::In { operand, list, case: Case::Ignored }));
        }
        if let Some(origin) = self.schema.named("origin") {
            let parts = vec![self.column(origin), self.builder.literal(text(""))];
            let (left, right) = (self.builder.coalesce(parts), self.builder.literal(text("fork")));
            let (comparison, case) = (Comparison::NotEqual, Case::Observed);
            nodes.push(self.builder.leaf(None, Test::Compare { comparison, left, right, case }));
        }
        nodes
    }

    /// The bound on levels of conditions bounds this recursion.
    fn condition(&mut self, condition: &Condition, body: &Body) -> NodeId {
        match condition {
            Condition::All(parts) => {
                let nodes = parts.iter().map(|part| self.condition(part, body)).collect();
                self.all(nodes)
            }
            Condition::Any(parts) => {
                let nodes = parts.iter().map(|part| self.condition(part, body)).collect();
                self.any(nodes)
            }
            Condition::Not(clause, inner) => {
                let node = self.condition(inner, body);
                self.negated(clause, node)
            }
            Condition::Selection(place) => self.expression(&body.selections[*place].1),
        }
    }

    fn expression(&mut self, expression: &Expression) -> NodeId {
        match expression {
            Expression::All(parts) => {
                let nodes = parts.iter().map(|part| self.expression(part)).collect();
                self.all(nodes)
            }
            Expression::Any(parts) => {
                let nodes = parts.iter().map(|part| self.expression(part)).collect();
                self.any(nodes)
            }
            Expression::Not(clause, inner) => {
                let node = self.expression(inner);
                self.negated(clause, node)
            }
            Expression::Test(test) => self.test(test),
        }
    }

    /// What is absent does not fit, so its negation does: `NOT COALESCE(.., 0)`.
    fn negated(&mut self, clause: &Rc<str>, node: NodeId) -> NodeId {
        let clause = self.clause(clause);
        let known = self.builder.if_null(node, false);
        self.builder.not(Some(clause), known)
    }

    fn all(&mut self, mut nodes: Vec<NodeId>) -> NodeId {
        if nodes.len() == 1 { nodes.remove(0) } else { self.builder.and(nodes) }
    }

    fn any(&mut self, mut nodes: Vec<NodeId>) -> NodeId {
        if nodes.len() == 1 { nodes.remove(0) } else { self.builder.or(nodes) }
    }

    /// The value of a field by any of its names.
    fn field(&mut self, name: &str) -> OperandId {
        match (self.schema.named(name), self.unknown) {
            (Some(field), _) => self.column(field),
            (None, unknown) => {
                self.met_unknown = true;
                match unknown {
                    Unknown::Null => self.builder.literal(Literal::Null),
                    Unknown::Column => self.builder.column(name, ColumnType::Text),
                }
            }
        }
    }

    fn column(&mut self, field: &Field) -> OperandId {
        let column_type = match field.type_ {
            FieldType::Integer => ColumnType::Integer,
            FieldType::Float => ColumnType::Float,
            FieldType::Text => ColumnType::Text,
        };
        self.builder.column(&field.name, column_type)
    }

    fn clause(&mut self, text: &Rc<str>) -> ClauseId {
        if let Some(known) = self.clauses.get(text) {
            return *known;
        }
        let clause = self.builder.clause(text);
        self.clauses.insert(text.clone(), clause);
        clause
    }

    /// Whether there is room for a node with so many bytes of text.
    fn pay(&mut self, bytes: usize) -> bool {
        self.left = self.left.and_then(|left| left.checked_sub(NODE.saturating_add(bytes)));
        self.left.is_some()
    }
}
