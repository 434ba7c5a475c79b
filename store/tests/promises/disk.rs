//! A disk in memory that can fill up, lose its power, and remembers what it was asked to keep.

use std::collections::HashSet;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};

use redb::StorageBackend;

const PAGE: u64 = 4096;
const SECTOR: usize = 512;

/// A clone is the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    bytes: Vec<u8>,
    /// As of the last sync.
    durable: Vec<u8>,
    /// Since the last sync, in order.
    pending: Vec<Change>,
    /// Pages that have been written: a file's length alone takes no room.
    pages: HashSet<u64>,
    /// How many pages there is room for.
    room: Option<usize>,
    /// How many more syncs there is power for.
    power: Option<u64>,
}

#[derive(Debug, Clone)]
enum Change {
    Length(u64),
    Write(u64, Vec<u8>),
}

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics while it holds the disk")
    }

    /// Power for less than so many syncs, or for any number.
    pub(crate) fn power_for(&self, syncs: Option<u64>) {
        self.state().power = syncs;
    }

    /// Room for so many more pages, or for any number.
    pub(crate) fn room_for(&self, pages: Option<usize>) {
        let mut state = self.state();
        state.room = pages.map(|pages| state.pages.len() + pages);
    }

    /// The disk after the crash: what was synced, and of each later change all, a torn part or
    /// nothing, as `fate` says.
    pub(crate) fn after_crash(&self, mut fate: impl FnMut() -> u8) -> Disk {
        let state = self.state();
        let mut bytes = state.durable.clone();
        for change in &state.pending {
            match (change, fate() % 3) {
                (_, 0) => {}
                (Change::Write(at, data), 1) => {
                    apply(&mut bytes, &Change::Write(*at, data[..SECTOR.min(data.len())].to_vec()));
                }
                (change, _) => apply(&mut bytes, change),
            }
        }
        let pages = (0..bytes.len() as u64 / PAGE).collect();
        let state = State { durable: bytes.clone(), bytes, pages, ..State::default() };
        Disk(Arc::new(Mutex::new(state)))
    }
}

fn apply(bytes: &mut Vec<u8>, change: &Change) {
    match change {
        Change::Length(length) => bytes.resize(index(*length), 0),
        Change::Write(at, data) => {
            let at = index(*at);
            bytes.resize(bytes.len().max(at + data.len()), 0);
            bytes[at..at + data.len()].copy_from_slice(data);
        }
    }
}

fn index(offset: u64) -> usize {
    usize::try_from(offset).expect("a small disk")
}

impl State {
    fn powered(&self) -> io::Result<()> {
        match self.power {
            Some(0) => Err(io::Error::other("no power")),
            _ => Ok(()),
        }
    }

    fn change(&mut self, change: Change) {
        apply(&mut self.bytes, &change);
        self.pending.push(change);
    }
}

impl StorageBackend for Disk {
    fn len(&self) -> io::Result<u64> {
        let state = self.state();
        state.powered()?;
        Ok(state.bytes.len() as u64)
    }

    fn read(&self, offset: u64, out: &mut [u8]) -> io::Result<()> {
        let state = self.state();
        state.powered()?;
        let from = index(offset);
        let bytes = state.bytes.get(from..from + out.len());
        out.copy_from_slice(bytes.ok_or(io::ErrorKind::UnexpectedEof)?);
        Ok(())
    }

    fn set_len(&self, len: u64) -> io::Result<()> {
        let mut state = self.state();
        state.powered()?;
        state.change(Change::Length(len));
        Ok(())
    }

    fn sync_data(&self) -> io::Result<()> {
        let mut state = self.state();
        state.powered()?;
        state.power = state.power.map(|syncs| syncs - 1);
        state.powered()?;
        state.durable = state.bytes.clone();
        state.pending.clear();
        Ok(())
    }

    fn write(&self, offset: u64, data: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        state.powered()?;
        let pages = offset / PAGE..(offset + data.len() as u64).div_ceil(PAGE);
        let new = pages.clone().filter(|page| !state.pages.contains(page)).count();
        if state.room.is_some_and(|room| new > 0 && state.pages.len() + new > room) {
            return Err(io::ErrorKind::StorageFull.into());
        }
        state.pages.extend(pages);
        state.change(Change::Write(offset, data.to_vec()));
        Ok(())
    }
}
