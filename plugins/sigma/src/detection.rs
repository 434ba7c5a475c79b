//! Selections: maps, lists and keywords become expressions.

mod encode;
mod glob;
mod key;
mod modifier;
mod value;

use crate::condition::{self, Condition};
use crate::diagnostic::Refusals;
use crate::expression::Expression;
use crate::yaml::{Kind, Node};
use daemoneye_sdk::language::{Position, quoted};
use key::Key;

/// Named expressions, and the condition that joins them.
#[derive(Debug)]
pub(crate) struct Body {
    pub(crate) selections: Vec<(String, Expression)>,
    pub(crate) condition: Condition,
}

/// Most bytes of the texts and tests of one file, all forms of all values counted.
const LARGEST: usize = 8 << 20;

/// Reads selections, within one budget for a whole file.
#[derive(Debug)]
pub(crate) struct Reader<'r> {
    pub(crate) refused: &'r mut Refusals,
    left: usize,
}

/// What stands beside the selections.
const RESERVED: [&str; 2] = ["condition", "timeframe"];

const SELECTION: &str =
    "a selection is a map of fields, a list of such maps, or a list of keywords";

impl<'r> Reader<'r> {
    pub(crate) fn new(refused: &'r mut Refusals) -> Self {
        Reader { refused, left: LARGEST }
    }

    /// The body of a rule or filter; `other` are keys that are no selections.
    pub(crate) fn body(&mut self, node: &Node, other: &[&str]) -> Body {
        let is_selection = |name: &str| !RESERVED.contains(&name) && !other.contains(&name);
        let named = node.pairs().iter().filter(|(key, _)| is_selection(&key.text));
        let selections: Vec<_> =
            named.map(|(key, node)| (key.text.clone(), self.selection(node))).collect();
        if let Some(timeframe) = node.get("timeframe") {
            let help = "write a correlation document with a timespan";
            self.refused.add(timeframe.at, "a timeframe within a detection", help);
        }
        let condition = match node.get("condition") {
            Some(written) => {
                let names: Vec<&str> = selections.iter().map(|(name, _)| &**name).collect();
                condition::read(written, &names, self)
            }
            None => {
                self.refused.add(
                    node.at,
                    "a detection without condition",
                    "write condition: selection",
                );
                Condition::Any(Vec::new())
            }
        };
        Body { selections, condition }
    }

    /// Takes from the budget of the file; false, and a refusal, if it is used up.
    pub(crate) fn pay(&mut self, bytes: usize, at: Position) -> bool {
        match self.left.checked_sub(bytes) {
            Some(left) => {
                self.left = left;
                true
            }
            None => {
                let message = format!("values of more than {LARGEST} bytes in all their forms");
                self.refused.add(at, message, "split the rule into several");
                false
            }
        }
    }

    fn selection(&mut self, node: &Node) -> Expression {
        match &node.kind {
            Kind::Map(_) => self.map(node),
            Kind::Scalar(_) => self.key(&Key::keywords(node.at), node),
            Kind::List(items) if items.is_empty() => self.refuse(node, "an empty list"),
            Kind::List(items) if items.iter().all(|item| item.scalar().is_some()) => {
                self.key(&Key::keywords(node.at), node)
            }
            Kind::List(items) => {
                Expression::any(items.iter().map(|item| self.item(item)).collect())
            }
        }
    }

    fn item(&mut self, node: &Node) -> Expression {
        match &node.kind {
            Kind::Map(_) => self.map(node),
            Kind::Scalar(_) => self.key(&Key::keywords(node.at), node),
            Kind::List(_) => self.refuse(node, "a list in a list"),
        }
    }

    fn map(&mut self, node: &Node) -> Expression {
        if node.pairs().is_empty() {
            return self.refuse(node, "an empty map");
        }
        let keys = node.pairs().iter().map(|(key, values)| {
            let key = Key::read(&key.text, key.at, self.refused);
            self.key(&key, values)
        });
        Expression::all(keys.collect())
    }

    fn refuse(&mut self, node: &Node, what: &str) -> Expression {
        self.refused.add(node.at, format!("{what} as a selection"), SELECTION);
        Expression::Any(Vec::new())
    }

    fn refuse_value(&mut self, key: &Key, node: &Node, help: &str) {
        let message = format!("{} with {}", quoted(&key.written), node.noun());
        self.refused.add(node.at, message, help);
    }
}
