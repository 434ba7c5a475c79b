//! A batch as bytes: a header that can be read alone, then the columns, each compressed by itself.
//!
//! ```text
//! offset  bytes  what, little-endian
//!      0      1  version, 2
//!      1      4  CRC32C of everything from offset 5
//!      5      4  rows
//!      9      8  time of the first event, microseconds since the Unix epoch
//!     17      8  time of the last event
//!     25      4  length of the list of columns
//!     29      -  the list as postcard: for each column its field, its length before and after
//!                compression
//!      -      -  the columns in this order, each as postcard, compressed as one LZ4 block
//! ```
//!
//! Segments of version 1 have one block for the whole batch as postcard, and its length before
//! compression at offset 25. They are read, and written no more.

use daemoneye_bus::event::{Batch, Column, Field};

const VERSION: u8 = 2;
/// One block for the whole batch.
const VERSION_WHOLE: u8 = 1;
const HEADER_BYTES: usize = 29;
/// A byte of an LZ4 block makes at most so many: whoever claims more is not believed.
const MAX_EXPANSION: usize = 255;

/// What can be known of a segment without its columns.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SegmentHeader {
    /// Events.
    pub rows: u32,
    /// Time of the earliest event, microseconds since the Unix epoch; 0 if no event has a time.
    pub first_time: i64,
    /// Time of the latest event.
    pub last_time: i64,
}

/// What is wrong with a segment.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum SegmentError {
    /// Shorter than its header.
    #[error("torn after {0} bytes")]
    Torn(usize),
    /// Written by a newer program.
    #[error("version {0}, not 1 or 2")]
    Version(u8),
    /// Its bytes have changed.
    #[error("checksum {computed:08x}, not {stated:08x}")]
    Checksum {
        /// What the header says.
        stated: u32,
        /// What the bytes have.
        computed: u32,
    },
    /// Its bytes have the right checksum and make no sense.
    #[error("no batch: {0}")]
    Batch(String),
}

