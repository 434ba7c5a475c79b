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
    said(&bench.run(&["inspect", "pack"]), 0, "an event may take of a rule: fuel 20000000 (");
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

/// A folder with one rule in a file of this name.
fn with_rule(name: &str, text: &str) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join(name), text).unwrap();
    folder
}

/// What `explain` says of a rule, as JSON.
fn explained(name: &str, text: &str) -> serde_json::Value {
    let folder = with_rule(name, text);
    let output = run(folder.path(), &["explain", name, "--format", "json"]);
    said(&output, 0, "\"access\"");
    serde_json::from_slice(&output.stdout).unwrap()
}

const CORRELATION: &str = "
title: Downloads
name: get
logsource: {category: process_creation, product: linux}
detection:
    s:
        Image|endswith: /curl
    condition: s
---
title: Many downloads
correlation:
    type: event_count
    rules: [get]
    group-by: [User]
    timespan: 5m
    condition: {gte: 10}
";

#[test]
fn a_rule_is_explained_by_the_literal_that_finds_it() {
    let rule = "SELECT * FROM process_starts WHERE pid > 1 AND command_line LIKE '%/DEV/tcp/%'";
    let shown = explained("shell.sql", rule);
    let literal = serde_json::json!({
        "column": "command_line", "text": "/dev/tcp/", "place": "anywhere",
    });
    assert_eq!(shown["access"]["literals"], serde_json::json!([literal]));
    let cost = |key: &str| shown["cost"][key].as_f64().unwrap();
    assert!(cost("event_fuel") < cost("candidate_fuel") / 1_000.0, "{shown}");
    let folder = with_rule("shell.sql", rule);
    let words = "command_line contains \"/dev/tcp/\"";
    said(&run(folder.path(), &["explain", "shell.sql", "--format", "human"]), 0, words);
}

#[test]
fn a_rule_that_no_literal_finds_says_why() {
    let cases = [
        ("NOT name LIKE 'x%'", "always evaluated: `NOT name LIKE 'x%'` is a negation"),
        ("name = 'curl' OR pid > 5", "its OR has a branch without a literal: `pid > 5`"),
        ("name LIKE '%e%'", "its literals are too frequent"),
        ("pid > 5 AND NOT name = 'x'", "no part of its AND needs a literal: `pid > 5`"),
        ("lower(name) = 'x'", "computes the value that it looks at"),
    ];
    for (condition, reason) in cases {
        let rule = format!("SELECT * FROM process_starts WHERE {condition}");
        let folder = with_rule("open.sql", &rule);
        said(&run(folder.path(), &["explain", "open.sql"]), 0, reason);
    }
    let folder = with_rule("all.sql", "SELECT * FROM process_starts");
    said(&run(folder.path(), &["explain", "all.sql"]), 0, "it has no condition of its own");
}

#[test]
fn what_a_rule_keeps_is_shown_with_its_bounds() {
    let shown = explained("many.yml", CORRELATION);
    assert_eq!(shown["state"]["groups"]["window_us"], 300_000_000);
    let folder = with_rule("many.yml", CORRELATION);
    said(&run(folder.path(), &["explain", "many.yml"]), 0, "keeps      events of 300s, up to ");
    let join = "SELECT e.pid FROM process_starts e JOIN processes p ON p.key = e.parent_key \
                WHERE p.name = 'nginx'";
    let shown = explained("join.sql", join);
    assert_eq!(shown["state"]["processes"]["columns"], serde_json::json!(["process_key", "name"]));
    assert_eq!(shown["state"]["groups"], serde_json::Value::Null);
}

#[test]
fn a_rule_that_does_not_compile_is_refused_with_its_place_in_the_file() {
    let bad = "SELECT *\nFROM process_starts\nWHERE comand_line = 'x'\n";
    let in_pack = RULE.replace("WHERE name", "WHERE nmae");
    let cases = [
        ("bad.sql", bad, "bad.sql:3:7: unknown column"),
        ("one.toml", &in_pack, "one.toml:7:"),
        ("bad.yml", "title: x\n", "bad.yml:1:1: "),
        ("bad.txt", bad, "bad.txt: the name does not end with .sql"),
        ("one.toml", &RULE.replace("sql =", "lua ="), "language \"lua\" is neither"),
    ];
    for (name, text, words) in cases {
        said(&run(with_rule(name, text).path(), &["explain", name]), 1, words);
    }
    said(&run(with_rule("one.toml", RULE).path(), &["explain", "one.toml"]), 0, "name is \"one\"");
}
