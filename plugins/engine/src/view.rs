//! A batch as the engine looks at it: the agent's columns, and of every text column the different
//! values, folded once.

mod distinct;

use std::cell::OnceCell;

use daemoneye_sdk::rules::{Batch, Column, Floats, Integers, Text};

use crate::facts::{Answers, Fact, Facts};
use crate::number::Number;

pub(crate) use distinct::Distinct;

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

/// Bytes of a value from which on one search for everything that rules ask of it is cheaper than a
/// search for each.
const LONG_VALUE: usize = 1 << 10;

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
    text: Text,
    distinct: OnceCell<Distinct>,
    answers: Option<Answers>,
}

#[derive(Debug)]
enum ColumnView {
    Absent,
    Integers(Integers),
    Floats(Floats),
    Text(TextView),
}

/// A batch that fits its declaration.
#[derive(Debug)]
pub(crate) struct View {
    rows: usize,
    columns: Vec<ColumnView>,
}

impl View {
    pub(crate) fn new(batch: Batch, declared: usize, facts: &Facts) -> Result<Self, BatchError> {
        let found = batch.columns.len();
        if found != declared {
            return Err(BatchError::Columns { found, declared });
        }
        let rows = batch.rows as usize;
        let mut columns = Vec::with_capacity(found);
        for (number, column) in batch.columns.into_iter().enumerate() {
            let view = ColumnView::new(column, rows, || facts.answers(number));
            columns.push(view.ok_or(BatchError::Misfit(number))?);
        }
        Ok(View { rows, columns })
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// Bytes of all texts.
    pub(crate) fn text_bytes(&self) -> usize {
        let bytes = |column: &ColumnView| match column {
            ColumnView::Text(text) => text.text.bytes.len(),
            _ => 0,
        };
        self.columns.iter().map(bytes).sum()
    }

    /// The column of this number, if it has text.
    pub(crate) fn text(&self, column: usize) -> Option<&TextView> {
        match &self.columns[column] {
            ColumnView::Text(text) => Some(text),
            _ => None,
        }
    }

    /// Whether a fact holds of a row's value; nothing if that is not known and cheap to see.
    pub(crate) fn holds(&self, fact: Fact, row: usize) -> Option<bool> {
        let text = self.text(fact.column)?;
        let value = text.distinct().of(row)?;
        let answers = text.answers.as_ref().filter(|_| value.len() >= LONG_VALUE)?;
        Some(answers.holds(fact, text.distinct(), text.distinct().number(row)?))
    }

    pub(crate) fn value(&self, column: usize, row: usize) -> Value<'_> {
        let value = match &self.columns[column] {
            ColumnView::Absent => None,
            ColumnView::Integers(integers) => {
                integers.get(row).map(|integer| Value::Number(Number::Integer(integer)))
            }
            ColumnView::Floats(floats) => {
                floats.get(row).map(|float| Value::Number(Number::Float(float)))
            }
            ColumnView::Text(text) => text.value(row),
        };
        value.unwrap_or(Value::Null)
    }
}

impl ColumnView {
    fn new(column: Column, rows: usize, answers: impl FnOnce() -> Option<Answers>) -> Option<Self> {
        let validity = |validity: &[u8]| validity.is_empty() || validity.len() >= rows.div_ceil(8);
        match column {
            Column::Absent => Some(ColumnView::Absent),
            Column::Integers(integers) => {
                let fits = integers.values.len() == rows && validity(&integers.validity);
                fits.then_some(ColumnView::Integers(integers))
            }
            Column::Floats(floats) => {
                let fits = floats.values.len() == rows && validity(&floats.validity);
                fits.then_some(ColumnView::Floats(floats))
            }
            Column::Text(text) => {
                let end = text.offsets.last().copied();
                let fits = text.offsets.len() == rows + 1
                    && text.offsets.is_sorted()
                    && end.is_some_and(|end| end as usize <= text.bytes.len())
                    && validity(&text.validity);
                let distinct = OnceCell::new();
                fits.then(|| ColumnView::Text(TextView { text, distinct, answers: answers() }))
            }
        }
    }
}

impl TextView {
    /// The column's different values.
    pub(crate) fn distinct(&self) -> &Distinct {
        self.distinct.get_or_init(|| Distinct::new(&self.text))
    }

    fn value(&self, row: usize) -> Option<Value<'_>> {
        let distinct = self.distinct();
        let place = distinct.of(row)?;
        let raw = &self.text.bytes[place.raw..][..place.len()];
        Some(Value::Text { raw, folded: distinct.folded(place) })
    }
}
