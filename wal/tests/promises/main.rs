//! What a log promises, on a disk that crashes, tears, fills up and rots.

mod disk;

use daemoneye_wal::{CommitError, Cursor, Directory, Limits, RECORD_BYTES, SEGMENT_BYTES, Wal};
use disk::Disk;
use proptest::prelude::*;

const LIMITS: Limits = Limits { total: 4096, segment: 512 };

type Records = Vec<(u64, Vec<u8>)>;

fn records(texts: &[&str]) -> Records {
    texts.iter().map(|text| (7, text.as_bytes().to_vec())).collect()
}

fn rest(wal: &mut Wal<Disk>, cursor: &mut Cursor) -> Vec<(u64, Vec<u8>)> {
    let next = || wal.read(cursor).expect("the disk works").map(|e| (e.sequence, e.payload));
    std::iter::from_fn(next).collect()
}

fn waiting(wal: &mut Wal<Disk>) -> Vec<(u64, Vec<u8>)> {
    let mut cursor = Cursor::after(wal.acknowledged());
    rest(wal, &mut cursor)
}

fn open(disk: &Disk) -> (Wal<Disk>, daemoneye_wal::Recovery) {
    Wal::open(disk.clone(), LIMITS, 9).expect("the disk works")
}

/// One step of a log's life.
#[derive(Debug, Clone)]
enum Step {
    Commit(Vec<Vec<u8>>),
    /// With room for so many bytes only.
    CommitOnFullDisk(Vec<Vec<u8>>, usize),
    Acknowledge(prop::sample::Index),
    Release,
    /// Of what was not flushed so much survives, and what comes after is this.
    Crash(prop::sample::Index, Vec<u8>),
    Restart,
}

fn step() -> impl Strategy<Value = Step> {
    let payload = prop::collection::vec(any::<u8>(), 0..200);
    let payloads = prop::collection::vec(payload, 1..4);
    prop_oneof![
        6 => payloads.clone().prop_map(Step::Commit),
        2 => (payloads, 0_usize..400).prop_map(|(p, room)| Step::CommitOnFullDisk(p, room)),
        4 => any::<prop::sample::Index>().prop_map(Step::Acknowledge),
        2 => Just(Step::Release),
        2 => (any::<prop::sample::Index>(), prop::collection::vec(any::<u8>(), 0..40))
            .prop_map(|(kept, garbage)| Step::Crash(kept, garbage)),
        1 => Just(Step::Restart),
    ]
}

/// Another number in a field of a segment's header.
#[derive(Debug, Clone)]
struct Forgery {
    segment: u64,
    field: usize,
    number: u64,
    has_checksum: bool,
}

fn forgery() -> impl Strategy<Value = Forgery> {
    let number = prop_oneof![4 => 0..20_u64, 1 => any::<u64>()];
    (1..4_u64, 2..6_usize, number, any::<bool>()).prop_map(
        |(segment, field, number, has_checksum)| Forgery { segment, field, number, has_checksum },
    )
}

impl Forgery {
    fn put(&self, disk: &Disk) {
        let mut segment = disk.segment(self.segment);
        segment[12 + 8 * self.field..][..8].copy_from_slice(&self.number.to_le_bytes());
        let checksum = crc32c::crc32c(&segment[..SEGMENT_BYTES - 4]);
        if self.has_checksum {
            segment[SEGMENT_BYTES - 4..SEGMENT_BYTES].copy_from_slice(&checksum.to_le_bytes());
        }
        disk.put(self.segment, segment);
    }
}

/// What a log must still have.
#[derive(Default)]
struct Model {
    waiting: Records,
    acknowledged: u64,
    /// Up to here acknowledgements are durable.
    settled: u64,
}

impl Model {
    fn commit(&mut self, wal: &mut Wal<Disk>, payloads: Vec<Vec<u8>>) {
        let first = wal.next();
        let batch: Records = payloads.iter().map(|p| (first, p.clone())).collect();
        match wal.commit(&batch) {
            Ok(()) => {
                self.waiting.extend((first..).zip(payloads));
                self.settled = self.acknowledged;
            }
            Err(_) => assert_eq!(wal.next(), first, "a failed commit counts nothing"),
        }
    }

