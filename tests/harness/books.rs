//! What the sensor has written beside what the agent has stored.

use std::collections::{BTreeMap, HashMap};
use std::fs;
use std::path::Path;

use daemoneye_bus::frame::{self, HEADER_BYTES};
use daemoneye_ledger::{BatchFact, Entry, Fact, Hash};
use daemoneye_store::Store;

/// What became of the batches.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Tally {
    /// Told of in the ledger.
    pub written: usize,
    /// Of them, not in the store.
    pub lost: usize,
    /// In the store more than once.
    pub doubled: usize,
    /// Of all sources, that the store knows to be missing.
    pub missing: u64,
    /// Numbers that were given to two batches of a source.
    pub repeated: usize,
}

/// Every batch that the ledger in the sensor's state directory tells of.
///
/// # Panics
/// If there is no ledger, or something in it is no entry.
pub fn batches(state_dir: &Path) -> Vec<BatchFact> {
    let entries = fs::read_to_string(state_dir.join("ledger/entries")).expect("a ledger");
    let facts = entries.lines().filter_map(|line| {
        match Entry::parse(line.as_bytes()).expect("an entry").fact {
            Fact::Batch(batch) => Some(batch),
            _ => None,
        }
    });
    facts.collect()
}

impl Tally {
    /// Compares the ledger with the store, whose agent has ended.
    ///
    /// # Panics
    /// If one of them cannot be read.
    pub fn of(state_dir: &Path, store: &Path) -> Self {
        let store = Store::open(store).expect("a store");
        let mut stored: HashMap<Hash, usize> = HashMap::new();
        for segment in store.segments(.., false).expect("readable") {
            let (_, _, batch) = segment.expect("readable");
            let bytes = frame::encode(&batch).expect("it came in a frame");
            *stored.entry(Hash::of(&bytes[HEADER_BYTES..])).or_default() += 1;
        }
        let written = batches(state_dir);
        Tally {
            written: written.len(),
            lost: written.iter().filter(|batch| !stored.contains_key(&batch.hash)).count(),
            doubled: stored.values().filter(|times| **times > 1).count(),
            missing: store.sources().expect("readable").iter().map(|source| source.missing).sum(),
            repeated: repeated(&written),
        }
    }
}

fn repeated(written: &[BatchFact]) -> usize {
    let mut numbers: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    for batch in written {
        numbers.entry(&batch.source).or_default().push(batch.number);
    }
    let repeated = numbers.values_mut().map(|numbers| {
        numbers.sort_unstable();
        numbers.windows(2).filter(|pair| pair[0] == pair[1]).count()
    });
    repeated.sum()
}
