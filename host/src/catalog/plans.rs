//! Compiled rules, kept from one start to the next in one file, so that adding a rule compiles one.
//!
//! The file is a line that names the format, then entries (postcard): key, digest, compiled rule.
//! The key is all that the answer of a language depends on. The digest covers key and content: what
//! a torn write or a flipped bit has damaged is not found, and its rule is compiled again.

use std::collections::HashMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::plugin::Compiled;
use crate::private;

const FORMAT: &[u8] = b"daemoneye-plans 1\n";
/// What is kept at most, bytes: many times what 10,000 rules take.
const MAX_BYTES: usize = 64 << 20;

/// What a compiled rule is found by.
pub(super) type Key = [u8; 32];

/// One entry of the file.
#[derive(Serialize, Deserialize)]
struct Entry<'a> {
    key: Key,
    digest: [u8; 32],
    #[serde(borrow, with = "serde_bytes")]
    content: &'a [u8],
}

struct Kept {
    content: Vec<u8>,
    used: bool,
}

/// Compiled rules by key.
pub(super) struct Plans {
    path: Option<PathBuf>,
    kept: HashMap<Key, Kept>,
    misses: u64,
    changed: bool,
}

impl Plans {
    /// What the file holds; without a path nothing is kept. A file that cannot be read is as none.
    pub(super) fn open(path: Option<PathBuf>) -> Self {
        let bytes = path.as_deref().and_then(read).unwrap_or_default();
        Plans { kept: parse(&bytes), path, misses: 0, changed: false }
    }

    /// The key of a rule in a language.
    pub(super) fn key(language: &blake3::Hash, name: &str, window: Option<u32>, text: &str) -> Key {
        let mut hasher = blake3::Hasher::new();
        hasher.update(language.as_bytes());
        // No window differs from every window, and lengths keep name and text apart.
        hasher.update(&window.map_or(-1, i64::from).to_le_bytes());
        hasher.update(&(name.len() as u64).to_le_bytes()).update(name.as_bytes());
        *hasher.update(text.as_bytes()).finalize().as_bytes()
    }

    /// The compiled rule, if it is known.
    pub(super) fn get(&mut self, key: &Key) -> Option<Compiled> {
        let kept = self.kept.get_mut(key)?;
        let compiled = postcard::from_bytes(&kept.content).ok()?;
        kept.used = true;
        Some(compiled)
    }

    /// Remembers a compiled rule.
    pub(super) fn put(&mut self, key: Key, compiled: &Compiled) {
        self.misses += 1;
        if self.path.is_some() {
            let content = postcard::to_stdvec(compiled).expect("lists, texts and numbers only");
            self.kept.insert(key, Kept { content, used: true });
            self.changed = true;
        }
    }

    /// Rules that were not known.
    pub(super) fn misses(&self) -> u64 {
        self.misses
    }

    /// Writes what was used since the file was opened, if that is not what the file holds. The new
    /// file is complete before it takes the old one's place.
    pub(super) fn save(&mut self) -> io::Result<()> {
        let Some(path) = &self.path else { return Ok(()) };
        let before = self.kept.len();
        self.kept.retain(|_, kept| kept.used);
        if !self.changed && before == self.kept.len() {
            return Ok(());
        }
        if self.kept.values().map(|kept| kept.content.len()).sum::<usize>() > MAX_BYTES {
            self.kept.clear();
        }
        write(path, &self.kept)?;
        self.changed = false;
        Ok(())
    }
}

fn read(path: &Path) -> Option<Vec<u8>> {
    let length = path.metadata().ok()?.len();
    // Keys and digests besides contents: a file of more than twice the limit is none of ours.
    (length <= 2 * MAX_BYTES as u64).then(|| std::fs::read(path).ok()).flatten()
}

fn digest(key: &Key, content: &[u8]) -> [u8; 32] {
    *blake3::Hasher::new().update(key).update(content).finalize().as_bytes()
}

