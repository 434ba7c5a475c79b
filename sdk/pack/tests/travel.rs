//! The real tool on the way of a pack: roots, signatures, one file, revocation, and every refusal.

use std::fs;
use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::{Value as Json, json};
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

const ABOUT: &str = "id = \"p\"\nrelease = 2\ntitle = \"P\"\ndescription = \"D\"\n\
                     api = { min = \"0.1\", max = \"0.2\" }\nreview_by = \"2031-01-31\"\n";

/// A folder with the keys `ann`, `bob`, `eve`, `build` and `late`, roots of which two of the first
/// three decide, and a pack that `build` has signed.
struct Bench(TempDir);

impl Bench {
    fn new() -> Bench {
        let bench = Bench(tempfile::tempdir().unwrap());
        fs::create_dir_all(bench.at("pack/rules")).unwrap();
        fs::write(bench.at("pack/pack.toml"), ABOUT).unwrap();
        fs::write(bench.at("pack/rules/one.toml"), RULE).unwrap();
        for name in ["ann", "bob", "eve", "build", "late"] {
            bench.says(&["keygen", "--out", ".", "--name", name], 0, name);
        }
        let init = "root init roots --root-threshold 2 --root ann.pub --root bob.pub --root eve.pub \
                    --pack build.pub --revoke eve.pub --key ann.key";
        bench.says(&words(init), 0, "root 1: not complete yet: roots/root.1.json: role root of the new root 1: signed by 1 of the 2 keys");
        bench.says(&words("root sign roots --key bob.key"), 0, "root 1: complete");
        bench.says(
            &words("sign pack --key build.key --roots roots"),
            0,
            "signed p release 2: 4 files",
        );
        bench.trusts("endpoint");
        bench
    }

    /// An endpoint's trust directory, as the roots are now.
    fn trusts(&self, name: &str) {
        fs::create_dir_all(self.at(name)).unwrap();
        for file in fs::read_dir(self.at("roots")).unwrap() {
            let file = file.unwrap();
            fs::copy(file.path(), self.at(name).join(file.file_name())).unwrap();
        }
    }

    fn at(&self, path: &str) -> PathBuf {
        self.0.path().join(path)
    }

    fn run(&self, words: &[&str]) -> Output {
        let tool = env!("CARGO_BIN_EXE_daemoneye-pack");
        Command::new(tool).current_dir(self.0.path()).args(words).output().unwrap()
    }

