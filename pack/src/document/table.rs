//! A table of a document, from which keys are taken until none may be left.

use std::collections::BTreeMap;

use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::item::Item;
use super::problem::{Complaint, Position, Problem, nearest};

/// The keys that nobody has asked for yet.
pub(crate) struct Table<'d> {
    document: &'d str,
    start: usize,
    entries: BTreeMap<String, (usize, Spanned<DeValue<'d>>)>,
}

impl<'d> Table<'d> {
    /// The whole of a TOML document.
    pub(crate) fn parse(document: &'d [u8]) -> Result<Table<'d>, Complaint> {
        let start = Position { line: 1, column: 1 };
        let document = std::str::from_utf8(document)
            .map_err(|_| Complaint { at: start, problem: Problem::Encoding })?;
        match DeTable::parse(document) {
            Ok(table) => Ok(Table::new(document, 0, table.into_inner())),
            Err(error) => Err(Complaint {
                at: error.span().map_or(start, |span| Position::of(document, span.start)),
                problem: Problem::Syntax(error.message().replace('\n', ", ")),
            }),
        }
    }

    pub(super) fn new(document: &'d str, start: usize, table: DeTable<'d>) -> Table<'d> {
        let entry = |(key, value): (Spanned<std::borrow::Cow<'d, str>>, _)| {
            let at = key.span().start;
            (key.into_inner().into_owned(), (at, value))
        };
        Table { document, start, entries: table.into_iter().map(entry).collect() }
    }

    pub(super) fn empty(document: &'d str) -> Table<'d> {
        Table { document, start: 0, entries: BTreeMap::new() }
    }

    /// What is wrong with the table as a whole.
    pub(crate) fn complain(&self, problem: Problem) -> Complaint {
        Complaint { at: Position::of(self.document, self.start), problem }
    }

    /// Takes the value of a key.
    pub(crate) fn take(&mut self, key: &str) -> Option<Item<'d>> {
        let (_, value) = self.entries.remove(key)?;
        Some(Item { document: self.document, key: key.to_owned(), value })
    }

    /// Takes the value of a key that must be there.
    pub(crate) fn require(&mut self, key: &'static str) -> Result<Item<'d>, Complaint> {
        self.take(key).ok_or_else(|| self.complain(Problem::MissingKey(key)))
    }

    /// Takes a text that must be there and say something.
    pub(crate) fn words(&mut self, key: &'static str) -> Result<String, Complaint> {
        self.require(key)?.words()
    }

    /// Takes a list of texts that may be left out.
    pub(crate) fn list(&mut self, key: &str) -> Result<Vec<String>, Complaint> {
        self.take(key).map_or(Ok(Vec::new()), Item::list)
    }

    /// The keys that are left, in ascending order.
    pub(crate) fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.keys().map(String::as_str)
    }

    /// Whether the key is left and holds a text.
    pub(crate) fn holds_text(&self, key: &str) -> bool {
        self.entries.get(key).is_some_and(|(_, value)| value.get_ref().is_str())
    }

    /// Complains about the first key in the text that is left.
    pub(crate) fn finish<'n>(
        self,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Result<(), Complaint> {
        match self.entries.iter().min_by_key(|(_, (at, _))| *at) {
            Some((key, _)) => Err(self.unknown(key, known)),
            None => Ok(()),
        }
    }

    /// That a key which is left is one too many.
    pub(crate) fn unknown<'n>(
        &self,
        key: &str,
        known: impl IntoIterator<Item = &'n str>,
    ) -> Complaint {
        let at = self.entries.get(key).map_or(self.start, |(at, _)| *at);
        let nearest = nearest(key, known).map(str::to_owned);
        let problem = Problem::UnknownKey { key: key.to_owned(), nearest };
        Complaint { at: Position::of(self.document, at), problem }
    }
}
