//! How a segment begins: whose it is, and where the log stood when it was begun. Pure.

use crate::record::LAST;

/// The length of a segment's header.
pub const SEGMENT_BYTES: usize = 64;

const MAGIC: [u8; 8] = *b"DEYEWAL\0";
const VERSION: u32 = 1;

/// Where a log stood when a segment was begun.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Start {
    /// The log's own number.
    pub(crate) id: u64,
    /// The sequence of the next record. Records of earlier segments that are not below it are void:
    /// their commit has failed.
    pub(crate) next: u64,
    /// Everything up to and with this sequence is acknowledged.
    pub(crate) acknowledged: u64,
    /// The mark of the last record.
    pub(crate) mark: u64,
    /// See [`Wal::base`](crate::Wal::base).
    pub(crate) base: u64,
}

impl Start {
    /// The header of the segment with this number.
    pub(crate) fn encode(&self, segment: u64) -> [u8; SEGMENT_BYTES] {
        let mut header = [0; SEGMENT_BYTES];
        header[..8].copy_from_slice(&MAGIC);
        header[8..12].copy_from_slice(&VERSION.to_le_bytes());
        let numbers = [segment, self.id, self.next, self.acknowledged, self.mark, self.base];
        for (field, number) in header[12..60].chunks_exact_mut(8).zip(numbers) {
            field.copy_from_slice(&number.to_le_bytes());
        }
        let checksum = crc32c::crc32c(&header[..60]);
        header[60..].copy_from_slice(&checksum.to_le_bytes());
        header
    }

    /// Reads the header of the segment with this number; nothing if it is not one.
    pub(crate) fn decode(segment: u64, bytes: &[u8]) -> Option<Self> {
        let header: &[u8; SEGMENT_BYTES] = bytes.first_chunk()?;
        let mut numbers = header[12..60]
            .chunks_exact(8)
            .map(|field| u64::from_le_bytes(field.try_into().expect("chunks of 8 bytes")));
        let mut number = || numbers.next().expect("48 bytes are 6 numbers");
        let stated = number();
        let start = Start {
            id: number(),
            next: number(),
            acknowledged: number(),
            mark: number(),
            base: number(),
        };
        let is_whole = stated == segment && start.encode(segment) == *header;
        (is_whole && start.is_possible()).then_some(start)
    }

    /// Whether a log can have stood there: nothing is acknowledged before it is written.
    fn is_possible(&self) -> bool {
        let Start { next, acknowledged, base, .. } = *self;
        (1..=LAST).contains(&next) && acknowledged < next && base < next
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_header_is_read_back_unless_no_log_can_have_stood_there() {
        let start = |next, acknowledged, base| Start { id: 9, next, acknowledged, mark: 7, base };
        let table = [
            (start(1, 0, 0), true),
            (start(5, 4, 4), true),
            (start(LAST, 0, 0), true),
            (start(LAST + 1, 0, 0), false),
            (start(0, 0, 0), false),
            (start(5, 5, 0), false),
            (start(5, 0, 5), false),
        ];
        for (start, is_read) in table {
            let expected = is_read.then_some(start);
            assert_eq!(Start::decode(3, &start.encode(3)), expected, "{start:?}");
            assert_eq!(Start::decode(4, &start.encode(3)), None, "another segment's");
        }
    }
}
