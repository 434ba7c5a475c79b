//! What may be offered as a pack: an archive, or one of the files in an otherwise whole one.
#![no_main]

use std::path::Path;

use daemoneye_fuzz::archive::archive;
use daemoneye_pack_format::{Gate, Manifest, Parcel, Revocations, Root, Rule, Signatures, Trust};
use libfuzzer_sys::fuzz_target;

const ABOUT: &[u8] = include_bytes!("../../plugins/packs/linux-essentials/pack.toml");
const RULE: &[u8] = include_bytes!("../../plugins/packs/linux-essentials/rules/shell-dev-tcp.toml");
const RULE_FILE: &str = "rules/shell-dev-tcp.toml";

fuzz_target!(|data: &[u8]| {
    let Some((way, data)) = data.split_first() else { return };
    match way % 8 {
        0 => parcel(data),
        1 => manifest(data),
        2 => signatures(data),
        3 => _ = Rule::from_bytes("shell-dev-tcp", data),
        4 => revocations(data),
        5 => _ = Root::from_bytes(1, data),
        6 => parcel(&archive(&[("pack.toml", data), (RULE_FILE, RULE)])),
        _ => {
            let files = [("pack.toml", ABOUT), ("plugins/p.wasm", data), (RULE_FILE, RULE)];
            parcel(&archive(&files));
        }
    }
});

/// An archive that is read has no other form.
fn parcel(data: &[u8]) {
    let Ok(parcel) = Parcel::from_bytes(Path::new("fuzz.pack"), data) else { return };
    assert_eq!(parcel.to_bytes(), data);
    let mut gate = Gate::new(Trust::AllowUnsigned);
    if gate.learn(&parcel).is_ok() {
        _ = gate.admit(&parcel);
    }
}

fn manifest(data: &[u8]) {
    if let Ok(manifest) = Manifest::from_bytes(data) {
        let again = Manifest::from_bytes(&manifest.to_bytes()).expect("its own bytes");
        assert_eq!(again, manifest);
    }
}

fn signatures(data: &[u8]) {
    if let Ok(signatures) = Signatures::from_bytes(data) {
        assert_eq!(signatures.to_string().as_bytes(), data);
    }
}

fn revocations(data: &[u8]) {
    if let Ok(revocations) = Revocations::from_bytes(data) {
        let again = Revocations::from_bytes(&revocations.to_bytes()).expect("its own bytes");
        assert_eq!(again, revocations);
    }
}
