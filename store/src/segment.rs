//! A batch as bytes: a header that can be read alone, then the compressed columns.
//!
//! ```text
//! offset  bytes  what, little-endian
//!      0      1  version, 1
//!      1      4  CRC32C of everything from offset 5
//!      5      4  rows
//!      9      8  time of the first event, microseconds since the Unix epoch
//!     17      8  time of the last event
//!     25      4  length of the columns before compression
//!     29      -  the batch as postcard, compressed as one LZ4 block
//! ```

use daemoneye_bus::event::{Batch, Column, Field};

const VERSION: u8 = 1;
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
    #[error("version {0}, not 1")]
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
    let columns = postcard::to_stdvec(batch).expect("a batch is plain data");
    let (first_time, last_time) = times(batch);
    let mut bytes = vec![0; 5];
    bytes[0] = VERSION;
    bytes.extend(u32::try_from(batch.rows()).expect("at most 1,024").to_le_bytes());
    bytes.extend(first_time.to_le_bytes());
    bytes.extend(last_time.to_le_bytes());
    bytes.extend(u32::try_from(columns.len()).expect("a batch of less than 4 GiB").to_le_bytes());
    bytes.extend(lz4_flex::block::compress(&columns));
    let checksum = crc32c::crc32c(&bytes[5..]);
    bytes[1..5].copy_from_slice(&checksum.to_le_bytes());
    bytes
}

pub(crate) fn header(bytes: &[u8]) -> Result<SegmentHeader, SegmentError> {
    let header: &[u8; HEADER_BYTES] = bytes.first_chunk().ok_or(SegmentError::Torn(bytes.len()))?;
    if header[0] != VERSION {
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

pub(crate) fn decode(bytes: &[u8]) -> Result<(SegmentHeader, Batch), SegmentError> {
    let found = header(bytes)?;
    let length = number(bytes.first_chunk().expect("the header was read"), 25) as usize;
    let compressed = &bytes[HEADER_BYTES..];
    if length > compressed.len() * MAX_EXPANSION {
        return Err(SegmentError::Batch(format!(
            "{} bytes cannot hold {length}",
            compressed.len()
        )));
    }
    let columns = lz4_flex::block::decompress(compressed, length);
    let columns = columns.map_err(|error| SegmentError::Batch(error.to_string()))?;
    let batch = postcard::from_bytes(&columns);
    Ok((found, batch.map_err(|error| SegmentError::Batch(error.to_string()))?))
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
