//! Every file of a pack with its size and hash: what a signature signs.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::api::{ApiError, ApiRange};
use crate::day::Day;
use crate::id::PackId;
use crate::key::lower_hex;
use crate::pack::Pack;
use crate::path::PackPath;

/// The version of the format.
const FORMAT: u32 = 2;

/// What a pack consists of. As JSON it is the file `manifest.json`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Manifest {
    format: u32,
    /// The same as in `pack.toml`.
    pub pack: PackId,
    /// The same as in `pack.toml`.
    pub release: u64,
    /// The same as in `pack.toml`.
    pub api: ApiRange,
    /// The same as in `pack.toml`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub review_by: Option<Day>,
    /// Every component of the pack, in ascending order of the bytes of its path.
    pub plugins: Vec<Plugin>,
    /// Every file but the manifest and its signature, in ascending order of the bytes of its path.
    pub files: Vec<Entry>,
}

/// What a component is and asks for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Plugin {
    /// Where it is within the pack: `plugins/NAME.wasm`.
    pub path: PackPath,
    /// The world of its exports, with the version: such as `rule-plugin@0.1.0`.
    pub world: String,
    /// The names of all its imports, in ascending order.
    pub imports: Vec<String>,
    /// Fuel per event that it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub fuel: Option<u64>,
    /// Bytes of memory that it asks for.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// What it wants to do, for the operator to grant.
    pub capabilities: Vec<String>,
}

/// One file of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Entry {
    /// Where it is within the pack.
    pub path: PackPath,
    /// Bytes.
    pub size: u64,
    /// The BLAKE3 hash of its bytes.
    pub blake3: Digest,
}

/// A BLAKE3 hash. Written as 64 lower-case hexadecimal digits.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Digest([u8; 32]);

impl Digest {
    /// The hash of these bytes.
    pub fn of(bytes: &[u8]) -> Digest {
        Digest(*blake3::hash(bytes).as_bytes())
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&hex::encode(self.0))
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Digest({self})")
    }
}

impl From<Digest> for String {
    fn from(digest: Digest) -> String {
        digest.to_string()
    }
}

impl TryFrom<String> for Digest {
    type Error = ManifestError;

    fn try_from(text: String) -> Result<Self, ManifestError> {
        lower_hex(&text).map(Digest).ok_or(ManifestError::Digest(text))
    }
}

/// Why bytes are no manifest.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ManifestError {
    /// Not JSON, or not a manifest's keys and values.
    #[error("{0}")]
    Json(#[from] serde_json::Error),
    /// Made by another version.
    #[error("format {0} is not format {FORMAT}")]
    Format(u64),
    /// For no agent, or not for this one.
    #[error(transparent)]
    Api(#[from] ApiError),
    /// Listed twice, or not in ascending order.
    #[error("file {0} is not listed once and in ascending order")]
    Order(PackPath),
    /// No hash.
    #[error("blake3 {0:?} is not 64 lower-case hexadecimal digits")]
    Digest(String),
}

/// How the files of a folder differ from its manifest.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Difference {
    Missing(PackPath),
    Extra(PackPath),
    Altered(PackPath),
}

impl Manifest {
    /// The manifest of these files.
    pub(crate) fn of(pack: &Pack, files: &BTreeMap<PackPath, Vec<u8>>) -> Manifest {
        let entry = |(path, bytes): (&PackPath, &Vec<u8>)| Entry {
            path: path.clone(),
            size: bytes.len() as u64,
            blake3: Digest::of(bytes),
        };
        Manifest {
            format: FORMAT,
            pack: pack.id.clone(),
            release: pack.release,
            api: pack.api,
            review_by: pack.review_by,
            plugins: pack.plugins.clone(),
            files: files.iter().map(entry).collect(),
        }
    }

