//! Roots and revocations as files, with their signatures; nothing of them is believed yet.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use super::error::{NewsError, TrustError};
use super::keys;

/// The list of revocations, without the ending.
const REVOCATIONS: &str = "revocations";

/// A document and who signed it, not yet believed.
#[derive(Debug, Clone)]
pub(crate) struct Signed {
    /// The document's file; the signatures' file ends with `.sig` in place of `.json`.
    pub(crate) file: PathBuf,
    pub(crate) document: Vec<u8>,
    pub(crate) signatures: Vec<u8>,
}

/// What a trust directory, or a pack's folder `trust/`, says.
#[derive(Debug, Clone, Default)]
pub(crate) struct News {
    /// By the version that their names say.
    pub(crate) roots: BTreeMap<u64, Signed>,
    pub(crate) revocations: Option<Signed>,
}

/// What the name of a file says.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Subject {
    Root(u64),
    Revocations,
}

impl News {
    pub(crate) fn has_root(&self) -> bool {
        !self.roots.is_empty()
    }

    /// What these files say, by their names below the folder.
    pub(crate) fn of<'f>(
        folder: &Path,
        files: impl IntoIterator<Item = (&'f str, &'f [u8])>,
    ) -> Result<News, NewsError> {
        let mut halves: BTreeMap<Subject, [Option<&[u8]>; 2]> = BTreeMap::new();
        for (name, bytes) in files {
            let (subject, half) =
                subject(name).ok_or_else(|| NewsError::Stranger { file: folder.join(name) })?;
            halves.entry(subject).or_default()[half] = Some(bytes);
        }
        let mut news = News::default();
        for (subject, halves) in halves {
            let signed = join(folder, subject, halves)?;
            match subject {
                Subject::Root(version) => drop(news.roots.insert(version, signed)),
                Subject::Revocations => news.revocations = Some(signed),
            }
        }
        Ok(news)
    }

    /// What a directory says; files with other names are not looked at.
    pub(crate) fn load(directory: &Path) -> Result<News, TrustError> {
        let files = keys::read_all(directory, |name| subject(name).is_some())?;
        let files = files.iter().map(|(name, bytes)| (name.as_str(), bytes.as_slice()));
        Ok(News::of(directory, files)?)
    }
}

/// What a name says, and whether it is the one of the document or of its signatures.
fn subject(name: &str) -> Option<(Subject, usize)> {
    let (stem, half) = match name.rsplit_once('.')? {
        (stem, "json") => (stem, 0),
        (stem, "sig") => (stem, 1),
        _ => return None,
    };
    let subject = match stem.strip_prefix("root.") {
        // One version has one name: neither `root.01.json` nor `root.+1.json`.
        Some(digits) => {
            let version = digits.parse().ok().filter(|version: &u64| version.to_string() == digits);
            Subject::Root(version.filter(|version| *version > 0)?)
        }
        None => (stem == REVOCATIONS).then_some(Subject::Revocations)?,
    };
    Some((subject, half))
}

fn join(folder: &Path, subject: Subject, halves: [Option<&[u8]>; 2]) -> Result<Signed, NewsError> {
    let stem = match subject {
        Subject::Root(version) => format!("root.{version}"),
        Subject::Revocations => REVOCATIONS.to_owned(),
    };
    let file = folder.join(format!("{stem}.json"));
    match halves {
        [Some(document), Some(signatures)] => {
            Ok(Signed { file, document: document.to_vec(), signatures: signatures.to_vec() })
        }
        [None, _] => Err(NewsError::Half { file }),
        [_, None] => Err(NewsError::Half { file: file.with_extension("sig") }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_version_has_one_name() {
        let root = |version| Subject::Root(version);
        let cases = [
            ("root.1.json", Some((root(1), 0))),
            ("root.12.sig", Some((root(12), 1))),
            ("revocations.json", Some((Subject::Revocations, 0))),
            ("root.0.json", None),
            ("root.01.json", None),
            ("root.+1.json", None),
            ("root.json", None),
            ("root.1.txt", None),
            ("root.99999999999999999999.json", None),
            ("revocations", None),
            ("README", None),
        ];
        for (name, expected) in cases {
            assert_eq!(subject(name), expected, "{name}");
        }
    }

    #[test]
    fn a_document_and_its_signatures_belong_together() {
        let of = |names: &[&'static str]| {
            News::of(Path::new("t"), names.iter().map(|name| (*name, &b""[..])))
        };
        assert!(of(&["root.1.json", "root.1.sig", "revocations.json", "revocations.sig"]).is_ok());
        for (names, missing) in [
            (&["root.1.json"][..], "t/root.1.sig"),
            (&["root.2.sig"], "t/root.2.json"),
            (&["revocations.json", "root.1.json", "root.1.sig"], "t/revocations.sig"),
        ] {
            let refused = of(names);
            assert!(
                matches!(refused, Err(NewsError::Half { file }) if file == *Path::new(missing))
            );
        }
        assert!(matches!(of(&["notes.txt"]), Err(NewsError::Stranger { .. })));
    }
}
