//! One column in Arrow's layout. On the wire, numbers are little-endian bytes, so that encoding and
//! decoding are copies.

use serde::{Deserialize, Serialize};

/// Which rows have a value: one bit per row, the least significant bit of the first byte is row 0.
/// Empty means that every row has one.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Validity(#[serde(with = "serde_bytes")] pub Vec<u8>);

impl Validity {
    /// Whether the row has a value.
    pub fn is_valid(&self, row: usize) -> bool {
        self.0.is_empty() || self.0.get(row / 8).is_some_and(|byte| byte >> (row % 8) & 1 == 1)
    }

    /// `rows` rows, none of which has a value yet.
    pub(super) fn none(rows: usize) -> Self {
        Validity(vec![0; rows.div_ceil(8)])
    }

    /// Appends row number `row`.
    pub(super) fn push(&mut self, row: usize, valid: bool) {
        if row.is_multiple_of(8) {
            self.0.push(0);
        }
        self.0[row / 8] |= u8::from(valid) << (row % 8);
    }

    /// Empty if every one of the rows has a value.
    pub(super) fn shrink(self, rows: usize) -> Self {
        let full = (0..rows).all(|row| self.is_valid(row));
        if full { Validity::default() } else { self }
    }
}

/// The values of one field in a batch.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Column {
    /// Of a field of type integer.
    Integers {
        /// Which rows have a value.
        validity: Validity,
        /// One number per row; zero where the row has no value.
        #[serde(with = "integers")]
        values: Vec<i64>,
    },
    /// Of a field of type float.
    Floats {
        /// Which rows have a value.
        validity: Validity,
        /// One number per row; zero where the row has no value.
        #[serde(with = "floats")]
        values: Vec<f64>,
    },
    /// Of a field of type text.
    Text {
        /// Which rows have a value.
        validity: Validity,
        /// Row `i` is `bytes[offsets[i]..offsets[i + 1]]`.
        #[serde(with = "offsets")]
        offsets: Vec<u32>,
        /// The texts of all rows, one after the other, UTF-8.
        #[serde(with = "serde_bytes")]
        bytes: Vec<u8>,
    },
}

impl Column {
    /// Which rows have a value.
    pub fn validity(&self) -> &Validity {
        match self {
            Column::Integers { validity, .. }
            | Column::Floats { validity, .. }
            | Column::Text { validity, .. } => validity,
        }
    }
}

macro_rules! little_endian {
    ($module:ident, $number:ty) => {
        mod $module {
            use serde::{Deserializer, Serializer, de::Error};

            pub(super) fn serialize<S: Serializer>(
                values: &[$number],
                serializer: S,
            ) -> Result<S::Ok, S::Error> {
                let bytes: Vec<_> = values.iter().map(|value| value.to_le_bytes()).collect();
                serde_bytes::serialize(bytes.as_flattened(), serializer)
            }

            pub(super) fn deserialize<'de, D: Deserializer<'de>>(
                deserializer: D,
            ) -> Result<Vec<$number>, D::Error> {
                const SIZE: usize = size_of::<$number>();
                let bytes: &[u8] = serde_bytes::deserialize(deserializer)?;
                let (values, rest) = bytes.as_chunks::<SIZE>();
                if !rest.is_empty() {
                    return Err(D::Error::invalid_length(
                        bytes.len(),
                        &"whole numbers of 4 or 8 bytes",
                    ));
                }
                Ok(values.iter().map(|value| <$number>::from_le_bytes(*value)).collect())
            }
        }
    };
}

little_endian!(integers, i64);
little_endian!(floats, f64);
little_endian!(offsets, u32);
