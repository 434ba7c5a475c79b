//! A plan as bytes: the version as two little-endian bytes, then postcard.

use serde::Deserialize;

use crate::check::{PlanError, check};
use crate::{Column, Correlation, MAX_BYTES, Node, Operand, Plan, VERSION};

/// Why bytes are not a plan.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DecodeError {
    /// More than [`MAX_BYTES`].
    #[error("plan of {0} bytes, over {MAX_BYTES}")]
    TooLong(usize),
    /// Not even a version.
    #[error("plan of {0} bytes, too short for a version")]
    TooShort(usize),
    /// Another version than [`VERSION`].
    #[error("plan of version {0}, not {VERSION}")]
    Version(u16),
    /// Not what postcard writes.
    #[error("plan is malformed: {0}")]
    Malformed(#[from] postcard::Error),
    /// Bytes after the end.
    #[error("plan is followed by {0} bytes")]
    Trailing(usize),
    /// Well-formed, but no plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

/// What is written, before it is checked.
#[derive(Deserialize)]
struct Unchecked {
    columns: Vec<Column>,
    clauses: Vec<String>,
    operands: Vec<Operand>,
    nodes: Vec<Node>,
    correlation: Option<Correlation>,
}

impl Plan {
    /// The plan as bytes.
    ///
    /// # Errors
    /// If there are more than [`MAX_BYTES`].
    pub fn to_bytes(&self) -> Result<Vec<u8>, DecodeError> {
        let bytes = postcard::to_extend(self, VERSION.to_le_bytes().to_vec())?;
        if bytes.len() > MAX_BYTES { Err(DecodeError::TooLong(bytes.len())) } else { Ok(bytes) }
    }

    /// The plan that these bytes are.
    ///
    /// # Errors
    /// If they are of another version, malformed or too long, or do not make a plan.
    pub fn from_bytes(bytes: &[u8]) -> Result<Plan, DecodeError> {
        if bytes.len() > MAX_BYTES {
            return Err(DecodeError::TooLong(bytes.len()));
        }
        let short = DecodeError::TooShort(bytes.len());
        let (version, body) = bytes.split_first_chunk().ok_or(short)?;
        match u16::from_le_bytes(*version) {
            VERSION => decode(body),
            other => Err(DecodeError::Version(other)),
        }
    }
}

fn decode(body: &[u8]) -> Result<Plan, DecodeError> {
    let (unchecked, rest) = postcard::take_from_bytes::<Unchecked>(body)?;
    if !rest.is_empty() {
        return Err(DecodeError::Trailing(rest.len()));
    }
    let Unchecked { columns, clauses, operands, nodes, correlation } = unchecked;
    Ok(check(Plan { columns, clauses, operands, nodes, correlation })?)
}
