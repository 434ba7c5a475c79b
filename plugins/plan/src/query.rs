//! A question about many stored rows: a plan's condition says which, the rest what is told of them.
//!
//! Rules are judged one event at a time and remember little; a question looks at rows that lie
//! there already, so it may order, group and cut them. It is not sent anywhere: whoever compiles it
//! links the engine, so there are no bytes for it.

use std::collections::BTreeSet;

use crate::builder::Builder;
use crate::check::{self, PlanError};
use crate::operand::Operand;
use crate::tree::{self, Entry};
use crate::{Aggregate, Case, ColumnId, NodeId, OperandId, Plan};

/// A plan and what is told of the rows for which its condition is true.
#[derive(Debug, Clone, PartialEq)]
pub struct Query {
    pub(crate) plan: Plan,
    pub(crate) shape: Shape,
}

/// What is told of the rows.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Shape {
    /// The values of each row of the answer.
    pub shown: Vec<Keyed>,
    /// What the answer's rows are ordered by; without any, by the time at which they were stored.
    pub order: Vec<Ordered>,
    /// What rows are put together by; nothing if each row stands for itself.
    pub groups: Option<Vec<Keyed>>,
    /// What [`crate::Operand::Aggregate`] refers to.
    pub aggregates: Vec<Aggregate>,
    /// What a group must meet.
    pub having: Option<NodeId>,
    /// Whether equal rows of the answer are told once.
    pub distinct: bool,
    /// Rows of the answer, at most.
    pub limit: Option<u64>,
    /// Rows of the answer that are left out before the first.
    pub offset: u64,
}

/// An operand, and whether its texts are compared with regard to case.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Keyed {
    /// The operand.
    pub operand: OperandId,
    /// For texts.
    pub case: Case,
}

/// What rows are ordered by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ordered {
    /// The value; NULL comes before numbers, numbers come before texts.
    pub by: Keyed,
    /// Whether the greatest comes first.
    pub descending: bool,
}

impl Query {
    /// Which rows.
    pub fn plan(&self) -> &Plan {
        &self.plan
    }

    /// What is told of them.
    pub fn shape(&self) -> &Shape {
        &self.shape
    }

    /// The columns that are read to tell of a group outside of its aggregates, and to decide whether
    /// it is told of.
    pub fn told_columns(&self) -> BTreeSet<ColumnId> {
        self.columns_below(self.shape.told())
    }

    /// The columns that decide whether a row is one of them.
    pub fn decisive_columns(&self) -> BTreeSet<ColumnId> {
        self.columns_below([Entry::Node(self.plan.root().0)])
    }

    fn columns_below(&self, roots: impl IntoIterator<Item = Entry>) -> BTreeSet<ColumnId> {
        let mut columns = BTreeSet::new();
        for root in roots {
            tree::walk(&self.plan, root, |entry| {
                let Entry::Operand(operand) = entry else { return };
                if let Operand::Column(column) = &self.plan.operands[operand as usize] {
                    columns.insert(*column);
                }
            });
        }
        columns
    }
}

impl Shape {
    /// Where it is said what is told of a row of the answer, and whether.
    pub(crate) fn told(&self) -> impl Iterator<Item = Entry> {
        let keyed = self.shown.iter().chain(self.order.iter().map(|ordered| &ordered.by));
        let having = self.having.map(|node| Entry::Node(node.0));
        keyed.map(|keyed| Entry::Operand(keyed.operand.0)).chain(having)
    }

    /// Every operand that the shape itself looks at.
    pub(crate) fn operands(&self) -> impl Iterator<Item = OperandId> {
        let groups = self.groups.iter().flatten();
        let keyed = self.shown.iter().chain(groups).chain(self.order.iter().map(|o| &o.by));
        let aggregated = self.aggregates.iter().filter_map(|aggregate| aggregate.operand);
        keyed.map(|keyed| keyed.operand).chain(aggregated)
    }
}

impl Builder {
    /// The question; the condition is the node that was made last.
    ///
    /// # Errors
    /// If it is too large or too deep, or if operands and nodes do not form trees.
    pub fn finish_query(self, shape: Shape) -> Result<Query, PlanError> {
        check::query(self.unchecked(), shape)
    }
}
