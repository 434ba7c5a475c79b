//! Compatibility: what was published stays as it was, components of every published version run,
//! and who is too old or too new is told so.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

use daemoneye_bus::event::{Batch, Event, Field, Kind};
use daemoneye_host::capability::Grants;
use daemoneye_host::plugin::{
    Language, Limits, LoadError, Plan, Receipt, RulePlugin, RuleTemplate, SinkPlugin,
};
use daemoneye_host::sight::Sight;
use daemoneye_tests::{component, workspace};

use crate::sandbox::sandbox;

/// Every published version: THE LIST. A folder in `wit/published`, and in `tests/golden` a guest for
/// each kind of plugin for which it brought something.
const PUBLISHED: [(&str, &[&str]); 2] =
    [("0.1.0", &["rules", "sink", "language"]), ("0.1.1", &["rules"])];

/// The interfaces of a folder, without comments and with single spaces: by name, as in
/// `interface sink` and `world sink-plugin`.
fn items(folder: &Path) -> BTreeMap<String, String> {
    let mut items = BTreeMap::new();
    for file in files(folder) {
        let text = fs::read_to_string(&file).expect("a WIT file");
        let code = text.lines().map(|line| line.split("//").next().unwrap_or_default());
        let code = code.flat_map(str::split_whitespace).collect::<Vec<_>>().join(" ");
        for item in top_level(&code) {
            let name = item.split(['{', ';']).next().expect("a name").trim().to_owned();
            items.insert(name, item);
        }
    }
    items
}

/// The parts of a file that end with `;` or `}` outside of every brace.
fn top_level(code: &str) -> Vec<String> {
    let (mut items, mut item, mut depth) = (Vec::new(), String::new(), 0);
    for letter in code.chars() {
        item.push(letter);
        match letter {
            '{' => depth += 1,
            '}' => depth -= 1,
            _ => {}
        }
        if depth == 0 && matches!(letter, ';' | '}') {
            items.push(item.trim().to_owned());
            item.clear();
        }
    }
    assert!(item.trim().is_empty() && depth == 0, "left over: {item:?}");
    items
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = folder.read_dir().unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let paths = entries.map(|entry| entry.expect("an entry").path());
    paths.filter(|path| path.extension().is_some_and(|ending| ending == "wit")).collect()
}

/// The version that the package names.
fn version(items: &BTreeMap<String, String>) -> String {
    let package = items.keys().find_map(|name| name.strip_prefix("package daemoneye:plugin@"));
    package.expect("a package").to_owned()
}

/// What is wrong with a folder of interfaces, given what has been published as its version.
fn difference(now: &BTreeMap<String, String>, published: &BTreeMap<String, String>) -> Vec<String> {
    let names = now.keys().chain(published.keys());
    let mut changed: Vec<String> =
        names.filter(|name| now.get(*name) != published.get(*name)).cloned().collect();
    changed.sort_unstable();
    changed.dedup();
    changed
}

#[test]
fn what_was_published_under_a_version_is_what_the_version_means() {
    let wit = workspace().join("wit");
    let now = items(&wit);
    let version = version(&now);
    let published = wit.join("published").join(&version);
    assert!(
        published.is_dir() && PUBLISHED.iter().any(|(known, _)| *known == version),
        "wit/world.wit names version {version}, which is not published yet: copy wit/*.wit to \
         wit/published/{version}, add it to PUBLISHED in tests/golden.rs, and add guests that are \
         built against it"
    );
    let changed = difference(&now, &items(&published));
    assert!(
        changed.is_empty(),
        "{} differs from wit/published/{version}, for which components are built already: take the \
         change back, or give the package in wit/world.wit a new version and publish that (what \
         exists keeps its shape in 0.1.x; a version 0.2.0 may change it)",
        changed.join(", ")
    );
}

#[test]
fn a_newer_version_of_the_same_series_has_all_that_an_older_one_has() {
    let wit = workspace().join("wit");
    let now = items(&wit);
    let series = |version: &str| version.rsplit_once('.').map(|(series, _)| series.to_owned());
    let own = series(&version(&now));
    let published = PUBLISHED.into_iter().map(|(version, _)| version);
    for older in published.filter(|older| series(older) == own) {
        for (name, item) in items(&wit.join("published").join(older)) {
            let is_package = name.starts_with("package ");
            assert!(
                is_package || now.get(&name) == Some(&item),
                "{name} of version {older} is gone or has another shape in wit/: components that are \
                 built for it would not load"
            );
        }
    }
}

