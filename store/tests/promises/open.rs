//! Opening: once at a time, only what is a store, for the owner alone.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::PathBuf;

use daemoneye_bus::alert::Severity;
use daemoneye_store::{Commit, NewAlert, OpenError, SCHEMA, SegmentId, Store};
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
    let alerts = vec![alert("a", Severity::High).into()];
    let batches = vec![batch("s", 1, 3), batch("s", 2, 1024)];
    let commit = Commit { batches, alerts, judged: Some(SegmentId(1)), ..Commit::default() };
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

/// What version 1 of the schema had, written by hand.
fn old_store(path: &std::path::Path) {
    const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
    const SEGMENTS: TableDefinition<u64, &[u8]> = TableDefinition::new("segments");
    const SOURCES: TableDefinition<&str, (u64, u64, u64)> = TableDefinition::new("sources");
    const ALERTS: TableDefinition<u64, &[u8]> = TableDefinition::new("alerts");
    const ALERT_IDS: TableDefinition<&str, u64> = TableDefinition::new("alert_ids");
    fs::create_dir_all(path.parent().expect("a directory")).expect("a directory");
    let database = Database::create(path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    {
        let mut meta = transaction.open_table(META).expect("meta");
        meta.insert("schema", 1).expect("room");
        meta.insert("created", 77).expect("room");
        transaction.open_table(SEGMENTS).expect("segments");
        transaction.open_table(SOURCES).expect("sources");
        let json = serde_json::to_vec(&alert("old", Severity::High)).expect("JSON");
        transaction.open_table(ALERTS).expect("alerts").insert(1, &*json).expect("room");
        transaction.open_table(ALERT_IDS).expect("ids").insert("old", 1).expect("room");
    }
    transaction.commit().expect("a commit");
}

#[test]
fn a_store_without_a_sum_of_its_bytes_is_upgraded_and_has_one() {
    const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
    let (_directory, path) = place();
    let store = Store::open(&path).expect("a store");
    write(&store, vec![batch("s", 1, 3), batch("s", 2, 9)]);
    let before = store.counts().expect("counts");
    drop(store);
    let database = Database::open(&path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    {
        let mut meta = transaction.open_table(META).expect("meta");
        meta.insert("schema", 2).expect("room");
        meta.remove("bytes").expect("gone");
    }
    transaction.commit().expect("a commit");
    drop(database);
    let store = Store::open(&path).expect("upgraded");
    assert_eq!(store.counts().expect("counts"), before);
    assert!(before.bytes > 0);
}

#[test]
fn a_store_without_an_outbox_is_upgraded_and_owes_nobody_what_it_had() {
    let (_directory, path) = place();
    old_store(&path);
    for _ in 0..2 {
        let store = Store::open(&path).expect("upgraded");
        assert_eq!(store.created().expect("a time"), 77);
        let alerts = store.alerts(0, Severity::Info, 10).expect("alerts");
        assert_eq!(alerts, [(1, alert("old", Severity::High))]);
        assert_eq!(store.sinks().expect("accounts"), []);
        assert!(store.owed_numbers("x", 9).expect("numbers").is_empty());
    }
    let store = Store::open(&path).expect("the same store");
    let alerts =
        vec![NewAlert { alert: alert("new", Severity::Low), owed_to: ["x".into()].into() }];
    store.commit(&Commit { alerts, ..Commit::default() }).expect("a commit");
    assert_eq!(store.owed_numbers("x", 9).expect("what is owed"), [2]);
}

#[test]
fn a_store_of_schema_three_is_upgraded_and_all_of_its_alerts_are_open() {
    use daemoneye_bus::handling::AlertState;
    use redb::TableHandle;

    const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
    let (_directory, path) = place();
    let store = Store::open(&path).expect("a store");
    write(&store, vec![batch("s", 1, 3)]);
    let alerts =
        vec![NewAlert { alert: alert("old", Severity::High), owed_to: ["x".into()].into() }];
    store.commit(&Commit { alerts, ..Commit::default() }).expect("a commit");
    let before = store.counts().expect("counts");
    drop(store);
    let database = Database::open(&path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    for table in [
        "delivered",
        "handled",
        "repeats",
        "acts",
        "alert_acts",
        "exceptions",
        "exception_hits",
        "excepted",
        "disabled_rules",
    ] {
        let there = transaction.list_tables().expect("tables").find(|one| one.name() == table);
        let gone = transaction.delete_table(there.expect(table)).expect("deleted");
        assert!(gone, "{table}");
    }
    transaction.open_table(META).expect("meta").insert("schema", 3).expect("room");
    transaction.commit().expect("a commit");
    drop(database);

    for _ in 0..2 {
        let store = Store::open(&path).expect("upgraded");
        assert_eq!(store.counts().expect("counts"), before);
        let alerts = store.handled(Some(AlertState::Open), Severity::Info, 9).expect("alerts");
        assert_eq!(alerts, [(1, alert("old", Severity::High), AlertState::Open, 0)]);
        assert_eq!(store.owed_numbers("x", 9).expect("numbers"), [1]);
        assert!(store.exceptions().expect("exceptions").is_empty());
        assert!(store.disabled_rules().expect("rules").is_empty());
    }
}

#[test]
fn a_store_of_schema_four_is_upgraded_and_only_new_segments_have_digests() {
    use redb::TableHandle;

    const META: TableDefinition<&str, u64> = TableDefinition::new("meta");
    let (_directory, path) = place();
    let store = Store::open(&path).expect("a store");
    write(&store, vec![batch("s", 1, 64)]);
    let before = everything(&store);
    drop(store);
    let database = Database::open(&path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    let mut tables = transaction.list_tables().expect("tables");
    let digests = tables.find(|table| table.name() == "digests").expect("digests");
    drop(tables);
    assert!(transaction.delete_table(digests).expect("deleted"));
    transaction.open_table(META).expect("meta").insert("schema", 4).expect("room");
    transaction.commit().expect("a commit");
    drop(database);

    let store = Store::open(&path).expect("upgraded");
    assert_eq!(everything(&store), before);
    write(&store, vec![batch("s", 2, 64), batch("s", 3, 63)]);
    let snapshot = store.snapshot().expect("segments");
    let has = |id| snapshot.digest(SegmentId(id)).expect("storage").is_some();
    assert_eq!([1, 2, 3].map(has), [false, true, false], "few events need none");
}
