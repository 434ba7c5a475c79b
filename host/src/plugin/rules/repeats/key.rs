//! What an event is known by: the bytes of all its values that rules read.
//!
//! A text is its length and one in two bytes, then its bytes; a number is a byte 1 and its eight bytes.
//! No value is a zero in the place of what comes first. The columns are the same for all events, so
//! that no two events have the same key unless they have the same values.

use daemoneye_bus::event::{Batch, Column, Field, FieldType};

/// Events with more in their values are not known again, bytes.
pub(super) const MAX_BYTES: usize = 16 << 10;

/// The keys of the events of one batch.
pub(in super::super) struct Keys<'b> {
    columns: Vec<Source<'b>>,
    key: Vec<u8>,
}

/// Where the values of one column are.
enum Source<'b> {
    /// No event of the batch has one; what stands for that.
    Absent(&'static [u8]),
    There(&'b Column),
}

impl<'b> Keys<'b> {
    pub(super) fn of(batch: &'b Batch, fields: &[Field]) -> Self {
        let source = |field: &Field| match (batch.column(*field), field.field_type()) {
            (Some(column), _) => Source::There(column),
            (None, FieldType::Text) => Source::Absent(&[0; 2]),
            (None, FieldType::Integer | FieldType::Float) => Source::Absent(&[0]),
        };
        Keys { columns: fields.iter().map(source).collect(), key: Vec::new() }
    }

    /// The key of a row; nothing for one with too much in its values.
    pub(in super::super) fn row(&mut self, row: usize) -> Option<&[u8]> {
        self.key.clear();
        for column in &self.columns {
            match column {
                Source::Absent(nothing) => self.key.extend_from_slice(nothing),
                Source::There(column) => push(&mut self.key, column, row)?,
            }
        }
        (self.key.len() <= MAX_BYTES).then_some(&self.key)
    }
}

fn push(key: &mut Vec<u8>, column: &Column, row: usize) -> Option<()> {
    let has_value = column.validity().is_valid(row);
    match column {
        Column::Text { offsets, bytes, .. } if has_value => {
            let text = &bytes[offsets[row] as usize..offsets[row + 1] as usize];
            let length = u16::try_from(text.len()).ok().filter(|l| usize::from(*l) <= MAX_BYTES)?;
            key.extend_from_slice(&(length + 1).to_le_bytes());
            key.extend_from_slice(text);
        }
        Column::Text { .. } => key.extend_from_slice(&[0; 2]),
        Column::Integers { values, .. } if has_value => number(key, values[row].to_le_bytes()),
        Column::Floats { values, .. } if has_value => {
            number(key, values[row].to_bits().to_le_bytes());
        }
        Column::Integers { .. } | Column::Floats { .. } => key.push(0),
    }
    Some(())
}

fn number(key: &mut Vec<u8>, bytes: [u8; 8]) {
    key.push(1);
    key.extend_from_slice(&bytes);
}