/// Every entry that is whole. What follows an entry that has lost its length is lost with it.
fn parse(bytes: &[u8]) -> HashMap<Key, Kept> {
    let mut kept = HashMap::new();
    let mut rest = bytes.strip_prefix(FORMAT).unwrap_or_default();
    while let Ok((entry, next)) = postcard::take_from_bytes::<Entry<'_>>(rest) {
        if entry.digest == digest(&entry.key, entry.content) {
            kept.insert(entry.key, Kept { content: entry.content.to_vec(), used: false });
        }
        rest = next;
    }
    kept
}

fn write(path: &Path, kept: &HashMap<Key, Kept>) -> io::Result<()> {
    let folder = path.parent().unwrap_or(Path::new("."));
    private::create_directory(folder)?;
    let mut bytes = FORMAT.to_vec();
    for (key, Kept { content, .. }) in kept {
        let entry = Entry { key: *key, digest: digest(key, content), content };
        bytes.extend(postcard::to_stdvec(&entry).expect("bytes only"));
    }
    // Created owner-only, under a name of its own: two programs may share the folder.
    let mut file = tempfile::NamedTempFile::new_in(folder)?;
    file.write_all(&bytes)?;
    file.as_file().sync_all()?;
    file.persist(path)?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::fs;

    fn compiled(name: &str) -> Compiled {
        Compiled {
            plan: name.repeat(40).into_bytes(),
            shown: vec![(name.to_owned(), "pid".to_owned())],
            about: crate::plugin::About::default(),
            inert: None,
        }
    }

    fn key(name: &str) -> Key {
        Plans::key(&blake3::hash(b"language"), name, None, "text")
    }

    fn file_of(path: &Path, names: &[&str]) {
        let mut plans = Plans::open(Some(path.to_owned()));
        for name in names {
            if plans.get(&key(name)).is_none() {
                plans.put(key(name), &compiled(name));
            }
        }
        plans.save().expect("saved");
    }

    #[test]
    fn what_was_compiled_is_known_at_the_next_start_and_its_file_is_for_its_owner() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("cache/plans");
        file_of(&path, &["a", "b"]);
        let mut plans = Plans::open(Some(path.clone()));
        assert_eq!(plans.get(&key("a")), Some(compiled("a")));
        assert_eq!(plans.get(&key("c")), None);
        let mode = |path: &Path| {
            std::os::unix::fs::PermissionsExt::mode(&path.metadata().expect("it").permissions())
        };
        assert_eq!(mode(&path) & 0o777, 0o600);
        assert_eq!(mode(path.parent().expect("a folder")) & 0o777, 0o700);
    }

    #[test]
    fn what_the_last_load_did_not_use_is_dropped() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("plans");
        file_of(&path, &["a", "b"]);
        file_of(&path, &["b", "c"]);
        let mut plans = Plans::open(Some(path));
        let known = ["a", "b", "c"].map(|name| plans.get(&key(name)).is_some());
        assert_eq!(known, [false, true, true]);
    }

    #[test]
    fn every_part_of_the_question_is_part_of_the_key() {
        let (one, two) = (blake3::hash(b"1"), blake3::hash(b"2"));
        let keys = [
            Plans::key(&one, "n", None, "t"),
            Plans::key(&two, "n", None, "t"),
            Plans::key(&one, "nt", None, ""),
            Plans::key(&one, "n", Some(0), "t"),
            Plans::key(&one, "n", Some(1), "t"),
            Plans::key(&one, "n", None, "u"),
        ];
        assert_eq!(std::collections::HashSet::from(keys).len(), keys.len());
    }

    proptest! {
        #[test]
        fn damage_is_never_believed(at in any::<prop::sample::Index>(), bit in 0..8u8, cut in any::<bool>()) {
            let folder = tempfile::tempdir().expect("a folder");
            let path = folder.path().join("plans");
            file_of(&path, &["a", "b", "c"]);
            let mut bytes = fs::read(&path).expect("the file");
            let at = at.index(bytes.len());
            if cut { bytes.truncate(at) } else { bytes[at] ^= 1 << bit }
            fs::write(&path, bytes).expect("written");
            let mut plans = Plans::open(Some(path));
            for name in ["a", "b", "c"] {
                let found = plans.get(&key(name));
                prop_assert!(found.is_none() || found == Some(compiled(name)));
            }
        }
    }
}
