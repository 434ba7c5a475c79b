//! A small pack to break.

use std::fs;
use std::path::{Path, PathBuf};

use daemoneye_pack_format::{Pack, PackError, SigningKey, Trust, TrustedKeys, sign};
use tempfile::TempDir;

pub(crate) const ABOUT: &str = r#"
id = "small"
release = 7
title = "A small pack"
description = "For tests."
authors = ["nobody"]
api = "0.1"
"#;

pub(crate) const RULE: &str = r#"id = "one"
title = "One"
severity = "high"
techniques = ["T1059.004", "T1059"]
why = "Because."
false_positives = []
sql = """
SELECT *
FROM process_starts WHERE name = 'one'
"""

[[tests]]
name = "one"
expect = "fire"
event = { name = "one", pid = 7 }

[[tests]]
name = "two"
expect = "silent"
events = [{ name = "two" }, { kind = "stop", time = 5, name = "one" }]
"#;

/// A pack in a folder of its own, deleted at the end.
pub(crate) struct Fixture {
    folder: TempDir,
}

impl Fixture {
    pub(crate) fn empty() -> Fixture {
        Fixture { folder: tempfile::tempdir().unwrap() }
    }

    pub(crate) fn new() -> Fixture {
        let fixture = Fixture::empty();
        fixture.write("pack.toml", ABOUT);
        fixture.write("rules/one.toml", RULE);
        fixture
    }

    pub(crate) fn signed() -> Fixture {
        let fixture = Fixture::new();
        sign(fixture.path(), &[key()]).unwrap();
        fixture
    }

    pub(crate) fn path(&self) -> &Path {
        self.folder.path()
    }

    pub(crate) fn file(&self, name: &str) -> PathBuf {
        self.path().join(name)
    }

    pub(crate) fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let file = self.file(name);
        fs::create_dir_all(file.parent().unwrap()).unwrap();
        fs::write(file, text).unwrap();
    }

    pub(crate) fn trusted(&self) -> Result<Pack, PackError> {
        Pack::read(self.path(), &Trust::Keys(keys(&key())))
    }

    pub(crate) fn unsigned(&self) -> Result<Pack, PackError> {
        Pack::read(self.path(), &Trust::AllowUnsigned)
    }
}

pub(crate) fn key() -> SigningKey {
    SigningKey::from_secret(&[7; 32])
}

pub(crate) fn keys(key: &SigningKey) -> TrustedKeys {
    TrustedKeys::from_iter([key.public("ops").unwrap()])
}

/// The interface of a component with rules.
pub(crate) const RULES: &str = "daemoneye:plugin/rules@0.1.0";

/// A component that exports an empty instance with this name, and does nothing.
pub(crate) fn component(export: &str) -> Vec<u8> {
    let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap();
    let instance = [5, 3, 1, 1, 0];
    let item = [&[1, 0, length(export.as_bytes())], export.as_bytes(), &[5, 0, 0]].concat();
    [&b"\0asm\x0d\0\x01\0"[..], &instance, &[11, length(&item)], &item].concat()
}
