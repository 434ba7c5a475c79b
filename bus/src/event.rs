//! What was observed: the schema, one event as a row, many events as columns.

mod batch;
mod column;
mod json;
mod key;
mod row;
mod schema;
mod select;

pub use batch::{Batch, BatchBuilder, BatchError, MAX_ROWS};
pub use column::{Column, Validity};
pub use json::{JsonError, from_json, to_json, write_json};
pub use key::{ParseProcessKeyError, ProcessKey};
pub use row::{Event, Kind, Value};
pub use schema::{Field, FieldType};
