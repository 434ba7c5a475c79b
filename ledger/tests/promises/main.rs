//! What a ledger promises: whatever is done to its files is caught and named.

use std::fs;

use daemoneye_ledger::{
    Act, Audit, BatchFact, Checkpoint, ConsistencyProof, Entry, Fact, Finding, Flaw, Folder, Hash,
    InclusionProof, Ledger, ProofError, Signer, audit,
};
use proptest::prelude::*;
use tempfile::TempDir;

const SEED: [u8; 32] = [7; 32];

/// A ledger on disk.
struct Case {
    _place: TempDir,
    folder: Folder,
}

fn fact(number: u64) -> Fact {
    let (first, last) = (number.cast_signed(), number.cast_signed() + 3);
    let hash = Hash::of(&number.to_le_bytes());
    let source = "procmond:1a2b3c4d".to_owned();
    Fact::Batch(BatchFact { source, number, first, last, record: number, hash })
}

impl Case {
    /// Signed after each of these numbers of batches.
    fn new(signed: &[u64]) -> Self {
        let place = tempfile::tempdir().expect("a folder");
        let folder = Folder::new(place.path().to_owned());
        let case = Case { _place: place, folder };
        let mut ledger = case.open();
        let mut number = 0;
        for end in signed {
            while number < *end {
                number += 1;
                ledger.append(number.cast_signed(), &[fact(number)]).expect("room");
            }
            ledger.sign().expect("room");
        }
        case
    }

    fn open(&self) -> Ledger {
        Ledger::open(&self.folder, &SEED, 1).expect("a ledger").0
    }

    fn audit(&self) -> Audit {
        let verifier = self.folder.verifier().expect("a key");
        audit(&self.folder, &verifier, &[]).expect("readable")
    }

    fn lines(&self) -> Vec<String> {
        let text = fs::read_to_string(self.folder.entries()).expect("entries");
        text.lines().map(str::to_owned).collect()
    }

    fn put(&self, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        fs::write(self.folder.entries(), text).expect("room");
    }
}

fn names(audit: &Audit) -> String {
    audit.findings.iter().map(|finding| format!("{finding}\n")).collect()
}

#[test]
fn what_nobody_has_touched_holds_and_goes_on_after_a_restart() {
    let case = Case::new(&[3, 9]);
    let mut ledger = case.open();
    assert_eq!(ledger.book().record, 9);
    let act = Fact::Act(Act { name: "stop".to_owned(), detail: "why=asked".to_owned() });
    ledger.append(10, &[act, fact(10)]).expect("room");
    ledger.sign().expect("room");
    let audit = case.audit();
    assert_eq!(names(&audit), "");
    assert_eq!(audit.book.counts, (10, 1));
    let sizes: Vec<u64> = audit.checkpoints.iter().map(|one| one.size).collect();
    assert_eq!(sizes, [0, 3, 9, 11]);
}

#[test]
fn whatever_byte_is_flipped_is_caught() {
    let case = Case::new(&[4, 8]);
    for path in [case.folder.entries(), case.folder.checkpoints()] {
        let whole = fs::read(&path).expect("readable");
        for at in 0..whole.len() {
            let mut flipped = whole.clone();
            flipped[at] ^= 1 << (at % 8);
            fs::write(&path, &flipped).expect("room");
            assert!(!case.audit().findings.is_empty(), "byte {at} of {path:?}");
        }
        fs::write(&path, &whole).expect("room");
    }
    assert_eq!(names(&case.audit()), "");
}

#[test]
fn wherever_the_entries_are_cut_it_is_named_a_truncation() {
    let case = Case::new(&[4, 8]);
    let whole = fs::read(case.folder.entries()).expect("readable");
    for length in 0..whole.len() {
        fs::write(case.folder.entries(), &whole[..length]).expect("room");
        let entries = whole[..length].iter().filter(|byte| **byte == b'\n').count() as u64;
        let findings = case.audit().findings;
        assert!(findings.contains(&Finding::Truncated { size: 8, entries }), "{findings:?}");
    }
}

#[test]
fn entries_that_are_swapped_removed_or_repeated_are_named() {
    let case = Case::new(&[6]);
    let lines = case.lines();
    for at in 0..lines.len() - 1 {
        let mut swapped = lines.clone();
        swapped.swap(at, at + 1);
        case.put(&swapped);
        let said = names(&case.audit());
        assert!(said.contains("reordered"), "{said}");
        let mut removed = lines.clone();
        removed.remove(at);
        case.put(&removed);
        let said = names(&case.audit());
        assert!(said.contains("removed") && said.contains("truncated"), "{said}");
        let mut repeated = lines.clone();
        repeated.insert(at, lines[at].clone());
        case.put(&repeated);
        let said = names(&case.audit());
        assert!(said.contains("inserted"), "{said}");
    }
}

#[test]
fn an_entry_that_is_rewritten_is_named_even_if_all_chains_are_made_anew() {
    let case = Case::new(&[3, 6]);
    let entries: Vec<Entry> =
        case.lines().iter().map(|line| Entry::parse(line.as_bytes()).expect("an entry")).collect();
    let mut naive = case.lines();
    naive[2] = Entry { fact: fact(77), ..entries[2].clone() }.line();
    case.put(&naive);
    assert_eq!(case.audit().findings[0], Finding::Entry(Flaw::Chain { index: 2 }));

    let mut chain = daemoneye_ledger::Book::new(&case.audit().origin).chain;
    let mut forged = Vec::new();
    for entry in &entries {
        let fact = if entry.index == 4 { fact(77) } else { entry.fact.clone() };
        let again = Entry::new(entry.index, entry.time, fact, chain);
        chain = again.chain;
        forged.push(again.line());
    }
    case.put(&forged);
    assert_eq!(case.audit().findings, [Finding::Rewritten { size: 6 }], "and 3 still hold");
}

