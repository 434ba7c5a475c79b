//! Where a rule's tests and operands get their values from: one row, and what surrounds it.

use std::cell::Cell;

use super::{Kind, Node};
use crate::steps::{Spent, Steps};
use crate::view::View;

/// One row as one rule sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) view: &'a View,
    pub(crate) row: usize,
    nodes: &'a [Node],
    /// By place: the child that made an OR true, or that had a truth below COALESCE (else the place
    /// itself). Only meaningful below nodes that were true for the row that was judged last.
    winners: &'a [Cell<usize>],
}

impl<'a> Scope<'a> {
    /// A row for the nodes of a rule and as many winners.
    pub(crate) fn new(
        nodes: &'a [Node],
        winners: &'a [Cell<usize>],
        view: &'a View,
        row: usize,
    ) -> Self {
        Scope { view, row, nodes, winners }
    }

    /// A row for a test by itself, whose operands are plain.
    pub(crate) fn plain(view: &'a View, row: usize) -> Self {
        Scope::new(&[], &[], view, row)
    }

    /// Whether the node in this place is true; nothing is NULL. A plan's depth bounds this
    /// recursion.
    pub(crate) fn truth(&self, place: usize, steps: &mut Steps) -> Result<Option<bool>, Spent> {
        match &self.nodes[place].kind {
            Kind::Leaf(test) => test.decide(self, steps),
            Kind::Not(child) => Ok(self.truth(*child, steps)?.map(|truth| !truth)),
            Kind::IfNull { node, truth } => {
                let found = self.truth(*node, steps)?;
                self.winners[place].set(if found.is_some() { *node } else { place });
                Ok(Some(found.unwrap_or(*truth)))
            }
            Kind::And(children) => self.first(children, false, steps).map(|(truth, _)| truth),
            Kind::Or(children) => {
                let (truth, winner) = self.first(children, true, steps)?;
                self.winners[place].set(winner);
                Ok(truth)
            }
        }
    }

    /// The first child that decides, and which one it was; without one, NULL if any child was.
    fn first(
        &self,
        children: &[usize],
        decides: bool,
        steps: &mut Steps,
    ) -> Result<(Option<bool>, usize), Spent> {
        let mut truth = Some(!decides);
        for child in children {
            match self.truth(*child, steps)? {
                Some(found) if found == decides => return Ok((Some(decides), *child)),
                Some(_) => {}
                None => truth = None,
            }
        }
        Ok((truth, 0))
    }
}
