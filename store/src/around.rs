//! What was observed around a moment, without reading everything that is stored.
//!
//! Segments are in the order in which they came, which is nearly that of their events: the search
//! begins a few segments before the place where the moment should be, and ends a few after it.

use daemoneye_bus::event::Batch;
use redb::{ReadOnlyTable, ReadableTable};

use crate::Store;
use crate::read::ReadError;
use crate::segment::{self, SegmentHeader};
use crate::tables::SEGMENTS;

/// So many segments in a row that are too early or too late may stand between others.
const STRAYS: u64 = 32;

type Table = ReadOnlyTable<u64, &'static [u8]>;

impl Store {
    /// Batches with events between two times (microseconds since the Unix epoch), and perhaps
    /// others, in the order in which they came; at most `limit`. Damaged segments are passed over,
    /// and counted.
    ///
    /// # Errors
    /// If the storage fails.
    pub fn between(
        &self,
        from: i64,
        to: i64,
        limit: usize,
    ) -> Result<(Vec<Batch>, u64), ReadError> {
        let table = self.begin()?.open_table(SEGMENTS)?;
        let start = first_not_before(&table, from)?.saturating_sub(STRAYS);
        let (mut batches, mut damaged, mut late) = (Vec::new(), 0, 0);
        for entry in table.range(start..)? {
            let (_, bytes) = entry?;
            let Ok(header) = segment::header(bytes.value()) else {
                damaged += 1;
                continue;
            };
            late = if header.first_time > to { late + 1 } else { 0 };
            if late > STRAYS || batches.len() >= limit {
                break;
            }
            if header.last_time >= from && header.first_time <= to {
                match segment::decode(bytes.value(), |_| true) {
                    Ok((_, batch)) => batches.push(batch),
                    Err(_) => damaged += 1,
                }
            }
        }
        Ok((batches, damaged))
    }
}

/// By halves: the id of the first segment that ends at that time or later, if all were in order.
fn first_not_before(table: &Table, time: i64) -> Result<u64, ReadError> {
    let (mut low, mut high) = match (table.first()?, table.last()?) {
        (Some((first, _)), Some((last, _))) => (first.value(), last.value() + 1),
        _ => return Ok(0),
    };
    while low < high {
        let middle = low + (high - low) / 2;
        if next_header(table, middle)?.is_some_and(|header| header.last_time < time) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    Ok(low)
}

/// The header of the first segment from there on that can be read.
fn next_header(table: &Table, id: u64) -> Result<Option<SegmentHeader>, ReadError> {
    for entry in table.range(id..)? {
        if let Ok(header) = segment::header(entry?.1.value()) {
            return Ok(Some(header));
        }
    }
    Ok(None)
}
