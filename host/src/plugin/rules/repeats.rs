//! Events that a plugin has judged before: those with the same bytes in every column that its rules
//! read. Where all rules go by these alone, what was said of one event is said of all that are like it.
//!
//! Invariant: events are compared by all their bytes. A hash only says where to look, and is keyed
//! anew in each process, so that nobody can make up events that hide behind others.

mod key;

use std::hash::{BuildHasher, RandomState};
use std::sync::LazyLock;

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::event::{Batch, Field};
use foldhash::SharedSeed;
use foldhash::quality::SeedableRandomState;
use hashbrown::HashTable;

pub(super) use key::Keys;

/// What all that is kept may take, bytes.
const KEPT_BYTES: usize = 16 << 20;
/// What an event takes besides its key and what was said of it, bytes.
const EVENT_BYTES: usize = 128;
/// Most rules and bytes of evidence for one event.
const MAX_WORDS: usize = 64;
const MAX_EVIDENCE_BYTES: usize = 4 << 10;
/// Places for events that were met once, a power of two, each for so many.
const PLACES: usize = 1 << 14;
const WAYS: usize = 4;

/// Of the operating system's randomness, as the standard library has it.
static SEED: LazyLock<SharedSeed> =
    LazyLock::new(|| SharedSeed::from_u64(RandomState::new().hash_one(0_u64)));

/// What one rule said of an event: why it matched, or that it did not.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) rule: u32,
    pub(super) evidence: Option<Vec<Evidence>>,
}

/// What is known of events, by generations: when the younger one is full, it takes the place of the
/// older one.
#[derive(Debug)]
pub(super) struct Repeats {
    fields: Vec<Field>,
    hasher: SeedableRandomState,
    bytes: usize,
    young: Generation,
    old: Generation,
    /// By a part of their hash, the events that were met last. What is met once is not kept: most of
    /// what never comes again ends here.
    met: Vec<[u32; WAYS]>,
}

#[derive(Debug, Default)]
struct Generation {
    events: HashTable<Known>,
    bytes: usize,
}

#[derive(Debug)]
struct Known {
    hash: u64,
    key: Box<[u8]>,
    words: Box<[Word]>,
}

impl Repeats {
    /// Knows no event yet; these are the columns that decide.
    pub(super) fn by(fields: Vec<Field>) -> Self {
        Repeats::within(KEPT_BYTES, fields)
    }

    fn within(bytes: usize, fields: Vec<Field>) -> Self {
        Repeats {
            fields,
            hasher: SeedableRandomState::with_seed(RandomState::new().hash_one(1_u64), &SEED),
            bytes,
            young: Generation::default(),
            old: Generation::default(),
            met: vec![[0; WAYS]; PLACES],
        }
    }

    /// The keys of a batch's events.
    pub(super) fn keys<'b>(&self, batch: &'b Batch) -> Keys<'b> {
        Keys::of(batch, &self.fields)
    }

    pub(super) fn hash(&self, key: &[u8]) -> u64 {
        self.hasher.hash_one(key)
    }

    /// What each rule said of the event that was neither ruled out nor silent, ascending; nothing for
    /// an event that is not known.
    pub(super) fn recall(&mut self, hash: u64, key: &[u8]) -> Option<&[Word]> {
        if !self.old.events.is_empty()
            && let Some(known) = self.old.take(hash, key)
        {
            self.keep(known);
        }
        self.young.find(hash, key)
    }

    /// Whether the event was met before, and not long ago. By now it was.
    pub(super) fn meet(&mut self, hash: u64) -> bool {
        let (place, mark) = (hash as usize % PLACES, (hash >> 32) as u32 | 1);
        let met = &mut self.met[place];
        let known = met.iter().position(|other| *other == mark);
        met[..=known.unwrap_or(WAYS - 1)].rotate_right(1);
        met[0] = mark;
        known.is_some()
    }

    /// Learns what was said of an event.
    pub(super) fn learn(&mut self, hash: u64, key: Box<[u8]>, words: Vec<Word>) {
        let evidence: usize = words.iter().map(Word::bytes).sum();
        if words.len() > MAX_WORDS || evidence > MAX_EVIDENCE_BYTES {
            return;
        }
        if self.young.find(hash, &key).is_none() {
            self.keep(Known { hash, key, words: words.into() });
        }
    }

    fn keep(&mut self, known: Known) {
        if self.young.bytes + known.bytes() > self.bytes / 2 {
            self.old = std::mem::take(&mut self.young);
        }
        self.young.add(known);
    }

    /// No event is known any more, or was met.
    pub(super) fn forget(&mut self) {
        *self = Repeats::within(self.bytes, std::mem::take(&mut self.fields));
    }
}

impl Generation {
    fn find(&self, hash: u64, key: &[u8]) -> Option<&[Word]> {
        let known = self.events.find(hash, |known| known.is(hash, key));
        known.map(|known| &*known.words)
    }

    fn take(&mut self, hash: u64, key: &[u8]) -> Option<Known> {
        let (known, _) = self.events.find_entry(hash, |known| known.is(hash, key)).ok()?.remove();
        self.bytes -= known.bytes();
        Some(known)
    }

    fn add(&mut self, known: Known) {
        self.bytes += known.bytes();
        self.events.insert_unique(known.hash, known, |known| known.hash);
    }
}

impl Known {
    fn is(&self, hash: u64, key: &[u8]) -> bool {
        self.hash == hash && *self.key == *key
    }

    fn bytes(&self) -> usize {
        EVENT_BYTES + self.key.len() + self.words.iter().map(Word::bytes).sum::<usize>()
    }
}

impl Word {
    fn bytes(&self) -> usize {
        let text =
            |e: &Evidence| size_of::<Evidence>() + e.clause.len() + e.field.len() + e.value.len();
        size_of::<Word>() + self.evidence.iter().flatten().map(text).sum::<usize>()
    }
}

#[cfg(test)]
mod tests;