#[test]
fn a_checkpoint_by_another_key_is_forged_and_checkpoints_in_another_order_are_named() {
    let case = Case::new(&[3, 6]);
    let path = case.folder.checkpoints();
    let whole = fs::read_to_string(&path).expect("readable");
    let origin = case.audit().origin;
    let newest = case.audit().checkpoints.pop().expect("three");
    let thief = Signer::new(&origin, &[8; 32]).expect("a name");
    let forged = Checkpoint { size: 2, ..newest }.sign(&thief);
    fs::write(&path, format!("{whole}{forged}\n")).expect("room");
    let findings = case.audit().findings;
    assert!(matches!(findings[..], [Finding::Forged { number: 3, .. }]), "{findings:?}");

    let notes: Vec<&str> = whole.split("\n\n").collect();
    let swapped = [notes[4], notes[5], notes[0], notes[1], ""].join("\n\n");
    fs::write(&path, swapped).expect("room");
    assert!(names(&case.audit()).contains("reordered"), "{}", names(&case.audit()));
    fs::remove_file(&path).expect("removed");
    assert_eq!(case.audit().findings, [Finding::Unsigned { entries: 6 }]);
}

#[test]
fn a_checkpoint_that_was_kept_elsewhere_outlives_the_removal_of_all_others() {
    let case = Case::new(&[3, 6]);
    let kept = case.audit().newest.expect("a note");
    fs::remove_file(case.folder.entries()).expect("removed");
    fs::remove_file(case.folder.checkpoints()).expect("removed");
    let verifier = case.folder.verifier().expect("a key");
    let found = audit(&case.folder, &verifier, &[kept]).expect("readable").findings;
    assert_eq!(found, [Finding::Truncated { size: 6, entries: 0 }]);
}

#[test]
fn a_torn_end_is_cut_and_told_and_damage_is_put_aside_and_never_written_over() {
    let case = Case::new(&[3]);
    let whole = fs::read_to_string(case.folder.entries()).expect("readable");
    fs::write(case.folder.entries(), format!("{whole}3 9 batch proc")).expect("room");
    let (mut ledger, found) = Ledger::open(&case.folder, &SEED, 5).expect("a ledger");
    assert_eq!((found.torn, found.damage.len()), (14, 0));
    ledger.append(4, &[fact(4)]).expect("room");
    ledger.sign().expect("room");
    assert_eq!(names(&case.audit()), "");

    fs::write(case.folder.entries(), whole.replacen("batch", "botch", 1)).expect("room");
    let (_, found) = Ledger::open(&case.folder, &SEED, 6).expect("a ledger");
    assert!(!found.damage.is_empty());
    let aside = fs::read_to_string(case.folder.path().join("entries.6.damaged")).expect("kept");
    assert!(aside.contains("botch"));
    let said = names(&case.audit());
    assert!(said.contains("entries.6.damaged was put aside"), "{said}");
}

#[test]
fn keys_and_entries_are_for_their_owner_only() {
    use std::os::unix::fs::PermissionsExt;
    let case = Case::new(&[1]);
    let secret = fs::read_to_string(case.folder.secret_key()).expect("a key");
    assert!(secret.starts_with("PRIVATE+KEY+daemoneye/ledger/"));
    for entry in case.folder.path().read_dir().expect("a folder") {
        let entry = entry.expect("a file");
        let mode = entry.metadata().expect("a file").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", entry.path());
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, ..ProptestConfig::default() })]

    #[test]
    fn every_entry_is_proved_and_nothing_else_is(size in 1_u64..40, at: prop::sample::Index) {
        let case = Case::new(&[size]);
        let newest = case.audit().checkpoints.pop().expect("two");
        let index = at.index(usize::try_from(size).expect("small")) as u64;
        let proof = InclusionProof::make(&case.folder, index, &newest).expect("it is there");
        prop_assert!(proof.check(&newest).is_ok());
        let other = InclusionProof { entry: b"other".to_vec(), ..proof.clone() };
        prop_assert!(other.check(&newest).is_err());
        let moved = InclusionProof { index: (index + 1) % (size + 1), ..proof };
        prop_assert!(moved.check(&newest).is_err());
        let beyond = InclusionProof::make(&case.folder, size, &newest);
        prop_assert!(matches!(beyond, Err(ProofError::Index { .. })), "{beyond:?}");
    }

    #[test]
    fn a_tree_is_consistent_with_what_it_has_grown_out_of(old in 0_u64..30, more in 0_u64..30) {
        let case = Case::new(&[old, old + more]);
        let signed = case.audit().checkpoints;
        let newest = signed.last().expect("at least one").clone();
        let older = signed.iter().find(|one| one.size == old).expect("signed").clone();
        let proof = ConsistencyProof::make(&case.folder, &older, &newest).expect("it has grown");
        prop_assert!(proof.check(&older, &newest).is_ok());
        let other = Checkpoint { root: Hash([9; 32]), ..older };
        prop_assert!(proof.check(&other, &newest).is_err());
        prop_assert!(ConsistencyProof::make(&case.folder, &other, &newest).is_err());
    }
}