    fn acknowledge(&mut self, wal: &mut Wal<Disk>, index: prop::sample::Index) {
        if self.waiting.is_empty() {
            return;
        }
        let sequence = self.waiting[index.index(self.waiting.len())].0;
        let _forgotten_by_a_crash = wal.acknowledge(sequence);
        self.acknowledged = sequence;
        self.waiting.retain(|(waiting, _)| *waiting > sequence);
    }

    /// After a crash acknowledgements that were not flushed may be forgotten, and commits that
    /// failed may have reached the disk; nothing else.
    fn check_after_crash(&mut self, wal: &mut Wal<Disk>) {
        assert!((self.settled..=self.acknowledged).contains(&wal.acknowledged()));
        let found = waiting(wal);
        let again = found.iter().filter(|(sequence, _)| *sequence <= self.acknowledged).count();
        assert_eq!(found[again..][..self.waiting.len()], self.waiting[..]);
        self.acknowledged = wal.acknowledged();
        self.settled = self.acknowledged;
        self.waiting = found;
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 600, ..ProptestConfig::default() })]

    #[test]
    fn no_history_loses_what_was_committed_or_repeats_what_was_acknowledged(
        steps in prop::collection::vec(step(), 1..40)
    ) {
        let disk = Disk::default();
        let mut wal = open(&disk).0;
        let mut model = Model::default();
        for step in steps {
            match step {
                Step::Commit(payloads) => model.commit(&mut wal, payloads),
                Step::CommitOnFullDisk(payloads, room) => {
                    disk.limit(Some(room));
                    model.commit(&mut wal, payloads);
                    disk.limit(None);
                }
                Step::Acknowledge(index) => model.acknowledge(&mut wal, index),
                Step::Release => { wal.release().expect("the disk works"); }
                Step::Crash(kept, garbage) => {
                    disk.crash(kept, &garbage);
                    wal = open(&disk).0;
                    model.check_after_crash(&mut wal);
                }
                Step::Restart => {
                    wal = open(&disk).0;
                    prop_assert_eq!(wal.acknowledged(), model.acknowledged);
                }
            }
            prop_assert_eq!(&waiting(&mut wal), &model.waiting);
        }
    }

    #[test]
    fn a_bad_block_costs_only_the_records_it_hits(at: prop::sample::Index, length in 1_usize..40) {
        let disk = Disk::default();
        let mut wal = open(&disk).0;
        for number in 0..12_u8 {
            wal.commit(&[(0, vec![number; 60])]).expect("room");
        }
        let before = waiting(&mut wal);
        let hit = disk.damage(at, length);
        let (mut wal, recovery) = open(&disk);
        let after = waiting(&mut wal);
        prop_assert!(after.iter().all(|record| before.contains(record)));
        let size = RECORD_BYTES + 60;
        let most = length.div_ceil(size) + 1;
        prop_assert!(before.len() - after.len() <= most, "{} left", after.len());
        let is_reported = recovery.damaged + recovery.torn > 0;
        prop_assert!(is_reported || hit < SEGMENT_BYTES, "{recovery:?}");
        prop_assert_eq!(recovery.waiting as usize, after.len());
    }

    /// With their checksums, as only somebody who wants to can do it; or with wrong ones.
    #[test]
    fn whatever_forged_headers_say_what_waits_is_what_is_read(
        forgeries in prop::collection::vec(forgery(), 1..4),
    ) {
        let disk = Disk::default();
        let (mut wal, _) = open(&disk);
        for _ in 0..6 {
            wal.commit(&records(&["one", &"x".repeat(200)])).expect("room");
        }
        drop(wal);
        forgeries.iter().for_each(|forgery| forgery.put(&disk));
        let (mut wal, recovery) = open(&disk);
        prop_assert_eq!(waiting(&mut wal).len() as u64, recovery.waiting);
        wal.commit(&records(&["more"])).expect("room");
        let after = waiting(&mut wal);
        prop_assert_eq!(after.last().map(|(_, last)| &last[..]), Some(&b"more"[..]));
    }

    #[test]
    fn no_bytes_make_the_log_panic(segments in prop::collection::vec(any::<Vec<u8>>(), 0..4)) {
        let disk = Disk::default();
        (1..).zip(segments).for_each(|(number, bytes)| disk.put(number, bytes));
        let (mut wal, _) = open(&disk);
        let found = waiting(&mut wal).len();
        wal.commit(&records(&["a"])).expect("room");
        prop_assert_eq!(waiting(&mut wal).len(), found + 1);
    }
}

