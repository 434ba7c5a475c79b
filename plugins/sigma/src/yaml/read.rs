//! From the parser's events to trees, without recursion and within bounds.

use std::collections::{HashMap, HashSet};

use daemoneye_sdk::language::{Diagnostic, Position, quoted};
use saphyr_parser::{Event, Parser, ScalarStyle, Span};

use super::{Key, Kind, Node, Scalar};
use crate::diagnostic::place;

/// Most bytes of a rule's text.
pub const LONGEST_TEXT: usize = 1 << 20;
/// Most levels of lists and maps.
const DEEPEST: usize = 24;
/// Most bytes of all nodes, aliases followed: room for the longest text that makes any sense, and
/// none for aliases of aliases of aliases.
const LARGEST: usize = 16 << 20;
/// What a node costs besides its text.
const NODE: usize = 32;

/// The documents of a text.
pub(crate) fn read(text: &str) -> Result<Vec<Node>, Diagnostic> {
    if text.len() > LONGEST_TEXT {
        let message = format!("text of {} bytes", text.len());
        let help = format!("a rule has at most {LONGEST_TEXT} bytes");
        return Err(Diagnostic::new(Position::START, message, help));
    }
    let mut reader = Reader::default();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            let message = format!("no YAML: {}", error.info());
            Diagnostic::new(place(*error.marker()), message, "")
        })?;
        reader.event(event, span)?;
    }
    Ok(reader.documents)
}

/// A list or map that has not ended.
struct Open {
    at: Position,
    anchor: usize,
    inside: Inside,
}

enum Inside {
    List(Vec<Node>),
    Map(Vec<(Key, Node)>, Option<Key>),
}

#[derive(Default)]
struct Reader {
    documents: Vec<Node>,
    open: Vec<Open>,
    anchors: HashMap<usize, Node>,
    size: usize,
}

impl Reader {
    fn event(&mut self, event: Event<'_>, span: Span) -> Result<(), Diagnostic> {
        let at = place(span.start);
        match event {
            Event::Alias(anchor) => self.alias(anchor, at),
            Event::Scalar(text, style, anchor, _) => {
                let scalar = scalar(text.into_owned(), style, span);
                self.place(Node { at, kind: Kind::Scalar(scalar) }, anchor)
            }
            Event::SequenceStart(anchor, _) => self.start(at, anchor, Inside::List(Vec::new())),
            Event::MappingStart(anchor, _) => self.start(at, anchor, Inside::Map(Vec::new(), None)),
            Event::SequenceEnd | Event::MappingEnd => self.end(),
            _ => Ok(()),
        }
    }

    fn start(&mut self, at: Position, anchor: usize, inside: Inside) -> Result<(), Diagnostic> {
        if self.open.len() >= DEEPEST {
            let message = format!("nesting deeper than {DEEPEST}");
            return Err(Diagnostic::new(at, message, "a rule needs no more than a few levels"));
        }
        self.open.push(Open { at, anchor, inside });
        Ok(())
    }

    fn end(&mut self) -> Result<(), Diagnostic> {
        let open = self.open.pop().expect("the parser ends what it has started");
        let kind = match open.inside {
            Inside::List(items) => Kind::List(items),
            Inside::Map(pairs, _) => {
                unrepeated(&pairs)?;
                Kind::Map(pairs)
            }
        };
        self.place(Node { at: open.at, kind }, open.anchor)
    }

    fn alias(&mut self, anchor: usize, at: Position) -> Result<(), Diagnostic> {
        let Some(node) = self.anchors.get(&anchor) else {
            let message = "an alias of what it stands in";
            return Err(Diagnostic::new(at, message, "write the value out"));
        };
        self.pay(size(node), at)?;
        let node = self.anchors[&anchor].clone();
        self.put(Node { at, ..node })
    }

    /// Puts a node where it belongs, and keeps it if it has an anchor.
    fn place(&mut self, node: Node, anchor: usize) -> Result<(), Diagnostic> {
        self.pay(cost(&node), node.at)?;
        if anchor != 0 {
            self.pay(size(&node), node.at)?;
            self.anchors.insert(anchor, node.clone());
        }
        self.put(node)
    }

    fn put(&mut self, node: Node) -> Result<(), Diagnostic> {
        match self.open.last_mut().map(|open| &mut open.inside) {
            None => self.documents.push(node),
            Some(Inside::List(items)) => items.push(node),
            Some(Inside::Map(pairs, key)) => match key.take() {
                Some(key) => pairs.push((key, node)),
                None => *key = Some(as_key(node)?),
            },
        }
        Ok(())
    }

    fn pay(&mut self, size: usize, at: Position) -> Result<(), Diagnostic> {
        self.size = self.size.saturating_add(size);
        if self.size <= LARGEST {
            return Ok(());
        }
        let message = format!("values of more than {LARGEST} bytes, aliases followed");
        Err(Diagnostic::new(at, message, "split the rule into several, without aliases"))
    }
}

fn scalar(text: String, style: ScalarStyle, span: Span) -> Scalar {
    let quotes = match style {
        ScalarStyle::Plain => Some(0),
        ScalarStyle::SingleQuoted | ScalarStyle::DoubleQuoted => Some(1),
        _ => None,
    };
    let width = span.end.col().saturating_sub(span.start.col());
    let is_literal = |quotes: &usize| {
        span.start.line() == span.end.line() && width == text.chars().count() + 2 * quotes
    };
    let indent = quotes.filter(is_literal);
    Scalar { text, is_plain: style == ScalarStyle::Plain, indent }
}

fn as_key(node: Node) -> Result<Key, Diagnostic> {
    match node.kind {
        Kind::Scalar(scalar) => Ok(Key { at: node.at, text: scalar.text }),
        _ => {
            let message = format!("{} as the key of a map", node.noun());
            Err(Diagnostic::new(node.at, message, "a key is text"))
        }
    }
}

fn unrepeated(pairs: &[(Key, Node)]) -> Result<(), Diagnostic> {
    let mut seen = HashSet::new();
    match pairs.iter().find(|(key, _)| !seen.insert(&*key.text)) {
        None => Ok(()),
        Some((key, _)) => {
            let message = format!("the key {} twice", quoted(&key.text));
            Err(Diagnostic::new(key.at, message, "a map has each key once; write one list"))
        }
    }
}

/// What the node costs without what is in it.
fn cost(node: &Node) -> usize {
    NODE + node.scalar().map_or(0, |scalar| scalar.text.len())
}

/// What the node costs with all that is in it. The bound on levels bounds this recursion.
fn size(node: &Node) -> usize {
    let inside: usize = match &node.kind {
        Kind::Scalar(_) => 0,
        Kind::List(items) => items.iter().map(size).sum(),
        Kind::Map(pairs) => {
            pairs.iter().map(|(key, node)| NODE + key.text.len() + size(node)).sum()
        }
    };
    cost(node) + inside
}
