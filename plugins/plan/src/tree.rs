//! Nodes and operands as the trees that they form.
//!
//! They lie in two lists that refer to each other. Whoever comes first in its own list is looked at
//! first, so a list alone has no loops; a loop through both is found by its depth.

use crate::check::{PlanError, within};
use crate::node::Node;
use crate::operand::Operand;
use crate::{MAX_DEPTH, Plan};

/// A place in one of the two lists.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub(crate) enum Entry {
    Node(u32),
    Operand(u32),
}

/// Every entry has exactly one parent and lies at most [`MAX_DEPTH`] levels deep.
pub(crate) fn check(plan: &Plan, roots: impl Iterator<Item = Entry>) -> Result<(), PlanError> {
    let mut uses =
        Uses { nodes: vec![0; plan.nodes.len()], operands: vec![0; plan.operands.len()] };
    for (place, node) in (0..).zip(&plan.nodes) {
        let earlier = node.children().iter().find(|child| child.0 >= place);
        if let Some(child) = earlier {
            return Err(PlanError::Dangling { what: "node", number: child.0 });
        }
    }
    for (place, operand) in (0..).zip(&plan.operands) {
        let earlier = operand.parts().iter().find(|part| part.0 >= place);
        if let Some(part) = earlier {
            return Err(PlanError::Dangling { what: "operand", number: part.0 });
        }
    }
    let mut stack: Vec<(Entry, usize)> = roots.map(|root| (root, 1)).collect();
    while let Some((entry, depth)) = stack.pop() {
        uses.take(entry)?;
        if depth > MAX_DEPTH {
            return Err(PlanError::TooDeep);
        }
        below(plan, entry, |child| stack.push((child, depth + deeper(entry, child))));
    }
    uses.finish()
}

/// Calls `visit` with the entry and everything below it. The plan's trees have been checked.
pub(crate) fn walk(plan: &Plan, from: Entry, mut visit: impl FnMut(Entry)) {
    let mut stack = vec![from];
    while let Some(entry) = stack.pop() {
        visit(entry);
        below(plan, entry, |child| stack.push(child));
    }
}

/// A test and what it looks at are one level.
fn deeper(parent: Entry, child: Entry) -> usize {
    usize::from(!matches!((parent, child), (Entry::Node(_), Entry::Operand(_))))
}

/// What the plan begins with: its condition, and what its correlation looks at.
pub(crate) fn roots(plan: &Plan) -> impl Iterator<Item = Entry> {
    let correlation = plan.correlation.iter();
    let operands = correlation.clone().flat_map(|c| c.operands().map(|o| Entry::Operand(o.0)));
    let having = correlation.filter_map(|c| c.having().map(|node| Entry::Node(node.0)));
    having.chain(operands).chain([Entry::Node(plan.root().0)])
}

fn below(plan: &Plan, entry: Entry, mut visit: impl FnMut(Entry)) {
    match entry {
        Entry::Node(node) => match &plan.nodes[node as usize] {
            Node::Leaf { test, .. } => test.operands().for_each(|o| visit(Entry::Operand(o.0))),
            node => node.children().iter().for_each(|child| visit(Entry::Node(child.0))),
        },
        Entry::Operand(operand) => match &plan.operands[operand as usize] {
            Operand::Truth(node) => visit(Entry::Node(node.0)),
            operand => operand.parts().iter().for_each(|part| visit(Entry::Operand(part.0))),
        },
    }
}

/// How often each entry is used.
struct Uses {
    nodes: Vec<u32>,
    operands: Vec<u32>,
}

impl Uses {
    /// Stops at the second use, and with it every walk that would never end.
    fn take(&mut self, entry: Entry) -> Result<(), PlanError> {
        let (what, number, list) = match entry {
            Entry::Node(node) => ("node", node, &mut self.nodes),
            Entry::Operand(operand) => ("operand", operand, &mut self.operands),
        };
        within(what, number, list.len())?;
        list[number as usize] += 1;
        match list[number as usize] {
            1 => Ok(()),
            uses => Err(PlanError::NotATree { what, number: number as usize, uses }),
        }
    }

    fn finish(self) -> Result<(), PlanError> {
        for (what, list) in [("node", self.nodes), ("operand", self.operands)] {
            if let Some(number) = list.iter().position(|uses| *uses == 0) {
                return Err(PlanError::NotATree { what, number, uses: 0 });
            }
        }
        Ok(())
    }
}
