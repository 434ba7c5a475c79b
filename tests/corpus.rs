//! Conformance: public rules over recorded events, through the real program, as SQL and as Sigma.
//!
//! The suite lies beside the project, or where `DAEMONEYE_CORPUS` says; a small one of our own is in
//! `corpus/`. What SQLite says of the same rules is right.
#![expect(clippy::print_stdout, reason = "what was compared, and that nothing was, is told there")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use daemoneye_tests::{cache, plugins, program, workspace};
use serde_json::Value as Json;

/// Ids of rules with the events that they select, lines from 0.
type Pairs = BTreeSet<(String, u64)>;

/// One way to write a rule: the key that holds its text, and the ending of its file.
struct Language {
    key: &'static str,
    ending: &'static str,
}

const SQL: Language = Language { key: "sql", ending: "sql" };
const SIGMA: Language = Language { key: "yaml", ending: "yml" };

/// Rules, events, and what SQLite says of them.
struct Corpus {
    rules: Vec<Json>,
    /// The lines of the file, as they are.
    events: Vec<String>,
    verdicts: Pairs,
}

impl Corpus {
    fn own() -> Self {
        Corpus::read(&workspace().join("tests/corpus"), ["rules", "events", "verdicts"])
    }

    /// The suite that is no part of the project, if it is there.
    fn public() -> Option<Self> {
        let beside = || workspace().join("../shared/corpus");
        let folder = std::env::var_os("DAEMONEYE_CORPUS").map_or_else(beside, PathBuf::from);
        if !folder.is_dir() {
            println!("{} is absent: nothing is compared here", folder.display());
            return None;
        }
        Some(Corpus::read(&folder, ["sigma-rules", "events", "sqlite-verdicts"]))
    }

    fn read(folder: &Path, [rules, events, verdicts]: [&str; 3]) -> Self {
        let read = |name: &str| {
            let path = folder.join(format!("{name}.jsonl"));
            fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        };
        Corpus {
            rules: objects(&read(rules)),
            events: read(events).lines().map(str::to_owned).collect(),
            verdicts: objects(&read(verdicts)).iter().flat_map(pairs).collect(),
        }
    }

    fn products(&self) -> BTreeSet<&str> {
        self.rules.iter().map(|rule| text(rule, "product")).collect()
    }

    /// What the agent finds in the events of every product.
    fn judge(&self, language: &Language) -> Pairs {
        self.products().into_iter().flat_map(|product| self.replay(product, language)).collect()
    }

    /// What the agent finds with the rules of a product in its events.
    fn replay(&self, product: &str, language: &Language) -> Pairs {
        let folder = tempfile::tempdir().expect("a folder");
        let (rules, events) = (folder.path().join("rules"), folder.path().join("events"));
        let written = self.write_rules(&rules, product, language);
        let lines = self.write_events(&events, product);
        let mut command = Command::new(program("daemoneye-agent"));
        command.args(["--log-level", "error", "replay", "--allow-unsigned", "--schema", "sigma"]);
        command.arg("--plugins").arg(plugins()).arg("--cache").arg(cache());
        command.arg("--pack").arg(&rules).arg("--events").arg(&events);
        let output = command.output().expect("the agent starts");
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{product} rules in {}: {said}", language.ending);
        assert!(said.contains(&format!("{written} rules, 0 inert;")), "{said}");
        assert!(said.contains(&format!("{} events, 0 malformed lines", lines.len())), "{said}");
        assert!(said.contains(" 0 not judged;"), "{said}");
        let found = objects(&String::from_utf8_lossy(&output.stdout));
        found.iter().map(|finding| pair(finding, &lines)).collect()
    }

    /// A file for each rule; how many there are.
    fn write_rules(&self, folder: &Path, product: &str, language: &Language) -> usize {
        fs::create_dir(folder).expect("a folder");
        let of_product = self.rules.iter().filter(|rule| rule["product"] == product);
        for rule in of_product.clone() {
            let file = folder.join(format!("{}.{}", text(rule, "id"), language.ending));
            fs::write(file, text(rule, language.key)).expect("written");
        }
        of_product.count()
    }

    /// The events of a product; for each of its lines the line of the corpus.
    fn write_events(&self, file: &Path, product: &str) -> Vec<u64> {
        let of_product = |line: &str| {
            serde_json::from_str::<Json>(line).expect("a line of JSON")["product"] == product
        };
        let (numbers, lines): (Vec<_>, Vec<_>) =
            (0..).zip(&self.events).filter(|(_, line)| of_product(line)).unzip();
        let lines: Vec<&str> = lines.into_iter().map(String::as_str).collect();
        fs::write(file, lines.join("\n")).expect("written");
        numbers
    }

    fn agrees(&self, language: &Language) {
        assert!(!self.verdicts.is_empty(), "a corpus without verdicts proves nothing");
        let found = self.judge(language);
        let missing: Vec<_> = self.verdicts.difference(&found).collect();
        let extra: Vec<_> = found.difference(&self.verdicts).collect();
        let key = language.key;
        assert!(missing.is_empty() && extra.is_empty(), "{key}: no {missing:?}, but {extra:?}");
        println!("{key}: {} rules, {} pairs agree", self.rules.len(), found.len());
    }
}

fn objects(lines: &str) -> Vec<Json> {
    lines.lines().map(|line| serde_json::from_str(line).expect("a line of JSON")).collect()
}

fn text<'a>(object: &'a Json, key: &str) -> &'a str {
    object[key].as_str().unwrap_or_else(|| panic!("no text {key:?} in {object}"))
}

/// The pairs of one line of verdicts.
fn pairs(verdict: &Json) -> Vec<(String, u64)> {
    let events = verdict["events"].as_array().expect("a list of lines");
    let number = |event: &Json| event.as_u64().expect("the number of a line");
    events.iter().map(|event| (text(verdict, "rule").to_owned(), number(event))).collect()
}

/// The pair that a finding stands for, with the line of the corpus.
fn pair(finding: &Json, lines: &[u64]) -> (String, u64) {
    let line = finding["line"].as_u64().and_then(|line| usize::try_from(line).ok());
    (text(finding, "rule").to_owned(), lines[line.expect("the number of a line")])
}

#[test]
fn our_own_rules_select_what_sqlite_selects_in_both_languages() {
    let corpus = Corpus::own();
    [SQL, SIGMA].iter().for_each(|language| corpus.agrees(language));
}

#[test]
fn every_public_rule_selects_what_sqlite_selects_as_sql() {
    if let Some(corpus) = Corpus::public() {
        corpus.agrees(&SQL);
    }
}

#[test]
fn every_public_rule_selects_what_sqlite_selects_as_sigma() {
    if let Some(corpus) = Corpus::public() {
        corpus.agrees(&SIGMA);
    }
}