    /// The manifest as the bytes of `manifest.json`: the same manifest always has the same bytes.
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = serde_json::to_vec_pretty(self).expect("a manifest has only text keys");
        bytes.push(b'\n');
        bytes
    }

    /// Reads a manifest.
    ///
    /// # Errors
    /// If the bytes are no JSON, a key is unknown or missing, the format or the API is another
    /// one, a path leaves the pack, or the files are not in strictly ascending order.
    pub fn from_bytes(bytes: &[u8]) -> Result<Manifest, ManifestError> {
        #[derive(Deserialize)]
        struct Versioned {
            format: u64,
        }
        let Versioned { format } = serde_json::from_slice(bytes)?;
        if format != u64::from(FORMAT) {
            return Err(ManifestError::Format(format));
        }
        let manifest: Manifest = serde_json::from_slice(bytes)?;
        manifest.check()?;
        Ok(manifest)
    }

    fn check(&self) -> Result<(), ManifestError> {
        self.api.check()?;
        match self.files.windows(2).find(|pair| pair[0].path >= pair[1].path) {
            Some(pair) => Err(ManifestError::Order(pair[1].path.clone())),
            None => Ok(()),
        }
    }

    /// The first difference between the manifest and these files.
    pub(crate) fn compare(&self, files: &BTreeMap<PackPath, Vec<u8>>) -> Result<(), Difference> {
        for entry in &self.files {
            let Some(bytes) = files.get(&entry.path) else {
                return Err(Difference::Missing(entry.path.clone()));
            };
            if bytes.len() as u64 != entry.size || Digest::of(bytes) != entry.blake3 {
                return Err(Difference::Altered(entry.path.clone()));
            }
        }
        let listed: BTreeSet<_> = self.files.iter().map(|entry| &entry.path).collect();
        match files.keys().find(|path| !listed.contains(path)) {
            Some(extra) => Err(Difference::Extra(extra.clone())),
            None => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn manifest(files: &str) -> String {
        let api = r#"{"min":"0.1","max":"0.1"}"#;
        format!(
            r#"{{"format":2,"pack":"p","release":1,"api":{api},"plugins":[],"files":[{files}]}}"#
        )
    }

    fn entry(path: &str) -> String {
        format!(r#"{{"path":"{path}","size":0,"blake3":"{}"}}"#, Digest::of(b""))
    }

    #[test]
    fn a_manifest_is_read_back_from_its_bytes() {
        let text = manifest(&[entry("a"), entry("b/c")].join(","));
        let read = Manifest::from_bytes(text.as_bytes()).unwrap();
        assert_eq!(Manifest::from_bytes(&read.to_bytes()).unwrap(), read);
        assert_eq!(read.to_bytes(), read.clone().to_bytes());
    }

    #[test]
    fn other_manifests_are_refused_by_what_is_wrong() {
        let digest = Digest::of(b"").to_string();
        let cases = [
            (manifest(&[entry("b"), entry("a")].join(",")), "file a is not listed once"),
            (manifest(&[entry("a"), entry("a")].join(",")), "file a is not listed once"),
            (manifest(&entry("../a")), "\"../a\""),
            (manifest(&entry("/a")), "\"/a\""),
            (manifest(&entry("rules/../../a")), "\"rules/../../a\""),
            (manifest("").replace("\"format\":2", "\"format\":1"), "format 1 is not format 2"),
            (manifest("").replace("0.1", "0.9"), "for agents with api 0.9"),
            (manifest("").replace("\"p\"", "\"P\""), "id \"P\""),
            (manifest("").replace("release", "realease"), "realease"),
            (manifest(&entry("a")).replace(&digest, "00"), "blake3 \"00\""),
            (manifest("").replace('}', ""), "EOF"),
            (String::new(), "EOF"),
        ];
        for (text, expected) in cases {
            let error = Manifest::from_bytes(text.as_bytes()).expect_err(&text).to_string();
            assert!(error.contains(expected), "{text}: {error}");
        }
    }

    #[test]
    fn every_difference_between_manifest_and_folder_is_found() {
        let path = |text: &str| text.parse::<PackPath>().unwrap();
        let text = manifest(&[entry("a"), entry("b")].join(","));
        let manifest = Manifest::from_bytes(text.as_bytes()).unwrap();
        let files = |list: &[(&str, &[u8])]| {
            list.iter().map(|(name, bytes)| (path(name), bytes.to_vec())).collect()
        };
        let compare = |list: &[(&str, &[u8])]| manifest.compare(&files(list));
        assert_eq!(compare(&[("a", b""), ("b", b"")]), Ok(()));
        assert_eq!(compare(&[("a", b"")]), Err(Difference::Missing(path("b"))));
        assert_eq!(compare(&[("a", b""), ("b", b"x")]), Err(Difference::Altered(path("b"))));
        let extra = compare(&[("a", b""), ("b", b""), ("c", b"")]);
        assert_eq!(extra, Err(Difference::Extra(path("c"))));
    }
}
