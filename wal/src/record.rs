//! How one record is written, and how the next whole one is found after damage. Pure.

use std::ops::Range;

/// The longest payload: a frame of the bus and what names it.
pub const MAX_PAYLOAD: usize = (16 << 20) + 4096;
/// The length of what stands before the payload.
pub const RECORD_BYTES: usize = 32;
/// No sequence and no number of a segment is higher: counting goes on behind all that is believed.
pub(crate) const LAST: u64 = u64::MAX / 2;

/// How every record begins.
const MAGIC: [u8; 4] = *b"DWR1";

/// What a record is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Something to be kept until it is acknowledged.
    Data,
    /// Everything up to and with the record of this sequence is acknowledged.
    Acknowledgement,
}

impl Kind {
    fn number(self) -> u32 {
        match self {
            Kind::Data => 1,
            Kind::Acknowledgement => 2,
        }
    }

    fn of(number: u32) -> Option<Self> {
        [Kind::Data, Kind::Acknowledgement].into_iter().find(|kind| kind.number() == number)
    }
}

/// What stands before the payload.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) kind: Kind,
    pub(crate) sequence: u64,
    pub(crate) mark: u64,
    pub(crate) length: usize,
    checksum: u32,
}

/// Appends a record.
pub(crate) fn encode(
    segment: u64,
    kind: Kind,
    (sequence, mark): (u64, u64),
    payload: &[u8],
    into: &mut Vec<u8>,
) {
    let length = u32::try_from(payload.len()).expect("the caller has compared it with the cap");
    let fields = fields(kind, sequence, mark);
    let checksum = checksum(segment, length, &fields, payload);
    into.extend(MAGIC);
    into.extend(length.to_le_bytes());
    into.extend(checksum.to_le_bytes());
    into.extend(fields);
    into.extend(payload);
}

impl Header {
    /// Reads it; nothing if no record can begin so.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (magic, rest) = bytes.split_first_chunk()?;
        let (length, rest) = rest.split_first_chunk()?;
        let (checksum, rest) = rest.split_first_chunk()?;
        let (kind, rest) = rest.split_first_chunk()?;
        let (sequence, rest) = rest.split_first_chunk()?;
        let (mark, _) = rest.split_first_chunk()?;
        let length = usize::try_from(u32::from_le_bytes(*length)).ok()?;
        let kind = Kind::of(u32::from_le_bytes(*kind))?;
        let sequence = u64::from_le_bytes(*sequence);
        let is_possible = length <= MAX_PAYLOAD && (1..=LAST).contains(&sequence);
        (*magic == MAGIC && is_possible).then_some(Header {
            kind,
            sequence,
            mark: u64::from_le_bytes(*mark),
            length,
            checksum: u32::from_le_bytes(*checksum),
        })
    }

    /// Whether this is the payload that the record was written with, in this segment.
    pub(crate) fn fits(&self, segment: u64, payload: &[u8]) -> bool {
        let Ok(length) = u32::try_from(self.length) else { return false };
        let fields = fields(self.kind, self.sequence, self.mark);
        payload.len() == self.length && checksum(segment, length, &fields, payload) == self.checksum
    }
}

fn fields(kind: Kind, sequence: u64, mark: u64) -> [u8; 20] {
    let mut fields = [0; 20];
    fields[..4].copy_from_slice(&kind.number().to_le_bytes());
    fields[4..12].copy_from_slice(&sequence.to_le_bytes());
    fields[12..].copy_from_slice(&mark.to_le_bytes());
    fields
}

/// Over the segment's number, too: a block of another file is no block of this one.
fn checksum(segment: u64, length: u32, fields: &[u8; 20], payload: &[u8]) -> u32 {
    let start = crc32c::crc32c(&segment.to_le_bytes());
    let start = crc32c::crc32c_append(start, &MAGIC);
    let start = crc32c::crc32c_append(start, &length.to_le_bytes());
    crc32c::crc32c_append(crc32c::crc32c_append(start, fields), payload)
}

/// What a segment consists of.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Piece {
    /// A whole record.
    Record {
        /// What it is.
        header: Header,
        /// Where its payload is.
        payload: Range<usize>,
    },
    /// Bytes that are no record: to the next one, or to the end.
    Damage(Range<usize>),
}

/// The pieces of a segment from an offset on.
pub(crate) struct Pieces<'a> {
    segment: u64,
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Pieces<'a> {
    pub(crate) fn new(segment: u64, bytes: &'a [u8], at: usize) -> Self {
        Pieces { segment, bytes, at }
    }

    fn record(&self, at: usize) -> Option<(Header, Range<usize>)> {
        let header = Header::decode(self.bytes.get(at..)?)?;
        let payload = at + RECORD_BYTES..at + RECORD_BYTES + header.length;
        header.fits(self.segment, self.bytes.get(payload.clone())?).then_some((header, payload))
    }
}

impl Iterator for Pieces<'_> {
    type Item = Piece;

    fn next(&mut self) -> Option<Piece> {
        let from = self.at;
        if from >= self.bytes.len() {
            return None;
        }
        if let Some((header, payload)) = self.record(from) {
            self.at = payload.end;
            return Some(Piece::Record { header, payload });
        }
        let is_whole = |at: &usize| self.bytes[*at] == MAGIC[0] && self.record(*at).is_some();
        self.at = (from + 1..self.bytes.len()).find(is_whole).unwrap_or(self.bytes.len());
        Some(Piece::Damage(from..self.at))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_sequence_that_cannot_be_counted_on_from_is_none() {
        for (sequence, is_read) in [(0, false), (1, true), (LAST, true), (LAST + 1, false)] {
            for kind in [Kind::Data, Kind::Acknowledgement] {
                let mut record = Vec::new();
                encode(1, kind, (sequence, u64::MAX), b"x", &mut record);
                assert_eq!(Header::decode(&record).is_some(), is_read, "{kind:?} {sequence}");
            }
        }
    }
}
