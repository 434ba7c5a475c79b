//! Whether a folder is what a trusted key has signed. Decides; reads nothing.

use std::path::PathBuf;

use super::Pack;
use super::error::PackError;
use super::folder::{Folder, MANIFEST, SIGNATURE};
use crate::key::KeyId;
use crate::manifest::{Difference, Manifest};
use crate::signature::{Signature, SignatureError};
use crate::trust::TrustedKeys;

/// Who vouches for the folder, and for what.
pub(super) fn believe(folder: &Folder, keys: &TrustedKeys) -> Result<(KeyId, Manifest), PackError> {
    let (bytes, signature) = signed(folder)?;
    let file = || folder.root.join(SIGNATURE);
    let signature =
        read(signature).map_err(|source| PackError::Signature { file: file(), source })?;
    let key = signature.key();
    let trusted =
        keys.get(key).ok_or_else(|| PackError::UnknownKey { folder: folder.root.clone(), key })?;
    if !signature.verifies(bytes, trusted) {
        return Err(PackError::BadSignature { file: file(), key });
    }
    let manifest = Manifest::from_bytes(bytes)
        .map_err(|source| PackError::Manifest { file: folder.root.join(MANIFEST), source })?;
    manifest.compare(&folder.files).map_err(|difference| different(folder, &difference))?;
    Ok((key, manifest))
}

/// That the manifest says of the pack what the pack says of itself.
pub(super) fn agree(folder: &Folder, manifest: &Manifest, pack: &Pack) -> Result<(), PackError> {
    let told = [
        ("id", pack.id.to_string(), manifest.pack.to_string()),
        ("release", pack.release.to_string(), manifest.release.to_string()),
    ];
    match told.into_iter().find(|(_, found, listed)| found != listed) {
        Some((key, found, listed)) => {
            let file = folder.root.join(MANIFEST);
            Err(PackError::Mismatch { file, key, found, listed })
        }
        None => Ok(()),
    }
}

fn signed(folder: &Folder) -> Result<(&[u8], &[u8]), PackError> {
    let missing = |name| Err(PackError::Missing { file: folder.root.join(name) });
    match (&folder.manifest, &folder.signature) {
        (Some(manifest), Some(signature)) => Ok((manifest, signature)),
        (None, None) => Err(PackError::Unsigned { folder: folder.root.clone() }),
        (None, Some(_)) => missing(MANIFEST),
        (Some(_), None) => missing(SIGNATURE),
    }
}

fn read(signature: &[u8]) -> Result<Signature, SignatureError> {
    std::str::from_utf8(signature).map_err(|_| SignatureError)?.parse()
}

fn different(folder: &Folder, difference: &Difference) -> PackError {
    let file = |path: &crate::PackPath| -> PathBuf { path.within(&folder.root) };
    match difference {
        Difference::Missing(path) => PackError::Missing { file: file(path) },
        Difference::Extra(path) => PackError::Extra { file: file(path) },
        Difference::Altered(path) => PackError::Altered { file: file(path) },
    }
}
