//! Whether only what a trusted key has signed is believed.

use std::fs;

use daemoneye_pack_format::{
    Kind, Manifest, Pack, PackError, Signatures, SigningKey, Trust, TrustedKeys, sign,
};

use crate::fixture::{ABOUT, Fixture, RULE, key, keys};

#[test]
fn a_signed_pack_is_read_and_names_its_signer() {
    let pack = Fixture::signed().trusted().unwrap();
    assert_eq!(pack.signers, [key().id()]);
    assert_eq!((pack.id.as_str(), pack.release, pack.rules.len()), ("small", 7, 1));
    let unsigned = Fixture::new().unsigned().unwrap();
    assert_eq!(unsigned, Pack { signers: Vec::new(), ..pack });
}

#[test]
fn every_flipped_byte_is_refused() {
    let fixture = Fixture::signed();
    for name in ["manifest.json", "manifest.sig", "pack.toml", "rules/one.toml"] {
        let good = fs::read(fixture.file(name)).unwrap();
        for offset in 0..good.len() {
            for flip in [0x01, 0x20, 0x80] {
                let mut bad = good.clone();
                bad[offset] ^= flip;
                fixture.write(name, bad);
                assert!(fixture.trusted().is_err(), "{name}, byte {offset}, flip {flip:#x}");
            }
        }
        fixture.write(name, good);
    }
    assert!(fixture.trusted().is_ok());
}

#[test]
fn every_torn_or_longer_file_is_refused() {
    let fixture = Fixture::signed();
    for name in ["manifest.json", "manifest.sig", "pack.toml", "rules/one.toml"] {
        let good = fs::read(fixture.file(name)).unwrap();
        for length in 0..good.len() {
            fixture.write(name, &good[..length]);
            assert!(fixture.trusted().is_err(), "{name} torn at {length}");
        }
        fixture.write(name, [&good[..], b"\n"].concat());
        assert!(fixture.trusted().is_err(), "{name} longer");
        fixture.write(name, good);
    }
}

#[test]
fn a_pack_that_nobody_signed_is_refused() {
    let fixture = Fixture::new();
    assert!(
        matches!(fixture.trusted(), Err(PackError::Unsigned { folder }) if folder == fixture.path())
    );
}

#[test]
fn half_a_signature_is_none() {
    for name in ["manifest.json", "manifest.sig"] {
        let fixture = Fixture::signed();
        fs::remove_file(fixture.file(name)).unwrap();
        let refused = fixture.trusted();
        assert!(matches!(refused, Err(PackError::Missing { file }) if file == fixture.file(name)));
    }
}

#[test]
fn a_key_that_is_not_trusted_is_named() {
    let fixture = Fixture::signed();
    let other = SigningKey::from_secret(&[8; 32]);
    for trusted in [TrustedKeys::default(), keys(&other)] {
        let refused = Pack::read(fixture.path(), &Trust::Keys(trusted));
        assert!(matches!(refused, Err(PackError::UnknownKey { key: k, .. }) if k == key().id()));
    }
}

#[test]
fn a_signature_is_of_one_manifest_only() {
    let (fixture, other) = (Fixture::signed(), Fixture::new());
    other.write("README", "another pack");
    sign(other.path(), &[key()]).unwrap();
    fs::copy(other.file("manifest.sig"), fixture.file("manifest.sig")).unwrap();
    assert!(
        matches!(fixture.trusted(), Err(PackError::BadSignature { key: k, .. }) if k == key().id())
    );
}

