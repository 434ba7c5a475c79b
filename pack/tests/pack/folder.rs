//! What a folder may hold, and how much.

use std::fs::{self, File};
use std::path::Path;

use daemoneye_pack_format::{MAX_FILE_BYTES, MAX_FILES, MAX_PACK_BYTES, PackError};

use crate::fixture::{Fixture, RULE};

fn sized(fixture: &Fixture, name: &str, bytes: u64) {
    File::create(fixture.file(name)).unwrap().set_len(bytes).unwrap();
}

#[test]
fn a_rule_file_may_have_a_mebibyte_and_no_more() {
    let fixture = Fixture::new();
    let limit = usize::try_from(MAX_FILE_BYTES).unwrap();
    let padded = |length: usize| format!("{RULE}#{}", "x".repeat(length - RULE.len() - 1));
    fixture.write("rules/one.toml", padded(limit));
    assert!(fixture.unsigned().is_ok());
    fixture.write("rules/one.toml", padded(limit + 1));
    let refused = fixture.unsigned();
    let named =
        |file: &Path, limit| *file == fixture.file("rules/one.toml") && limit == MAX_FILE_BYTES;
    assert!(matches!(refused, Err(PackError::TooLarge { file, limit }) if named(&file, limit)));
}

#[test]
fn a_pack_may_have_64_mebibytes_and_no_more() {
    let fixture = Fixture::new();
    let length = |name: &str| fs::metadata(fixture.file(name)).unwrap().len();
    let used = length("pack.toml") + length("rules/one.toml");
    sized(&fixture, "a-blob", MAX_PACK_BYTES - used);
    assert!(fixture.unsigned().is_ok());
    sized(&fixture, "a-blob", MAX_PACK_BYTES - used + 1);
    let refused = fixture.unsigned();
    let named = |file: &Path, limit| *file == *fixture.path() && limit == MAX_PACK_BYTES;
    assert!(matches!(refused, Err(PackError::TooLarge { file, limit }) if named(&file, limit)));
}

#[test]
fn a_pack_may_have_4096_files_and_folders_and_no_more() {
    let fixture = Fixture::new();
    let own = ["pack.toml", "rules", "rules/one.toml"].len();
    fs::create_dir(fixture.file("many")).unwrap();
    for number in 0..MAX_FILES - own - 1 {
        sized(&fixture, &format!("many/{number}"), 0);
    }
    assert!(fixture.unsigned().is_ok());
    sized(&fixture, "many/one-more", 0);
    assert!(matches!(fixture.unsigned(), Err(PackError::TooMany { limit: MAX_FILES, .. })));
}

#[cfg(unix)]
#[test]
fn links_and_special_files_are_refused_by_name() {
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;
    let link = |target: &str, name: &str| {
        let fixture = Fixture::signed();
        symlink(target, fixture.file(name)).unwrap();
        (fixture.trusted(), fixture.unsigned(), fixture.file(name))
    };
    let cases =
        [("one.toml", "rules/two.toml"), ("/etc", "etc"), ("gone", "gone"), ("rules", "more")];
    for (target, name) in cases {
        let (trusted, unsigned, link) = link(target, name);
        for refused in [trusted, unsigned] {
            assert!(matches!(refused, Err(PackError::Link { file }) if file == link), "{name}");
        }
    }
    let fixture = Fixture::new();
    let _socket = UnixListener::bind(fixture.file("socket")).unwrap();
    assert!(matches!(fixture.unsigned(), Err(PackError::Link { .. })));
}

#[cfg(unix)]
#[test]
fn a_rule_behind_a_link_is_refused_although_its_bytes_are_the_signed_ones() {
    let fixture = Fixture::signed();
    fs::rename(fixture.file("rules/one.toml"), fixture.file("moved")).unwrap();
    std::os::unix::fs::symlink("../moved", fixture.file("rules/one.toml")).unwrap();
    assert!(matches!(fixture.trusted(), Err(PackError::Link { .. })));
}

#[test]
fn a_file_name_that_no_pack_may_have_is_refused() {
    let fixture = Fixture::new();
    fixture.write("a b", "");
    let error = fixture.unsigned().unwrap_err().to_string();
    assert!(error.contains("file name \"a b\""), "{error}");
}

#[test]
fn everything_among_the_rules_is_a_rule() {
    for name in ["rules/README.md", "rules/.one.toml.swp", "rules/deeper/two.toml"] {
        let fixture = Fixture::new();
        fixture.write(name, RULE);
        let refused = fixture.unsigned();
        assert!(matches!(refused, Err(PackError::NoRule { file }) if file == fixture.file(name)));
    }
}

#[test]
fn a_folder_that_is_no_pack_is_refused() {
    let fixture = Fixture::new();
    fs::remove_dir_all(fixture.file("rules")).unwrap();
    assert!(matches!(fixture.unsigned(), Err(PackError::Empty { .. })));
    fs::remove_file(fixture.file("pack.toml")).unwrap();
    assert!(matches!(fixture.unsigned(), Err(PackError::Missing { .. })));
    fs::remove_dir_all(fixture.path()).unwrap();
    assert!(matches!(fixture.unsigned(), Err(PackError::Io { .. })));
}
