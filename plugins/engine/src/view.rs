//! A batch as the engine looks at it: the agent's columns, and of every text column the different
//! values, folded once.

mod distinct;
mod signature;

use std::cell::OnceCell;
use std::sync::Arc;

use daemoneye_sdk::rules::{Batch, Place};

use crate::facts::{Answers, Fact, Facts};
use crate::number::Number;

use distinct::Distinct;
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

/// What is found out about a text column of a batch when somebody first asks.
#[derive(Debug, Default)]
struct TextView {
    distinct: OnceCell<Distinct>,
    answers: Answers,
}

/// A batch that fits its declaration.
#[derive(Debug)]
pub(crate) struct View {
    batch: Batch,
    /// By column; nothing for columns without text.
    texts: Vec<Option<TextView>>,
    facts: Arc<Facts>,
}

/// The different values of a text column, by number.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Texts<'a>(&'a Distinct);

impl View {
    pub(crate) fn new(
        batch: Batch,
        declared: usize,
        facts: &Arc<Facts>,
    ) -> Result<Self, BatchError> {
        let found = batch.columns.len();
        if found != declared {
            return Err(BatchError::Columns { found, declared });
        }
        if let Some(misfit) = (0..found).find(|column| !fits(&batch, *column)) {
            return Err(BatchError::Misfit(misfit));
        }
        let is_text = |place: &Place| matches!(place, Place::Text(_));
        let text = |place| is_text(place).then(TextView::default);
        let texts = batch.columns.iter().map(text).collect();
        Ok(View { batch, texts, facts: Arc::clone(facts) })
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

    /// The different values of a text column that has any.
    pub(crate) fn texts(&self, column: usize) -> Option<Texts<'_>> {
        let distinct = self.texts[column].as_ref()?.distinct.get_or_init(|| {
            Distinct::new(self.batch.text(column).expect("a text column that fits"))
        });
        Some(Texts(distinct))
    }

    /// Whether the fact holds in this row; nothing if the row has no value, or none of which facts
    /// are asked.
    pub(crate) fn holds(&self, fact: &Fact, row: usize) -> Option<bool> {
        let texts = self.texts(fact.column)?;
        let number = texts.number(row)?;
        if fact.is_asked(texts.value(number).len()) {
            let answers = &self.texts[fact.column].as_ref()?.answers;
            return self.facts.hold(fact, answers, texts, number);
        }
        let signature = texts.signature(number)?;
        fact.is_ruled_out(&signature).then_some(false)
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
        let raw = self.batch.text(column)?.bytes(row)?;
        let texts = self.texts(column)?;
        Some(Value::Text { raw, folded: texts.value(texts.number(row)?) })
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
    /// Every value, folded, by number.
    pub(crate) fn values(self) -> impl ExactSizeIterator<Item = &'a [u8]> {
        (0..self.0.len()).map(move |number| self.0.value(number))
    }

    /// One value, folded.
    pub(crate) fn value(self, number: usize) -> &'a [u8] {
        self.0.value(number)
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