#[test]
fn altered_missing_and_extra_files_are_named() {
    let fixture = Fixture::signed();
    fixture.write("rules/one.toml", RULE.replace("Because", "Perhaps"));
    let refused = fixture.trusted();
    assert!(
        matches!(refused, Err(PackError::Altered { file }) if file == fixture.file("rules/one.toml"))
    );

    fs::remove_file(fixture.file("rules/one.toml")).unwrap();
    let refused = fixture.trusted();
    assert!(
        matches!(refused, Err(PackError::Missing { file }) if file == fixture.file("rules/one.toml"))
    );

    fixture.write("rules/one.toml", RULE);
    for extra in ["rules/two.toml", "README", ".hidden", "deep/er/file", "rules/manifest.json"] {
        fixture.write(extra, RULE);
        let refused = fixture.trusted();
        assert!(matches!(refused, Err(PackError::Extra { file }) if file == fixture.file(extra)));
        fs::remove_file(fixture.file(extra)).unwrap();
    }
    assert!(fixture.trusted().is_ok());
}

#[test]
fn nothing_is_parsed_before_its_hash_holds() {
    let fixture = Fixture::signed();
    fixture.write("rules/one.toml", "this is = = no TOML");
    fixture.write("rules/two.toml", "neither is = = this");
    assert!(matches!(fixture.trusted(), Err(PackError::Altered { .. })));
    fixture.write("manifest.json", "nor is this JSON");
    assert!(matches!(fixture.trusted(), Err(PackError::BadSignature { .. })));
}

#[test]
fn a_manifest_that_leaves_the_pack_is_refused_although_it_is_signed() {
    let fixture = Fixture::signed();
    let manifest = fs::read_to_string(fixture.file("manifest.json")).unwrap();
    for path in ["../one.toml", "/etc/passwd", "rules/../../one.toml", "rules\\\\one.toml"] {
        resign(&fixture, manifest.replace("rules/one.toml", path).as_bytes());
        let error = fixture.trusted().unwrap_err();
        assert!(matches!(error, PackError::Manifest { .. }), "{path}: {error}");
    }
}

#[test]
fn a_manifest_that_contradicts_the_pack_is_refused_although_it_is_signed() {
    let fixture = Fixture::signed();
    let manifest = fs::read_to_string(fixture.file("manifest.json")).unwrap();
    let cases = [
        ("\"small\"", "\"large\"", "id"),
        ("\"release\": 7", "\"release\": 8", "release"),
        ("\"max\": \"0.1\"", "\"max\": \"0.9\"", "api"),
        ("\"plugins\": []", "\"review_by\": \"2031-01-31\", \"plugins\": []", "review_by"),
    ];
    for (from, to, wanted) in cases {
        assert!(manifest.contains(from), "{from}");
        resign(&fixture, manifest.replace(from, to).as_bytes());
        assert!(matches!(fixture.trusted(), Err(PackError::Mismatch { key, .. }) if key == wanted));
    }
}

fn resign(fixture: &Fixture, manifest: &[u8]) {
    fixture.write("manifest.json", manifest);
    fixture.write("manifest.sig", Signatures::make(Kind::Manifest, manifest, &key()).to_string());
}

#[test]
fn signing_twice_changes_nothing() {
    let fixture = Fixture::signed();
    let read =
        || ["manifest.json", "manifest.sig"].map(|name| fs::read(fixture.file(name)).unwrap());
    let (before, (manifest, _)) = (read(), sign(fixture.path(), &[key()]).unwrap());
    assert_eq!(read(), before);
    assert_eq!(Manifest::from_bytes(&before[0]).unwrap(), manifest);
    let paths: Vec<&str> = manifest.files.iter().map(|entry| entry.path.as_str()).collect();
    assert_eq!(paths, ["pack.toml", "rules/one.toml"]);
}

#[test]
fn what_no_endpoint_could_read_is_not_signed() {
    let fixture = Fixture::new();
    fixture.write("rules/two.toml", "id = \"two\"\n");
    assert!(sign(fixture.path(), &[key()]).is_err());
    fixture.write("rules/two.toml", RULE.replace("\"one\"\ntitle", "\"two\"\ntitle"));
    fixture.write("pack.toml", ABOUT.replace("0.1", "9.9"));
    assert!(sign(fixture.path(), &[key()]).is_err());
    assert!(!fixture.file("manifest.json").exists() && !fixture.file("manifest.sig").exists());
}
