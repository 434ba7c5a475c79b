//! The modifiers of a key: THE LIST, and which of them go together.

use crate::diagnostic::{Refusals, right};
use crate::expression::Relation;
use daemoneye_plan::{Case, Comparison};
use daemoneye_sdk::language::{Position, nearest, quoted};

/// What a modifier does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Modifier {
    /// All values of the list, not any.
    All,
    /// Not equal: the whole of it negated.
    Negated,
    /// Upper and lower case are different.
    Cased,
    /// Changes the text of a value.
    Change(Change),
    /// Says what the value is.
    Form(Form),
    /// A flag of a regular expression.
    Flag(char),
}

/// A change of a value's text, in the order of the modifiers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Change {
    Contains,
    StartsWith,
    EndsWith,
    Base64,
    Base64Offset,
    Utf16Le,
    Utf16Be,
    /// Little-endian behind a byte order mark.
    Utf16,
    WindowsDash,
    Expand,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Form {
    /// Text with wildcards, a number, a truth, or null.
    Plain,
    Regexp,
    Network,
    Existence,
    Reference,
    Order(Comparison),
    /// A part of a time, by the format of strftime.
    Part(&'static str),
}

const MODIFIERS: &[(&str, Modifier)] = &[
    ("contains", Modifier::Change(Change::Contains)),
    ("startswith", Modifier::Change(Change::StartsWith)),
    ("endswith", Modifier::Change(Change::EndsWith)),
    ("all", Modifier::All),
    ("neq", Modifier::Negated),
    ("cased", Modifier::Cased),
    ("re", Modifier::Form(Form::Regexp)),
    ("i", Modifier::Flag('i')),
    ("ignorecase", Modifier::Flag('i')),
    ("m", Modifier::Flag('m')),
    ("multiline", Modifier::Flag('m')),
    ("s", Modifier::Flag('s')),
    ("dotall", Modifier::Flag('s')),
    ("cidr", Modifier::Form(Form::Network)),
    ("exists", Modifier::Form(Form::Existence)),
    ("fieldref", Modifier::Form(Form::Reference)),
    ("lt", Modifier::Form(Form::Order(Comparison::Less))),
    ("lte", Modifier::Form(Form::Order(Comparison::LessOrEqual))),
    ("gt", Modifier::Form(Form::Order(Comparison::Greater))),
    ("gte", Modifier::Form(Form::Order(Comparison::GreaterOrEqual))),
    ("minute", Modifier::Form(Form::Part("%M"))),
    ("hour", Modifier::Form(Form::Part("%H"))),
    ("day", Modifier::Form(Form::Part("%d"))),
    ("week", Modifier::Form(Form::Part("%W"))),
    ("month", Modifier::Form(Form::Part("%m"))),
    ("year", Modifier::Form(Form::Part("%Y"))),
    ("base64", Modifier::Change(Change::Base64)),
    ("base64offset", Modifier::Change(Change::Base64Offset)),
    ("wide", Modifier::Change(Change::Utf16Le)),
    ("utf16le", Modifier::Change(Change::Utf16Le)),
    ("utf16be", Modifier::Change(Change::Utf16Be)),
    ("utf16", Modifier::Change(Change::Utf16)),
    ("windash", Modifier::Change(Change::WindowsDash)),
    ("expand", Modifier::Change(Change::Expand)),
];

/// Everything that the modifiers of one key say.
#[derive(Debug)]
pub(crate) struct Modifiers {
    pub(crate) form: Form,
    pub(crate) comparison: Comparison,
    pub(crate) changes: Vec<Change>,
    pub(crate) flags: String,
    pub(crate) case: Case,
    pub(crate) all: bool,
    pub(crate) negated: bool,
}

impl Modifiers {
    /// Reads `contains|all`; whatever is unknown or does not go with the others is refused.
    pub(crate) fn read<'m>(
        names: impl Iterator<Item = &'m str>,
        at: Position,
        refused: &mut Refusals,
    ) -> Self {
        let mut read = Modifiers {
            form: Form::Plain,
            comparison: Comparison::Equal,
            changes: Vec::new(),
            flags: String::new(),
            case: Case::Ignored,
            all: false,
            negated: false,
        };
        let mut before: Vec<&str> = Vec::new();
        let mut at = at;
        for name in names {
            match MODIFIERS.iter().find(|(known, _)| *known == name) {
                Some((_, modifier)) if read.takes(*modifier) => read.add(*modifier),
                Some(_) => refused.add(at, misplaced(name, &before), TOGETHER),
                None => {
                    refused.add(at, format!("the unknown modifier {}", quoted(name)), help(name));
                }
            }
            at = right(at, name.chars().count() + 1);
            before.push(name);
        }
        read
    }

    /// Whether the modifier makes sense after those that were read.
    fn takes(&self, modifier: Modifier) -> bool {
        let is_default = self.changes.is_empty() && self.flags.is_empty();
        match (modifier, self.form) {
            (Modifier::All | Modifier::Negated, Form::Existence) => false,
            (Modifier::All | Modifier::Negated, _) => true,
            (Modifier::Cased, form) => matches!(form, Form::Plain | Form::Reference),
            (Modifier::Flag(_), form) => form == Form::Regexp,
            (Modifier::Change(_), Form::Plain) => true,
            (Modifier::Change(change), Form::Reference) => {
                self.changes.is_empty() && relation(change).is_some()
            }
            (Modifier::Form(Form::Reference), Form::Plain) => match &*self.changes {
                [] => true,
                [change] => relation(*change).is_some(),
                _ => false,
            },
            (Modifier::Form(Form::Existence), Form::Plain) => {
                is_default && self.case == Case::Ignored && !self.all && !self.negated
            }
            (Modifier::Form(_), Form::Plain) => is_default && self.case == Case::Ignored,
            (Modifier::Form(Form::Order(_)), Form::Part(_)) => self.comparison == Comparison::Equal,
            _ => false,
        }
    }

    fn add(&mut self, modifier: Modifier) {
        match modifier {
            Modifier::All => self.all = true,
            Modifier::Negated => self.negated = true,
            Modifier::Cased => self.case = Case::Observed,
            Modifier::Change(change) => self.changes.push(change),
            Modifier::Flag(flag) => self.flags.push(flag),
            Modifier::Form(Form::Order(comparison)) => {
                self.comparison = comparison;
                if self.form == Form::Plain {
                    self.form = Form::Order(comparison);
                }
            }
            Modifier::Form(form) => self.form = form,
        }
    }

    /// How a field is compared with another one.
    pub(crate) fn relation(&self) -> Relation {
        self.changes.first().and_then(|change| relation(*change)).unwrap_or(Relation::Equal)
    }
}

fn relation(change: Change) -> Option<Relation> {
    match change {
        Change::Contains => Some(Relation::Contains),
        Change::StartsWith => Some(Relation::StartsWith),
        Change::EndsWith => Some(Relation::EndsWith),
        _ => None,
    }
}

const TOGETHER: &str = "docs/sigma.md says which modifiers go together";

fn misplaced(name: &str, before: &[&str]) -> String {
    match before {
        [] => format!("the modifier {name} by itself"),
        _ => format!("the modifier {name} after {}", before.join("|")),
    }
}

fn help(name: &str) -> String {
    let names = || MODIFIERS.iter().map(|(known, _)| *known);
    match nearest(name, names()) {
        Some(known) => format!("did you mean `{known}`?"),
        None => format!("the modifiers are {}", names().collect::<Vec<_>>().join(", ")),
    }
}
