//! A text as trees of YAML that know where they stand.

mod read;
mod scalar;

use daemoneye_sdk::language::{Position, quoted};

use crate::diagnostic::Refusals;

pub use read::LONGEST_TEXT;
pub(crate) use read::read;
pub(crate) use scalar::{Scalar, Value};

/// A value, and where it begins.
#[derive(Debug, Clone)]
pub(crate) struct Node {
    pub(crate) at: Position,
    pub(crate) kind: Kind,
}

#[derive(Debug, Clone)]
pub(crate) enum Kind {
    Scalar(Scalar),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key of a map. No map has the same key twice.
#[derive(Debug, Clone)]
pub(crate) struct Key {
    pub(crate) at: Position,
    pub(crate) text: String,
}

impl Node {
    /// The value behind a key, if this is a map that has it.
    pub(crate) fn get(&self, key: &str) -> Option<&Node> {
        self.pairs().iter().find(|(known, _)| known.text == key).map(|(_, node)| node)
    }

    /// The pairs of a map; nothing else has any.
    pub(crate) fn pairs(&self) -> &[(Key, Node)] {
        match &self.kind {
            Kind::Map(pairs) => pairs,
            _ => &[],
        }
    }

    /// The items of a list; anything else is a list of itself.
    pub(crate) fn items(&self) -> &[Node] {
        match &self.kind {
            Kind::List(items) => items,
            _ => std::slice::from_ref(self),
        }
    }

    pub(crate) fn scalar(&self) -> Option<&Scalar> {
        match &self.kind {
            Kind::Scalar(scalar) => Some(scalar),
            _ => None,
        }
    }

    /// What kind of value this is, for messages.
    pub(crate) fn noun(&self) -> String {
        match &self.kind {
            Kind::Scalar(scalar) => quoted(&scalar.text),
            Kind::List(items) => format!("a list of {}", items.len()),
            Kind::Map(pairs) => format!("a map of {}", pairs.len()),
        }
    }

    /// The text behind a key; anything else there is refused.
    pub(crate) fn text(&self, key: &str, refused: &mut Refusals) -> Option<&str> {
        let node = self.get(key)?;
        match node.scalar() {
            Some(scalar) => Some(&scalar.text),
            None => {
                let message = format!("{key} with {}, not text", node.noun());
                refused.add(node.at, message, format!("write {key}: text"));
                None
            }
        }
    }

    /// The texts behind a key, one or a list; anything else there is refused.
    pub(crate) fn texts(&self, key: &str, refused: &mut Refusals) -> Vec<(Position, &str)> {
        let mut texts = Vec::new();
        for node in self.get(key).map_or(&[][..], Node::items) {
            match node.scalar() {
                Some(scalar) => texts.push((node.at, &*scalar.text)),
                None => {
                    let message = format!("{key} with {}, not text", node.noun());
                    refused.add(node.at, message, format!("write {key} as a list of texts"));
                }
            }
        }
        texts
    }
}