/// They are made by hand, of the version that their README names.
#[test]
fn the_bindings_for_c_are_of_the_interface_that_there_is() {
    let readme = workspace().join("sdk/c/generated/README.md");
    let readme = fs::read_to_string(readme).expect("a file of the SDK");
    let (_, after) = readme.split_once("wit/published/").expect("a version");
    let bound = after.split('`').next().expect("a version");
    let (now, bound) =
        (items(&workspace().join("wit")), items(&workspace().join("wit/published").join(bound)));
    for name in ["interface rules", "world rule-plugin"] {
        assert!(
            now[name] == bound[name],
            "{name} has changed: make the bindings for C again, as sdk/c/generated/README.md says"
        );
    }
}

#[test]
fn a_change_of_shape_is_a_difference_and_a_change_of_words_is_none() {
    let folder = tempfile::tempdir().expect("a folder");
    let of = |text: &str| {
        fs::write(folder.path().join("x.wit"), text).expect("written");
        items(folder.path())
    };
    let before = of("/// Words.\npackage daemoneye:plugin@0.1.0;\ninterface a { x: func(); }");
    let words = of("package daemoneye:plugin@0.1.0;\n// Others.\ninterface a {\n  x: func();\n}");
    assert!(difference(&before, &words).is_empty());
    let shape = of("package daemoneye:plugin@0.1.0;\ninterface a { x: func(y: u8); }");
    assert_eq!(difference(&before, &shape), ["interface a"]);
    let gone = of("package daemoneye:plugin@0.1.0;");
    assert_eq!(difference(&before, &gone), ["interface a"]);
    assert_eq!(version(&before), "0.1.0");
}

/// A guest of a published version: `golden-rules-0.1.0.wasm`.
fn golden(kind: &str, version: &str) -> Vec<u8> {
    component(&format!("test/golden-{kind}-{version}.wasm"))
}

/// The guest that says it was built for another version; both have as many digits.
fn said_to_be(kind: &str, version: &str, other: &str) -> Vec<u8> {
    assert_eq!(version.len(), other.len(), "only the digits change");
    let mut bytes = golden(kind, version);
    let (from, to) = (format!("@{version}"), format!("@{other}"));
    for at in 0..bytes.len() - from.len() {
        if bytes[at..].starts_with(from.as_bytes()) {
            bytes[at..at + to.len()].copy_from_slice(to.as_bytes());
        }
    }
    bytes
}

fn rules(bytes: &[u8], plans: &[&str]) -> Result<RulePlugin, LoadError> {
    let plan = |rule: &&str| Plan { rule: (*rule).to_owned(), bytes: Vec::new() };
    let template = RuleTemplate::compile(&sandbox(), "golden", bytes)?;
    template.load(plans.iter().map(plan).collect(), Limits::RULES)
}

fn batch() -> Batch {
    let event = || Event::new(Kind::Exec, 1);
    let events = [
        event().with(Field::Name, "golden").with(Field::Pid, 7_i64),
        event().with(Field::Name, "other").with(Field::CpuUsage, 0.25),
        event().with(Field::Name, "golden").with(Field::CpuUsage, 0.5),
        event(),
    ];
    Batch::from_events(&events).expect("events")
}

/// What rules of every published version do, as `tests/golden` has them: a row is found if its name
/// is golden, with what is known of it; the row with a share of a quarter is over its budget.
fn behaves_as_rules(bytes: &[u8]) {
    let mut plugin = rules(bytes, &["golden-one"]).expect("it loads");
    assert_eq!(plugin.rules()[0].id, "golden-one");
    let judgement = plugin.judge(&batch());
    assert!(judgement.faults.is_empty(), "{:?}", judgement.faults);
    assert_eq!(judgement.over_budget, [(0, vec![1])]);
    let found: Vec<(usize, Vec<String>)> = judgement
        .findings
        .iter()
        .map(|found| (found.row, found.evidence.iter().map(|e| e.value.clone()).collect()))
        .collect();
    let values = |values: [&str; 2]| values.map(str::to_owned).to_vec();
    assert_eq!(found, [(0, values(["golden", "7"])), (2, values(["golden", "0.5"]))]);
    let refused = rules(bytes, &["golden-one", "refuse"]).err().expect("refused").to_string();
    assert_eq!(refused, "plugin golden: rule \"refuse\": as asked for");
}

