//! What a restart may find of a write-ahead log: anything, damaged or forged with its checksums.
#![no_main]

use daemoneye_fuzz::segments::{Memory, forge};
use daemoneye_wal::{Cursor, Entry, Limits, Wal};
use libfuzzer_sys::fuzz_target;

const LIMITS: Limits = Limits { total: 1 << 20, segment: 64 << 10 };
/// Whether the checksums are mended.
const FORGED: u8 = 0x80;

fuzz_target!(|data: &[u8]| {
    let Some((way, data)) = data.split_first() else { return };
    let is_forged = way & FORGED != 0;
    let disk = disk(is_forged, 1 + usize::from(way & 3), data);
    let (mut wal, recovery) = Wal::open(disk.clone(), LIMITS, 7).expect("memory does not fail");
    let found = read(&mut wal);
    // A forged number may make the count pass over what is read later.
    assert!(is_forged || found.len() as u64 == recovery.waiting, "{found:?} of {recovery:?}");
    let next = wal.next();
    assert!(found.iter().all(|entry| entry.sequence < next));
    // The same disk says the same again.
    let (mut twin, _) = Wal::open(disk, LIMITS, 7).expect("memory does not fail");
    assert_eq!(read(&mut twin), found);
    if wal.commit(&[(9, b"more".to_vec())]).is_err() {
        return;
    }
    let after = read(&mut wal);
    assert_eq!(after[..found.len()], found);
    assert_eq!(
        after.last().map(|last| (last.sequence, &last.payload[..])),
        Some((next, &b"more"[..]))
    );
    wal.acknowledge(next).expect("memory does not fail");
    assert_eq!(read(&mut wal), []);
});

/// So many segments of one length, and what is left.
fn disk(is_forged: bool, segments: usize, data: &[u8]) -> Memory {
    let length = data.len().div_ceil(segments).max(1);
    let mut disk = Memory::default();
    for (number, bytes) in (1..).zip(data.chunks(length)) {
        let mut bytes = bytes.to_vec();
        if is_forged {
            forge(number, &mut bytes);
        }
        disk.0.insert(number, bytes);
    }
    disk
}

/// Everything that is not acknowledged, ascending.
fn read(wal: &mut Wal<Memory>) -> Vec<Entry> {
    let mut cursor = Cursor::after(wal.acknowledged());
    let mut entries: Vec<Entry> = Vec::new();
    while let Some(entry) = wal.read(&mut cursor).expect("memory does not fail") {
        assert!(entries.last().is_none_or(|last| last.sequence < entry.sequence));
        entries.push(entry);
    }
    entries
}
