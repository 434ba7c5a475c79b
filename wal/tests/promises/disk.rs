//! A disk in memory that can lose what was not flushed, fill up and rot.

use std::collections::BTreeMap;
use std::io::{self, ErrorKind};
use std::sync::{Arc, Mutex, MutexGuard};

use daemoneye_wal::Storage;
use proptest::sample::Index;

/// Cheap to clone: the same disk.
#[derive(Debug, Clone, Default)]
pub(crate) struct Disk(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    files: BTreeMap<u64, File>,
    /// Bytes that can still be written.
    room: Option<usize>,
    flushes: u64,
}

#[derive(Debug, Default)]
struct File {
    bytes: Vec<u8>,
    durable: usize,
}

impl Disk {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no test panics with it")
    }

    /// From now on there is only so much room.
    pub(crate) fn limit(&self, room: Option<usize>) {
        self.state().room = room;
    }

    /// The power fails: of what was not flushed only a part survives, and behind it may be anything.
    pub(crate) fn crash(&self, kept: Index, garbage: &[u8]) {
        for file in self.state().files.values_mut() {
            let volatile = file.bytes.len() - file.durable;
            if volatile > 0 {
                file.bytes.truncate(file.durable + kept.index(volatile + 1));
                file.bytes.extend(garbage);
            }
            file.durable = file.bytes.len();
        }
    }

    /// Inverts bytes somewhere; returns where in its file.
    pub(crate) fn damage(&self, at: Index, length: usize) -> usize {
        let mut state = self.state();
        let mut at = at.index(state.files.values().map(|file| file.bytes.len()).sum());
        for file in state.files.values_mut() {
            let size = file.bytes.len();
            if at < size {
                file.bytes[at..size.min(at + length)].iter_mut().for_each(|byte| *byte = !*byte);
                return at;
            }
            at -= size;
        }
        unreachable!("the index is in a file")
    }

    pub(crate) fn put(&self, segment: u64, bytes: Vec<u8>) {
        let durable = bytes.len();
        self.state().files.insert(segment, File { bytes, durable });
    }

    /// The bytes of a segment.
    pub(crate) fn segment(&self, segment: u64) -> Vec<u8> {
        self.state().files[&segment].bytes.clone()
    }

    pub(crate) fn append(&self, segment: u64, bytes: &[u8]) {
        self.state().files.get_mut(&segment).expect("a segment").bytes.extend(bytes);
    }

    pub(crate) fn count(&self) -> usize {
        self.state().files.len()
    }

    pub(crate) fn bytes(&self) -> usize {
        self.state().files.values().map(|file| file.bytes.len()).sum()
    }

    pub(crate) fn flushes(&self) -> u64 {
        self.state().flushes
    }
}

impl State {
    fn file(&mut self, segment: u64) -> io::Result<&mut File> {
        self.files.get_mut(&segment).ok_or_else(|| ErrorKind::NotFound.into())
    }

    /// Writes what there is room for.
    fn write(&mut self, segment: u64, bytes: &[u8]) -> io::Result<()> {
        let fits = self.room.map_or(bytes.len(), |room| room.min(bytes.len()));
        self.room = self.room.map(|room| room - fits);
        self.file(segment)?.bytes.extend(&bytes[..fits]);
        if fits == bytes.len() { Ok(()) } else { Err(ErrorKind::StorageFull.into()) }
    }
}

impl Storage for Disk {
    fn segments(&mut self) -> io::Result<Vec<u64>> {
        Ok(self.state().files.keys().copied().collect())
    }

    fn create(&mut self, segment: u64, header: &[u8]) -> io::Result<()> {
        let mut state = self.state();
        if state.files.contains_key(&segment) {
            return Err(ErrorKind::AlreadyExists.into());
        }
        state.files.insert(segment, File::default());
        state.write(segment, header)?;
        let file = state.file(segment)?;
        file.durable = file.bytes.len();
        Ok(())
    }

    fn append(&mut self, segment: u64, bytes: &[u8]) -> io::Result<()> {
        self.state().write(segment, bytes)
    }

    fn sync(&mut self, segment: u64) -> io::Result<()> {
        let mut state = self.state();
        state.flushes += 1;
        let file = state.file(segment)?;
        file.durable = file.bytes.len();
        Ok(())
    }

    fn cut(&mut self, segment: u64, length: u64) -> io::Result<()> {
        let mut state = self.state();
        let file = state.file(segment)?;
        file.bytes.truncate(usize::try_from(length).expect("small"));
        file.durable = file.bytes.len();
        Ok(())
    }

    fn read(&mut self, segment: u64, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let mut state = self.state();
        let bytes = &state.file(segment)?.bytes;
        let from = usize::try_from(offset).expect("small").min(bytes.len());
        Ok(bytes[from..bytes.len().min(from.saturating_add(length))].to_vec())
    }

    fn remove(&mut self, segment: u64) -> io::Result<()> {
        self.state().files.remove(&segment).map(|_| ()).ok_or_else(|| ErrorKind::NotFound.into())
    }
}
