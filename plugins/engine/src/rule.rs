//! One rule, ready to run: the plan's nodes with cheap children first.

mod ask;
mod held;
mod judge;
mod like;
mod needles;
mod operand;
mod regexp;
mod scope;
mod test;

use daemoneye_plan::{ColumnType, Node as Planned, NodeId, Plan};

use crate::correlation::Correlation;
use crate::facts::Fact;
pub(crate) use ask::LooksAt;
use ask::{Ask, asks};
pub(crate) use held::{Affinity, Held};
pub(crate) use judge::Judge;
pub(crate) use like::Like;
pub(crate) use operand::{Constant, Operand};
pub(crate) use regexp::{Regexps, regex};
pub(crate) use scope::Scope;
pub(crate) use test::Test;

/// A rule. Nodes lie as in the plan: children before their parent, the condition last.
#[derive(Debug)]
pub(crate) struct Rule {
    nodes: Vec<Node>,
    /// As evidence shows them.
    clauses: Vec<String>,
    correlation: Option<Correlation>,
}

/// A node and what is needed to explain it.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) kind: Kind,
    /// What a test asks for, where others ask for the same.
    fact: Option<Fact>,
    /// What the author wrote for it, as a place in the rule's clauses.
    clause: Option<usize>,
    /// The first column or aggregate that is looked at to decide it.
    shown: Option<Operand>,
    cost: u64,
    looks_at: LooksAt,
    /// How the children of AND and OR are asked, the cheapest first.
    asks: Vec<Ask>,
}

/// What a node is. Children are places in the rule's nodes, the cheapest first.
#[derive(Debug)]
pub(crate) enum Kind {
    And(Vec<usize>),
    Or(Vec<usize>),
    Not(usize),
    IfNull { node: usize, truth: bool },
    Leaf(Test),
}

/// Why a plan cannot be run.
#[derive(Debug)]
pub(crate) enum RuleError {
    /// An expression that is none, or too large.
    Regex { expression: String, source: regex::Error },
    /// An expression that is no literal.
    Variable,
}

impl Rule {
    /// The plan, compiled; `columns` are the engine's numbers of the plan's columns. Expressions
    /// that rules before it have, too, are not compiled again.
    pub(crate) fn new(
        plan: &Plan,
        columns: &[usize],
        regexps: &mut Regexps,
    ) -> Result<Self, RuleError> {
        let mut nodes: Vec<Node> = Vec::with_capacity(plan.nodes().len());
        let is_text = |number: usize| {
            let mut own = columns.iter().zip(plan.columns());
            own.any(|(other, c)| *other == number && c.column_type == ColumnType::Text)
        };
        for planned in plan.nodes() {
            let kind = kind(plan, columns, planned, &nodes, regexps)?;
            let node = Node {
                clause: planned.clause().map(daemoneye_plan::ClauseId::index),
                shown: kind.shown(&nodes),
                cost: kind.cost(&nodes),
                looks_at: kind.looks_at(&nodes),
                asks: asks(&kind, &nodes, is_text),
                kind,
                fact: None,
            };
            nodes.push(node);
        }
        let correlation = Correlation::new(plan, columns)?;
        let clauses = plan.clauses().iter().map(|clause| judge::cut(clause.as_bytes())).collect();
        Ok(Rule { nodes, clauses, correlation })
    }

    /// What it asks of several rows together, if it does.
    pub(crate) fn correlation(&self) -> Option<&Correlation> {
        self.correlation.as_ref()
    }

    /// Whether its verdict about a row follows from the row.
    pub(crate) fn is_constant(&self) -> bool {
        self.correlation.is_none() && self.columns().is_some()
    }

    /// The columns that say which rows it is left for, if they are all texts and nothing else does.
    pub(crate) fn texts(&self, is_text: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
        self.columns().filter(|columns| columns.iter().all(|column| is_text(*column)))
    }

    /// The columns that its tests read, if they read nothing else.
    fn columns(&self) -> Option<Vec<usize>> {
        let mut columns = Vec::new();
        let tests = self.nodes.iter().filter_map(|node| match &node.kind {
            Kind::Leaf(test) => Some(test),
            _ => None,
        });
        let mut operands = tests.flat_map(Test::operands);
        operands.all(|operand| operand.columns(&mut columns)).then_some(columns)
    }

    /// Lets tests ask for facts.
    pub(crate) fn ask(&mut self, mut fact: impl FnMut(&Test) -> Option<Fact>) {
        for node in &mut self.nodes {
            if let Kind::Leaf(test) = &node.kind {
                node.fact = fact(test);
            }
        }
    }

    /// Numbers the parts whose answers are remembered, from `next` on.
    pub(crate) fn number_parts(&mut self, next: &mut u32) {
        let asks = self.nodes.iter_mut().flat_map(|node| &mut node.asks);
        for part in asks.filter_map(|ask| ask.part.as_mut()) {
            part.number = *next;
            *next += 1;
        }
    }

    /// Every node, children before their parent.
    pub(crate) fn nodes(&self) -> &[Node] {
        &self.nodes
    }

    /// The node in this place.
    pub(crate) fn node(&self, place: usize) -> &Node {
        &self.nodes[place]
    }

    /// The place of the condition.
    pub(crate) fn root(&self) -> usize {
        self.nodes.len() - 1
    }
}

impl Node {
    /// Whether the rule's author wrote it.
    pub(crate) fn is_written(&self) -> bool {
        self.clause.is_some()
    }

    pub(crate) fn looks_at(&self) -> LooksAt {
        self.looks_at
    }
}

fn kind(
    plan: &Plan,
    columns: &[usize],
    planned: &Planned,
    nodes: &[Node],
    regexps: &mut Regexps,
) -> Result<Kind, RuleError> {
    let cheapest_first = |children: &[NodeId]| {
        let mut places: Vec<usize> = children.iter().map(|child| child.index()).collect();
        places.sort_by_key(|place| nodes[*place].cost);
        places
    };
    Ok(match planned {
        Planned::And(children) => Kind::And(cheapest_first(children)),
        Planned::Or(children) => Kind::Or(cheapest_first(children)),
        Planned::Not { node, .. } => Kind::Not(node.index()),
        Planned::IfNull { node, truth } => Kind::IfNull { node: node.index(), truth: *truth },
        Planned::Leaf { test, .. } => Kind::Leaf(Test::new(plan, columns, test, regexps)?),
    })
}

impl Kind {
    pub(crate) fn children(&self) -> &[usize] {
        match self {
            Kind::And(children) | Kind::Or(children) => children,
            Kind::Not(child) | Kind::IfNull { node: child, .. } => std::slice::from_ref(child),
            Kind::Leaf(_) => &[],
        }
    }

    fn shown(&self, nodes: &[Node]) -> Option<Operand> {
        match self {
            Kind::Leaf(test) => test.shown().cloned(),
            // In the author's order, not in that of costs.
            _ => self.children().iter().min().and_then(|first| nodes[*first].shown.clone()),
        }
    }

    fn looks_at(&self, nodes: &[Node]) -> LooksAt {
        match self {
            Kind::Leaf(test) => {
                test.operands().iter().map(Operand::looks_at).fold(LooksAt::Nothing, LooksAt::and)
            }
            _ => self
                .children()
                .iter()
                .map(|child| nodes[*child].looks_at)
                .fold(LooksAt::Nothing, LooksAt::and),
        }
    }

    fn cost(&self, nodes: &[Node]) -> u64 {
        match self {
            Kind::Leaf(test) => test.cost(),
            _ => {
                self.children().iter().fold(0, |sum, child| sum.saturating_add(nodes[*child].cost))
            }
        }
    }
}