pub(crate) fn encode(batch: &Batch) -> Vec<u8> {
    let (first_time, last_time) = times(batch);
    let mut bytes = vec![0; 5];
    bytes[0] = VERSION;
    bytes.extend(u32::try_from(batch.rows()).expect("at most 1,024").to_le_bytes());
    bytes.extend(first_time.to_le_bytes());
    bytes.extend(last_time.to_le_bytes());
    let (list, blocks) = blocks(batch);
    let list = postcard::to_stdvec(&list).expect("a list is plain data");
    bytes.extend(u32::try_from(list.len()).expect("a list of at most 256").to_le_bytes());
    bytes.extend(list);
    bytes.extend(blocks);
    let checksum = crc32c::crc32c(&bytes[5..]);
    bytes[1..5].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

/// For each column its field and its length before and after compression; and all columns.
type List = Vec<(u8, u32, u32)>;

fn blocks(batch: &Batch) -> (List, Vec<u8>) {
    let (mut list, mut blocks) = (List::new(), Vec::new());
    let length = |bytes: &[u8]| u32::try_from(bytes.len()).expect("a column of less than 4 GiB");
    for (field, column) in batch.columns() {
        let column = postcard::to_stdvec(column).expect("a column is plain data");
        let block = lz4_flex::block::compress(&column);
        list.push((field.number(), length(&column), length(&block)));
        blocks.extend(block);
    }
    (list, blocks)
}

pub(crate) fn header(bytes: &[u8]) -> Result<SegmentHeader, SegmentError> {
    let header: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(SegmentError::Torn(bytes.len()))?;
    if !matches!(header[0], VERSION | VERSION_WHOLE) {
        return Err(SegmentError::Version(header[0]));
    }
    let (stated, computed) = (number(header, 1), crc32c::crc32c(&bytes[5..]));
    if stated != computed {
        return Err(SegmentError::Checksum { stated, computed });
    }
    let time = |at: usize| {
        let bytes = header[at..at + 8].try_into().expect("eight bytes of the header");
        i64::from_le_bytes(bytes)
    };
    Ok(SegmentHeader { rows: number(header, 5), first_time: time(9), last_time: time(17) })
}

/// The columns of the fields that are `wanted`.
pub(crate) fn decode(
    bytes: &[u8],
    wanted: impl Fn(Field) -> bool,
) -> Result<(SegmentHeader, Batch), SegmentError> {
    let found = header(bytes)?;
    Ok((found, decode_checked(bytes, found, wanted)?))
}

/// The same of a segment whose header was read.
pub(crate) fn decode_checked(
    bytes: &[u8],
    found: SegmentHeader,
    wanted: impl Fn(Field) -> bool,
) -> Result<Batch, SegmentError> {
    let length = number(bytes.first_chunk().expect("the header was read"), 25) as usize;
    let body = &bytes[HEADER_BYTES..];
    match bytes[0] {
        VERSION_WHOLE => {
            postcard::from_bytes(&decompressed(body, length)?).map_err(|error| no_batch(&error))
        }
        _ => columns(found.rows as usize, body, length, wanted),
    }
}

fn columns(
    rows: usize,
    body: &[u8],
    length: usize,
    wanted: impl Fn(Field) -> bool,
) -> Result<Batch, SegmentError> {
    let (list, mut blocks) = body.split_at_checked(length).ok_or_else(|| no_batch(&"no list"))?;
    let list: List = postcard::from_bytes(list).map_err(|error| no_batch(&error))?;
    let mut columns = Vec::new();
    for (number, length, compressed) in list {
        let (block, rest) = blocks
            .split_at_checked(compressed as usize)
            .ok_or_else(|| no_batch(&format!("field number {number} without its bytes")))?;
        blocks = rest;
        let field = Field::from_number(number)
            .ok_or_else(|| no_batch(&format!("unknown field number {number}")))?;
        if wanted(field) {
            let column = decompressed(block, length as usize)?;
            let column: Column = postcard::from_bytes(&column).map_err(|error| no_batch(&error))?;
            columns.push((field, column));
        }
    }
    Batch::from_columns(rows, columns).map_err(|error| no_batch(&error))
}

fn decompressed(block: &[u8], length: usize) -> Result<Vec<u8>, SegmentError> {
    if length > block.len() * MAX_EXPANSION {
        return Err(no_batch(&format!("{} bytes cannot hold {length}", block.len())));
    }
    lz4_flex::block::decompress(block, length).map_err(|error| no_batch(&error))
}

fn no_batch(cause: &impl ToString) -> SegmentError {
    SegmentError::Batch(cause.to_string())
}

fn number(header: &[u8; HEADER_BYTES], at: usize) -> u32 {
    u32::from_le_bytes(header[at..at + 4].try_into().expect("four bytes of the header"))
}

/// The earliest and the latest time in a batch.
fn times(batch: &Batch) -> (i64, i64) {
    let Some(Column::Integers { validity, values }) = batch.column(Field::Time) else {
        return (0, 0);
    };
    let valid = values.iter().enumerate().filter(|(row, _)| validity.is_valid(*row));
    let valid: Vec<i64> = valid.map(|(_, time)| *time).collect();
    (valid.iter().min().copied().unwrap_or(0), valid.iter().max().copied().unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Event, Kind};
    use proptest::prelude::*;

    fn batch(lines: &[String]) -> Batch {
        let event = |(time, line): (usize, &String)| {
            Event::new(Kind::Exec, 100 - i64::try_from(time).expect("a small number"))
                .with(Field::CommandLine, line.as_str())
        };
        Batch::from_events(&lines.iter().enumerate().map(event).collect::<Vec<_>>())
            .expect("events")
    }

    fn decode(bytes: &[u8]) -> Result<(SegmentHeader, Batch), SegmentError> {
        super::decode(bytes, |_| true)
    }

    /// As segments were before each column was by itself.
    fn encode_whole(batch: &Batch) -> Vec<u8> {
        let whole = postcard::to_stdvec(batch).expect("plain data");
        let mut bytes = encode(batch);
        bytes[0] = VERSION_WHOLE;
        bytes.truncate(25);
        bytes.extend(u32::try_from(whole.len()).expect("small").to_le_bytes());
        bytes.extend(lz4_flex::block::compress(&whole));
        let checksum = crc32c::crc32c(&bytes[5..]);
        bytes[1..5].copy_from_slice(&checksum.to_le_bytes());
        bytes
    }

    #[test]
    fn a_segment_of_the_version_before_is_read() {
        let batch = batch(&["one".into(), "two".into()]);
        assert_eq!(decode(&encode_whole(&batch)).expect("a segment").1, batch);
    }

    #[test]
    fn only_the_columns_that_are_wanted_are_read() {
        let bytes = encode(&batch(&["one".into(), "two".into()]));
        let (_, found) = super::decode(&bytes, |field| field == Field::Time).expect("a segment");
        let fields: Vec<Field> = found.columns().iter().map(|(field, _)| *field).collect();
        assert_eq!((fields, found.rows()), (vec![Field::Time], 2));
    }

    #[test]
    fn a_flipped_bit_anywhere_is_an_error() {
        let bytes = encode(&batch(&["one".into(), "two".into()]));
        for bit in 0..bytes.len() * 8 {
            let mut damaged = bytes.clone();
            damaged[bit / 8] ^= 1 << (bit % 8);
            assert!(decode(&damaged).is_err(), "bit {bit}");
        }
    }

    #[test]
    fn a_torn_segment_is_an_error_wherever_it_is_torn() {
        let bytes = encode(&batch(&["one".into()]));
        for length in 0..bytes.len() {
            assert!(decode(&bytes[..length]).is_err(), "{length} bytes");
        }
    }

    proptest! {
        #[test]
        fn every_batch_is_read_back_with_its_times(lines in prop::collection::vec(".*", 1..50)) {
            let batch = batch(&lines);
            let (header, again) = decode(&encode(&batch)).expect("a segment");
            prop_assert_eq!(again, batch);
            let first = 101 - i64::try_from(lines.len()).expect("a small number");
            prop_assert_eq!((header.first_time, header.last_time), (first, 100));
            prop_assert_eq!(header.rows as usize, lines.len());
        }
    }
}
