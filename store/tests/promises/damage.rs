//! Damage: what is damaged is named, and everything else is readable.

use daemoneye_bus::alert::Severity;
use daemoneye_store::{ReadError, SegmentError, SegmentId, Store};
use redb::{Database, ReadableTable, TableDefinition};

use crate::samples::{batch, write};

const SEGMENTS: TableDefinition<u64, &[u8]> = TableDefinition::new("segments");
const ALERTS: TableDefinition<u64, &[u8]> = TableDefinition::new("alerts");

#[test]
fn a_damaged_segment_is_named_and_the_others_are_read() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.redb");
    let store = Store::open(&path).expect("a store");
    write(&store, (1..=5).map(|number| batch("s", number, 10)).collect());
    drop(store);
    alter(&path, 2, |bytes| *bytes.last_mut().expect("bytes") ^= 1);
    alter(&path, 4, |bytes| bytes.truncate(12));

    let store = Store::open(&path).expect("the same store");
    for newest_first in [false, true] {
        let (mut read, mut damaged) = (Vec::new(), Vec::new());
        for segment in store.segments(.., newest_first).expect("segments") {
            match segment {
                Ok((SegmentId(id), _, _)) => read.push(id),
                Err(ReadError::Segment { id, cause }) => damaged.push((id.0, cause)),
                Err(other) => panic!("{other}"),
            }
        }
        read.sort_unstable();
        damaged.sort_unstable_by_key(|(id, _)| *id);
        assert_eq!(read, [1, 3, 5]);
        assert!(matches!(
            damaged[..],
            [(2, SegmentError::Checksum { .. }), (4, SegmentError::Torn(12))]
        ));
    }
    let error = store.segment(SegmentId(2)).expect_err("damaged");
    assert!(error.to_string().starts_with("segment 2: checksum "), "{error}");
}

#[test]
fn a_damaged_alert_is_named() {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("store.redb");
    drop(Store::open(&path).expect("a store"));
    let database = Database::open(&path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    transaction.open_table(ALERTS).expect("alerts").insert(7, &b"{"[..]).expect("room");
    transaction.commit().expect("a commit");
    drop(database);
    let store = Store::open(&path).expect("the same store");
    let error = store.alerts(0, Severity::Info, 10).expect_err("no alert");
    assert!(error.to_string().starts_with("alert 7: "), "{error}");
    assert_eq!(store.alerts(7, Severity::Info, 10).expect("alerts"), []);
}

fn alter(path: &std::path::Path, id: u64, change: impl FnOnce(&mut Vec<u8>)) {
    let database = Database::open(path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    {
        let mut table = transaction.open_table(SEGMENTS).expect("segments");
        let mut bytes = table.get(id).expect("a read").expect("a segment").value().to_vec();
        change(&mut bytes);
        table.insert(id, bytes.as_slice()).expect("room");
    }
    transaction.commit().expect("a commit");
}
