//! What the built-in pack promises, what is refused by name, and what becomes of packs under a
//! running agent.

mod live;
mod load;
pub(crate) mod releases;
mod rollback;
pub(crate) mod sensor;
mod shadow;

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
fn a_pack_file_is_judged_by_like_its_folder() {
    let home = Home::new();
    let file = home.build(&home.path("packs/linux-essentials"), "linux.pack");
    let trust = home.path("trust");
    let output = test(&file, &["--trust", trust.to_str().expect("a path")]);
    assert!(output.status.success(), "{}", said(&output));
    let mut bytes = fs::read(&file).expect("a pack");
    let middle = bytes.len() / 2;
    bytes[middle] ^= 1;
    fs::write(&file, bytes).expect("written");
    refused(&home, &file, &["linux.pack"]);
}

/// A home whose only pack is a file with this release, that was due for review long ago.
fn with_release(release: u64) -> Home {
    let home = Home::new();
    drop_release(&home, release);
    fs::remove_dir_all(home.path("packs/linux-essentials")).expect("removed");
    home
}

/// Puts a release into the folder of packs, as a file in place of any other.
fn drop_release(home: &Home, release: u64) {
    let folder = home.path(&format!("release-{release}"));
    fs::create_dir_all(folder.join("rules")).expect("a folder");
    let source = pack();
    let about = fs::read_to_string(source.join("pack.toml")).expect("a description");
    let about = about.replace("release = 1\n", &format!("release = {release}\n"));
    let about = format!("{about}\nreview_by = \"2020-02-29\"\n");
    fs::write(folder.join("pack.toml"), about).expect("written");
    let rule = "rules/shell-dev-tcp.toml";
    fs::copy(source.join(rule), folder.join(rule)).expect("a copy");
    home.sign(&folder);
    home.build(&folder, "packs/linux.pack");
}

fn releases(status: &serde_json::Value) -> Vec<u64> {
    let packs = status["packs"].as_array().expect("packs");
    packs.iter().map(|pack| pack["release"].as_u64().expect("a number")).collect()
}

#[test]
fn an_older_release_than_has_been_active_is_refused_after_a_restart_with_both_numbers() {
    let home = with_release(3);
    let agent = Agent::start(&home);
    assert_eq!(releases(&agent.ask(&["status"])), [3]);
    drop(agent);

    drop_release(&home, 2);
    let agent = Agent::start(&home);
    let status = agent.ask(&["status"]);
    assert_eq!(releases(&status), [0; 0]);
    let degraded = status["degraded"].to_string();
    let words = "release 2 is older than release 3, which has been active here";
    assert!(degraded.contains(words), "{degraded}");
    drop(agent);

    drop_release(&home, 4);
    assert_eq!(releases(&Agent::start(&home).ask(&["status"])), [4]);
}

#[test]
fn an_overdue_review_is_told_and_disarms_no_rule() {
    let home = with_release(1);
    let agent = Agent::start(&home);
    let status = agent.ask(&["status"]);
    let degraded = status["degraded"].to_string();
    let words = "pack linux-essentials: its review was due by 2020-02-29; its rules stay active";
    assert!(degraded.contains(words), "{degraded}");
    assert_eq!(status["rules"]["active"], 1);
    let overdue = |alert: &serde_json::Value| alert["rule"] == "(overdue review)";
    let alert = agent.wait_for_alert("an overdue review", overdue);
    let title = alert["title"].as_str().expect("a title");
    assert!(title.starts_with(words), "{title}");
    assert_eq!(
        (&alert["shown"]["pack"], &alert["severity"]),
        (&"linux-essentials".into(), &"low".into())
    );
    drop(agent);

    // A restart finds what was told today; unless midnight is in between, it is one alert.
    let mut agent = Agent::start(&home);
    agent.wait_until("delivered", |status| status["sinks"][0]["pending"] == 0);
    let alerts = agent.ask(&["alerts"]);
    let days = alerts.as_array().into_iter().flatten().filter(|alert| overdue(alert));
    let days: Vec<String> = days.map(|alert| alert["title"].to_string()).collect();
    let different: std::collections::BTreeSet<_> = days.iter().collect();
    assert_eq!(days.len(), different.len(), "{days:?}");
}

#[cfg(unix)]
#[test]
fn what_is_remembered_of_packs_is_its_owners_alone_and_not_begun_anew_when_damaged() {
    use std::os::unix::fs::PermissionsExt;
    let home = with_release(1);
    drop(Agent::start(&home));
    let memory = home.path("data/pack-memory.json");
    let mode = fs::metadata(&memory).expect("a file").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    fs::write(&memory, "{").expect("written");
    let (ended, log) = Agent::spawn(&home).wait_for_end();
    assert_eq!(ended.code(), Some(1), "{log}");
    assert!(log.contains("pack-memory.json: EOF"), "{log}");
}

#[test]
fn of_two_releases_the_later_is_active_and_the_other_is_told() {
    let home = with_release(2);
    fs::rename(home.path("packs/linux.pack"), home.path("packs/a.pack")).expect("renamed");
    drop_release(&home, 3);
    let agent = Agent::start(&home);
    let status = agent.ask(&["status"]);
    assert_eq!(releases(&status), [3]);
    let degraded = status["degraded"].to_string();
    assert!(degraded.contains("release 2 is older than release 3 beside it"), "{degraded}");
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
