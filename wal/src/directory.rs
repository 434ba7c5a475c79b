//! The disk: a directory with one file per segment, for its owner only.

use std::fs::{File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::path::PathBuf;

use crate::record::LAST;
use crate::storage::Storage;

/// What the name of a segment ends with; before it stands its number in 16 hexadecimal digits.
const SUFFIX: &str = ".wal";

/// Segments as files.
#[derive(Debug)]
pub struct Directory {
    path: PathBuf,
    /// The files that were last used: one is written, one is read.
    open: Vec<(u64, File)>,
}

impl Directory {
    /// The directory, which must exist.
    pub fn new(path: PathBuf) -> Self {
        Directory { path, open: Vec::new() }
    }

    fn file(&self, segment: u64) -> PathBuf {
        self.path.join(format!("{segment:016x}{SUFFIX}"))
    }

    fn opened(&mut self, segment: u64) -> io::Result<&mut File> {
        let known = self.open.iter().position(|(number, _)| *number == segment);
        let at = match known {
            Some(at) => at,
            None => {
                let file = OpenOptions::new().read(true).append(true).open(self.file(segment))?;
                self.keep(segment, file)
            }
        };
        Ok(&mut self.open[at].1)
    }

    /// Returns where it is.
    fn keep(&mut self, segment: u64, file: File) -> usize {
        if self.open.len() == 2 {
            self.open.remove(0);
        }
        self.open.push((segment, file));
        self.open.len() - 1
    }

    /// A file is only as durable as its name.
    #[cfg(unix)]
    fn sync_names(&self) -> io::Result<()> {
        File::open(&self.path)?.sync_all()
    }

    #[cfg(not(unix))]
    fn sync_names(&self) -> io::Result<()> {
        Ok(())
    }
}

fn number(name: &str) -> Option<u64> {
    let digits = name.strip_suffix(SUFFIX).filter(|digits| digits.len() == 16)?;
    u64::from_str_radix(digits, 16).ok().filter(|number| *number <= LAST)
}

fn new_file() -> OpenOptions {
    let mut options = OpenOptions::new();
    options.read(true).append(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options
}

impl Storage for Directory {
    fn segments(&mut self) -> io::Result<Vec<u64>> {
        let mut numbers = Vec::new();
        for entry in self.path.read_dir()? {
            numbers.extend(entry?.file_name().to_str().and_then(number));
        }
        numbers.sort_unstable();
        Ok(numbers)
    }

    fn create(&mut self, segment: u64, header: &[u8]) -> io::Result<()> {
        let mut file = new_file().open(self.file(segment))?;
        file.write_all(header)?;
        file.sync_all()?;
        self.keep(segment, file);
        self.sync_names()
    }

    fn append(&mut self, segment: u64, bytes: &[u8]) -> io::Result<()> {
        self.opened(segment)?.write_all(bytes)
    }

    fn sync(&mut self, segment: u64) -> io::Result<()> {
        self.opened(segment)?.sync_data()
    }

    fn cut(&mut self, segment: u64, length: u64) -> io::Result<()> {
        let file = self.opened(segment)?;
        file.set_len(length)?;
        file.sync_all()
    }

    fn read(&mut self, segment: u64, offset: u64, length: usize) -> io::Result<Vec<u8>> {
        let file = self.opened(segment)?;
        file.seek(SeekFrom::Start(offset))?;
        let mut bytes = Vec::new();
        file.take(length as u64).read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    fn remove(&mut self, segment: u64) -> io::Result<()> {
        self.open.retain(|(number, _)| *number != segment);
        std::fs::remove_file(self.file(segment))
    }
}
