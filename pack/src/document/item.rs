//! One value of a document: its key, its place, and what it must be.

use std::ops::Range;

use serde_json::{Map, Value as Json};
use toml::Spanned;
use toml::de::{DeInteger, DeTable, DeValue};

use super::problem::{Complaint, Position, Problem};
use super::table::Table;

/// A value that somebody asked for by its key.
pub(crate) struct Item<'d> {
    pub(super) document: &'d str,
    pub(super) key: String,
    pub(super) value: Spanned<DeValue<'d>>,
}

impl<'d> Item<'d> {
    /// Where the value begins.
    pub(crate) fn at(&self) -> Position {
        Position::of(self.document, self.value.span().start)
    }

    /// The key that it was found under.
    pub(crate) fn key(&self) -> &str {
        &self.key
    }

    /// What is wrong with the value, at its place.
    pub(crate) fn complain(&self, problem: impl Into<Problem>) -> Complaint {
        Complaint { at: self.at(), problem: problem.into() }
    }

    /// The value as text.
    pub(crate) fn text(&self) -> Result<&str, Complaint> {
        self.value.get_ref().as_str().ok_or_else(|| self.other("text"))
    }

    /// The value as text that says something.
    pub(crate) fn words(&self) -> Result<String, Complaint> {
        match self.text()?.trim() {
            "" => Err(self.complain(Problem::Empty(self.key.clone()))),
            words => Ok(words.to_owned()),
        }
    }

    /// The value as a whole number.
    pub(crate) fn integer(&self) -> Result<i64, Complaint> {
        let integer = self.value.get_ref().as_integer().and_then(number);
        integer.ok_or_else(|| self.other("whole number"))
    }

    /// The value as a list.
    pub(crate) fn items(self) -> Result<Vec<Item<'d>>, Complaint> {
        if !self.value.get_ref().is_array() {
            return Err(self.other("list"));
        }
        let Item { document, key, value } = self;
        let DeValue::Array(values) = value.into_inner() else { return Ok(Vec::new()) };
        Ok(values.into_iter().map(|value| Item { document, key: key.clone(), value }).collect())
    }

    /// The value as a list of texts that say something.
    pub(crate) fn list(self) -> Result<Vec<String>, Complaint> {
        self.items()?.iter().map(Item::words).collect()
    }

    /// The value as a table.
    pub(crate) fn table(self) -> Result<Table<'d>, Complaint> {
        if !self.value.get_ref().is_table() {
            return Err(self.other("table"));
        }
        let Item { document, value, .. } = self;
        let start = value.span().start;
        let DeValue::Table(entries) = value.into_inner() else { return Ok(Table::empty(document)) };
        Ok(Table::new(document, start, entries))
    }

    /// The place of the line on which a text begins: a text in three quotes may begin on the line
    /// after them.
    pub(crate) fn text_line(&self) -> u32 {
        let Range { start, .. } = self.value.span();
        let raw = &self.document[start..];
        let quoted = raw.strip_prefix("\"\"\"").or_else(|| raw.strip_prefix("'''"));
        let next = quoted.is_some_and(|text| text.starts_with('\n') || text.starts_with("\r\n"));
        Position::of(self.document, start).line + u32::from(next)
    }

    /// The value as JSON.
    pub(crate) fn json(&self) -> Result<Json, Complaint> {
        json(self.value.get_ref()).ok_or_else(|| self.other("text, number or boolean"))
    }

    fn other(&self, expected: &'static str) -> Complaint {
        let (key, found) = (self.key.clone(), self.value.get_ref().type_str());
        self.complain(Problem::Type { key, expected, found })
    }
}

fn number(integer: &DeInteger<'_>) -> Option<i64> {
    i64::from_str_radix(integer.as_str(), integer.radix()).ok()
}

fn json(value: &DeValue<'_>) -> Option<Json> {
    match value {
        DeValue::String(text) => Some(Json::from(text.as_ref())),
        DeValue::Integer(integer) => number(integer).map(Json::from),
        DeValue::Float(float) => float.as_str().parse::<f64>().ok().map(Json::from),
        DeValue::Boolean(boolean) => Some(Json::from(*boolean)),
        DeValue::Array(values) => values.iter().map(|value| json(value.get_ref())).collect(),
        DeValue::Table(table) => object(table).map(Json::Object),
        DeValue::Datetime(_) => None,
    }
}

fn object(table: &DeTable<'_>) -> Option<Map<String, Json>> {
    let pair = |(key, value): (&Spanned<_>, &Spanned<DeValue<'_>>)| {
        Some((AsRef::<str>::as_ref(key.get_ref()).to_owned(), json(value.get_ref())?))
    };
    table.iter().map(pair).collect()
}
