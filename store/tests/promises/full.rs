//! A disk without room, and a disk that is gone.

use daemoneye_store::{Commit, CommitError, Store};

use crate::disk::Disk;
use crate::samples::{batch, everything, write};

fn big(number: u64) -> Commit {
    // Lengths that differ do not compress away: more than a few pages.
    let batches = (0..20).map(|n| batch("s", number + n, 1024)).collect();
    Commit { batches, ..Commit::default() }
}

#[test]
fn a_full_disk_is_named_and_leaves_the_store_readable() {
    let disk = Disk::default();
    let store = Store::with_backend(disk.clone()).expect("a store");
    write(&store, vec![batch("s", 1, 1024)]);
    let before = everything(&store);
    for room in 0..12 {
        disk.room_for(Some(room));
        let error = store.commit(&big(2)).expect_err("no room");
        assert!(matches!(error, CommitError::Full), "room for {room} pages: {error}");
        assert_eq!(everything(&store), before, "room for {room} pages");
    }
}

#[test]
fn a_commit_succeeds_as_soon_as_there_is_room() {
    let disk = Disk::default();
    let store = Store::with_backend(disk.clone()).expect("a store");
    disk.room_for(Some(2));
    store.commit(&big(1)).expect_err("no room");
    disk.room_for(None);
    let committed = store.commit(&big(1)).expect("room");
    assert!(committed.segments.iter().all(Option::is_some), "nothing of it was there before");
    assert_eq!(everything(&store).len(), 20);
}

#[test]
fn a_store_whose_disk_is_gone_acknowledges_nothing_until_it_is_back() {
    let disk = Disk::default();
    let store = Store::with_backend(disk.clone()).expect("a store");
    write(&store, vec![batch("s", 1, 10)]);
    disk.power_for(Some(0));
    for _ in 0..3 {
        let error = store.commit(&big(2)).expect_err("no disk");
        assert!(matches!(error, CommitError::Storage(_)), "{error}");
        // What is still in memory may be read, and nothing else.
        assert!(store.counts().is_ok_and(|counts| counts.events == 10) || store.counts().is_err());
    }
    disk.power_for(None);
    store.commit(&big(2)).expect("the disk is back");
    assert_eq!(everything(&store).len(), 21);
}
