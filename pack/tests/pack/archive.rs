//! Whether a `.pack` file has exactly one form, and nothing else is read as one.

use std::fs::{self, File};
use std::path::Path;
use std::time::{Duration, SystemTime};

use daemoneye_pack_format::{
    ArchiveError, MAX_PACK_BYTES, Pack, PackError, Parcel, Trust, build, sign,
};
use proptest::prelude::*;
use tar::{Builder, EntryType, Header};

use crate::fixture::{ABOUT, Fixture, RULE, key, keys};

const PLACE: &str = "x.pack";

fn built(fixture: &Fixture) -> Vec<u8> {
    build(fixture.path()).unwrap().1
}

fn read(bytes: &[u8]) -> Result<Pack, PackError> {
    let parcel = Parcel::from_bytes(Path::new(PLACE), bytes)?;
    let gate = daemoneye_pack_format::Gate::new(Trust::Keys(keys(&key())));
    gate.admit(&parcel)
}

/// Why an archive of these headers and contents is none.
fn refused(entries: &[(Header, &[u8])]) -> ArchiveError {
    let mut builder = Builder::new(Vec::new());
    for (header, content) in entries {
        builder.append(header, *content).unwrap();
    }
    match Parcel::from_bytes(Path::new(PLACE), &builder.into_inner().unwrap()) {
        Err(PackError::Archive { file, source }) if file == *Path::new(PLACE) => source,
        other => panic!("{other:?}"),
    }
}

/// The header that a pack has for a file, changed.
fn header(name: &[u8], size: usize, change: impl FnOnce(&mut Header)) -> Header {
    let mut header = Header::new_ustar();
    header.as_mut_bytes()[..name.len()].copy_from_slice(name);
    header.set_size(size as u64);
    header.set_mode(0o644);
    header.set_uid(0);
    header.set_gid(0);
    header.set_mtime(0);
    header.set_entry_type(EntryType::Regular);
    change(&mut header);
    header.set_cksum();
    header
}

#[test]
fn a_pack_file_is_the_pack_of_its_folder() {
    let fixture = Fixture::signed();
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("small.pack");
    fs::write(&file, built(&fixture)).unwrap();
    let pack = Pack::read(&file, &Trust::Keys(keys(&key()))).unwrap();
    assert_eq!(pack, fixture.trusted().unwrap());
}

#[test]
fn the_same_files_are_the_same_bytes_whenever_and_in_whatever_order_they_were_written() {
    let one = Fixture::signed();
    let other = Fixture::empty();
    for (name, text) in [("rules/one.toml", RULE), ("pack.toml", ABOUT)] {
        other.write(name, text);
        let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(86_400);
        File::options().write(true).open(other.file(name)).unwrap().set_modified(long_ago).unwrap();
    }
    sign(other.path(), &[key()]).unwrap();
    assert_eq!(built(&one), built(&other));
    assert_eq!(built(&one), built(&one));
}

#[test]
fn every_flipped_byte_of_a_pack_file_is_refused() {
    let good = built(&Fixture::signed());
    assert!(read(&good).is_ok());
    for offset in 0..good.len() {
        for flip in [0x01, 0x20, 0x80] {
            let mut bad = good.clone();
            bad[offset] ^= flip;
            assert!(read(&bad).is_err(), "byte {offset}, flip {flip:#x}");
        }
    }
}

#[test]
fn every_torn_or_longer_pack_file_is_refused() {
    let good = built(&Fixture::signed());
    for length in 0..good.len() {
        assert!(read(&good[..length]).is_err(), "torn at {length}");
    }
    for more in [&b"\0"[..], &[0; 512], &[0; 1024], b"PK\x05\x06"] {
        assert!(read(&[&good, more].concat()).is_err(), "{} more", more.len());
    }
}

#[test]
fn names_that_leave_the_pack_are_refused() {
    let names: [&[u8]; 7] =
        [b"../a", b"/etc/passwd", b"a/../../b", b"./a", b"a//b", b"caf\xe9", b"a\xff\xfe"];
    for name in names {
        let error = refused(&[(header(name, 1, |_| {}), b"x")]);
        assert!(matches!(error, ArchiveError::Path(_)), "{error}");
        let said = error.to_string();
        assert!(said.contains("is not a relative path"), "{said}");
    }
}

#[test]
fn everything_but_a_file_is_refused_by_name_and_type() {
    let kinds = [
        (EntryType::Symlink, '2'),
        (EntryType::Link, '1'),
        (EntryType::Char, '3'),
        (EntryType::Block, '4'),
        (EntryType::Directory, '5'),
        (EntryType::Fifo, '6'),
        (EntryType::Continuous, '7'),
        (EntryType::GNUSparse, 'S'),
        (EntryType::GNULongName, 'L'),
        (EntryType::GNULongLink, 'K'),
        (EntryType::XHeader, 'x'),
        (EntryType::XGlobalHeader, 'g'),
    ];
    for (kind, flag) in kinds {
        let header = header(b"odd", 1, |header| header.set_entry_type(kind));
        let error = refused(&[(header, b"x")]);
        assert!(
            matches!(&error, ArchiveError::NoFile { name, kind } if name == "odd" && *kind == flag),
            "{error}"
        );
    }
}

