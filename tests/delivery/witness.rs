//! What a file sink has written: the witness for what was delivered.

use std::fs;
use std::path::PathBuf;

use serde_json::Value as Json;

/// The folder of a file sink.
pub(super) struct Witness {
    folder: PathBuf,
    put_aside: usize,
}

impl Witness {
    pub(super) fn new(folder: PathBuf) -> Self {
        fs::create_dir_all(&folder).expect("a folder");
        Witness { folder, put_aside: 0 }
    }

    fn file(&self) -> PathBuf {
        self.folder.join("alerts.jsonl")
    }

    /// From now on nothing can be appended: where the file was there is a folder.
    pub(super) fn block(&mut self) {
        if self.file().is_file() {
            self.put_aside += 1;
            let aside = self.folder.join(format!("aside.{}", self.put_aside));
            fs::rename(self.file(), aside).expect("renamed");
        }
        fs::create_dir_all(self.file()).expect("a folder");
    }

    /// Now it can again.
    pub(super) fn unblock(&self) {
        if self.file().is_dir() {
            fs::remove_dir(self.file()).expect("an empty folder");
        }
    }

    /// The ids of all whole lines, in their order within each file.
    pub(super) fn ids(&self) -> Vec<String> {
        let mut files: Vec<_> =
            (1..=self.put_aside).map(|n| self.folder.join(format!("aside.{n}"))).collect();
        files.push(self.file());
        let texts = files.iter().filter_map(|file| fs::read_to_string(file).ok());
        let lines: Vec<String> =
            texts.flat_map(|text| text.lines().map(str::to_owned).collect::<Vec<_>>()).collect();
        let alerts = lines.iter().filter_map(|line| serde_json::from_str::<Json>(line).ok());
        alerts.filter_map(|alert| alert["id"].as_str().map(str::to_owned)).collect()
    }
}
