//! Reading columns: the values of rows instead of offsets and bitmaps.

use crate::rules::{Batch, Column, Floats, Integers, Text};

impl Batch {
    /// The text column of this number, if it is one and any row has a value.
    pub fn text(&self, column: usize) -> Option<&Text> {
        match self.columns.get(column) {
            Some(Column::Text(text)) => Some(text),
            _ => None,
        }
    }
}

impl Text {
    /// The text of a row, if it has one.
    pub fn get(&self, row: usize) -> Option<&str> {
        self.bytes(row).and_then(|bytes| str::from_utf8(bytes).ok())
    }

    /// The same as bytes; the agent has checked that they are UTF-8.
    pub fn bytes(&self, row: usize) -> Option<&[u8]> {
        let start = *self.offsets.get(row)? as usize;
        let end = *self.offsets.get(row + 1)? as usize;
        is_valid(&self.validity, row).then(|| self.bytes.get(start..end)).flatten()
    }
}

impl Integers {
    /// The number of a row, if it has one.
    pub fn get(&self, row: usize) -> Option<i64> {
        self.values.get(row).copied().filter(|_| is_valid(&self.validity, row))
    }
}

impl Floats {
    /// The number of a row, if it has one.
    pub fn get(&self, row: usize) -> Option<f64> {
        self.values.get(row).copied().filter(|_| is_valid(&self.validity, row))
    }
}

fn is_valid(validity: &[u8], row: usize) -> bool {
    validity.is_empty() || validity.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_without_a_value_is_not_an_empty_one() {
        let bytes = b"lsid".to_vec();
        let text = Text { validity: vec![0b1011], offsets: vec![0, 2, 2, 2, 4], bytes };
        let rows: Vec<_> = (0..5).map(|row| text.get(row)).collect();
        assert_eq!(rows, [Some("ls"), Some(""), None, Some("id"), None]);
    }

    #[test]
    fn without_a_bitmap_every_row_has_a_value() {
        let integers = Integers { validity: vec![], values: vec![0, 7] };
        assert_eq!([0, 1, 2].map(|row| integers.get(row)), [Some(0), Some(7), None]);
        let floats = Floats { validity: vec![0b10], values: vec![0.0, 0.5] };
        assert_eq!([0, 1, 2].map(|row| floats.get(row)), [None, Some(0.5), None]);
    }
}
