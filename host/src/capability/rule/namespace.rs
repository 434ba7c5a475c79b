//! What the rules of one component remember. Bounded in entries and bytes; what was written longest
//! ago goes first. A call that ends in a fault has written nothing.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use serde::{Deserialize, Serialize};

/// Bytes of a key.
const MAX_KEY: usize = 256;
/// Bytes of a value.
const MAX_VALUE: usize = 64 << 10;

/// How much a namespace may hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct KeyValueGrant {
    /// Entries.
    pub entries: usize,
    /// Bytes of all keys and values together.
    pub bytes: usize,
}

/// One namespace. A clone is the same.
#[derive(Clone)]
pub struct Namespace(Arc<Mutex<Space>>);

#[derive(Debug, Clone)]
struct Space {
    grant: KeyValueGrant,
    entries: HashMap<Arc<str>, Entry>,
    /// Keys by when they were written last.
    by_age: BTreeMap<u64, Arc<str>>,
    bytes: usize,
    clock: u64,
    evicted: u64,
    call: Option<Call>,
}

#[derive(Debug, Clone)]
struct Entry {
    written: u64,
    value: Vec<u8>,
}

/// The call that may write, and how to undo what it wrote: what was there before, in that order.
#[derive(Debug, Clone)]
struct Call {
    before: Vec<(Arc<str>, Option<Entry>)>,
    evicted: u64,
}

/// Why nothing was written.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum WriteError {
    #[error("no rule is being evaluated")]
    ReadOnly,
    #[error("{0}")]
    TooLarge(String),
    #[error("key {0:?} holds no number")]
    NoNumber(String),
}

impl Default for KeyValueGrant {
    fn default() -> Self {
        KeyValueGrant { entries: 10_000, bytes: 1 << 20 }
    }
}

impl Namespace {
    /// An empty one.
    pub fn new(grant: KeyValueGrant) -> Self {
        Namespace(Arc::new(Mutex::new(Space::new(grant))))
    }

    /// From now on there may be writing, until the call ends.
    pub(crate) fn begin(&self) {
        let mut space = self.lock();
        space.call = Some(Call { before: Vec::new(), evicted: space.evicted });
    }

    /// The call has ended; what it wrote stays, or is undone.
    pub(crate) fn end(&self, keep: bool) {
        let mut space = self.lock();
        let Some(call) = space.call.take().filter(|_| !keep) else { return };
        space.evicted = call.evicted;
        for (key, entry) in call.before.into_iter().rev() {
            space.put(&key, entry);
        }
    }

    /// Knows what the other knows, as far as there is room.
    pub(crate) fn take_over(&self, other: &Namespace) {
        let before = other.lock().clone();
        let mut space = self.lock();
        let grant = space.grant;
        *space = Space { grant, call: None, ..before };
        space.make_room();
    }

    /// Knows nothing any more.
    pub(crate) fn clear(&self) {
        let mut space = self.lock();
        *space = Space::new(space.grant);
    }

    /// Entries that had to go for want of room.
    pub(crate) fn evicted(&self) -> u64 {
        self.lock().evicted
    }

    pub(super) fn get(&self, key: &str) -> Option<Vec<u8>> {
        self.lock().entries.get(key).map(|entry| entry.value.clone())
    }

    pub(super) fn set(&self, key: &str, value: Vec<u8>) -> Result<(), WriteError> {
        self.lock().set(key, value)
    }

    pub(super) fn add(&self, key: &str, by: i64) -> Result<i64, WriteError> {
        let mut space = self.lock();
        let known = space.entries.get(key).map(|entry| <[u8; 8]>::try_from(&*entry.value));
        let known = known.transpose().map_err(|_| WriteError::NoNumber(key.to_owned()))?;
        let sum = known.map_or(0, i64::from_le_bytes).saturating_add(by);
        space.set(key, sum.to_le_bytes().to_vec())?;
        Ok(sum)
    }

    pub(super) fn delete(&self, key: &str) -> Result<bool, WriteError> {
        let mut space = self.lock();
        if space.call.is_none() {
            return Err(WriteError::ReadOnly);
        }
        let there = space.entries.contains_key(key);
        if there {
            space.change(&Arc::from(key), None);
        }
        Ok(there)
    }

    /// Each change is whole before the lock is let go, so one who panicked while holding it has
    /// harmed nothing.
    fn lock(&self) -> MutexGuard<'_, Space> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Space {
    fn new(grant: KeyValueGrant) -> Self {
        Space {
            grant,
            entries: HashMap::new(),
            by_age: BTreeMap::new(),
            bytes: 0,
            clock: 0,
            evicted: 0,
            call: None,
        }
    }

    fn set(&mut self, key: &str, value: Vec<u8>) -> Result<(), WriteError> {
        if self.call.is_none() {
            return Err(WriteError::ReadOnly);
        }
        self.fits(key, &value)?;
        self.clock += 1;
        let written = self.clock;
        self.change(&Arc::from(key), Some(Entry { written, value }));
        self.make_room();
        Ok(())
    }

    fn fits(&self, key: &str, value: &[u8]) -> Result<(), WriteError> {
        let too_large = |what: String| Err(WriteError::TooLarge(what));
        match (key.len(), value.len()) {
            (0, _) => too_large("the key is empty".to_owned()),
            (key, _) if key > MAX_KEY => too_large(format!("key of {key} of {MAX_KEY} bytes")),
            (_, value) if value > MAX_VALUE => {
                too_large(format!("value of {value} of {MAX_VALUE} bytes"))
            }
            (key, value) if key + value > self.grant.bytes => {
                let granted = self.grant.bytes;
                too_large(format!("entry of {} of {granted} bytes that are granted", key + value))
            }
            _ => Ok(()),
        }
    }

    /// What is newest stays: it fits alone.
    fn make_room(&mut self) {
        while self.entries.len() > self.grant.entries || self.bytes > self.grant.bytes {
            let Some((_, oldest)) = self.by_age.first_key_value() else { break };
            let oldest = oldest.clone();
            self.change(&oldest, None);
            self.evicted += 1;
        }
    }

    /// Puts, and remembers how to undo it.
    fn change(&mut self, key: &Arc<str>, entry: Option<Entry>) {
        let before = self.put(key, entry);
        if let Some(call) = &mut self.call {
            call.before.push((key.clone(), before));
        }
    }

    /// What was there before.
    fn put(&mut self, key: &Arc<str>, entry: Option<Entry>) -> Option<Entry> {
        let before = self.entries.remove(key);
        if let Some(before) = &before {
            self.by_age.remove(&before.written);
            self.bytes -= key.len() + before.value.len();
        }
        if let Some(entry) = entry {
            self.by_age.insert(entry.written, key.clone());
            self.bytes += key.len() + entry.value.len();
            self.entries.insert(key.clone(), entry);
        }
        before
    }
}

#[cfg(test)]
mod tests;
