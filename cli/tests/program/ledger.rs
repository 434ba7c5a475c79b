//! The ledger's files, asked without an agent.

use std::fs;
use std::path::{Path, PathBuf};

use daemoneye_ledger::{Fact, Folder, Ledger, Signer};
use serde_json::Value as Json;
use tempfile::TempDir;

use crate::program::{Ended, run};

/// A place like an agent's, in which a sensor has written.
struct Place(TempDir);

impl Place {
    fn new() -> Self {
        let place = Place(tempfile::tempdir().expect("a folder"));
        fs::create_dir_all(place.folder().path()).expect("a folder");
        place.write(3, 7, "by hand");
        place
    }

    fn folder(&self) -> Folder {
        Folder::new(self.path("procmond/ledger"))
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    /// So many acts, and a checkpoint. A new ledger gets a key of this seed.
    fn write(&self, acts: i64, seed: u8, detail: &str) {
        let mut ledger = Ledger::open(&self.folder(), &[seed; 32], 1).expect("a ledger").0;
        for time in 0..acts {
            ledger.append(time, &[Fact::act("start", detail)]).expect("room");
        }
        ledger.sign().expect("room");
    }

    fn begin_anew(&self, seed: u8, detail: &str) {
        fs::remove_dir_all(self.folder().path()).expect("removed");
        fs::create_dir_all(self.folder().path()).expect("a folder");
        self.write(9, seed, detail);
    }

    fn ask(&self, arguments: &[&str]) -> Ended {
        run(&self.path("run/bus.sock"), &[&["ledger"], arguments].concat())
    }

    /// Keeps what it is told in a file.
    fn keep(&self, name: &str, arguments: &[&str]) -> String {
        let path = self.path(name);
        fs::write(&path, self.ask(arguments).with(0).stdout()).expect("room");
        text(&path)
    }
}

fn text(path: &Path) -> String {
    path.to_str().expect("text").to_owned()
}

#[test]
fn a_whole_ledger_holds_for_people_and_for_programs() {
    let place = Place::new();
    place.ask(&["verify"]).with(0).says("holds").says("3 = 0 batches + 3 acts");
    let json = place.ask(&["verify", "--format", "json"]).with(0).json();
    assert_eq!((&json["holds"], &json["signed"]), (&Json::Bool(true), &Json::from(3)));
    let state = text(&place.path("procmond"));
    run(Path::new("/nowhere/run/bus.sock"), &["ledger", "verify", "--state-dir", &state]).with(0);
}

#[test]
fn what_is_wrong_is_named_and_ends_with_65() {
    let place = Place::new();
    let entries = place.folder().entries();
    let whole = fs::read_to_string(&entries).expect("entries");
    let first: String = whole.lines().take(2).map(|line| format!("{line}\n")).collect();
    let cases = [
        (first, "truncated"),
        (whole.replacen("by hand", "by mind", 1), "rewritten"),
        (whole.lines().rev().map(|line| format!("{line}\n")).collect(), "reordered"),
    ];
    for (damaged, name) in cases {
        fs::write(&entries, damaged).expect("room");
        place.ask(&["verify"]).with(65).says("DOES NOT HOLD").says(name);
        let json = place.ask(&["verify", "--format", "json"]).with(65).json();
        assert!(json["findings"].to_string().contains(name), "{json}");
        place.ask(&["prove", "1"]).with(65);
    }
}

#[test]
fn an_entry_is_proved_in_the_form_that_other_tools_read() {
    let place = Place::new();
    let proof = place.ask(&["prove", "1"]).with(0).stdout().to_owned();
    let note = place.ask(&["checkpoint"]).with(0).stdout().to_owned();
    assert!(proof.starts_with("c2sp.org/tlog-proof@v1\nextra "), "{proof}");
    assert!(proof.contains("\nindex 1\n") && proof.ends_with(&format!("\n\n{note}")), "{proof}");
    place.ask(&["prove", "3"]).with(70).complains("entry 3 is not among the 3");
}

#[test]
fn a_kept_checkpoint_and_a_kept_key_outlive_a_rewritten_ledger() {
    let place = Place::new();
    let (kept, key) = (place.keep("kept", &["checkpoint"]), place.keep("key", &["key"]));
    place.write(4, 7, "by hand");
    place.ask(&["consistency", &kept, "--key", &key]).with(0).says("7 entries have grown out");
    place.ask(&["verify", "--checkpoint", &kept, "--key", &key]).with(0);

    // Whoever has the key can write another ledger that holds, but not one that was signed before.
    place.begin_anew(7, "by a thief");
    place.ask(&["verify"]).with(0);
    place.ask(&["verify", "--checkpoint", &kept]).with(65).says("rewritten");
    place.ask(&["consistency", &kept]).with(65).complains("rewritten");
    // Whoever has not can only bring a key of their own.
    place.begin_anew(9, "by a thief");
    place.ask(&["verify"]).with(0);
    place.ask(&["verify", "--key", &key]).with(65).says("forged");
}

#[test]
fn a_forged_checkpoint_proves_nothing() {
    let place = Place::new();
    let kept = place.keep("kept", &["checkpoint"]);
    let note = fs::read_to_string(&kept).expect("kept");
    let (body, _) = note.split_once("\n\n").expect("a note");
    let origin = body.lines().next().expect("an origin");
    let thief = Signer::new(origin, &[9; 32]).expect("a name");
    fs::write(&kept, thief.sign(&format!("{body}\n"))).expect("room");
    place.ask(&["consistency", &kept]).with(65).complains("has no signature by");
    place.ask(&["verify", "--checkpoint", &kept]).with(65).says("forged");
    place.ask(&["verify", "--key", &thief.verifier().text()]).with(65).says("forged");
}

#[test]
fn no_ledger_is_66_and_says_where_to_look() {
    let place = tempfile::tempdir().expect("a folder");
    let ended = run(&place.path().join("run/bus.sock"), &["ledger", "verify"]);
    ended.with(66).complains("key.pub").complains("--state-dir");
}
