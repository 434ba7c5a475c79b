//! A crash at any moment: what was acknowledged is there, every commit is there whole or not at all.

use daemoneye_bus::alert::Severity;
use daemoneye_store::{Commit, Fate, NewAlert, SegmentId, Settled, Store};
use proptest::prelude::*;

use crate::disk::Disk;
use crate::samples::{alert, batch, everything};

/// Batches in each commit.
const WIDTH: u64 = 3;

fn commit(number: u64) -> Commit {
    let batches = (1..=WIDTH).map(|n| batch("s", number * WIDTH + n, 200)).collect();
    let alert = alert(&format!("alert {number}"), Severity::High);
    let alerts = vec![NewAlert { alert, owed_to: ["sink".to_owned()].into() }];
    // The receipt for the alert of the commit before.
    let settled = Settled { sink: "sink".to_owned(), number, fate: Fate::Delivered { at: 7 } };
    let judged = Some(SegmentId(number * WIDTH));
    Commit { batches, alerts, settled: vec![settled], judged, ..Commit::default() }
}

/// How many commits were acknowledged before the disk's power was gone, and the disk.
fn write_until_the_crash(syncs: u64) -> (u64, Disk) {
    let disk = Disk::default();
    let store = Store::with_backend(disk.clone()).expect("a store");
    disk.power_for(Some(syncs));
    let acknowledged = (0..).take_while(|number| store.commit(&commit(*number)).is_ok()).count();
    (acknowledged as u64, disk)
}

fn check(acknowledged: u64, disk: &Disk, fate: impl FnMut() -> u8) {
    let store = Store::with_backend(disk.after_crash(fate)).expect("a store, repaired");
    let found = everything(&store);
    let commits = found.len() as u64 / WIDTH;
    assert_eq!(found.len() as u64, commits * WIDTH, "every commit is whole");
    assert!(commits == acknowledged || commits == acknowledged + 1, "{commits} {acknowledged}");
    let written = (1..).map(|number| batch("s", number, 200).batch);
    assert!(found.iter().zip(written).all(|((_, found), written)| *found == written));
    let counts = store.counts().expect("counts");
    assert_eq!((counts.events, counts.alerts), (commits * WIDTH * 200, commits));
    let unjudged = store.unjudged().expect("segments").count() as u64;
    assert_eq!(unjudged, if commits == 0 { 0 } else { WIDTH });
    let owed = store.owed_numbers("sink", 100).expect("what is owed");
    assert_eq!(owed, if commits == 0 { vec![] } else { vec![commits] }, "the last has no receipt");
    store.commit(&commit(commits)).expect("and it goes on");
}

#[test]
fn a_crash_at_any_sync_keeps_what_was_acknowledged() {
    for syncs in 1..16 {
        let (acknowledged, disk) = write_until_the_crash(syncs);
        for fate in [0, 1, 2] {
            check(acknowledged, &disk, || fate);
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_of_the_last_writes_reached_the_disk_every_commit_is_whole(
        syncs in 1u64..12,
        fates in prop::collection::vec(0u8..3, 1..64),
    ) {
        let (acknowledged, disk) = write_until_the_crash(syncs);
        let mut fates = fates.iter().copied().cycle();
        check(acknowledged, &disk, || fates.next().expect("endless"));
    }
}
