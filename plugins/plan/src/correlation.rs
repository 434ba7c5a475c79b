//! What a rule asks of several rows together.
//!
//! Rows take part by the rule's condition. They belong to a group by the values of some operands, and
//! to a window by the column [`crate::TIME`]: a row counts for `window` microseconds. The group
//! matches on the row that completes it and starts anew after that.

use serde::{Deserialize, Serialize};

use crate::{AggregateId, Case, NodeId, OperandId};

/// The longest window: 7 days, in microseconds.
pub const MAX_WINDOW: u64 = 7 * 24 * 3600 * 1_000_000;
/// Most stages of one correlation, and most aggregates.
pub const MAX_STAGES: usize = 16;

/// Rows that together make a match.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Correlation {
    /// How long a row counts, in microseconds, 1 to [`MAX_WINDOW`].
    pub window: u64,
    /// The kinds of rows that take part. One stage: the plan's condition is its condition. More:
    /// the plan's condition is an OR of as many nodes, and the n-th is the n-th stage's condition.
    pub stages: Vec<Stage>,
    /// When a group matches.
    pub complete: Complete,
}

/// One kind of rows.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Stage {
    /// The values that make the group, as many in each stage; a row with NULL among them takes part
    /// in the group of NULLs, as in GROUP BY.
    pub group: Vec<OperandId>,
}

/// When a group matches.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[non_exhaustive]
pub enum Complete {
    /// When this condition over aggregates of the group's rows is true; columns in it are those of
    /// the row that came last.
    Having {
        /// What [`crate::Operand::Aggregate`] refers to.
        aggregates: Vec<Aggregate>,
        /// The condition.
        condition: NodeId,
    },
    /// When the group has a row of each stage.
    EachStage,
    /// When the group has a row of each stage, each not before the one of the stage before.
    InOrder,
}

/// One number over the rows of a group.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Aggregate {
    /// Which number.
    pub function: AggregateFunction,
    /// Of what; nothing counts rows. NULL never counts.
    pub operand: Option<OperandId>,
    /// Whether equal values count once.
    pub distinct: bool,
    /// How texts are compared.
    pub case: Case,
}

/// Aggregates, as SQLite has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum AggregateFunction {
    /// How many.
    Count,
    /// Their sum; NULL of none.
    Sum,
    /// Their mean, a float; NULL of none.
    Average,
    /// The least; NULL of none.
    Minimum,
    /// The greatest; NULL of none.
    Maximum,
}

impl Correlation {
    /// The operands that the correlation itself looks at.
    pub fn operands(&self) -> impl Iterator<Item = OperandId> {
        let aggregated = self.aggregates().iter().filter_map(|aggregate| aggregate.operand);
        self.stages.iter().flat_map(|stage| stage.group.iter().copied()).chain(aggregated)
    }

    /// The aggregates, by [`AggregateId`].
    pub fn aggregates(&self) -> &[Aggregate] {
        match &self.complete {
            Complete::Having { aggregates, .. } => aggregates,
            Complete::EachStage | Complete::InOrder => &[],
        }
    }

    /// The aggregate of this id.
    pub fn aggregate(&self, id: AggregateId) -> &Aggregate {
        &self.aggregates()[id.index()]
    }

    /// The condition over aggregates, if there is one.
    pub fn having(&self) -> Option<NodeId> {
        match self.complete {
            Complete::Having { condition, .. } => Some(condition),
            Complete::EachStage | Complete::InOrder => None,
        }
    }
}
