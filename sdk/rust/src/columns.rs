//! Reading columns, the values of rows instead of offsets and bitmaps; and writing them, for tests.

use std::ops::Range;

use crate::rules::{Batch, Place};

/// Whole numbers, by row.
#[derive(Debug, Clone, Copy)]
pub struct IntegerColumn<'a> {
    validity: &'a [u8],
    values: &'a [i64],
}

/// Fractional numbers, by row.
#[derive(Debug, Clone, Copy)]
pub struct FloatColumn<'a> {
    validity: &'a [u8],
    values: &'a [f64],
}

/// Texts, by row.
#[derive(Debug, Clone, Copy)]
pub struct TextColumn<'a> {
    validity: &'a [u8],
    offsets: &'a [u32],
    bytes: &'a [u8],
}

/// The values of one column, to make a batch of: what a plugin's own tests are written with.
#[derive(Debug, Clone, PartialEq)]
pub enum Column {
    /// No row has a value.
    Absent,
    /// Whole numbers.
    Integers(Vec<Option<i64>>),
    /// Fractional numbers.
    Floats(Vec<Option<f64>>),
    /// Texts.
    Text(Vec<Option<String>>),
}

impl Batch {
    /// A batch of these columns, laid out as the agent does.
    pub fn new(rows: u32, columns: Vec<Column>) -> Self {
        let mut batch = Batch {
            rows,
            columns: Vec::with_capacity(columns.len()),
            validity: Vec::new(),
            integers: Vec::new(),
            floats: Vec::new(),
            offsets: Vec::new(),
            bytes: Vec::new(),
        };
        columns.into_iter().for_each(|column| batch.push(column));
        batch
    }

    fn push(&mut self, column: Column) {
        let counted = |is: fn(&Place) -> bool| self.columns.iter().filter(|p| is(p)).count() as u32;
        let (place, valid): (Place, Vec<bool>) = match column {
            Column::Absent => (Place::Absent, Vec::new()),
            Column::Integers(values) => {
                self.integers.extend(values.iter().map(|value| value.unwrap_or_default()));
                let number = counted(|place| matches!(place, Place::Integers(_)));
                (Place::Integers(number), values.iter().map(Option::is_some).collect())
            }
            Column::Floats(values) => {
                self.floats.extend(values.iter().map(|value| value.unwrap_or_default()));
                let number = counted(|place| matches!(place, Place::Floats(_)));
                (Place::Floats(number), values.iter().map(Option::is_some).collect())
            }
            Column::Text(values) => {
                let number = counted(|place| matches!(place, Place::Text(_)));
                self.offsets.push(self.bytes.len() as u32);
                for value in &values {
                    self.bytes.extend_from_slice(value.as_deref().unwrap_or_default().as_bytes());
                    self.offsets.push(self.bytes.len() as u32);
                }
                (Place::Text(number), values.iter().map(Option::is_some).collect())
            }
        };
        let mut bits = vec![0; self.width()];
        let valid = valid.iter().take(self.rows as usize).enumerate().filter(|(_, valid)| **valid);
        valid.for_each(|(row, _)| bits[row / 8] |= 1 << (row % 8));
        self.validity.extend(bits);
        self.columns.push(place);
    }

    /// The integer column of this number, if it is one and any row has a value.
    pub fn integers(&self, column: usize) -> Option<IntegerColumn<'_>> {
        let Place::Integers(place) = self.columns.get(column)? else { return None };
        let values = part(&self.integers, *place, self.rows as usize)?;
        Some(IntegerColumn { validity: self.valid(column)?, values })
    }

    /// The float column of this number, if it is one and any row has a value.
    pub fn floats(&self, column: usize) -> Option<FloatColumn<'_>> {
        let Place::Floats(place) = self.columns.get(column)? else { return None };
        let values = part(&self.floats, *place, self.rows as usize)?;
        Some(FloatColumn { validity: self.valid(column)?, values })
    }

    /// The text column of this number, if it is one and any row has a value.
    pub fn text(&self, column: usize) -> Option<TextColumn<'_>> {
        let Place::Text(place) = self.columns.get(column)? else { return None };
        let offsets = part(&self.offsets, *place, self.rows as usize + 1)?;
        Some(TextColumn { validity: self.valid(column)?, offsets, bytes: &self.bytes })
    }

    /// Bytes of one column's bitmap.
    fn width(&self) -> usize {
        (self.rows as usize).div_ceil(8)
    }

    fn valid(&self, column: usize) -> Option<&[u8]> {
        self.validity.get(column * self.width()..)?.get(..self.width())
    }
}

