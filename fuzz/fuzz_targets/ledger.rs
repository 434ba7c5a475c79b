//! What somebody may have made of a ledger's files: the lines, the checkpoints, notes and keys.
#![no_main]

use std::fs;
use std::sync::LazyLock;

use daemoneye_ledger::{
    Book, Checkpoint, Entry, Fact, Finding, Folder, Ledger, Signer, Verifier, audit,
};
use libfuzzer_sys::fuzz_target;
use tempfile::TempDir;

const SEED: [u8; 32] = [7; 32];
/// Between the lines and the checkpoints of one ledger.
const BETWEEN: &[u8] = b"\n--\n";

/// In memory, where there is such a folder.
static PLACE: LazyLock<TempDir> = LazyLock::new(|| {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).expect("a folder")
});

fuzz_target!(|data: &[u8]| {
    let Some((way, data)) = data.split_first() else { return };
    match way % 4 {
        0 => files(data),
        1 => lines(data),
        2 => notes(data),
        _ => keys(data),
    }
});

/// Whatever the files are, the writer goes on, and what it appends holds.
fn files(data: &[u8]) {
    let between = data.windows(BETWEEN.len()).position(|window| window == BETWEEN);
    let (entries, checkpoints) = match between {
        Some(at) => (&data[..at], &data[at + BETWEEN.len()..]),
        None => (data, &[][..]),
    };
    for entry in PLACE.path().read_dir().expect("a folder").flatten() {
        fs::remove_file(entry.path()).expect("our own");
    }
    let folder = Folder::new(PLACE.path().to_owned());
    let signer = folder.signer(&SEED).expect("room");
    fs::write(folder.entries(), entries).expect("room");
    fs::write(folder.checkpoints(), checkpoints).expect("room");
    let before = audit(&folder, &signer.verifier(), &[]).expect("readable");
    let (mut ledger, _) = Ledger::open(&folder, &SEED, 1).expect("room");
    ledger.append(2, &[Fact::act("fuzzed", "once")]).expect("room");
    ledger.sign().expect("room");
    let after = audit(&folder, &signer.verifier(), &[]).expect("readable");
    let is_old = |finding: &Finding| {
        matches!(finding, Finding::Aside(_)) || before.findings.contains(finding)
    };
    assert!(after.findings.iter().all(is_old), "{:?} then {:?}", before.findings, after.findings);
}

/// A line that is an entry is that entry's line, and every line is counted, whatever it is.
fn lines(data: &[u8]) {
    if let Ok(entry) = Entry::parse(data) {
        assert_eq!(entry.line().as_bytes(), data);
    }
    let mut book = Book::new("fuzz");
    let mut count = 0;
    book.read(data, |_, _| count += 1).expect("memory does not fail");
    assert_eq!(book.tree.size(), count);
    assert!(book.bytes <= data.len() as u64);
}

/// Nobody but the key's owner makes a note that is believed; what is believed can be said again.
/// More lines may follow in a checkpoint, as C2SP allows.
fn notes(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    let signer = Signer::new("fuzz", &SEED).expect("a name");
    assert!(Checkpoint::open(text, &signer.verifier()).is_err(), "a forged checkpoint");
    let note = signer.sign(&format!("{}\n", text.trim_end_matches('\n')));
    if let Ok(checkpoint) = Checkpoint::open(&note, &signer.verifier()) {
        let own = checkpoint.sign(&signer);
        assert_eq!(Checkpoint::open(&own, &signer.verifier()), Ok(checkpoint));
    }
}

fn keys(data: &[u8]) {
    let Ok(text) = std::str::from_utf8(data) else { return };
    if let Ok(verifier) = Verifier::parse(text) {
        assert_eq!(
            Verifier::parse(&verifier.text()).expect("its own text").text(),
            verifier.text()
        );
    }
    if let Ok(signer) = Signer::parse(text) {
        assert_eq!(signer.secret_text(), text);
    }
}
