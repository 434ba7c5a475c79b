//! Many events as columns: the one shape of an event on the bus, in memory, in the store and in
//! front of a plugin.

use serde::{Deserialize, Serialize, Serializer};

use super::column::{Column, Validity};
use super::row::{Event, Value};
use super::schema::{Field, FieldType};

/// The most rows a batch may have.
pub const MAX_ROWS: usize = 1024;

/// The size of text at which a builder calls itself full. One event may be larger than this.
const FULL_BYTES: usize = 1 << 20;

/// 1 to [`MAX_ROWS`] events as columns.
///
/// Invariant: every column has the type of its field and as many rows as the batch, and every text
/// is UTF-8. A batch from outside passes [`Batch::from_columns`] before it is one.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Encoded")]
pub struct Batch {
    rows: usize,
    /// Ascending by field; a field without a value in any row is not in the list.
    columns: Vec<(Field, Column)>,
}

/// Why columns are not a batch.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BatchError {
    /// Zero, or more than [`MAX_ROWS`].
    #[error("batch of {0} rows, not 1 to 1024")]
    Rows(usize),
    /// A number that the schema does not have.
    #[error("unknown field number {0}")]
    UnknownField(u8),
    /// Fields must ascend, so that each occurs once.
    #[error("field {} out of order", .0.name())]
    Order(Field),
    /// A column of another type than its field.
    #[error("field {} with a column of another type", .0.name())]
    Type(Field),
    /// A column of another length than the batch.
    #[error("field {} with a column of another length than the batch", .0.name())]
    Length(Field),
    /// Offsets that do not start at 0, decrease, or leave the bytes.
    #[error("field {} with offsets that do not cut its bytes into rows", .0.name())]
    Offsets(Field),
    /// Bytes that are not UTF-8.
    #[error("field {} with text that is not UTF-8", .0.name())]
    Utf8(Field),
}

/// How a batch is written, with columns `C`: owned when read, borrowed when written.
#[derive(Serialize, Deserialize)]
struct Encoded<C = Column> {
    rows: u32,
    columns: Vec<(u8, C)>,
}

impl Serialize for Batch {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let columns = self.columns.iter().map(|(f, c)| (f.number(), c)).collect();
        let rows = u32::try_from(self.rows).expect("at most MAX_ROWS");
        Encoded { rows, columns }.serialize(serializer)
    }
}

impl TryFrom<Encoded> for Batch {
    type Error = BatchError;

    fn try_from(encoded: Encoded) -> Result<Self, BatchError> {
        let numbered = |(number, column)| {
            Field::from_number(number).map(|f| (f, column)).ok_or(BatchError::UnknownField(number))
        };
        let columns = encoded.columns.into_iter().map(numbered).collect::<Result<_, _>>()?;
        Batch::from_columns(encoded.rows as usize, columns)
    }
}

impl Batch {
    /// Checks columns and makes them a batch.
    ///
    /// # Errors
    /// The first thing that does not hold, with the field it concerns.
    pub fn from_columns(rows: usize, columns: Vec<(Field, Column)>) -> Result<Self, BatchError> {
        if rows == 0 || rows > MAX_ROWS {
            return Err(BatchError::Rows(rows));
        }
        if let Some(pair) = columns.windows(2).find(|pair| pair[0].0 >= pair[1].0) {
            return Err(BatchError::Order(pair[1].0));
        }
        columns.iter().try_for_each(|(field, column)| check(*field, column, rows))?;
        Ok(Batch { rows, columns })
    }

    /// The events as columns, or nothing if there are none.
    ///
    /// # Panics
    /// If there are more than [`MAX_ROWS`].
    pub fn from_events<'a>(events: impl IntoIterator<Item = &'a Event>) -> Option<Self> {
        let mut builder = BatchBuilder::default();
        events.into_iter().for_each(|event| builder.push(event));
        builder.finish()
    }

    /// How many events there are, 1 to [`MAX_ROWS`].
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// The columns that have a value in some row, ascending by field.
    pub fn columns(&self) -> &[(Field, Column)] {
        &self.columns
    }

    /// The column of a field, or nothing if no row has a value.
    pub fn column(&self, field: Field) -> Option<&Column> {
        let at = self.columns.binary_search_by_key(&field, |(field, _)| *field).ok()?;
        Some(&self.columns[at].1)
    }

    /// The text of a row, if it has one.
    pub fn text(&self, field: Field, row: usize) -> Option<&str> {
        match self.column(field)? {
            Column::Text { validity, offsets, bytes } if validity.is_valid(row) => {
                let range = *offsets.get(row)? as usize..*offsets.get(row + 1)? as usize;
                std::str::from_utf8(&bytes[range]).ok()
            }
            _ => None,
        }
    }

    /// The integer of a row, if it has one.
    pub fn integer(&self, field: Field, row: usize) -> Option<i64> {
        match self.column(field)? {
            Column::Integers { validity, values } if validity.is_valid(row) => {
                values.get(row).copied()
            }
            _ => None,
        }
    }

    /// The value of a row, if it has one.
    pub fn value(&self, field: Field, row: usize) -> Option<Value> {
        match self.column(field)? {
            Column::Integers { .. } => self.integer(field, row).map(Value::Integer),
            Column::Text { .. } => self.text(field, row).map(Value::from),
            Column::Floats { validity, values } if validity.is_valid(row) => {
                values.get(row).copied().map(Value::Float)
            }
            Column::Floats { .. } => None,
        }
    }

    /// One row.
    pub fn event(&self, row: usize) -> Event {
        let mut event = Event::default();
        for (field, _) in &self.columns {
            if let Some(value) = self.value(*field, row) {
                event.set(*field, value);
            }
        }
        event
    }

    /// Every row.
    pub fn events(&self) -> impl Iterator<Item = Event> {
        (0..self.rows).map(|row| self.event(row))
    }
}

