//! A batch as the engine looks at it: the agent's columns, and of every text column the different
//! values, folded once.

mod distinct;

use std::cell::OnceCell;

use daemoneye_sdk::rules::{Batch, Column, Floats, Integers, Text};

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
    pub(crate) fn new(batch: Batch, declared: usize) -> Result<Self, BatchError> {
        let found = batch.columns.len();
        if found != declared {
            return Err(BatchError::Columns { found, declared });
        }
        let rows = batch.rows as usize;
        let columns = batch.columns.into_iter().enumerate();
        let columns = columns
            .map(|(number, column)| ColumnView::new(column, rows).ok_or(BatchError::Misfit(number)))
            .collect::<Result<_, _>>()?;
        Ok(View { rows, columns })
    }

    pub(crate) fn rows(&self) -> usize {
        self.rows
    }

    /// The column of this number, if it has text.
    pub(crate) fn text(&self, column: usize) -> Option<&TextView> {
        match &self.columns[column] {
            ColumnView::Text(text) => Some(text),
            _ => None,
        }
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
    fn new(column: Column, rows: usize) -> Option<Self> {
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
                fits.then(|| ColumnView::Text(TextView { text, distinct: OnceCell::new() }))
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
        let raw = self.text.bytes(row)?;
        Some(Value::Text { raw, folded: self.distinct().folded(row)? })
    }
}
