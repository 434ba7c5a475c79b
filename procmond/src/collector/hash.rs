//! What runs, by its bytes: SHA-256 of programs, computed in the background, known by device, inode,
//! size and time of change.

use std::collections::{HashMap, HashSet, VecDeque};
use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};

use daemoneye_bus::control::{Denial, FileHash};
use sha2::{Digest, Sha256};

use crate::observation::Hash;
use crate::sensor::errands::Due;

/// Programs over this size are not hashed, bytes.
const MAX_BYTES: u64 = 512 << 20;
/// Programs that are remembered.
const MAX_KNOWN: usize = 10_000;
/// Programs that may wait to be hashed; more are asked for again when they run again.
const QUEUE: usize = 256;
const CHUNK: usize = 128 << 10;

#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
struct FileId {
    device: u64,
    inode: u64,
    size: u64,
    changed: (i64, i64),
}

/// Hashes programs. Cheap to clone; the thread ends with the last clone.
#[derive(Clone)]
pub struct Hasher {
    known: Arc<Mutex<Known>>,
    queue: SyncSender<(FileId, File)>,
}

#[derive(Default)]
struct Known {
    hashes: HashMap<FileId, Hash>,
    order: VecDeque<FileId>,
    waiting: HashSet<FileId>,
}

impl Hasher {
    /// Starts the thread.
    ///
    /// # Errors
    /// If the operating system gives none.
    pub fn start() -> io::Result<Self> {
        let (queue, files) = sync_channel(QUEUE);
        let known = Arc::new(Mutex::new(Known::default()));
        let thread = std::thread::Builder::new().name("hash".to_owned());
        let shared = known.clone();
        thread.spawn(move || run(&files, &shared))?;
        Ok(Hasher { known, queue })
    }

    /// The hash of the program that a process runs, or why there is none yet. The program is opened
    /// through the process, so that a deleted file is hashed, too. Never waits for a hash.
    pub fn look(&self, pid: u32) -> Hash {
        let path = format!("/proc/{pid}/exe");
        let Ok(metadata) = std::fs::metadata(&path) else { return Hash::Unreadable };
        let id = FileId::of(&metadata);
        if id.size > MAX_BYTES {
            return Hash::TooBig;
        }
        let mut known = self.known.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(hash) = known.hashes.get(&id) {
            return hash.clone();
        }
        if !known.waiting.contains(&id) {
            let Ok(file) = File::open(&path) else { return Hash::Unreadable };
            if self.queue.try_send((id, file)).is_ok() {
                known.waiting.insert(id);
            }
        }
        Hash::Pending
    }
}

impl FileId {
    fn of(metadata: &Metadata) -> Self {
        use std::os::unix::fs::MetadataExt;
        FileId {
            device: metadata.dev(),
            inode: metadata.ino(),
            size: metadata.size(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
        }
    }
}

impl Known {
    fn learn(&mut self, id: FileId, hash: Hash) {
        self.waiting.remove(&id);
        if self.hashes.insert(id, hash).is_none() {
            self.order.push_back(id);
        }
        if self.order.len() > MAX_KNOWN {
            let oldest = self.order.pop_front();
            oldest.and_then(|id| self.hashes.remove(&id));
        }
    }
}

fn run(files: &Receiver<(FileId, File)>, known: &Mutex<Known>) {
    crate::confinement::settle();
    while let Ok((id, file)) = files.recv() {
        let hash = hash(file).map_or(Hash::Unreadable, Hash::Known);
        known.lock().unwrap_or_else(PoisonError::into_inner).learn(id, hash);
    }
}

/// SHA-256, lower-case hexadecimal. A file that grows while it is read is read up to the limit.
fn hash(file: impl Read) -> io::Result<String> {
    let mut file = file.take(MAX_BYTES);
    let mut hasher = Sha256::new();
    let mut chunk = vec![0; CHUNK];
    loop {
        match file.read(&mut chunk)? {
            0 => break,
            read => hasher.update(&chunk[..read]),
        }
    }
    Ok(hex(hasher))
}

fn hex(hasher: Sha256) -> String {
    hasher.finalize().iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The hash of an ordinary file, now.
///
/// # Errors
/// If the path is not absolute, is no ordinary file, cannot be read or is too long, or if the time is
/// over first.
pub fn hash_file(path: &str, due: Due) -> Result<FileHash, Denial> {
    let no_file = |cause: String| Denial::NoFile { path: path.to_owned(), cause };
    if !path.starts_with('/') {
        return Err(no_file("not an absolute path".to_owned()));
    }
    let file = open_file(path).map_err(|error| no_file(error.to_string()))?;
    let metadata = file.metadata().map_err(|error| no_file(error.to_string()))?;
    if !metadata.is_file() {
        return Err(no_file("no ordinary file".to_owned()));
    }
    if metadata.len() > MAX_BYTES {
        return Err(no_file(format!("{} bytes, more than {MAX_BYTES}", metadata.len())));
    }
    let (mut file, mut hasher) = (file.take(MAX_BYTES), Sha256::new());
    let (mut chunk, mut bytes) = (vec![0; CHUNK], 0);
    loop {
        due.check()?;
        match file.read(&mut chunk).map_err(|error| no_file(error.to_string()))? {
            0 => break,
            read => hasher.update(&chunk[..read]),
        }
        bytes = MAX_BYTES - file.limit();
    }
    Ok(FileHash { path: path.to_owned(), bytes, sha256: hex(hasher) })
}

/// A pipe that nobody writes to would be waited for.
fn open_file(path: &str) -> io::Result<File> {
    use std::os::unix::fs::OpenOptionsExt;
    std::fs::OpenOptions::new().read(true).custom_flags(libc::O_NONBLOCK).open(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_the_one_that_the_standard_gives() {
        // FIPS 180-2, appendix B.1.
        let expected = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";
        assert_eq!(hash(&b"abc"[..]).expect("memory can be read"), expected);
    }

    #[test]
    fn ordinary_files_are_hashed_and_others_are_named_and_not_waited_for() {
        let later = || Due::after(std::time::Instant::now(), 60_000);
        let folder = tempfile::tempdir().expect("a folder");
        let path = |name: &str| folder.path().join(name).to_str().expect("text").to_owned();
        std::fs::write(path("abc"), "abc").expect("written");
        let hash = hash_file(&path("abc"), later()).expect("an ordinary file");
        assert_eq!((hash.bytes, &hash.sha256[..8]), (3, "ba7816bf"));
        let pipe = std::process::Command::new("mkfifo").arg(path("pipe")).status();
        assert!(pipe.expect("mkfifo starts").success());
        let table = [
            (path("pipe"), "no ordinary file"),
            (path(""), "no ordinary file"),
            (path("missing"), "No such file"),
            ("abc".to_owned(), "not an absolute path"),
        ];
        for (path, why) in table {
            let error = hash_file(&path, later()).expect_err(&path).to_string();
            assert!(error.contains(why) && error.contains(&path), "{error}");
        }
        let late = hash_file(&path("abc"), Due::after(std::time::Instant::now(), 0));
        assert_eq!(late, Err(Denial::TooLate { limit_ms: 0 }));
    }
}
