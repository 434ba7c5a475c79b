//! `revocations.json`: keys and releases that are no longer believed.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use crate::id::PackId;
use crate::key::KeyId;

/// The version of the format.
const FORMAT: u32 = 1;

/// What is no longer believed, and why. As JSON it is the file `revocations.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Revocations {
    format: u32,
    /// Counts up from 1 with every change; 0 if nothing was ever revoked.
    pub version: u64,
    /// Whose signatures of packs no longer count, in ascending order.
    pub keys: Vec<RevokedKey>,
    /// What no endpoint loads any more, in ascending order.
    pub releases: Vec<RevokedRelease>,
}

/// A key whose signatures of packs no longer count.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokedKey {
    /// The key.
    pub key: KeyId,
    /// Why, for people.
    pub reason: String,
}

/// A release of a pack that no endpoint loads any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RevokedRelease {
    /// The pack.
    pub pack: PackId,
    /// Its release.
    pub release: u64,
    /// Why, for people.
    pub reason: String,
}

/// Why something is no list of revocations.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum RevocationsError {
    /// Not JSON, or not the keys and values of such a list.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Made by a later version.
    #[error("format {0} is not format {FORMAT}")]
    Format(u64),
    /// A version that no list has.
    #[error("version 0 is not a number from 1")]
    Version,
    /// Listed twice, or not in ascending order.
    #[error("{0} is not listed once and in ascending order")]
    Order(String),
    /// Two lists with one version.
    #[error("version {0} revokes what another list with this version does not")]
    Fork(u64),
}

impl Default for Revocations {
    fn default() -> Self {
        Revocations { format: FORMAT, version: 0, keys: Vec::new(), releases: Vec::new() }
    }
}

impl Revocations {
    /// Reads a list.
    ///
    /// # Errors
    /// If the bytes are no JSON, a key of it is unknown or missing, its format is another one, its
    /// version is 0, or the keys or releases are not in strictly ascending order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Revocations, RevocationsError> {
        #[derive(Deserialize)]
        struct Versioned {
            format: u64,
        }
        let Versioned { format } = serde_json::from_slice(bytes)?;
        if format != u64::from(FORMAT) {
            return Err(RevocationsError::Format(format));
        }
        let revocations: Revocations = serde_json::from_slice(bytes)?;
        revocations.check()?;
        Ok(revocations)
    }

    /// The list as the bytes of its file: the same list always has the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("revocations have only text keys");
        bytes.push(b'\n');
        bytes
    }

    /// Why this key's signatures no longer count.
    pub fn key(&self, key: KeyId) -> Option<&str> {
        let revoked = self.keys.iter().find(|revoked| revoked.key == key)?;
        Some(&revoked.reason)
    }

    /// Why this release is no longer believed.
    pub fn release(&self, pack: &PackId, release: u64) -> Option<&str> {
        let wanted = |one: &&RevokedRelease| one.pack == *pack && one.release == release;
        let revoked = self.releases.iter().find(wanted)?;
        Some(&revoked.reason)
    }

    /// Adds what another list revokes; what is revoked stays so.
    #[must_use]
    pub fn and(&self, other: &Revocations) -> Revocations {
        let keys = self.keys.iter().chain(&other.keys).map(|one| (one.key, one));
        let releases = self.releases.iter().chain(&other.releases);
        let releases = releases.map(|one| ((&one.pack, one.release), one));
        Revocations {
            format: FORMAT,
            version: self.version.max(other.version),
            keys: keys.collect::<BTreeMap<_, _>>().into_values().cloned().collect(),
            releases: releases.collect::<BTreeMap<_, _>>().into_values().cloned().collect(),
        }
    }

    /// What is revoked once this list has come, too. An older one than the newest says nothing.
    pub(crate) fn heed(&self, other: &Revocations) -> Result<Revocations, RevocationsError> {
        if other.version < self.version {
            return Ok(self.clone());
        }
        if other.version == self.version && !self.repeats(other) {
            return Err(RevocationsError::Fork(other.version));
        }
        Ok(self.and(other))
    }

    /// Whether everything that the other list revokes is revoked here.
    fn repeats(&self, other: &Revocations) -> bool {
        let has_release = |one: &RevokedRelease| self.release(&one.pack, one.release).is_some();
        other.keys.iter().all(|one| self.key(one.key).is_some())
            && other.releases.iter().all(has_release)
    }

    fn check(&self) -> Result<(), RevocationsError> {
        if self.version == 0 {
            return Err(RevocationsError::Version);
        }
        if let Some([_, late]) = self.keys.array_windows().find(|[a, b]| a.key >= b.key) {
            return Err(RevocationsError::Order(format!("key {}", late.key)));
        }
        let place = |one: &RevokedRelease| (one.pack.clone(), one.release);
        match self.releases.array_windows().find(|[a, b]| place(a) >= place(b)) {
            Some([_, late]) => {
                let RevokedRelease { pack, release, .. } = late;
                Err(RevocationsError::Order(format!("pack {pack} release {release}")))
            }
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list(version: u64, keys: &[&str], releases: &[(&str, u64)]) -> Revocations {
        let key =
            |id: &&str| RevokedKey { key: id.repeat(16).parse().unwrap(), reason: "r".into() };
        let release = |(pack, release): &(&str, u64)| RevokedRelease {
            pack: pack.parse().unwrap(),
            release: *release,
            reason: "r".into(),
        };
        let (keys, releases) =
            (keys.iter().map(key).collect(), releases.iter().map(release).collect());
        Revocations { format: FORMAT, version, keys, releases }
    }

    #[test]
    fn a_list_is_read_back_from_its_bytes() {
        let good = list(1, &["a", "b"], &[("p", 1), ("p", 2), ("q", 1)]);
        assert_eq!(Revocations::from_bytes(&good.to_bytes()).unwrap(), good);
    }

    #[test]
    fn other_lists_are_refused_by_what_is_wrong() {
        let cases = [
            (list(0, &[], &[]), "version 0"),
            (list(1, &["b", "a"], &[]), "key aaaaaaaaaaaaaaaa is not listed once"),
            (list(1, &["a", "a"], &[]), "key aaaaaaaaaaaaaaaa is not listed once"),
            (list(1, &[], &[("p", 2), ("p", 1)]), "pack p release 1 is not listed once"),
            (Revocations { format: 2, ..list(1, &[], &[]) }, "format 2"),
        ];
        for (list, words) in cases {
            let error = Revocations::from_bytes(&list.to_bytes()).expect_err(words);
            assert!(error.to_string().contains(words), "{error}");
        }
    }

    #[test]
    fn what_is_revoked_stays_so_and_older_lists_say_nothing() {
        let known = list(2, &["a"], &[("p", 1)]);
        let later = known.heed(&list(3, &["b"], &[])).unwrap();
        assert_eq!(later, list(3, &["a", "b"], &[("p", 1)]));
        assert_eq!(later.heed(&list(2, &["c"], &[])).unwrap(), later);
        assert_eq!(later.heed(&list(3, &["b"], &[])).unwrap(), later);
        let fork = later.heed(&list(3, &["c"], &[])).unwrap_err();
        assert!(matches!(fork, RevocationsError::Fork(3)));
    }
}
