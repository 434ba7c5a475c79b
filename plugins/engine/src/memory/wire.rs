//! One thing after the other as postcard, and back.

use serde::{Deserialize, Serialize};

use super::RestoreError;
use crate::number::Number;
use crate::rule::Constant;

/// A value, or a key.
#[derive(Clone, Copy, Serialize, Deserialize)]
pub(crate) enum Kept<'a> {
    Null,
    Integer(i64),
    Float(f64),
    #[serde(borrow)]
    Text(#[serde(with = "serde_bytes")] &'a [u8]),
}

/// Writes into one list.
pub(crate) struct Writer(Vec<u8>);

/// Reads what a writer has written.
pub(crate) struct Reader<'a>(&'a [u8]);

impl Writer {
    /// For about so many bytes: memory that grows would be there twice.
    pub(crate) fn with_room_for(bytes: usize) -> Self {
        Writer(Vec::with_capacity(bytes + 1_024))
    }

    pub(crate) fn put(&mut self, value: &impl Serialize) {
        let bytes = std::mem::take(&mut self.0);
        self.0 = postcard::to_extend(value, bytes).expect("numbers and bytes only");
    }

    pub(crate) fn finish(self) -> Vec<u8> {
        self.0
    }
}

impl<'a> Reader<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Reader(bytes)
    }

    pub(crate) fn next<T: Deserialize<'a>>(&mut self) -> Result<T, RestoreError> {
        let (value, rest) = postcard::take_from_bytes(self.0)?;
        self.0 = rest;
        Ok(value)
    }

    pub(crate) fn finish(&self) -> Result<(), RestoreError> {
        if self.0.is_empty() { Ok(()) } else { Err(RestoreError::Trailing(self.0.len())) }
    }
}

impl<'a> From<&'a Constant> for Kept<'a> {
    fn from(constant: &'a Constant) -> Self {
        match constant {
            Constant::Null => Kept::Null,
            Constant::Number(Number::Integer(integer)) => Kept::Integer(*integer),
            Constant::Number(Number::Float(float)) => Kept::Float(*float),
            Constant::Text { raw, .. } => Kept::Text(raw),
        }
    }
}

impl From<Kept<'_>> for Constant {
    fn from(kept: Kept<'_>) -> Self {
        match kept {
            Kept::Null => Constant::Null,
            Kept::Integer(integer) => Constant::Number(Number::Integer(integer)),
            Kept::Float(float) => Constant::Number(Number::Float(float)),
            Kept::Text(text) => Constant::text(text),
        }
    }
}

/// Everything that is remembered is bounded far below.
pub(crate) fn count(number: usize) -> u32 {
    u32::try_from(number).expect("fewer than four thousand million")
}