#[test]
fn a_file_that_comes_twice_is_refused() {
    let one = || header(b"pack.toml", 1, |_| {});
    let error = refused(&[(one(), b"x"), (one(), b"y")]);
    assert!(matches!(error, ArchiveError::Twice(path) if path.as_str() == "pack.toml"));
}

#[test]
fn a_file_below_a_file_is_refused() {
    let (file, below) = (header(b"a", 1, |_| {}), header(b"a/b", 1, |_| {}));
    let error = refused(&[(file, b"x"), (below, b"y")]);
    assert!(matches!(error, ArchiveError::Below(path) if path.as_str() == "a/b"));
}

type Change = fn(&mut Header);

#[test]
fn what_another_tool_would_write_is_refused_by_its_first_byte() {
    let plain = || header(b"a", 1, |_| {});
    let cases: [(&str, Change, u64); 5] = [
        ("mode", |header| header.set_mode(0o755), 105),
        ("owner", |header| header.set_uid(1000), 111),
        ("date", |header| header.set_mtime(1), 146),
        ("user's name", |header| header.set_username("me").unwrap(), 148),
        ("prefix", |header| header.as_mut_bytes()[400] = 1, 148),
    ];
    for (what, change, near) in cases {
        let error = refused(&[(header(b"a", 1, change), b"x")]);
        let ArchiveError::Form(at) = error else { panic!("{what}: {error}") };
        assert!(at.abs_diff(near) < 12, "{what}: byte {at}");
    }
    let unsorted = refused(&[(header(b"b", 1, |_| {}), b"x"), (plain(), b"x")]);
    assert!(matches!(unsorted, ArchiveError::Form(0)), "{unsorted}");
}

#[test]
fn a_bomb_is_refused_before_it_is_read() {
    for size in [1_537, 1 << 20, 1 << 33, (1 << 40) - 1, u64::MAX >> 1] {
        let header = header(b"a", 1, |header| header.set_size(size));
        let bytes = [&header.as_bytes()[..], &[0; 512 + 1024]].concat();
        let refused = Parcel::from_bytes(Path::new(PLACE), &bytes);
        let Err(PackError::Archive { source, .. }) = refused else { panic!("{refused:?}") };
        assert!(
            matches!(source, ArchiveError::Torn { size: told, left: 1_536, .. } if told == size),
            "{source}"
        );
    }
}

#[test]
fn a_pack_file_has_bounded_bytes_and_files() {
    let much = usize::try_from(MAX_PACK_BYTES).unwrap() + 1;
    let content = vec![0; much];
    let error = refused(&[(header(b"a", much, |_| {}), &content)]);
    assert!(matches!(error, ArchiveError::TooLarge(MAX_PACK_BYTES)), "{error}");

    let name = |number: usize| format!("{number:04}");
    let many: Vec<_> =
        (0..=4096).map(|n| (header(name(n).as_bytes(), 0, |_| {}), &b""[..])).collect();
    assert!(matches!(refused(&many), ArchiveError::TooMany));
    let sparse = tempfile::NamedTempFile::new().unwrap();
    sparse.as_file().set_len(1 << 33).unwrap();
    let error = Parcel::open(sparse.path()).unwrap_err();
    assert!(matches!(error, PackError::TooLarge { .. }), "{error}");
}

#[test]
fn a_rule_in_a_pack_file_may_have_a_mebibyte_and_no_more() {
    for (more, good) in [(0, true), (1, false)] {
        let content = vec![b'#'; (1 << 20) + more];
        let mut builder = Builder::new(Vec::new());
        builder.append(&header(b"rules/a.toml", content.len(), |_| {}), &*content).unwrap();
        let read = Parcel::from_bytes(Path::new(PLACE), &builder.into_inner().unwrap());
        assert_eq!(read.is_ok(), good, "{read:?}");
    }
}

#[test]
fn a_folder_that_changed_since_it_was_signed_is_not_built() {
    let fixture = Fixture::signed();
    fixture.write("rules/one.toml", RULE.replace("Because", "Perhaps"));
    assert!(matches!(build(fixture.path()), Err(PackError::Altered { .. })));
    assert!(matches!(build(Fixture::new().path()), Err(PackError::Unsigned { .. })));
}

proptest! {
    #[test]
    fn every_file_is_read_back_from_the_archive(
        files in prop::collection::btree_map("[a-z]{1,8}(/[a-z0-9._+-]{1,40}[a-z]){0,2}", prop::collection::vec(any::<u8>(), 0..2000), 0..8),
    ) {
        let fixture = Fixture::new();
        for (name, content) in &files {
            let _ = fs::create_dir_all(fixture.file(&format!("z/{name}")).parent().unwrap());
            let _ = fs::write(fixture.file(&format!("z/{name}")), content);
        }
        let folder = Parcel::open(fixture.path()).unwrap();
        let bytes = folder.to_bytes();
        let read = Parcel::from_bytes(fixture.path(), &bytes).unwrap();
        prop_assert_eq!(read.to_bytes(), bytes);
        prop_assert_eq!(read, folder);
    }

    #[test]
    fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
        prop_assert!(Parcel::from_bytes(Path::new(PLACE), &bytes).is_err() || bytes.is_empty());
    }
}
