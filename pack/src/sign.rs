//! Makes the manifest and the signatures of a pack.

use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::key::SigningKey;
use crate::manifest::Manifest;
use crate::pack::{self, Pack, PackError};
use crate::parcel::{MANIFEST, Parcel, SIGNATURES};
use crate::signature::{Kind, Signatures};

/// Why a pack was not signed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum SignError {
    /// What no endpoint could read is not signed.
    #[error(transparent)]
    Pack(#[from] PackError),
    /// The manifest or the signatures cannot be written.
    #[error("{file}: {source}", file = .file.display())]
    Write {
        /// The file.
        file: PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
}

/// Signs the pack in this folder: writes `manifest.json` and `manifest.sig`. Signatures that others
/// made of the same manifest stay; those of another manifest go.
///
/// The same files and keys always give the same manifest and signatures.
///
/// # Errors
/// If the folder is no pack that an endpoint could read, or the two files cannot be written.
///
/// # Panics
/// If there is no key.
pub fn sign(folder: &Path, keys: &[SigningKey]) -> Result<(Manifest, Signatures), SignError> {
    let parcel = Parcel::open(folder)?;
    let pack = Pack::parse(&parcel, Vec::new())?;
    let manifest = Manifest::of(&pack, &parcel.files);
    let bytes = manifest.to_bytes();
    let own = keys.iter().map(|key| Signatures::make(Kind::Manifest, &bytes, key));
    let all = others(&parcel, &bytes).into_iter().chain(own);
    let signatures = all.reduce(Signatures::and).expect("somebody signs");
    write(folder.join(MANIFEST), &bytes)?;
    write(folder.join(SIGNATURES), signatures.to_string().as_bytes())?;
    Ok((manifest, signatures))
}

/// The bytes of the `.pack` file of a signed folder. The signatures are not checked, since whom to
/// believe is the endpoint's business; that the folder is what was signed is.
///
/// # Errors
/// If the folder is not signed, has changed since, or is no pack that an endpoint could read.
pub fn build(folder: &Path) -> Result<(Manifest, Vec<u8>), PackError> {
    let parcel = Parcel::open(folder)?;
    let (manifest, _) = pack::signed(&parcel)?;
    let manifest = Manifest::from_bytes(manifest)
        .map_err(|source| PackError::Manifest { file: folder.join(MANIFEST), source })?;
    pack::compare(&parcel, &manifest)?;
    pack::agree(&parcel, &manifest, &Pack::parse(&parcel, Vec::new())?)?;
    Ok((manifest, parcel.to_bytes()))
}

/// The signatures that are there of this very manifest.
fn others(parcel: &Parcel, manifest: &[u8]) -> Option<Signatures> {
    parcel.manifest.as_deref().filter(|bytes| *bytes == manifest)?;
    Signatures::from_bytes(parcel.signatures.as_deref()?).ok()
}

fn write(file: PathBuf, bytes: &[u8]) -> Result<(), SignError> {
    fs::write(&file, bytes).map_err(|source| SignError::Write { file, source })
}
