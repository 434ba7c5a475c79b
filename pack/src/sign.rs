//! Makes the manifest and the signature of a pack.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::key::SigningKey;
use crate::manifest::Manifest;
use crate::pack::{Folder, MANIFEST, Pack, PackError, SIGNATURE};
use crate::signature::Signature;

/// Why a pack was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// What no endpoint could read is not signed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The manifest or the signature cannot be written.
    #[error("{file}: {source}", file = .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// Signs the pack in this folder: writes `manifest.json` and `manifest.sig`, and replaces what an
/// earlier signature left.
///
/// The same files and key always give the same manifest and signature.
///
/// # Errors
/// If the folder is no pack that an endpoint could read, or the two files cannot be written.
pub fn sign(folder: &Path, key: &SigningKey) -> Result<Manifest, SignError> {
    let files = Folder::read(folder)?;
    let pack = Pack::parse(&files, None)?;
    let manifest = Manifest::of(&pack, &files.files);
    let bytes = manifest.to_bytes();
    write(folder.join(MANIFEST), &bytes)?;
    write(folder.join(SIGNATURE), Signature::make(&bytes, key).to_string().as_bytes())?;
    Ok(manifest)
}

fn write(file: PathBuf, bytes: &[u8]) -> Result<(), SignError> {
    fs::write(&file, bytes).map_err(|source| SignError::Write { file, source })
}
