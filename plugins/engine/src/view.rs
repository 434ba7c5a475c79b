//! A batch as the engine looks at it: the agent's columns, and of every text column the different
//! values, folded once.

mod dictionary;
mod memo;
mod repeats;
mod signature;
mod slots;

use std::cell::{OnceCell, RefCell, RefMut};
use std::sync::Arc;

use daemoneye_sdk::rules::{Batch, Place, TextColumn};

use crate::facts::{Fact, Facts};
use crate::number::Number;

use dictionary::Dictionary;
pub(crate) use memo::Answer;
pub(crate) use repeats::Repeats;
pub(crate) use signature::Signature;

/// Why a batch cannot be scanned.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// Not one column for each that was declared.
    #[error("batch of {found} columns where {declared} are declared")]
    Columns {
        /// How many there are.
        found: usize,
        /// How many there should be.
        declared: usize,
    },
    /// A column that does not have the batch's rows.
    #[error("column {0} of the batch does not fit its rows")]
    Misfit(usize),
}

/// The value of one operand in one row. A text comes with its ASCII letters folded as well.
#[derive(Debug, Clone, Copy)]
pub(crate) enum Value<'a> {
    Null,
    Number(Number),
    Text { raw: &'a [u8], folded: &'a [u8] },
}

/// What is known of the values of one column. It is opened for a batch when somebody first asks.
#[derive(Debug, Default)]
struct TextView {
    closed: RefCell<Option<Box<Dictionary>>>,
    open: OnceCell<Box<Dictionary>>,
}

/// What is known of the values of all columns, for the next batch.
#[derive(Debug, Default)]
pub(crate) struct Known {
    columns: Vec<TextView>,
    events: RefCell<Repeats>,
}

/// A batch that fits its declaration.
#[derive(Debug)]
pub(crate) struct View {
    batch: Batch,
    known: Known,
    facts: Arc<Facts>,
}

/// The different values of a text column, by number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'a>(&'a Dictionary);

impl View {
    /// The batch, looked at by what is known from batches before it with the same columns.
    pub(crate) fn open(
        batch: Batch,
        declared: usize,
        mut known: Known,
        facts: &Arc<Facts>,
    ) -> Result<Self, BatchError> {
        let found = batch.columns.len();
        if found != declared {
            return Err(BatchError::Columns { found, declared });
        }
        if let Some(misfit) = (0..found).find(|column| !fits(&batch, *column)) {
            return Err(BatchError::Misfit(misfit));
        }
        known.columns.resize_with(declared, TextView::default);
        Ok(View { batch, known, facts: Arc::clone(facts) })
    }

    /// The first batch.
    #[cfg(test)]
    pub(crate) fn new(
        batch: Batch,
        declared: usize,
        facts: &Arc<Facts>,
    ) -> Result<Self, BatchError> {
        Self::open(batch, declared, Known::default(), facts)
    }

    /// Ends the batch: what is known now.
    pub(crate) fn close(&mut self) -> Known {
        self.known.columns.iter_mut().for_each(TextView::close);
        std::mem::take(&mut self.known)
    }

    /// Rows of the batch.
    pub(crate) fn rows(&self) -> usize {
        self.batch.rows as usize
    }

    /// Bytes of all columns, without those that say where there is a value.
    pub(crate) fn bytes(&self) -> usize {
        let Batch { integers, floats, offsets, bytes, .. } = &self.batch;
        (integers.len() + floats.len()) * 8 + offsets.len() * 4 + bytes.len()
    }