fn sink(bytes: &[u8]) -> Result<SinkPlugin, LoadError> {
    let grants = Grants { console: true, ..Grants::default() };
    SinkPlugin::load(&sandbox(), "golden", bytes, "{}".to_owned(), grants)
}

fn behaves_as_sink(bytes: &[u8]) {
    let mut sink = sink(bytes).expect("it loads");
    let alerts = ["1", "retry", "reject"].map(|id| (id.to_owned(), "{}".to_owned()));
    let expected = vec![
        Receipt::Delivered,
        Receipt::Retry("not now".to_owned()),
        Receipt::Rejected("never".to_owned()),
    ];
    assert_eq!(sink.deliver(&alerts), Ok(expected));
}

fn language(bytes: &[u8]) -> Result<Language, LoadError> {
    Language::load(&sandbox(), "golden", bytes, Sight::Recorded)
}

fn behaves_as_language(bytes: &[u8]) {
    let mut language = language(bytes).expect("it loads");
    assert_eq!(language.name(), "golden");
    assert_eq!(language.compile("one", "name golden", None).expect("a plan").plan, b"name golden");
    let refused = language.compile("two", "", None).expect_err("nothing");
    assert_eq!(refused[0].to_string(), "1:1: nothing is no rule (write a word)");
}

#[test]
fn guests_of_every_published_version_behave_as_they_did() {
    for (kind, version) in PUBLISHED.iter().flat_map(|(v, kinds)| kinds.iter().map(|k| (*k, *v))) {
        let behaves: fn(&[u8]) = match kind {
            "rules" => behaves_as_rules,
            "sink" => behaves_as_sink,
            "language" => behaves_as_language,
            other => panic!("no kind of plugin: {other:?}"),
        };
        behaves(&golden(kind, version));
    }
}

/// What a version brings is used: this guest of 0.1.1 panics if it is asked for a scan.
#[test]
fn a_guest_that_keeps_its_batch_is_not_asked_for_a_scan_and_one_that_does_not_is() {
    let one = |version| {
        let bytes = golden("rules", version);
        RuleTemplate::compile(&sandbox(), "golden", &bytes).expect("a plugin")
    };
    let plan = || vec![Plan { rule: "golden-one".to_owned(), bytes: Vec::new() }];
    let faults = |template: RuleTemplate| {
        let mut plugin = template.load(plan(), Limits::RULES).expect("it loads");
        plugin.judge(&batch()).faults.len()
    };
    assert_eq!((faults(one("0.1.0")), faults(one("0.1.1"))), (0, 0));
    assert_ne!(faults(one("0.1.1").by_scans()), 0, "then there is no other way");
}

/// The agent finds an interface by its series, whichever of the two is newer.
#[test]
fn a_guest_of_another_version_of_the_same_series_behaves_alike() {
    behaves_as_rules(&said_to_be("rules", "0.1.0", "0.1.7"));
    behaves_as_sink(&said_to_be("sink", "0.1.0", "0.1.7"));
    behaves_as_language(&said_to_be("language", "0.1.0", "0.1.7"));
}

#[test]
fn who_is_too_old_or_too_new_is_told_what_it_wants_what_there_is_and_what_to_do() {
    let newer = "an agent of that version runs it, or build it again with this agent's SDK";
    let older = "build it again with this agent's SDK";
    for (version, advice) in [("0.2.0", newer), ("9.0.0", newer), ("0.0.9", older)] {
        let of = |kind| said_to_be(kind, "0.1.0", version);
        let refused = [
            rules(&of("rules"), &[]).err().expect("refused").to_string(),
            sink(&of("sink")).err().expect("refused").to_string(),
            language(&of("language")).err().expect("refused").to_string(),
        ];
        for said in refused {
            let expected = format!(
                "plugin golden: built for version {version} of the plugin interface, and this agent \
                 speaks 0.1: {advice}"
            );
            assert_eq!(said, expected);
        }
    }
}