    /// The tool ends with this code and says this: on standard output if all is well, else on
    /// standard error and nowhere else.
    #[track_caller]
    fn says(&self, words: &[&str], code: i32, said: &str) {
        let output = self.run(words);
        let (out, err) =
            (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
        assert_eq!(output.status.code(), Some(code), "{out}{err}");
        let (loud, mute) = if code == 0 { (out, err) } else { (err, out) };
        assert!(loud.contains(said), "{loud}");
        assert_eq!(mute, "");
    }

    fn json(&self, line: &str) -> Json {
        let output = self.run(&words(line));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        serde_json::from_slice(&output.stdout).unwrap()
    }

    fn key(&self, name: &str) -> String {
        let shown = self.json("root show roots --format json");
        let roles = shown["roles"].as_object().unwrap().values();
        let keys = roles.flat_map(|role| role["keys"].as_array().unwrap());
        let key = keys.into_iter().find(|key| key["name"] == name).unwrap();
        key["key"].as_str().unwrap().to_owned()
    }
}

fn words(line: &str) -> Vec<&str> {
    line.split_whitespace().collect()
}

const VERIFY: &str = "verify p.pack --trust endpoint";

#[test]
fn a_signed_pack_travels_as_one_file_and_is_verified_and_shown_like_its_folder() {
    let bench = Bench::new();
    bench.says(&words("build pack -o p.pack"), 0, "p.pack: p release 2, ");
    bench.says(&words(VERIFY), 0, "p release 2: 1 rules, signed by build (");
    bench.says(&words(VERIFY), 0, "root 1, revocations 0");
    let of_file = bench.json("verify p.pack --trust endpoint --format json");
    let of_folder = bench.json("verify pack --trust endpoint --format json");
    assert_eq!(of_file, of_folder);
    assert_eq!((&of_file["pack"], &of_file["review_by"]), (&json!("p"), &json!("2031-01-31")));
    assert_eq!(of_file["signers"], json!([{ "key": bench.key("build"), "name": "build" }]));
    let [inspected, folder] =
        ["inspect p.pack --format json", "inspect pack --format json"].map(|command| {
            let mut shown = bench.json(command);
            let host = shown.as_object_mut().unwrap().remove("host").unwrap();
            assert!(host["fuel_per_millisecond"].as_u64() > Some(0), "{host}");
            assert!(host["budget_ms"]["one"].as_f64() > Some(0.0), "{host}");
            shown
        });
    assert_eq!(inspected, folder);
    assert_eq!(inspected["size_bytes"], json!(fs::read(bench.at("p.pack")).unwrap().len()));
    assert_eq!(inspected["rules"][0]["budget"]["fuel_per_event"], json!(20_000_000));
    assert_eq!(inspected["api"], json!({ "min": "0.1", "max": "0.2" }));
    bench.says(&words("inspect p.pack"), 0, "api 0.1 to 0.2, to be reviewed by 2031-01-31");
    bench.says(&words("build pack"), 0, "p-2.pack: p release 2");
    assert_eq!(fs::read(bench.at("p-2.pack")).unwrap(), fs::read(bench.at("p.pack")).unwrap());
}

#[test]
fn a_folder_that_is_not_signed_or_not_any_more_is_not_built() {
    let bench = Bench::new();
    fs::write(bench.at("pack/rules/one.toml"), RULE.replace("high", "info")).unwrap();
    bench.says(&words("build pack -o p.pack"), 1, "pack/rules/one.toml: the file was altered");
    fs::remove_file(bench.at("pack/manifest.json")).unwrap();
    bench.says(&words("build pack -o p.pack"), 1, "pack/manifest.json: the file is missing");
    assert!(!bench.at("p.pack").exists());
}

#[test]
fn a_damaged_pack_file_is_refused_by_name() {
    let bench = Bench::new();
    bench.says(&words("build pack -o p.pack"), 0, "");
    let good = fs::read(bench.at("p.pack")).unwrap();
    fs::write(bench.at("p.pack"), &good[..good.len() - 1]).unwrap();
    bench.says(&words(VERIFY), 1, "p.pack: byte");
    fs::write(bench.at("p.pack"), "no archive at all").unwrap();
    bench.says(&words(VERIFY), 1, "p.pack: no archive");
    bench.says(&words("inspect p.pack"), 1, "p.pack: no archive");
    bench.says(&words("verify q.pack --trust endpoint"), 1, "q.pack: ");
}

#[test]
fn an_endpoint_follows_a_root_that_a_pack_brings_and_only_a_complete_one() {
    let bench = Bench::new();
    let rotate = "root rotate roots --pack late.pub --key ann.key";
    bench.says(&words(rotate), 0, "root 2: not complete yet: ");
    bench.says(&words("sign pack --key late.key --roots roots"), 1, "signed by 1 of the 2 keys");
    bench.says(&words("root sign roots --key eve.key"), 0, "root 2: complete");
    bench.says(&words("sign pack --key late.key --roots roots"), 0, "6 files");
    bench.says(&words("build pack -o p.pack"), 0, "");
    bench.says(&words(VERIFY), 0, "signed by late (");
    bench.says(&words(VERIFY), 0, "root 2, revocations 0");

    let shown = bench.json("root show roots --format json");
    assert_eq!((&shown["version"], &shown["complete"]), (&json!(2), &json!(true)));
    assert_eq!(shown["roles"]["root"]["threshold"], 2);
    bench.says(&words("root show roots"), 0, "root    2 of 3  ann (");
}

#[test]
fn what_is_revoked_is_refused_with_the_reason() {
    let bench = Bench::new();
    let late = "root rotate roots --pack build.pub --pack late.pub --key ann.key --key bob.key";
    bench.says(&words(late), 0, "root 2: complete");
    bench.says(&words("sign pack --key late.key --roots roots"), 0, "signed");
    bench.says(&words("build pack -o old.pack"), 0, "");

    let key = bench.key("late");
    let revoke = ["revoke", "roots", "--signer", &key, "--reason", "laptop stolen"];
    let by_eve = [&revoke[..], &["--key", "eve.key"]].concat();
    bench.says(&by_eve, 0, "revocations 1: 1 keys, 0 releases; complete");
    bench.trusts("endpoint");
    let verify_old = words("verify old.pack --trust endpoint");
    bench.says(&verify_old, 1, &format!("key {key}, which was revoked: laptop stolen"));

    let release = ["revoke", "roots", "--release", "p@2", "--reason", "fires on cron"];
    let by_eve = [&release[..], &["--key", "eve.key"]].concat();
    bench.says(&by_eve, 0, "revocations 2: 1 keys, 1 releases; complete");
    bench.trusts("endpoint");
    bench.says(&words("sign pack --key build.key"), 0, "signed");
    let verify = words("verify pack --trust endpoint");
    bench.says(&verify, 1, "pack p release 2 was revoked: fires on cron");
    bench.says(&words("root show roots"), 0, "  pack p release 2: fires on cron");
}

#[test]
fn a_revocation_by_others_than_the_revoke_role_is_not_complete() {
    let bench = Bench::new();
    let release = ["revoke", "roots", "--release", "p@2", "--reason", "x", "--key", "ann.key"];
    bench.says(&release, 0, "not complete yet: roots/revocations.json: role revoke of root 1");
    bench.says(&words("sign pack --key build.key --roots roots"), 1, "role revoke of root 1");
    bench.says(&words("revoke roots --key eve.key"), 0, "complete");
}

#[test]
fn roots_and_revocations_that_make_no_sense_are_refused_by_value() {
    let bench = Bench::new();
    let cases = [
        (
            "root init roots --root ann.pub --pack ann.pub --revoke ann.pub --key ann.key",
            "roots: root 1 exists",
        ),
        (
            "root rotate none --pack ann.pub --key ann.key",
            "none: no root: `root init` makes the first",
        ),
        (
            "root init new --root ann.pub --pack ann.pub --key ann.key",
            "role revoke: threshold 1 is not from 1 to 0",
        ),
        (
            "root rotate roots --pack-threshold 2 --key ann.key",
            "role pack: threshold 2 is not from 1 to 1",
        ),
        ("root rotate roots --pack pack/pack.toml --key ann.key", "public key"),
        ("root sign roots --key ann.pub", "ann.pub: "),
        ("revoke roots --key eve.key", "roots: nothing is revoked"),
        (
            "revoke roots --signer 0123456789abcdef --reason x --key eve.key",
            "no root lists key 0123456789abcdef",
        ),
    ];
    for (line, said) in cases {
        bench.says(&words(line), 1, said);
    }
    for line in [
        "revoke roots --release p --reason x --key eve.key",
        "revoke roots --release p@x --reason x --key eve.key",
        "revoke roots --signer 12 --reason x --key eve.key",
        "revoke roots --release p@2 --key eve.key",
        "root init roots",
        "build",
    ] {
        bench.says(&words(line), 2, "try '--help'");
    }
    for command in ["root", "revoke"] {
        bench.says(&[command, "--help"], 0, "Examples:");
    }
}
