//! A disk in memory for the write-ahead log, and bytes that it believes: `docs/wal.md`.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};

use daemoneye_wal::{RECORD_BYTES, SEGMENT_BYTES, Storage};

/// Where a segment's header has the segment's number.
const NUMBER: std::ops::Range<usize> = 12..20;
/// How a record begins.
const MAGIC: &[u8] = b"DWR1";

/// Segments in memory.
#[derive(Debug, Clone, Default)]
pub struct Memory(pub BTreeMap<u64, Vec<u8>>);

impl Memory {
    fn segment(&mut self, number: u64) -> io::Result<&mut Vec<u8>> {
        self.0.get_mut(&number).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

impl Storage for Memory {
    fn segments(&mut self) -> io::Result<Vec<u64>> {
        Ok(self.0.keys().copied().collect())
    }

    fn create(&mut self, segment: u64, header: &[u8]) -> io::Result<()> {
        match self.0.insert(segment, header.to_vec()) {
            None => Ok(()),
            Some(_) => Err(ErrorKind::AlreadyExists.into()),
        }
    }

    fn append(&mut self, segment: u64, bytes: &[u8]) -> io::Result<()> {
        self.segment(segment)?.extend(bytes);
        Ok(())
    }

    fn sync(&mut self, segment: u64) -> io::Result<()> {
        self.segment(segment).map(|_| ())
    }

    fn cut(&mut self, segment: u64, length: u64) -> io::Result<()> {
        let length = usize::try_from(length).expect("in memory");
        self.segment(segment)?.truncate(length);
        Ok(())
    }

    fn read(&mut self, segment: u64, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let bytes = self.segment(segment)?;
        let from = usize::try_from(offset).expect("in memory").min(bytes.len());
        Ok(bytes[from..bytes.len().min(from.saturating_add(length))].to_vec())
    }

    fn remove(&mut self, segment: u64) -> io::Result<()> {
        self.0.remove(&segment).map(|_| ()).ok_or_else(|| ErrorKind::NotFound.into())
    }
}

/// Gives a segment the number and the checksums that it would have if the log had written it: no
/// fuzzer finds those by trying.
pub fn forge(number: u64, bytes: &mut [u8]) {
    if bytes.len() < SEGMENT_BYTES {
        return;
    }
    bytes[NUMBER].copy_from_slice(&number.to_le_bytes());
    let header = crc32c::crc32c(&bytes[..SEGMENT_BYTES - 4]);
    bytes[SEGMENT_BYTES - 4..SEGMENT_BYTES].copy_from_slice(&header.to_le_bytes());
    let mut at = SEGMENT_BYTES;
    while at + RECORD_BYTES <= bytes.len() {
        at += forge_record(number, &mut bytes[at..]);
    }
}

/// Returns how long it is; one byte if it is none.
fn forge_record(number: u64, bytes: &mut [u8]) -> usize {
    let length = u32::from_le_bytes(bytes[4..8].try_into().expect("four bytes")) as usize;
    let end = RECORD_BYTES.saturating_add(length);
    if !bytes.starts_with(MAGIC) || end > bytes.len() {
        return 1;
    }
    let mut checksum = crc32c::crc32c(&number.to_le_bytes());
    checksum = crc32c::crc32c_append(checksum, &bytes[..8]);
    checksum = crc32c::crc32c_append(checksum, &bytes[12..end]);
    bytes[8..12].copy_from_slice(&checksum.to_le_bytes());
    end
}
