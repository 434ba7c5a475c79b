//! Whether a parcel is what those who are trusted have signed. Decides; reads nothing.

use std::path::PathBuf;

use super::error::PackError;
use super::{Floors, Pack};
use crate::key::KeyId;
use crate::manifest::{Difference, Manifest};
use crate::parcel::{MANIFEST, Parcel, SIGNATURES};
use crate::path::PackPath;
use crate::quorum::{Quorum, QuorumError};
use crate::signature::{Kind, Signatures};
use crate::trust::Trust;

/// Who vouches for the parcel, and for what.
pub(super) fn believe(
    parcel: &Parcel,
    quorum: &Quorum<'_>,
    trust: &Trust,
    floors: &Floors,
) -> Result<(Vec<KeyId>, Manifest), PackError> {
    let (bytes, signatures) = signed(parcel)?;
    let file = || parcel.place.join(SIGNATURES);
    let signatures = Signatures::from_bytes(signatures)
        .map_err(|source| PackError::Signature { file: file(), source })?;
    let signers = quorum
        .met(Kind::Manifest, bytes, &signatures)
        .map_err(|error| distrusted(parcel, trust, error))?;
    let manifest = Manifest::from_bytes(bytes)
        .map_err(|source| PackError::Manifest { file: parcel.place.join(MANIFEST), source })?;
    current(parcel, &manifest, trust, floors)?;
    compare(parcel, &manifest)?;
    Ok((signers, manifest))
}

/// That the files are those of the manifest.
pub(crate) fn compare(parcel: &Parcel, manifest: &Manifest) -> Result<(), PackError> {
    manifest.compare(&parcel.files).map_err(|difference| different(parcel, &difference))
}

/// That the manifest says of the pack what the pack says of itself.
pub(crate) fn agree(parcel: &Parcel, manifest: &Manifest, pack: &Pack) -> Result<(), PackError> {
    let told = |manifest: &Manifest| {
        let Manifest { pack, release, api, review_by, plugins, .. } = manifest;
        let plugins = plugins.iter().map(|plugin| format!("{plugin:?}")).collect::<Vec<_>>();
        [
            ("id", pack.to_string()),
            ("release", release.to_string()),
            ("api", api.to_string()),
            ("review_by", review_by.map_or("absent".to_owned(), |date| date.to_string())),
            ("plugins", plugins.join(", ")),
        ]
    };
    let of_pack = told(&Manifest::of(pack, &parcel.files));
    let differ = |((_, found), (_, listed)): &((_, String), (_, String))| found != listed;
    match of_pack.into_iter().zip(told(manifest)).find(differ) {
        Some(((key, found), (_, listed))) => {
            let file = parcel.place.join(MANIFEST);
            Err(PackError::Mismatch { file, key, found, listed })
        }
        None => Ok(()),
    }
}

/// That the release is neither revoked nor older than one that has been active.
fn current(
    parcel: &Parcel,
    manifest: &Manifest,
    trust: &Trust,
    floors: &Floors,
) -> Result<(), PackError> {
    let (place, pack, release) = (parcel.place.clone(), manifest.pack.clone(), manifest.release);
    if let Some(reason) = trust.revoked_release(&pack, release) {
        return Err(PackError::Revoked { place, pack, release, reason: reason.to_owned() });
    }
    match floors.get(&pack) {
        Some(&floor) if release < floor => Err(PackError::Rollback { place, pack, release, floor }),
        _ => Ok(()),
    }
}

pub(crate) fn signed(parcel: &Parcel) -> Result<(&[u8], &[u8]), PackError> {
    let missing = |name| Err(PackError::Missing { file: parcel.place.join(name) });
    match (&parcel.manifest, &parcel.signatures) {
        (Some(manifest), Some(signatures)) => Ok((manifest, signatures)),
        (None, None) => Err(PackError::Unsigned { folder: parcel.place.clone() }),
        (None, Some(_)) => missing(MANIFEST),
        (Some(_), None) => missing(SIGNATURES),
    }
}

/// What the operator has to know about signatures that are not enough.
fn distrusted(parcel: &Parcel, trust: &Trust, error: QuorumError) -> PackError {
    let place = parcel.place.clone();
    let (counted, threshold, uncounted) = match error {
        QuorumError::Forged(key) => {
            return PackError::BadSignature { file: place.join(SIGNATURES), key };
        }
        QuorumError::TooFew { counted, threshold, uncounted } => (counted, threshold, uncounted),
    };
    let revoked =
        uncounted.iter().find_map(|key| Some((*key, trust.revoked_key(*key)?.to_owned())));
    match (revoked, counted, uncounted.first()) {
        (Some((key, reason)), ..) => PackError::RevokedKey { place, key, reason },
        (None, 0, Some(&key)) => PackError::UnknownKey { place, key },
        _ => PackError::TooFew { place, counted, threshold },
    }
}

fn different(parcel: &Parcel, difference: &Difference) -> PackError {
    let file = |path: &PackPath| -> PathBuf { path.within(&parcel.place) };
    match difference {
        Difference::Missing(path) => PackError::Missing { file: file(path) },
        Difference::Extra(path) => PackError::Extra { file: file(path) },
        Difference::Altered(path) => PackError::Altered { file: file(path) },
    }
}
