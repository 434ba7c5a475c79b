//! What is asked to decide a node: its children one by one, or several together; and which answers it
//! pays to remember.

use super::needles::Needles;
use super::{Kind, Node};

/// From this cost on it is cheaper to remember what a part said than to ask it again.
const PART_COST: u64 = 5;

/// What decides a node, besides literals.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum LooksAt {
    Nothing,
    /// Nothing but one column.
    Column(usize),
    More,
}

/// Some children of a node.
#[derive(Debug)]
pub(super) struct Ask {
    pub(super) children: Children,
    /// Where it pays to remember what the children said.
    pub(super) part: Option<Part>,
}

#[derive(Debug)]
pub(super) enum Children {
    One(usize),
    Needles(Needles),
}

/// What looks at one text column alone, so that its truth is one of the value.
#[derive(Debug, Clone, Copy)]
pub(super) struct Part {
    pub(super) column: usize,
    /// Among the parts of all rules.
    pub(super) number: u32,
}

/// The children of AND and OR; those that look for texts in one column are asked together.
pub(super) fn asks(kind: &Kind, nodes: &[Node], is_text: impl Fn(usize) -> bool) -> Vec<Ask> {
    let (Kind::And(children) | Kind::Or(children)) = kind else { return Vec::new() };
    let mut asks: Vec<Children> = Vec::new();
    for child in children {
        let needle = match &nodes[*child].kind {
            Kind::Leaf(test) => Needles::of(*child, test, &is_text),
            _ => None,
        };
        let merge = |needle, ask: &mut Children| match ask {
            Children::Needles(needles) => needles.merge(needle),
            Children::One(_) => Some(needle),
        };
        match needle {
            None => asks.push(Children::One(*child)),
            Some(needle) => {
                let left = asks.iter_mut().try_fold(needle, merge);
                asks.extend(left.map(Children::Needles));
            }
        }
    }
    let part = |children: &Children| match children {
        Children::One(child) => nodes[*child].part(&is_text),
        Children::Needles(needles) => needles.part(),
    };
    asks.into_iter().map(|children| Ask { part: part(&children), children }).collect()
}

impl LooksAt {
    pub(super) fn and(self, other: LooksAt) -> LooksAt {
        match (self, other) {
            (LooksAt::Nothing, only) | (only, LooksAt::Nothing) => only,
            (one, other) if one == other => one,
            _ => LooksAt::More,
        }
    }
}

impl Node {
    fn part(&self, is_text: impl Fn(usize) -> bool) -> Option<Part> {
        match self.looks_at {
            LooksAt::Column(column) if is_text(column) && self.cost >= PART_COST => {
                Some(Part { column, number: 0 })
            }
            _ => None,
        }
    }
}
