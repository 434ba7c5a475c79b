//! What must hold of a plan, wherever it comes from.

use std::collections::HashSet;

use crate::correlation::{Complete, Correlation, MAX_STAGES, MAX_WINDOW};
use crate::node::{Node, Test};
use crate::operand::{Literal, Operand};
use crate::query::{Query, Shape};
use crate::tree::{self, Entry};
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
    /// A call with too few or too many arguments.
    #[error("plan calls {function} with {arguments} arguments")]
    Arguments {
        /// The function's name in the list.
        function: String,
        /// How many.
        arguments: usize,
    },
    /// A window of nothing, or over [`MAX_WINDOW`].
    #[error("plan with a window of {0} microseconds, not 1 to {MAX_WINDOW}")]
    Window(u64),
    /// Stages that are none, too many, or not what the condition has.
    #[error("plan with {0} stages that do not fit its condition")]
    Stages(usize),
    /// Too many aggregates, or one where there is no group.
    #[error("plan with aggregate {0} where there is none")]
    Aggregate(u32),
}

/// The plan, if everything holds that the rest of this crate and every engine relies on.
pub(crate) fn check(plan: Plan) -> Result<Plan, PlanError> {
    parts(&plan)?;
    if let Some(correlation) = &plan.correlation {
        stages(&plan, correlation)?;
    }
    tree::check(&plan, tree::roots(&plan))?;
    let known = plan.correlation.as_ref().map_or(0, |c| c.aggregates().len());
    let having = plan.correlation.as_ref().and_then(Correlation::having);
    aggregates(&plan, known, having.map(|node| Entry::Node(node.0)))?;
    Ok(plan)
}

/// The question, if everything holds that an engine relies on.
pub(crate) fn query(plan: Plan, shape: Shape) -> Result<Query, PlanError> {
    parts(&plan)?;
    let having = shape.having.map(|node| Entry::Node(node.0));
    let operands = shape.operands().map(|operand| Entry::Operand(operand.0));
    tree::check(&plan, tree::roots(&plan).chain(operands).chain(having))?;
    aggregates(&plan, shape.aggregates.len(), shape.told().filter(|_| shape.groups.is_some()))?;
    Ok(Query { plan, shape })
}

fn parts(plan: &Plan) -> Result<(), PlanError> {
    let size = plan.nodes.len().max(plan.operands.len());
    if size > MAX_NODES {
        return Err(PlanError::TooLarge(plan.nodes.len() + plan.operands.len()));
    }
    if plan.nodes.is_empty() {
        return Err(PlanError::Empty);
    }
    columns(plan)?;
    plan.operands.iter().try_for_each(|operand| self::operand(plan, operand))?;
    plan.nodes.iter().try_for_each(|node| self::node(plan, node))
}

fn columns(plan: &Plan) -> Result<(), PlanError> {
    let mut seen = HashSet::new();
    let repeated = plan.columns.iter().find(|column| !seen.insert(column.name.as_str()));
    repeated.map_or(Ok(()), |column| Err(PlanError::RepeatedColumn(column.name.clone())))
}

fn operand(plan: &Plan, operand: &Operand) -> Result<(), PlanError> {
    match operand {
        Operand::Column(column) | Operand::Process { column, .. } => {
            within("column", column.0, plan.columns.len())
        }
        Operand::Literal(literal) => number(literal),
        Operand::Coalesce(parts) if parts.is_empty() => Err(PlanError::EmptyList("COALESCE")),
        Operand::Call { function, arguments, .. } if !function.takes(arguments.len()) => {
            let (function, arguments) = (format!("{function:?}"), arguments.len());
            Err(PlanError::Arguments { function, arguments })
        }
        _ => Ok(()),
    }
}

fn node(plan: &Plan, node: &Node) -> Result<(), PlanError> {
    if let Some(clause) = node.clause() {
        within("clause", clause.0, plan.clauses.len())?;
    }
    match node {
        Node::And(nodes) if nodes.is_empty() => Err(PlanError::EmptyList("AND")),
        Node::Or(nodes) if nodes.is_empty() => Err(PlanError::EmptyList("OR")),
        Node::Leaf { test: Test::In { list, .. }, .. } => list.iter().try_for_each(number),
        _ => Ok(()),
    }
}

fn stages(plan: &Plan, correlation: &Correlation) -> Result<(), PlanError> {
    let Correlation { window, stages, complete } = correlation;
    if !(1..=MAX_WINDOW).contains(window) {
        return Err(PlanError::Window(*window));
    }
    let count = stages.len();
    let conditions = match &plan.nodes[plan.root().index()] {
        Node::Or(nodes) => nodes.len(),
        _ => 1,
    };
    let fits = match complete {
        // One stage is the whole condition, whatever it is.
        Complete::Having { .. } => count == 1,
        Complete::EachStage | Complete::InOrder => count >= 2 && count == conditions,
    };
    let alike = stages.windows(2).all(|pair| pair[0].group.len() == pair[1].group.len());
    if !fits || !alike || count > MAX_STAGES {
        return Err(PlanError::Stages(count));
    }
    let aggregates = correlation.aggregates().len();
    if aggregates > MAX_STAGES {
        return Err(PlanError::Aggregate(u32::try_from(aggregates).unwrap_or(u32::MAX)));
    }
    Ok(())
}

/// Aggregates stand below what is asked of a group and nowhere else.
fn aggregates(
    plan: &Plan,
    known: usize,
    of_groups: impl IntoIterator<Item = Entry>,
) -> Result<(), PlanError> {
    let mut allowed = HashSet::new();
    for entry in of_groups {
        tree::walk(plan, entry, |entry| {
            allowed.insert(entry);
        });
    }
    for (place, operand) in (0..).zip(&plan.operands) {
        let Operand::Aggregate(id) = operand else { continue };
        if id.index() >= known || !allowed.contains(&Entry::Operand(place)) {
            return Err(PlanError::Aggregate(id.0));
        }
    }
    Ok(())
}

pub(crate) fn within(what: &'static str, number: u32, length: usize) -> Result<(), PlanError> {
    let exists = (number as usize) < length;
    if exists { Ok(()) } else { Err(PlanError::Dangling { what, number }) }
}

fn number(literal: &Literal) -> Result<(), PlanError> {
    match literal {
        Literal::Float(float) if float.is_nan() => Err(PlanError::NotANumber),
        _ => Ok(()),
    }
}
