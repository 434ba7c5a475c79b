//! The real tool, from a new key to a believed pack and back to every refusal.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use tempfile::TempDir;

const RULE: &str = r#"id = "one"
title = "One"
severity = "high"
techniques = ["T1059.004"]
why = "Because."
false_positives = ["Nothing known."]
sql = "SELECT * FROM process_starts WHERE name = 'one'"

[[tests]]
name = "one"
expect = "fire"
event = { name = "one" }

[[tests]]
name = "two"
expect = "silent"
event = { name = "two" }
"#;

/// A folder with a key pair `ops` in `keys` and a signed pack in `pack`.
struct Bench(TempDir);

impl Bench {
    fn new() -> Bench {
        let bench = Bench(tempfile::tempdir().unwrap());
        fs::create_dir_all(bench.at("pack/rules")).unwrap();
        let about = "id = \"p\"\nrelease = 2\ntitle = \"P\"\ndescription = \"D\"\napi = \"0.1\"\n";
        fs::write(bench.at("pack/pack.toml"), about).unwrap();
        fs::write(bench.at("pack/rules/one.toml"), RULE).unwrap();
        said(&bench.run(&["keygen", "--out", "keys", "--name", "ops"]), 0, "keys/ops.pub");
        said(
            &bench.run(&["sign", "pack", "--key", "keys/ops.key"]),
            0,
            "signed p release 2: 2 files",
        );
        bench
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn run(&self, words: &[&str]) -> Output {
        run(self.0.path(), words)
    }
}

fn run(folder: &Path, words: &[&str]) -> Output {
    let tool = env!("CARGO_BIN_EXE_daemoneye-pack");
    Command::new(tool).current_dir(folder).args(words).output().unwrap()
}

/// The tool ended with this code and said this: on standard output if all is well, else on
/// standard error and nowhere else.
#[track_caller]
fn said(output: &Output, code: i32, words: &str) {
    let (out, err) =
        (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(code), "{out}{err}");
    let (loud, mute) = if code == 0 { (out, err) } else { (err, out) };
    assert!(loud.contains(words), "{loud}");
    assert_eq!(mute, "");
}

const VERIFY: [&str; 4] = ["verify", "pack", "--trust", "keys"];

#[test]
fn a_signed_pack_is_believed_and_its_signer_named() {
    let bench = Bench::new();
    said(&bench.run(&VERIFY), 0, "p release 2: 1 rules, signed by ops (");
}

#[test]
fn an_altered_pack_is_refused_by_file() {
    let bench = Bench::new();
    fs::write(bench.at("pack/rules/one.toml"), RULE.replace("high", "info")).unwrap();
    said(&bench.run(&VERIFY), 1, "pack/rules/one.toml: the file was altered");
}

#[test]
fn an_unsigned_pack_and_an_unknown_key_are_refused() {
    let bench = Bench::new();
    said(&bench.run(&["keygen", "--out", "others", "--name", "ops"]), 0, "others/ops.key");
    said(&bench.run(&["verify", "pack", "--trust", "others"]), 1, "which is not trusted");
    for name in ["pack/manifest.json", "pack/manifest.sig"] {
        fs::remove_file(bench.at(name)).unwrap();
    }
    said(&bench.run(&VERIFY), 1, "pack: the pack is not signed");
}

#[test]
fn a_key_is_never_overwritten() {
    let bench = Bench::new();
    let before = fs::read(bench.at("keys/ops.key")).unwrap();
    said(
        &bench.run(&["keygen", "--out", "keys", "--name", "ops"]),
        1,
        "keys/ops.key: exists already",
    );
    assert_eq!(fs::read(bench.at("keys/ops.key")).unwrap(), before);
}

#[cfg(unix)]
#[test]
fn a_secret_key_is_its_owners_alone() {
    use std::os::unix::fs::PermissionsExt;
    let bench = Bench::new();
    let mode = fs::metadata(bench.at("keys/ops.key")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::set_permissions(bench.at("keys/ops.key"), fs::Permissions::from_mode(0o644)).unwrap();
    said(&bench.run(&["sign", "pack", "--key", "keys/ops.key"]), 1, "mode 0644");
}

#[test]
fn a_broken_rule_is_not_signed_and_its_place_is_told() {
    let bench = Bench::new();
    fs::write(bench.at("pack/rules/one.toml"), RULE.replace("title", "titel")).unwrap();
    let refused = bench.run(&["sign", "pack", "--key", "keys/ops.key"]);
    said(&refused, 1, "pack/rules/one.toml:1:1: key \"title\" is missing");
}

#[test]
fn a_pack_is_shown_as_text_and_as_json() {
    let bench = Bench::new();
    said(&bench.run(&["inspect", "pack"]), 0, "one  high      sql   2 tests  One  T1059.004");
    said(&bench.run(&["inspect", "pack"]), 0, "the signature was not checked");
    let shown = bench.run(&["inspect", "pack", "--format", "json"]);
    let shown: serde_json::Value = serde_json::from_slice(&shown.stdout).unwrap();
    assert_eq!(shown["rules"][0]["techniques"], serde_json::json!(["T1059.004"]));
    said(&bench.run(&["inspect", "keys"]), 1, "keys/pack.toml: the file is missing");
}

#[test]
fn a_command_line_that_is_not_understood_ends_with_2() {
    let folder = tempfile::tempdir().unwrap();
    let cases: [&[&str]; 4] =
        [&["frobnicate"], &["verify", "pack"], &["sign"], &["inspect", "pack", "--format", "xml"]];
    for words in cases {
        said(&run(folder.path(), words), 2, "try '--help'");
    }
}

#[test]
fn the_help_shows_examples_and_exit_codes() {
    let folder = tempfile::tempdir().unwrap();
    for words in ["Examples:", "Exit codes:", "daemoneye-pack verify"] {
        said(&run(folder.path(), &["--help"]), 0, words);
    }
}
