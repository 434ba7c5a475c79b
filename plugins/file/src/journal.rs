//! Lines in, files out.

use crate::configuration::{Configuration, Rotation};

/// Bytes of one append, unless a single line is longer: far below what a sandbox may hand to the
/// host at once.
const MAX_APPEND: usize = 256 << 10;

/// What a journal needs of its directory. Errors are the operating system's.
pub trait Directory {
    /// Appends all bytes to the file and makes them durable; creates the file.
    ///
    /// # Errors
    /// If not all of it succeeds; a part may have been written.
    fn append(&mut self, name: &str, bytes: &[u8]) -> Result<u64, String>;

    /// The length in bytes, or nothing if there is no such file.
    ///
    /// # Errors
    /// If that cannot be found out.
    fn length(&mut self, name: &str) -> Result<Option<u64>, String>;

    /// Renames a file; one of the new name is replaced.
    ///
    /// # Errors
    /// If that fails.
    fn rename(&mut self, name: &str, to: &str) -> Result<(), String>;
}

/// A file that alerts are appended to, and the files put aside.
#[derive(Debug)]
pub struct Journal<D> {
    directory: D,
    configuration: Configuration,
    /// The last append failed and may have left a part of a line.
    torn: bool,
}

impl<D: Directory> Journal<D> {
    /// A journal in this directory.
    pub fn new(directory: D, configuration: Configuration) -> Self {
        Journal { directory, configuration, torn: false }
    }

    /// Writes the lines, all of them durable before it returns.
    ///
    /// # Errors
    /// The directory's, naming what failed; the lines may be written again then.
    pub fn write<'a>(&mut self, lines: impl IntoIterator<Item = &'a str>) -> Result<(), String> {
        let mut bytes = Vec::new();
        for line in lines {
            if bytes.len() + line.len() >= MAX_APPEND {
                self.append(std::mem::take(&mut bytes))?;
            }
            bytes.extend(line.as_bytes());
            bytes.push(b'\n');
        }
        self.append(bytes)
    }

    fn append(&mut self, mut bytes: Vec<u8>) -> Result<(), String> {
        if bytes.is_empty() {
            return Ok(());
        }
        // What a failed append left behind must not become the beginning of a good line.
        if self.torn {
            bytes.insert(0, b'\n');
        }
        if let Some(rotation) = self.configuration.rotation {
            self.make_room(rotation, bytes.len() as u64)?;
        }
        let appended = self.directory.append(&self.configuration.file, &bytes);
        self.torn = appended.is_err();
        appended.map(|_| ())
    }

    /// Whether the directory answers.
    ///
    /// # Errors
    /// The directory's.
    pub fn health(&mut self) -> Result<(), String> {
        self.directory.length(&self.configuration.file).map(|_| ())
    }

    /// Puts the file aside if so many bytes more would make it too long.
    fn make_room(&mut self, rotation: Rotation, more: u64) -> Result<(), String> {
        let length = self.directory.length(&self.configuration.file)?.unwrap_or(0);
        if length == 0 || length.saturating_add(more) <= rotation.max_bytes {
            return Ok(());
        }
        // From the oldest on: each name is free, or may go, when the younger file takes it.
        for age in (0..rotation.keep).rev() {
            let (from, to) = (self.aged(age), self.aged(age + 1));
            if self.directory.length(&from)?.is_some() {
                self.directory.rename(&from, &to)?;
            }
        }
        Ok(())
    }

    fn aged(&self, age: u64) -> String {
        let file = &self.configuration.file;
        if age == 0 { file.clone() } else { format!("{file}.{age}") }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    /// A directory in memory. Appends beyond `room` bytes write what fits and fail.
    #[derive(Debug, Default)]
    struct Memory {
        files: BTreeMap<String, String>,
        longest: usize,
        room: Option<usize>,
    }

    impl Directory for &mut Memory {
        fn append(&mut self, name: &str, bytes: &[u8]) -> Result<u64, String> {
            self.longest = self.longest.max(bytes.len());
            let fits = self.room.unwrap_or(bytes.len()).min(bytes.len());
            let file = self.files.entry(name.to_owned()).or_default();
            file.push_str(str::from_utf8(&bytes[..fits]).expect("the tests write ASCII"));
            if fits < bytes.len() { Err("no space left".into()) } else { Ok(file.len() as u64) }
        }

        fn length(&mut self, name: &str) -> Result<Option<u64>, String> {
            Ok(self.files.get(name).map(|file| file.len() as u64))
        }

        fn rename(&mut self, name: &str, to: &str) -> Result<(), String> {
            let file = self.files.remove(name).ok_or("no such file")?;
            self.files.insert(to.to_owned(), file);
            Ok(())
        }
    }

    fn configuration(json: &str) -> Configuration {
        Configuration::parse(json).expect(json)
    }

    #[test]
    fn each_alert_is_one_line() {
        let mut memory = Memory::default();
        let mut journal = Journal::new(&mut memory, configuration("{}"));
        journal.write(["{1}", "{2}"]).expect("room");
        journal.write(["{3}"]).expect("room");
        assert_eq!(memory.files["alerts.jsonl"], "{1}\n{2}\n{3}\n");
    }

    #[test]
    fn files_are_put_aside_when_they_are_full_and_forgotten_when_they_are_old() {
        let mut memory = Memory::default();
        let json = r#"{"file":"a","max_bytes":8,"keep":2}"#;
        let mut journal = Journal::new(&mut memory, configuration(json));
        for line in ["{1}", "{2}", "{3}", "{a long one}", "{5}"] {
            journal.write([line]).expect("room");
        }
        let files: Vec<_> = memory.files.iter().map(|(n, t)| (n.as_str(), t.as_str())).collect();
        assert_eq!(files, [("a", "{5}\n"), ("a.1", "{a long one}\n"), ("a.2", "{3}\n")]);
    }

    #[test]
    fn many_long_lines_are_several_appends() {
        let mut memory = Memory::default();
        let line = "x".repeat(60 << 10);
        let lines = [line.as_str(); 64];
        Journal::new(&mut memory, configuration("{}")).write(lines).expect("room");
        assert_eq!(memory.files["alerts.jsonl"].lines().count(), 64);
        assert!((200 << 10..=MAX_APPEND).contains(&memory.longest), "{}", memory.longest);
    }

    #[test]
    fn a_torn_line_does_not_spoil_the_next() {
        let mut memory = Memory { room: Some(2), ..Memory::default() };
        let mut journal = Journal::new(&mut memory, configuration("{}"));
        assert_eq!(journal.write(["{1}"]), Err("no space left".into()));
        journal.directory.room = None;
        journal.write(["{1}"]).expect("room again");
        journal.write(["{2}"]).expect("room");
        assert_eq!(memory.files["alerts.jsonl"], "{1\n{1}\n{2}\n");
    }
}
