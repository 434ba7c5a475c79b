//! Names of files within a pack.

use std::fmt;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest name, in bytes.
const MAX_LENGTH: usize = 100;

/// The place of a file within its pack: segments of `A-Z a-z 0-9 . _ + -`, joined by `/`, at most
/// 100 bytes: the room that a header of an archive has for it.
///
/// Invariant: no segment is empty, `.` or `..`, so joining the path to a folder never leaves it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PackPath(String);

/// A text that names no file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "file name {0:?} is not a relative path of at most 100 of A-Z, a-z, 0-9, '.', '_', '+', '-' and '/' \
     without empty, '.' and '..' segments"
)]
pub struct PathError(String);

impl PackPath {
    /// The path as text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Where the file is, for a pack in this folder.
    pub fn within(&self, folder: &Path) -> PathBuf {
        folder.join(&self.0)
    }

    /// The path of a file or folder inside this folder.
    ///
    /// # Errors
    /// If the whole is no path of a pack.
    pub(crate) fn join(folder: Option<&PackPath>, name: &str) -> Result<PackPath, PathError> {
        match folder {
            Some(folder) => format!("{folder}/{name}").parse(),
            None => name.parse(),
        }
    }
}

fn segment(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._+-".contains(&byte);
    !matches!(text, "" | "." | "..") && text.bytes().all(fits)
}

impl FromStr for PackPath {
    type Err = PathError;

    fn from_str(text: &str) -> Result<Self, PathError> {
        let good = text.len() <= MAX_LENGTH && text.split('/').all(segment);
        good.then(|| PackPath(text.to_owned())).ok_or_else(|| PathError(text.to_owned()))
    }
}

impl TryFrom<String> for PackPath {
    type Error = PathError;

    fn try_from(text: String) -> Result<Self, PathError> {
        text.parse()
    }
}

impl From<PackPath> for String {
    fn from(path: PackPath) -> String {
        path.0
    }
}

impl fmt::Display for PackPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_never_leaves_its_folder() {
        let longest = "x".repeat(100);
        for good in ["pack.toml", "rules/a-b.toml", "a/b/c", "..a", ".hidden", longest.as_str()] {
            assert_eq!(good.parse::<PackPath>().expect(good).as_str(), good);
        }
        let long = "x".repeat(101);
        let bad = [
            "",
            "/",
            "/etc/passwd",
            "..",
            "../a",
            "a/..",
            "a/../b",
            "a/./b",
            ".",
            "a//b",
            "a/",
            "a\\b",
            "C:a",
            "a b",
            "a\0b",
            "ä",
            long.as_str(),
        ];
        for bad in bad {
            let error = bad.parse::<PackPath>().expect_err(bad);
            assert!(error.to_string().contains(&format!("{bad:?}")));
        }
    }
}
