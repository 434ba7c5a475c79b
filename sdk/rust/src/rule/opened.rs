//! A batch as rules read it: whether its texts are texts has been looked at once, for all of them.

use std::ops::Deref;

use crate::rules::{Batch, FloatColumn, IntegerColumn, TextColumn};

/// An open batch. Its texts lie in one string, so that reading one is no more than cutting it out.
#[derive(Debug)]
pub struct Opened {
    /// Without the bytes.
    batch: Batch,
    text: String,
}

/// One column of an open batch, looked up once for all of its rows.
#[derive(Debug, Clone, Copy)]
pub enum Cells<'a> {
    /// No row has a value.
    Absent,
    /// Whole numbers.
    Integers(IntegerColumn<'a>),
    /// Fractional numbers.
    Floats(FloatColumn<'a>),
    /// The texts of all columns in one, and where those of this column are.
    Text(&'a str, TextColumn<'a>),
}

impl From<Batch> for Opened {
    /// # Panics
    /// If its bytes are no UTF-8, which the agent has checked.
    fn from(mut batch: Batch) -> Self {
        // To look at many bytes at a time and then to copy them costs less than to look at each.
        let bytes = std::mem::take(&mut batch.bytes);
        let text = simdutf8::basic::from_utf8(&bytes).expect("the agent hands over UTF-8");
        Opened { text: text.to_owned(), batch }
    }
}

impl Deref for Opened {
    type Target = Batch;

    fn deref(&self) -> &Batch {
        &self.batch
    }
}

impl Opened {
    /// The column of this number.
    pub(super) fn cells(&self, column: usize) -> Cells<'_> {
        let text = || Some(Cells::Text(&self.text, self.batch.text(column)?));
        let integers = || self.batch.integers(column).map(Cells::Integers);
        let floats = || self.batch.floats(column).map(Cells::Floats);
        text().or_else(integers).or_else(floats).unwrap_or(Cells::Absent)
    }
}

impl<'a> Cells<'a> {
    /// The number of a row, if it is a column of whole numbers and the row has a value.
    pub(super) fn integer(self, row: usize) -> Option<i64> {
        let Cells::Integers(column) = self else { return None };
        column.get(row)
    }

    /// The same for fractional numbers.
    pub(super) fn float(self, row: usize) -> Option<f64> {
        let Cells::Floats(column) = self else { return None };
        column.get(row)
    }

    /// The same for texts.
    pub(super) fn text(self, row: usize) -> Option<&'a str> {
        let Cells::Text(text, column) = self else { return None };
        text.get(column.range(row)?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::rules::Column;

    #[test]
    fn a_text_is_that_of_its_row_and_a_number_is_none() {
        let texts = ["é", ""].map(|text| Some(text.to_owned())).to_vec();
        let columns =
            vec![Column::Text(vec![None, Some("ls".into())]), Column::Text(texts), Column::Absent];
        let opened = Opened::from(Batch::new(2, columns));
        let rows = |column| [0, 1, 2].map(|row| opened.cells(column).text(row));
        assert_eq!(rows(0), [None, Some("ls"), None]);
        assert_eq!(rows(1), [Some("é"), Some(""), None]);
        assert_eq!((rows(2), rows(3)), ([None; 3], [None; 3]));
    }
}