/// The part of this number, all parts having so many entries.
fn part<T>(list: &[T], number: u32, length: usize) -> Option<&[T]> {
    list.get((number as usize).checked_mul(length)?..)?.get(..length)
}

impl<'a> TextColumn<'a> {
    /// The text of a row, if it has one.
    pub fn get(self, row: usize) -> Option<&'a str> {
        self.bytes(row).and_then(|bytes| str::from_utf8(bytes).ok())
    }

    /// The same as bytes; the agent has checked that they are UTF-8.
    pub fn bytes(self, row: usize) -> Option<&'a [u8]> {
        self.bytes.get(self.range(row)?)
    }

    /// Where the text of a row lies among the bytes of all columns, if it has one.
    pub fn range(self, row: usize) -> Option<Range<usize>> {
        let [start, end] = self.offsets.get(row..row + 2)? else { return None };
        is_valid(self.validity, row).then_some(*start as usize..*end as usize)
    }

    /// Every row that has a text, with its bytes.
    ///
    /// # Panics
    /// If offsets do not ascend, or not within the bytes.
    pub fn values(self) -> impl Iterator<Item = (usize, &'a [u8])> {
        let rows = self.offsets.array_windows().enumerate();
        let valid = rows.filter(move |(row, _)| is_valid(self.validity, *row));
        valid.map(move |(row, [start, end])| (row, &self.bytes[*start as usize..*end as usize]))
    }

    /// The offsets of all rows, and the end of the last.
    pub fn offsets(self) -> &'a [u32] {
        self.offsets
    }
}

impl IntegerColumn<'_> {
    /// The number of a row, if it has one.
    pub fn get(self, row: usize) -> Option<i64> {
        self.values.get(row).copied().filter(|_| is_valid(self.validity, row))
    }
}

impl FloatColumn<'_> {
    /// The number of a row, if it has one.
    pub fn get(self, row: usize) -> Option<f64> {
        self.values.get(row).copied().filter(|_| is_valid(self.validity, row))
    }
}

fn is_valid(validity: &[u8], row: usize) -> bool {
    validity.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn texts(values: &[Option<&str>]) -> Column {
        Column::Text(values.iter().map(|value| value.map(str::to_owned)).collect())
    }

    #[test]
    fn a_row_without_a_value_is_not_an_empty_one() {
        let batch = Batch::new(4, vec![texts(&[Some("ls"), Some(""), None, Some("id")])]);
        let text = batch.text(0).expect("a text column");
        let rows: Vec<_> = (0..5).map(|row| text.get(row)).collect();
        assert_eq!(rows, [Some("ls"), Some(""), None, Some("id"), None]);
    }

    #[test]
    fn columns_of_one_kind_do_not_mix() {
        let columns = vec![
            texts(&[Some("a"), None]),
            Column::Absent,
            Column::Integers(vec![Some(1), Some(2)]),
            texts(&[None, Some("b")]),
            Column::Integers(vec![None, Some(4)]),
            Column::Floats(vec![Some(0.5), None]),
        ];
        let batch = Batch::new(2, columns);
        let text = |column| batch.text(column).map(|text| [text.get(0), text.get(1)]);
        assert_eq!(text(0), Some([Some("a"), None]));
        assert_eq!((text(1), text(2)), (None, None));
        assert_eq!(text(3), Some([None, Some("b")]));
        let integers = batch.integers(4).expect("an integer column");
        assert_eq!([0, 1, 2].map(|row| integers.get(row)), [None, Some(4), None]);
        let floats = batch.floats(5).expect("a float column");
        assert_eq!([0, 1].map(|row| floats.get(row)), [Some(0.5), None]);
    }
}