    /// The events that were seen before.
    pub(crate) fn repeats(&self) -> RefMut<'_, Repeats> {
        self.known.events.borrow_mut()
    }

    /// The different values of a text column that has any.
    pub(crate) fn texts(&self, column: usize) -> Option<Texts<'_>> {
        let Place::Text(_) = self.batch.columns[column] else { return None };
        let text = || self.batch.text(column).expect("a text column that fits");
        Some(Texts(self.known.columns[column].open(text)))
    }

    /// Whether the fact holds in this row; nothing if the row has no value, or none of which facts
    /// are asked.
    pub(crate) fn holds(&self, fact: &Fact, row: usize) -> Option<bool> {
        let texts = self.texts(fact.column)?;
        let number = texts.number(row)?;
        if Fact::is_asked(texts.value(number).len()) {
            return self.facts.hold(fact, texts, number);
        }
        let signature = texts.signature(number)?;
        fact.is_ruled_out(&signature).then_some(false)
    }

    /// What a part of a rule that looks at this column alone said about the value of a row; nothing if
    /// there is none.
    pub(crate) fn answer(&self, part: u32, column: usize, row: usize) -> Option<Answer<'_>> {
        let texts = self.texts(column)?;
        Some(texts.0.answer(part, texts.number(row)?))
    }

    /// The value of a column in one row.
    #[inline]
    pub(crate) fn value(&self, column: usize, row: usize) -> Value<'_> {
        let value = match self.batch.columns[column] {
            Place::Absent => None,
            Place::Text(_) => self.text(column, row),
            Place::Integers(_) => self
                .batch
                .integers(column)
                .and_then(|integers| integers.get(row))
                .map(|integer| Value::Number(Number::Integer(integer))),
            Place::Floats(_) => self
                .batch
                .floats(column)
                .and_then(|floats| floats.get(row))
                .map(|float| Value::Number(Number::Float(float))),
        };
        value.unwrap_or(Value::Null)
    }

    fn text(&self, column: usize, row: usize) -> Option<Value<'_>> {
        let Texts(dictionary) = self.texts(column)?;
        let number = dictionary.number(row)?;
        Some(Value::Text { raw: dictionary.raw(number), folded: dictionary.folded(number) })
    }
}

impl TextView {
    fn open<'b>(&self, text: impl FnOnce() -> TextColumn<'b>) -> &Dictionary {
        self.open.get_or_init(|| {
            let mut dictionary = self.closed.take().unwrap_or_default();
            dictionary.load(text());
            dictionary
        })
    }

    fn close(&mut self) {
        if let Some(dictionary) = self.open.take() {
            self.closed.replace(Some(dictionary));
        }
    }
}

fn fits(batch: &Batch, column: usize) -> bool {
    match batch.columns[column] {
        Place::Absent => true,
        Place::Integers(_) => batch.integers(column).is_some(),
        Place::Floats(_) => batch.floats(column).is_some(),
        Place::Text(_) => batch.text(column).is_some_and(|text| {
            let end = text.offsets().last().copied();
            text.offsets().is_sorted() && end.is_some_and(|end| end as usize <= batch.bytes.len())
        }),
    }
}

impl<'a> Texts<'a> {
    /// The numbers of all values.
    pub(crate) fn numbers(self) -> impl Iterator<Item = usize> + 'a {
        self.0.present().iter().map(|number| *number as usize)
    }

    /// One value, folded.
    pub(crate) fn value(self, number: usize) -> &'a [u8] {
        self.0.folded(number)
    }

    /// The facts that hold of a value; `find` finds them in the folded value unless they are known.
    pub(crate) fn facts(self, number: usize, find: impl FnOnce(&[u8]) -> Box<[u32]>) -> &'a [u32] {
        self.0.facts(number, find)
    }

    /// The rules that have a literal in a value; the same with `find`.
    pub(crate) fn rules(self, number: usize, find: impl FnOnce(&[u8]) -> Box<[u32]>) -> &'a [u32] {
        self.0.rules(number, find)
    }

    /// The rows with this value.
    pub(crate) fn rows(self, number: usize) -> impl Iterator<Item = usize> + 'a {
        self.0.rows(number)
    }

    /// The rows without a value, ascending.
    pub(crate) fn absent(self) -> impl Iterator<Item = usize> + 'a {
        self.0.absent()
    }

    /// The number of a row's value, if it has one.
    pub(crate) fn number(self, row: usize) -> Option<usize> {
        self.0.number(row)
    }

    /// What pairs of bytes a value has; nothing for one that is too long to tell.
    pub(crate) fn signature(self, number: usize) -> Option<Signature> {
        self.0.signature(number)
    }
}
