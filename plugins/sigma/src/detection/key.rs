//! The key of a detection: a field, and how its value is looked at.

use std::rc::Rc;

use daemoneye_sdk::language::{Position, quoted};

use super::modifier::Modifiers;
use crate::diagnostic::{Refusals, right};

/// `CommandLine|contains|all`.
#[derive(Debug)]
pub(super) struct Key {
    /// Nothing for keywords.
    pub(super) field: Option<Rc<str>>,
    pub(super) written: String,
    pub(super) modifiers: Modifiers,
}

impl Key {
    /// The key that keywords would have.
    pub(super) fn keywords(at: Position) -> Self {
        Key::read("", at, &mut Refusals::default())
    }

    pub(super) fn read(text: &str, at: Position, refused: &mut Refusals) -> Self {
        let mut parts = text.split('|');
        let field = parts.next().unwrap_or_default();
        let place = right(at, field.chars().count() + 1);
        let modifiers = Modifiers::read(parts, place, refused);
        if field.chars().any(char::is_control) {
            refused.add(at, format!("the field {}", quoted(field)), "a field's name is one line");
        }
        let field = (!field.is_empty()).then(|| field.into());
        Key { field, written: text.to_owned(), modifiers }
    }

    /// The key with one of its values, as the author wrote both.
    pub(super) fn clause(&self, value: &str) -> Rc<str> {
        if self.written.is_empty() {
            value.into()
        } else {
            format!("{}: {value}", self.written).into()
        }
    }
}
