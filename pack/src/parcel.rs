//! Every byte of a pack, within limits, read once; nothing of it is believed yet.

mod archive;
mod folder;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use crate::manifest::Manifest;
use crate::pack::PackError;
use crate::path::PackPath;
use crate::trust::{News, NewsError};

pub use archive::ArchiveError;

/// At most so many files and folders in a pack.
pub const MAX_FILES: usize = 4_096;
/// At most so many bytes in `pack.toml`, in each file of rules, and in each file of trust.
pub const MAX_FILE_BYTES: u64 = 1 << 20;
/// At most so many bytes in a component.
pub const MAX_COMPONENT_BYTES: u64 = 32 << 20;
/// At most so many bytes in all files of a pack together.
pub const MAX_PACK_BYTES: u64 = 64 << 20;

/// What was signed.
pub(crate) const MANIFEST: &str = "manifest.json";
/// Who signed it.
pub(crate) const SIGNATURES: &str = "manifest.sig";
/// The file that describes a pack.
pub(crate) const ABOUT: &str = "pack.toml";
/// Everything below this folder is a rule.
pub(crate) const RULES: &str = "rules/";
/// Everything below this folder is a component.
pub(crate) const PLUGINS: &str = "plugins/";
/// Everything below this folder is a root, a list of revocations, or their signatures.
pub(crate) const TRUST: &str = "trust/";

/// The files of a pack, from a folder or from a `.pack` file, not yet believed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parcel {
    /// The folder or the file, for what is said about it.
    pub(crate) place: PathBuf,
    pub(crate) manifest: Option<Vec<u8>>,
    pub(crate) signatures: Option<Vec<u8>>,
    pub(crate) files: BTreeMap<PackPath, Vec<u8>>,
}

impl Parcel {
    /// Reads a pack's folder or a `.pack` file. The folder or file itself may be behind a link,
    /// nothing in the folder. Nothing is written.
    ///
    /// # Errors
    /// If it cannot be read, exceeds a limit, or holds anything but files.
    pub fn open(place: &Path) -> Result<Parcel, PackError> {
        let io = |source| PackError::Io { path: place.into(), source };
        if place.metadata().map_err(io)?.is_dir() {
            return Ok(Parcel::of(place, folder::read(place)?));
        }
        let bytes = folder::read_file(place, archive::MAX_BYTES)?
            .ok_or_else(|| PackError::TooLarge { file: place.into(), limit: archive::MAX_BYTES })?;
        Parcel::from_bytes(place, &bytes)
    }

    /// Reads the bytes of a `.pack` file; `place` is what errors call it.
    ///
    /// # Errors
    /// If they are not exactly what [`Parcel::to_bytes`] writes for the files in them, or exceed a
    /// limit.
    pub fn from_bytes(place: &Path, bytes: &[u8]) -> Result<Parcel, PackError> {
        let files = archive::read(bytes)
            .map_err(|source| PackError::Archive { file: place.into(), source })?;
        for (path, bytes) in &files {
            let limit = limit(path);
            if bytes.len() as u64 > limit {
                return Err(PackError::TooLarge { file: path.within(place), limit });
            }
        }
        Ok(Parcel::of(place, files))
    }

    /// The bytes of the `.pack` file: the same files always have the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let aside = [(MANIFEST, &self.manifest), (SIGNATURES, &self.signatures)];
        let aside = aside.into_iter().filter_map(|(name, bytes)| Some((name, bytes.as_ref()?)));
        let files = self.files.iter().map(|(path, bytes)| (path.as_str(), bytes));
        let all: BTreeMap<&str, &Vec<u8>> = files.chain(aside).collect();
        archive::write(all.into_iter().map(|(name, bytes)| (name, bytes.as_slice())))
    }

    /// What it says about trust.
    pub(crate) fn news(&self) -> Result<News, NewsError> {
        let files = self.below(TRUST).map(|(name, _, bytes)| (name, bytes));
        News::of(&self.place.join(TRUST), files)
    }

    /// The release that its manifest names, whoever vouches for that; nothing without a manifest.
    pub fn release(&self) -> Option<u64> {
        Some(Manifest::from_bytes(self.manifest.as_deref()?).ok()?.release)
    }

    /// Where it came from.
    pub fn place(&self) -> &Path {
        &self.place
    }

    fn of(place: &Path, mut files: BTreeMap<PackPath, Vec<u8>>) -> Parcel {
        let mut aside = |name: &str| files.remove(&name.parse::<PackPath>().ok()?);
        let (manifest, signatures) = (aside(MANIFEST), aside(SIGNATURES));
        Parcel { place: place.into(), manifest, signatures, files }
    }

    /// The file with this name.
    pub(crate) fn file(&self, name: &str) -> Option<(&PackPath, &[u8])> {
        let (path, bytes) = self.files.get_key_value(&name.parse::<PackPath>().ok()?)?;
        Some((path, bytes))
    }

    /// The files below a folder, by their names in it.
    pub(crate) fn below<'p>(
        &'p self,
        folder: &'static str,
    ) -> impl Iterator<Item = (&'p str, &'p PackPath, &'p [u8])> {
        self.files.iter().filter_map(move |(path, bytes)| {
            Some((path.as_str().strip_prefix(folder)?, path, bytes.as_slice()))
        })
    }
}

/// At most so many bytes in this file.
fn limit(path: &PackPath) -> u64 {
    let small = [RULES, TRUST].iter().any(|folder| path.as_str().starts_with(folder))
        || [ABOUT, SIGNATURES].contains(&path.as_str());
    match (small, path.as_str().starts_with(PLUGINS)) {
        (true, _) => MAX_FILE_BYTES,
        (false, true) => MAX_COMPONENT_BYTES,
        (false, false) => MAX_PACK_BYTES,
    }
}
