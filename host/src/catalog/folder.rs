//! A folder of loose rules: which files there are, and what each says.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use daemoneye_bus::control::LOCAL;
use daemoneye_pack_format::Rule;

use super::source::{Source, stem};
use super::{Endings, Refusal, at_start};
use crate::plugin::Diagnostic;
use crate::private::{self, Writers};

/// At most so many files of rules in a folder and the folders in it.
pub const MAX_FILES: usize = 20_000;
/// At most so many folders within each other.
pub const MAX_DEPTH: usize = 16;
/// The longest file, bytes.
const MAX_BYTES: u64 = 1 << 20;
/// Ending of rules with their reasons and tests, as packs have them.
const DOCUMENT: &str = "toml";
/// What describes a pack is no rule.
const PACK: &str = "pack.toml";

/// Whose files are believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Guard {
    /// Anybody's: the operator has said so.
    Open,
    /// Those that nobody but the agent's user and root can have written.
    Owner,
}

/// Why a folder of rules is not read.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum FolderError {
    /// The operating system refuses.
    #[error("rules {path:?}: {cause}")]
    Read {
        /// The folder.
        path: PathBuf,
        /// Why.
        cause: io::Error,
    },
    /// Somebody else could have put the rules there.
    #[error("rules {path:?}: {writers}, so nothing in it is believed")]
    Writers {
        /// The folder.
        path: PathBuf,
        /// Who.
        writers: Writers,
    },
    /// More files than the limit.
    #[error("rules {0:?}: over {MAX_FILES} files of rules")]
    TooMany(PathBuf),
    /// More folders within each other than the limit.
    #[error("rules {0:?}: over {MAX_DEPTH} folders within each other")]
    TooDeep(PathBuf),
}

/// What tells one version of a file from another.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stamp {
    modified: Option<SystemTime>,
    length: u64,
    /// Why the file is not read at all.
    refused: Option<String>,
}

/// What a folder holds.
#[derive(Debug, Default)]
pub struct Listing {
    /// Files that are rules by their ending, by path.
    pub rules: BTreeMap<PathBuf, Stamp>,
    /// Files that are none.
    pub passed_over: u64,
}

/// Every rule in the folder and the folders in it. Links are named and not followed.
///
/// # Errors
/// If a folder cannot be read, is not believed, or a limit is exceeded.
pub fn list(root: &Path, guard: Guard, endings: &Endings) -> Result<Listing, FolderError> {
    let mut listing = Listing::default();
    let mut folders = vec![(root.to_owned(), 1)];
    while let Some((folder, depth)) = folders.pop() {
        if depth > MAX_DEPTH {
            return Err(FolderError::TooDeep(root.to_owned()));
        }
        for found in entries(&folder, guard)? {
            match found {
                (path, Ok(metadata)) if metadata.is_dir() => folders.push((path, depth + 1)),
                (path, metadata) if is_rule(&path, endings) => {
                    listing.rules.insert(path, stamp(metadata, guard));
                }
                _ => listing.passed_over += 1,
            }
        }
        if listing.rules.len() > MAX_FILES {
            return Err(FolderError::TooMany(root.to_owned()));
        }
    }
    Ok(listing)
}

type Entry = (PathBuf, io::Result<Metadata>);

fn entries(folder: &Path, guard: Guard) -> Result<Vec<Entry>, FolderError> {
    let refused = |cause| FolderError::Read { path: folder.to_owned(), cause };
    if guard == Guard::Owner {
        let writers = private::directory_writers(&folder.metadata().map_err(refused)?);
        let path = || folder.to_owned();
        writers.map_err(|writers| FolderError::Writers { path: path(), writers })?;
    }
    let entry = |entry: io::Result<fs::DirEntry>| entry.map(|e| (e.path(), e.metadata()));
    folder.read_dir().map_err(refused)?.map(entry).collect::<Result<_, _>>().map_err(refused)
}

fn is_rule(path: &Path, endings: &Endings) -> bool {
    let extension = path.extension().unwrap_or_default().to_string_lossy();
    let hidden = path.file_name().is_some_and(|name| name.to_string_lossy().starts_with('.'));
    let document = extension == DOCUMENT && path.file_name() != Some(PACK.as_ref());
    !hidden && (document || endings.language(&extension).is_some())
}

fn stamp(metadata: io::Result<Metadata>, guard: Guard) -> Stamp {
    match metadata {
        Ok(metadata) => Stamp {
            modified: metadata.modified().ok(),
            length: metadata.len(),
            refused: refused(&metadata, guard),
        },
        Err(error) => Stamp { modified: None, length: 0, refused: Some(error.to_string()) },
    }
}

fn refused(metadata: &Metadata, guard: Guard) -> Option<String> {
    if !metadata.is_file() {
        return Some("neither a file nor a folder; links are not followed".to_owned());
    }
    if metadata.len() > MAX_BYTES {
        return Some(format!("{} bytes, over 1 MiB", metadata.len()));
    }
    let writers = private::file_writers(metadata).err().filter(|_| guard == Guard::Owner);
    writers.map(|writers| writers.to_string())
}

/// The rule in a file.
///
/// # Errors
/// If the file cannot be read or is no rule; what its language says about the text comes later.
pub fn read(file: &Path, stamp: &Stamp, endings: &Endings) -> Result<Source, Refusal> {
    let refusal = |diagnostics| Refusal { id: stem(file), file: file.to_owned(), diagnostics };
    if let Some(why) = &stamp.refused {
        return Err(refusal(vec![at_start(why.clone())]));
    }
    let bytes = bytes(file).map_err(|error| refusal(vec![at_start(error.to_string())]))?;
    parse(file, bytes, endings)
}

/// The rule that these bytes of a file are; the file is only named.
///
/// # Errors
/// As [`read`].
pub fn parse(file: &Path, bytes: Vec<u8>, endings: &Endings) -> Result<Source, Refusal> {
    let refusal = |diagnostics| Refusal { id: stem(file), file: file.to_owned(), diagnostics };
    let extension = file.extension().unwrap_or_default().to_string_lossy();
    match endings.language(&extension) {
        Some(language) => {
            let text = String::from_utf8(bytes).map_err(|error| {
                let valid = error.utf8_error().valid_up_to();
                refusal(vec![at_start(format!("not UTF-8 after {valid} bytes"))])
            })?;
            Ok(Source::of_text(file.to_owned(), language, text))
        }
        None => document(file, &bytes).map_err(|found| refusal(vec![found])),
    }
}

fn document(file: &Path, bytes: &[u8]) -> Result<Source, Diagnostic> {
    let rule = Rule::from_bytes(&stem(file), bytes).map_err(|complaint| Diagnostic {
        line: complaint.at.line,
        column: complaint.at.column,
        message: complaint.problem.to_string(),
        help: String::new(),
    })?;
    let text = rule.body.text().ok_or_else(|| {
        at_start("a component comes in a pack, and this file is in none".to_owned())
    })?;
    Ok(Source::of_pack(LOCAL, &rule, text, file.to_owned()))
}

/// The length is counted while reading: a file may grow.
fn bytes(file: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(file)?.take(MAX_BYTES + 1).read_to_end(&mut bytes)?;
    if bytes.len() as u64 > MAX_BYTES {
        return Err(io::Error::new(io::ErrorKind::FileTooLarge, "over 1 MiB"));
    }
    Ok(bytes)
}