fn check(field: Field, column: &Column, rows: usize) -> Result<(), BatchError> {
    let bits = &column.validity().0;
    if !bits.is_empty() && bits.len() != rows.div_ceil(8) {
        return Err(BatchError::Length(field));
    }
    let (length, of_type) = match column {
        Column::Integers { values, .. } => (values.len(), FieldType::Integer),
        Column::Floats { values, .. } => (values.len(), FieldType::Float),
        Column::Text { offsets, .. } => (offsets.len().wrapping_sub(1), FieldType::Text),
    };
    if of_type != field.field_type() {
        return Err(BatchError::Type(field));
    }
    if length != rows {
        return Err(BatchError::Length(field));
    }
    match column {
        Column::Text { offsets, bytes, .. } => check_text(field, offsets, bytes),
        _ => Ok(()),
    }
}

fn check_text(field: Field, offsets: &[u32], bytes: &[u8]) -> Result<(), BatchError> {
    let text = std::str::from_utf8(bytes).map_err(|_| BatchError::Utf8(field))?;
    let ends = offsets.last().map(|last| *last as usize) == Some(bytes.len());
    if offsets.first() != Some(&0) || !ends || !offsets.is_sorted() {
        return Err(BatchError::Offsets(field));
    }
    if offsets.iter().any(|offset| !text.is_char_boundary(*offset as usize)) {
        return Err(BatchError::Utf8(field));
    }
    Ok(())
}

/// Collects rows into columns.
#[derive(Debug, Default)]
pub struct BatchBuilder {
    rows: usize,
    text_bytes: usize,
    columns: Vec<Option<Column>>,
}

impl BatchBuilder {
    /// How many events there are so far.
    pub fn rows(&self) -> usize {
        self.rows
    }

    /// Whether the next event belongs into another batch.
    pub fn is_full(&self) -> bool {
        self.rows == MAX_ROWS || self.text_bytes >= FULL_BYTES
    }

    /// Appends one event.
    ///
    /// # Panics
    /// If the batch has [`MAX_ROWS`] already.
    pub fn push(&mut self, event: &Event) {
        assert!(self.rows < MAX_ROWS, "a batch has at most {MAX_ROWS} rows");
        self.columns.resize_with(Field::ALL.len(), || None);
        for field in Field::ALL {
            let column = &mut self.columns[usize::from(field.number())];
            match (event.get(*field), column) {
                (None, None) => {}
                (value, column) => {
                    let column = column.get_or_insert_with(|| Column::empty(*field, self.rows));
                    self.text_bytes += column.push(self.rows, value);
                }
            }
        }
        self.rows += 1;
    }

    /// The batch, or nothing if no event was pushed. The builder is empty afterwards.
    pub fn finish(&mut self) -> Option<Batch> {
        let BatchBuilder { rows, columns, .. } = std::mem::take(self);
        let columns = Field::ALL.iter().zip(columns);
        let columns = columns.filter_map(|(f, c)| c.map(|c| (*f, c.shrink(rows)))).collect();
        (rows > 0).then_some(Batch { rows, columns })
    }
}

impl Column {
    /// `rows` rows without a value.
    fn empty(field: Field, rows: usize) -> Self {
        let validity = Validity::none(rows);
        match field.field_type() {
            FieldType::Integer => Column::Integers { validity, values: vec![0; rows] },
            FieldType::Float => Column::Floats { validity, values: vec![0.0; rows] },
            FieldType::Text => {
                Column::Text { validity, offsets: vec![0; rows + 1], bytes: Vec::new() }
            }
        }
    }

    /// Appends row number `row`; returns how many bytes of text that was.
    fn push(&mut self, row: usize, value: Option<&Value>) -> usize {
        match self {
            Column::Integers { validity, values } => {
                let value =
                    if let Some(Value::Integer(value)) = value { Some(*value) } else { None };
                validity.push(row, value.is_some());
                values.push(value.unwrap_or_default());
                0
            }
            Column::Floats { validity, values } => {
                let value = if let Some(Value::Float(value)) = value { Some(*value) } else { None };
                validity.push(row, value.is_some());
                values.push(value.unwrap_or_default());
                0
            }
            Column::Text { validity, offsets, bytes } => {
                let text = if let Some(Value::Text(text)) = value { Some(text) } else { None };
                validity.push(row, text.is_some());
                bytes.extend_from_slice(text.map_or(&[], |text| text.as_bytes()));
                offsets.push(u32::try_from(bytes.len()).expect("a batch of less than 4 GiB"));
                text.map_or(0, String::len)
            }
        }
    }

    fn shrink(self, rows: usize) -> Self {
        match self {
            Column::Integers { validity, values } => {
                Column::Integers { validity: validity.shrink(rows), values }
            }
            Column::Floats { validity, values } => {
                Column::Floats { validity: validity.shrink(rows), values }
            }
            Column::Text { validity, offsets, bytes } => {
                Column::Text { validity: validity.shrink(rows), offsets, bytes }
            }
        }
    }
}
