//! Where a rule's tests and operands get their values from: one row, and what surrounds it.

use std::cell::Cell;

use super::ask::{Ask, Children};
use super::{Constant, Kind, Node};
use crate::processes::Processes;
use crate::steps::{Spent, Steps};
use crate::view::{Answer, Value, View};

/// One row as one rule sees it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Scope<'a> {
    pub(crate) view: &'a View,
    pub(crate) row: usize,
    nodes: &'a [Node],
    /// By place: the child that made an OR true, or that had a truth below COALESCE (else the place
    /// itself). Only meaningful below nodes that were true for the row that was judged last; empty
    /// if nobody will ask why.
    winners: &'a [Cell<usize>],
    /// None where no rule asks for any.
    processes: Option<&'a Processes>,
    aggregates: &'a [Constant],
}

impl<'a> Scope<'a> {
    /// A row for the nodes of a rule and as many winners.
    pub(crate) fn new(
        nodes: &'a [Node],
        winners: &'a [Cell<usize>],
        view: &'a View,
        row: usize,
    ) -> Self {
        Scope { view, row, nodes, winners, processes: None, aggregates: &[] }
    }

    /// The same among living processes.
    pub(crate) fn among(self, processes: Option<&'a Processes>) -> Self {
        Scope { processes, ..self }
    }

    /// The same with the aggregates of a group.
    pub(crate) fn of_group(self, aggregates: &'a [Constant]) -> Self {
        Scope { aggregates, ..self }
    }

    /// A column of the process that has the key.
    pub(crate) fn process(&self, key: &[u8], column: usize) -> Value<'a> {
        self.processes.map_or(Value::Null, |processes| processes.value(key, column))
    }

    /// An aggregate of the group.
    pub(crate) fn aggregate(&self, place: usize) -> Value<'a> {
        self.aggregates.get(place).map_or(Value::Null, Constant::value)
    }

    /// A row for a test by itself, whose operands are plain.
    pub(crate) fn plain(view: &'a View, row: usize) -> Self {
        Scope::new(&[], &[], view, row)
    }

    /// Whether the node in this place is true; nothing is NULL. A plan's depth bounds this
    /// recursion.
    pub(crate) fn truth(&self, place: usize, steps: &mut Steps) -> Result<Option<bool>, Spent> {
        steps.spend(1)?;
        let node = &self.nodes[place];
        match &node.kind {
            Kind::Leaf(test) => {
                match node.fact.as_ref().and_then(|fact| self.view.holds(fact, self.row)) {
                    Some(holds) => Ok(Some(holds)),
                    None => test.decide(self, steps),
                }
            }
            Kind::Not(child) => Ok(self.truth(*child, steps)?.map(|truth| !truth)),
            Kind::IfNull { node, truth } => {
                let found = self.truth(*node, steps)?;
                self.note(place, if found.is_some() { *node } else { place });
                Ok(Some(found.unwrap_or(*truth)))
            }
            Kind::And(_) => self.first(node, false, steps).map(|(truth, _)| truth),
            Kind::Or(_) => {
                let (truth, winner) = self.first(node, true, steps)?;
                self.note(place, winner);
                Ok(truth)
            }
        }
    }

    fn note(&self, place: usize, winner: usize) {
        if let Some(noted) = self.winners.get(place) {
            noted.set(winner);
        }
    }

    /// The first child that decides, and which one it was; without one, NULL if any child was.
    fn first(
        &self,
        node: &Node,
        decides: bool,
        steps: &mut Steps,
    ) -> Result<(Option<bool>, usize), Spent> {
        let mut truth = Some(!decides);
        for ask in &node.asks {
            let (found, child) = self.ask(ask, decides, steps)?;
            match found {
                Some(found) if found == decides => return Ok((Some(decides), child)),
                Some(_) => {}
                None => truth = None,
            }
        }
        Ok((truth, 0))
    }

    /// What the children say, and which one decided. Where nobody will ask why, what they said about the
    /// same value before counts.
    fn ask(
        &self,
        ask: &Ask,
        decides: bool,
        steps: &mut Steps,
    ) -> Result<(Option<bool>, usize), Spent> {
        let part = ask.part.filter(|_| self.winners.is_empty());
        let answer = part.and_then(|part| self.view.answer(part.number, part.column, self.row));
        if let Some(known) = answer.and_then(Answer::get) {
            return steps.spend(1).map(|()| (known, 0));
        }
        let (found, child) = match &ask.children {
            Children::One(child) => (self.truth(*child, steps)?, *child),
            Children::Needles(needles) => needles.first(decides, self, steps)?,
        };
        if let Some(answer) = answer {
            answer.set(found);
        }
        Ok((found, child))
    }
}