#[test]
fn sequences_marks_and_the_number_of_the_log_go_on_when_everything_was_released() {
    let disk = Disk::default();
    let mut wal = open(&disk).0;
    wal.commit(&[(40, b"a".to_vec()), (41, b"b".to_vec())]).expect("room");
    wal.acknowledge(2).expect("room");
    drop(wal);
    drop(Wal::open(disk.clone(), LIMITS, 10).expect("the disk works"));
    let (mut wal, recovery) = Wal::open(disk.clone(), LIMITS, 11).expect("the disk works");
    assert_eq!((wal.id(), wal.next(), wal.mark(), wal.base()), (9, 3, 41, 0));
    assert_eq!(recovery, daemoneye_wal::Recovery::default());
    assert_eq!(disk.count(), 1, "only the segment that was just begun");
    wal.commit(&records(&["c"])).expect("room");
    assert_eq!(waiting(&mut wal), [(3, b"c".to_vec())]);
}

#[test]
fn a_commit_is_one_flush_however_many_records_it_has() {
    let disk = Disk::default();
    let mut wal = open(&disk).0;
    let before = disk.flushes();
    wal.commit(&records(&["a", "b", "c", "d"])).expect("room");
    assert_eq!(disk.flushes(), before + 1);
}

#[test]
fn the_limit_is_kept_and_what_is_acknowledged_makes_room() {
    let disk = Disk::default();
    let mut wal = open(&disk).0;
    let record = [(0, vec![1; 100])];
    let mut committed = 0;
    let refused = loop {
        match wal.commit(&record) {
            Ok(()) => committed += 1,
            Err(refused) => break refused,
        }
    };
    assert!(matches!(refused, CommitError::Full { limit: 4096, .. }), "{refused}");
    assert!(committed >= 25 && disk.bytes() <= 4096, "{committed} in {}", disk.bytes());
    wal.acknowledge(committed / 2).expect("room for a word");
    assert!(wal.release().expect("the disk works") > 0);
    wal.commit(&record).expect("room again");
    assert_eq!(waiting(&mut wal).len() as u64, committed - committed / 2 + 1);
}

#[test]
fn after_a_torn_end_numbers_are_told_anew_and_the_torn_bytes_are_cut() {
    let disk = Disk::default();
    let mut wal = open(&disk).0;
    wal.commit(&records(&["a", "b"])).expect("room");
    disk.append(1, b"DWR1 half a rec");
    let (mut wal, recovery) = open(&disk);
    assert_eq!((recovery.torn, recovery.waiting), (15, 2));
    assert_eq!((wal.base(), wal.next()), (2, 3));
    assert_eq!(waiting(&mut wal).len(), 2);
    let (_, again) = open(&disk);
    assert_eq!(again.torn, 0, "it is told once");
}

#[test]
fn payloads_up_to_the_cap_are_taken_and_longer_ones_are_not() {
    let disk = Disk::default();
    let limits = Limits { total: 64 << 20, segment: 1 << 20 };
    let mut wal = Wal::open(disk, limits, 1).expect("the disk works").0;
    wal.commit(&[(0, vec![0; daemoneye_wal::MAX_PAYLOAD])]).expect("allowed");
    let longer = vec![0; daemoneye_wal::MAX_PAYLOAD + 1];
    assert!(matches!(wal.commit(&[(0, longer)]), Err(CommitError::TooLong(_))));
    assert_eq!(wal.next(), 2);
}

#[test]
fn on_a_real_disk_what_was_committed_is_there_after_a_restart() {
    let folder = tempfile::tempdir().expect("a folder");
    let open = || {
        let directory = Directory::new(folder.path().to_owned());
        Wal::open(directory, LIMITS, 3).expect("a log").0
    };
    let mut wal = open();
    for text in ["a", "b", "c"] {
        wal.commit(&records(&[text; 9])).expect("room");
    }
    wal.acknowledge(20).expect("room");
    let mut wal = open();
    let mut cursor = Cursor::after(wal.acknowledged());
    let mut left = Vec::new();
    while let Some(entry) = wal.read(&mut cursor).expect("the disk works") {
        left.push(entry.sequence);
    }
    assert_eq!(left, (21..=27).collect::<Vec<_>>());
    use std::os::unix::fs::PermissionsExt;
    for entry in folder.path().read_dir().expect("a folder") {
        let mode = entry.expect("a file").metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
}
