//! A batch as the engine looks at it: the agent's columns, and of every text column the different
//! values, folded once.

mod distinct;
mod signature;

use std::cell::OnceCell;

use daemoneye_sdk::rules::{Batch, Place, TextColumn};

use crate::facts::{Answers, Fact, Facts};
use crate::number::Number;

pub(crate) use distinct::Distinct;
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

/// A text column of a batch. Its values are told apart and folded when somebody first asks.
#[derive(Debug)]
pub(crate) struct TextView {
    distinct: OnceCell<Distinct>,
    answers: Option<Answers>,
}

/// A batch that fits its declaration.
#[derive(Debug)]
pub(crate) struct View {
    batch: Batch,
    /// By column; nothing for columns without text.
    texts: Vec<Option<TextView>>,
}

/// A text column and the batch that it is in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct TextRef<'a> {
    batch: &'a Batch,
    column: usize,
    view: &'a TextView,
}

impl View {
    pub(crate) fn new(batch: Batch, declared: usize, facts: &Facts) -> Result<Self, BatchError> {
        let found = batch.columns.len();
        if found != declared {
            return Err(BatchError::Columns { found, declared });
        }
        let mut texts = Vec::with_capacity(found);
        for number in 0..found {
            if !fits(&batch, number) {
                return Err(BatchError::Misfit(number));
            }
            let is_text = matches!(batch.columns[number], Place::Text(_));
            let view = || TextView { distinct: OnceCell::new(), answers: facts.answers(number) };
            texts.push(is_text.then(view));
        }
        Ok(View { batch, texts })
    }

    pub(crate) fn rows(&self) -> usize {
        self.batch.rows as usize
    }

    /// Bytes of all texts.
    pub(crate) fn text_bytes(&self) -> usize {
        self.batch.bytes.len()
    }

    /// The column of this number, if it has text.
    pub(crate) fn text(&self, column: usize) -> Option<TextRef<'_>> {
        let view = self.texts[column].as_ref()?;
        Some(TextRef { batch: &self.batch, column, view })
    }

    /// Whether a fact holds of a row's value; nothing if that is not known and cheap to see.
    pub(crate) fn holds(&self, fact: &Fact, row: usize) -> Option<bool> {
        let text = self.text(fact.column)?;
        let distinct = text.distinct();
        let number = distinct.number(row)?;
        if fact.is_asked(distinct.value(number).len()) {
            let answers = text.view.answers.as_ref()?;
            return Some(answers.holds(fact, distinct, number));
        }
        let signature = distinct.signature(number)?;
        fact.is_ruled_out(&signature).then_some(false)
    }

    pub(crate) fn value(&self, column: usize, row: usize) -> Value<'_> {
        let value = match self.batch.columns[column] {
            Place::Absent => None,
            Place::Text(_) => self.text(column).and_then(|text| text.value(row)),
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
}

/// Whether a column has as many rows as its batch.
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

impl<'a> TextRef<'a> {
    /// The column's different values.
    pub(crate) fn distinct(self) -> &'a Distinct {
        self.view.distinct.get_or_init(|| {
            let text: TextColumn<'_> =
                self.batch.text(self.column).expect("a text column that fits");
            Distinct::new(text)
        })
    }

    fn value(self, row: usize) -> Option<Value<'a>> {
        let distinct = self.distinct();
        let place = distinct.of(row)?;
        let raw = &self.batch.bytes[place.raw..][..place.len()];
        Some(Value::Text { raw, folded: distinct.folded(place) })
    }
}
