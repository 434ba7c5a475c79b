//! Opening: once at a time, only what is a store, for the owner alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use daemoneye_bus::alert::Severity;
use daemoneye_store::{Commit, OpenError, SCHEMA, SegmentId, Store};
use redb::{Database, TableDefinition};
use tempfile::TempDir;

use crate::samples::{alert, batch, everything, write};

fn place() -> (TempDir, PathBuf) {
    let directory = tempfile::tempdir().expect("a directory");
    let path = directory.path().join("data/store.redb");
    (directory, path)
}

#[test]
fn a_reopened_store_has_everything_that_was_committed() {
    let (_directory, path) = place();
    let store = Store::open(&path).expect("a store");
    let alerts = vec![alert("a", Severity::High)];
    let batches = vec![batch("s", 1, 3), batch("s", 2, 1024)];
    let commit = Commit { batches, alerts, judged: Some(SegmentId(1)) };
    store.commit(&commit).expect("a commit");
    let (before, created) = (everything(&store), store.created().expect("a time"));
    drop(store);

    let store = Store::open(&path).expect("the same store");
    assert_eq!(everything(&store), before);
    assert_eq!(store.counts().expect("counts").events, 1027);
    assert_eq!(store.created().expect("a time"), created);
    let alerts = store.alerts(0, Severity::Info, 10).expect("alerts");
    assert_eq!(alerts, [(1, alert("a", Severity::High))]);
    let unjudged: Vec<_> = store.unjudged().expect("segments").map(|s| s.expect("one").0).collect();
    assert_eq!(unjudged, [SegmentId(2)]);
    assert_eq!(write(&store, vec![batch("s", 2, 1)]).duplicates, 1);
}

#[test]
fn file_and_new_directory_are_the_owners_alone() {
    let (_directory, path) = place();
    let _store = Store::open(&path).expect("a store");
    let mode = |path| fs::metadata(path).expect("it exists").permissions().mode() & 0o777;
    assert_eq!(mode(path.as_path()), 0o600);
    assert_eq!(mode(path.parent().expect("a directory")), 0o700);
}

#[test]
fn a_store_that_others_could_read_is_closed_to_them() {
    let (_directory, path) = place();
    drop(Store::open(&path).expect("a store"));
    fs::set_permissions(&path, fs::Permissions::from_mode(0o644)).expect("ours");
    let _store = Store::open(&path).expect("the same store");
    assert_eq!(fs::metadata(&path).expect("it exists").permissions().mode() & 0o777, 0o600);
}

#[test]
fn a_second_open_is_refused_until_the_first_is_gone() {
    let (_directory, path) = place();
    let first = Store::open(&path).expect("a store");
    match Store::open(&path) {
        Err(OpenError::InUse(named)) => assert_eq!(named, path),
        other => panic!("{other:?}"),
    }
    drop(first);
    Store::open(&path).expect("free again");
}

#[test]
fn a_newer_schema_is_refused_with_both_numbers_and_left_alone() {
    const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
    let (_directory, path) = place();
    drop(Store::open(&path).expect("a store"));
    let database = Database::open(&path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    transaction.open_table(META).expect("meta").insert("schema", SCHEMA + 1).expect("room");
    transaction.commit().expect("a commit");
    drop(database);
    match Store::open(&path) {
        Err(OpenError::NewerSchema { found, known, .. }) => {
            assert_eq!((found, known), (SCHEMA + 1, SCHEMA));
        }
        other => panic!("{other:?}"),
    }
}

#[test]
fn what_is_no_store_is_damaged_and_keeps_its_bytes() {
    let (_directory, path) = place();
    drop(Store::open(&path).expect("a store"));
    let store = fs::read(&path).expect("a file");
    for bytes in [&b"not a store at all"[..], &[0xff; 8192], &store[..store.len() / 2], &store[..7]]
    {
        fs::write(&path, bytes).expect("a file");
        match Store::open(&path) {
            Err(OpenError::Damaged { path: named, .. }) => assert_eq!(named, path),
            other => panic!("{} bytes: {other:?}", bytes.len()),
        }
        assert_eq!(fs::read(&path).expect("a file"), bytes);
    }
}

#[test]
fn a_place_where_no_file_can_be_is_an_io_error() {
    let (directory, _) = place();
    match Store::open(directory.path()) {
        Err(OpenError::Io { path, .. }) => assert_eq!(path, directory.path()),
        other => panic!("{other:?}"),
    }
}
