//! What the built-in pack promises, and what is refused by name.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use daemoneye_tests::{Agent, Home, cache, plugins, program, workspace};

fn pack() -> std::path::PathBuf {
    workspace().join("plugins/packs/linux-essentials")
}

fn test(pack: &Path, more: &[&str]) -> Output {
    let mut command = Command::new(program("daemoneye-agent"));
    command
        .args(["--log-level", "error", "test", "--pack"])
        .arg(pack)
        .arg("--plugins")
        .arg(plugins());
    command.arg("--cache").arg(cache()).args(more);
    command.output().expect("the agent starts")
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

#[test]
fn every_rule_fires_and_stays_silent_as_its_tests_say_and_on_ordinary_events() {
    let benign = workspace().join("tests/data/benign.jsonl");
    let benign = benign.to_str().expect("a path");
    let output = test(&pack(), &["--allow-unsigned", "--benign", benign]);
    assert!(output.status.success(), "{}", said(&output));
}

#[test]
fn the_pack_has_at_least_25_rules() {
    let rules = fs::read_dir(pack().join("rules")).expect("rules").count();
    assert!(rules >= 25, "{rules} rules");
}

/// A signed copy of the built-in pack, changed.
fn changed(change: impl FnOnce(&Path)) -> (Home, std::path::PathBuf) {
    let home = Home::new();
    let pack = home.path("packs/linux-essentials");
    change(&pack);
    (home, pack)
}

fn refused(home: &Home, pack: &Path, named: &[&str]) {
    let trust = home.path("trust");
    let output = test(pack, &["--trust", trust.to_str().expect("a path")]);
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    for name in named {
        assert!(said(&output).contains(name), "{} does not name {name}", said(&output));
    }
}

#[test]
fn one_flipped_byte_is_refused_with_the_file() {
    let (home, pack) = changed(|pack| {
        let rule = pack.join("rules/shell-dev-tcp.toml");
        let mut bytes = fs::read(&rule).expect("a rule");
        let middle = bytes.len() / 2;
        bytes[middle] ^= 1;
        fs::write(&rule, bytes).expect("written");
    });
    refused(&home, &pack, &["shell-dev-tcp.toml"]);
}

#[test]
fn a_key_that_nobody_trusts_is_refused_with_the_key() {
    let (home, pack) = changed(|_| {});
    fs::remove_file(home.path("trust/test.pub")).expect("removed");
    let other = Home::new();
    fs::copy(other.path("trust/test.pub"), home.path("trust/other.pub")).expect("a copy");
    refused(&home, &pack, &["linux-essentials", "key"]);
}

#[test]
fn a_rule_that_does_not_parse_is_refused_with_its_place() {
    let home = Home::new();
    let pack = home.path("packs/linux-essentials");
    let rule = pack.join("rules/shell-dev-tcp.toml");
    let text = fs::read_to_string(&rule).expect("a rule");
    fs::write(&rule, text.replace("WHERE", "WHERE pid IN (SELECT 1) AND")).expect("written");
    home.sign(&pack);
    refused(&home, &pack, &["shell-dev-tcp", ":"]);
}

#[test]
fn an_agent_goes_on_without_a_refused_pack_and_says_so() {
    let (home, pack) = changed(|_| {});
    fs::remove_file(pack.join("manifest.sig")).expect("removed");
    let agent = Agent::start(&home);
    let status = agent.ask(&["status"]);
    let degraded = status["degraded"].to_string();
    assert!(degraded.contains("linux-essentials"), "{degraded}");
    let code = home.daemoneye(&["status"]).status.code();
    assert_eq!(code, Some(3), "degraded is exit code 3");
}
