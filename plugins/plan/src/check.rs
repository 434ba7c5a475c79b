//! What must hold of a plan, wherever it comes from.

use std::collections::HashSet;

use crate::node::{Node, Test};
use crate::operand::{Literal, Operand};
use crate::{MAX_DEPTH, MAX_NODES, Plan};

/// Why something is not a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum PlanError {
    /// There is nothing to decide.
    #[error("plan without a condition")]
    Empty,
    /// More than [`MAX_NODES`].
    #[error("plan of {0} nodes and operands, over {MAX_NODES} of either")]
    TooLarge(usize),
    /// More than [`MAX_DEPTH`].
    #[error("plan nested deeper than {MAX_DEPTH} levels")]
    TooDeep,
    /// A number that names nothing, or something that comes later.
    #[error("plan refers to {what} {number}, which it does not have there")]
    Dangling {
        /// The kind of entry.
        what: &'static str,
        /// The number.
        number: u32,
    },
    /// An entry that no parent or more than one uses.
    #[error("plan uses {what} {number} {uses} times, not once")]
    NotATree {
        /// The kind of entry.
        what: &'static str,
        /// The number.
        number: usize,
        /// How often.
        uses: u32,
    },
    /// An AND, OR or COALESCE of nothing.
    #[error("plan with an empty {0}")]
    EmptyList(&'static str),
    /// A float that equals nothing, itself included.
    #[error("plan with a literal that is not a number")]
    NotANumber,
    /// The same column twice.
    #[error("plan lists column {0:?} twice")]
    RepeatedColumn(String),
}

/// The plan, if everything holds that the rest of this crate and every engine relies on.
pub(crate) fn check(plan: Plan) -> Result<Plan, PlanError> {
    let size = plan.nodes.len().max(plan.operands.len());
    if size > MAX_NODES {
        return Err(PlanError::TooLarge(plan.nodes.len() + plan.operands.len()));
    }
    if plan.nodes.is_empty() {
        return Err(PlanError::Empty);
    }
    columns(&plan)?;
    operands(&plan)?;
    nodes(&plan)?;
    Ok(plan)
}

fn columns(plan: &Plan) -> Result<(), PlanError> {
    let mut seen = HashSet::new();
    let repeated = plan.columns.iter().find(|column| !seen.insert(column.name.as_str()));
    repeated.map_or(Ok(()), |column| Err(PlanError::RepeatedColumn(column.name.clone())))
}

fn operands(plan: &Plan) -> Result<(), PlanError> {
    let mut forest = Forest::new("operand", plan.operands.len());
    for operand in &plan.operands {
        match operand {
            Operand::Column(column) => within("column", column.0, plan.columns.len())?,
            Operand::Literal(literal) => number(literal)?,
            Operand::Coalesce(parts) if parts.is_empty() => {
                return Err(PlanError::EmptyList("COALESCE"));
            }
            Operand::Coalesce(_) => {}
        }
        forest.grow(operand.parts().iter().map(|part| part.0))?;
    }
    for node in &plan.nodes {
        if let Node::Leaf { test, .. } = node {
            test.operands().try_for_each(|operand| forest.take(operand.0))?;
        }
    }
    forest.finish(&[])
}

fn nodes(plan: &Plan) -> Result<(), PlanError> {
    let mut forest = Forest::new("node", plan.nodes.len());
    for node in &plan.nodes {
        if let Some(clause) = node.clause() {
            within("clause", clause.0, plan.clauses.len())?;
        }
        match node {
            Node::And(nodes) if nodes.is_empty() => return Err(PlanError::EmptyList("AND")),
            Node::Or(nodes) if nodes.is_empty() => return Err(PlanError::EmptyList("OR")),
            Node::Leaf { test: Test::In { list, .. }, .. } => list.iter().try_for_each(number)?,
            _ => {}
        }
        forest.grow(node.children().iter().map(|child| child.0))?;
    }
    forest.finish(&[plan.root().0])
}

fn within(what: &'static str, number: u32, length: usize) -> Result<(), PlanError> {
    let exists = (number as usize) < length;
    if exists { Ok(()) } else { Err(PlanError::Dangling { what, number }) }
}

fn number(literal: &Literal) -> Result<(), PlanError> {
    match literal {
        Literal::Float(float) if float.is_nan() => Err(PlanError::NotANumber),
        _ => Ok(()),
    }
}

/// Trees over a list whose entries come one after the other, children before their parent.
struct Forest {
    what: &'static str,
    uses: Vec<u32>,
    depths: Vec<usize>,
}

impl Forest {
    fn new(what: &'static str, length: usize) -> Self {
        Forest { what, uses: vec![0; length], depths: Vec::with_capacity(length) }
    }

    fn grow(&mut self, children: impl Iterator<Item = u32>) -> Result<(), PlanError> {
        let mut depth = 1;
        for child in children {
            let below = self.depths.get(child as usize).copied();
            let below = below.ok_or(PlanError::Dangling { what: self.what, number: child })?;
            depth = depth.max(below + 1);
            self.take(child)?;
        }
        self.depths.push(depth);
        if depth > MAX_DEPTH { Err(PlanError::TooDeep) } else { Ok(()) }
    }

    fn take(&mut self, number: u32) -> Result<(), PlanError> {
        within(self.what, number, self.uses.len())?;
        self.uses[number as usize] += 1;
        Ok(())
    }

    /// Every entry has one parent; these roots have it outside.
    fn finish(mut self, roots: &[u32]) -> Result<(), PlanError> {
        roots.iter().try_for_each(|root| self.take(*root))?;
        let what = self.what;
        let odd = self.uses.iter().enumerate().find(|(_, uses)| **uses != 1);
        odd.map_or(Ok(()), |(number, uses)| Err(PlanError::NotATree { what, number, uses: *uses }))
    }
}
