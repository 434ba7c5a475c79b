//! What an author asks the tool before a release: what it costs, what it changes, and whether alerts
//! still say the same.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use daemoneye_tests::{Agent, Home, Impostor, cache, plugins, program, workspace};
use serde_json::{Value as Json, json};
use tempfile::TempDir;

/// A folder, and the tool in it.
struct Desk(TempDir);

impl Desk {
    fn new() -> Self {
        Desk(tempfile::tempdir().expect("a folder"))
    }

    fn at(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn write(&self, name: &str, text: impl AsRef<[u8]>) {
        let file = self.at(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, text).expect("written");
    }

    /// A pack with rules in SQL: id and text.
    fn pack(&self, name: &str, release: u64, rules: &[(&str, &str)]) {
        let about =
            format!("release = {release}\ntitle = \"T\"\ndescription = \"D\"\napi = \"0.1\"");
        self.write(&format!("{name}/pack.toml"), format!("id = \"p\"\n{about}\n"));
        for (id, sql) in rules {
            let rule = rule(id, &format!("sql = {sql:?}"));
            self.write(&format!("{name}/rules/{id}.toml"), rule);
        }
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(program("daemoneye-pack"));
        command.current_dir(self.0.path()).args(arguments);
        command.env("DAEMONEYE_PLUGINS", plugins()).env("DAEMONEYE_CACHE", cache());
        command.output().expect("the tool starts")
    }

    /// The exit code and the JSON object that it prints.
    fn json(&self, arguments: &[&str]) -> (Option<i32>, Json) {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        let shown = serde_json::from_slice(&output.stdout);
        (output.status.code(), shown.unwrap_or_else(|_| panic!("{}", said(&output))))
    }
}

/// The file of a rule.
fn rule(id: &str, body: &str) -> String {
    format!(
        "id = {id:?}\ntitle = \"T\"\nseverity = \"low\"\ntechniques = []\nwhy = \"W\"\n\
         false_positives = []\n{body}\n\
         [[tests]]\nname = \"f\"\nexpect = \"fire\"\nevent = {{ command_line = \"x\" }}\n\
         [[tests]]\nname = \"s\"\nexpect = \"silent\"\nevent = {{ pid = 1 }}\n"
    )
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

fn events(command_lines: &[&str]) -> String {
    let event = |(number, line): (usize, &&str)| {
        json!({ "kind": "exec", "time": number, "pid": number, "command_line": line }).to_string()
    };
    command_lines.iter().enumerate().map(event).collect::<Vec<_>>().join("\n")
}

const X: &str = "SELECT pid FROM process_starts WHERE command_line LIKE '%x%'";
const Y: &str = "SELECT pid FROM process_starts WHERE command_line LIKE '%y%'";
const XY: &str = "SELECT pid FROM process_starts WHERE command_line LIKE '%x%' \
                  OR command_line LIKE '%y%'";
const TWICE: &str = "-- window: 60 s\nSELECT pid, COUNT(*) AS n FROM process_starts WHERE command_line LIKE '%x%' \
                     GROUP BY command_line HAVING COUNT(*) >= 2";

#[test]
fn a_bench_counts_the_same_again_and_every_candidate_once_whatever_the_batch() {
    let desk = Desk::new();
    desk.pack("p", 1, &[("one", X), ("two", Y)]);
    desk.write("e.jsonl", events(&["x", "y", "xy", "z", "z"]));
    let bench = |batch: &str| {
        let (code, shown) = desk.json(&["bench", "p", "--events", "e.jsonl", "--batch", batch]);
        assert_eq!((code, &shown["events"]), (Some(0), &json!(5)), "{shown:#}");
        let matched = |rule: usize| shown["rules"][rule]["matched"].as_u64();
        assert_eq!((matched(0), matched(1)), (Some(2), Some(2)), "{shown:#}");
        assert_eq!(shown["together"]["matched"], 4, "{shown:#}");
        let costs = ["ns_per_event", "p99_ns", "open_fuel_per_event", "memory_bytes"];
        for cost in costs {
            assert!(shown["rules"][0][cost].as_f64() > Some(0.0), "{cost} in {shown:#}");
        }
        let counted = ["candidates", "fuel_per_event", "open_fuel_per_event"];
        counted.map(|key| shown["rules"][0][key].clone())
    };
    assert_eq!(bench("5"), bench("5"));
    assert_eq!(bench("1")[0], bench("1024")[0]);
    for batch in ["0", "1025"] {
        let refused = desk.run(&["bench", "p", "--batch", batch]);
        assert_eq!(refused.status.code(), Some(2), "{}", said(&refused));
    }
}

#[test]
fn without_events_a_bench_takes_the_packs_own_and_those_of_an_ordinary_machine() {
    let desk = Desk::new();
    desk.pack("p", 1, &[("one", X)]);
    let (_, shown) = desk.json(&["bench", "p"]);
    let ordinary = fs::read_to_string(workspace().join("tests/data/benign.jsonl")).expect("events");
    assert_eq!(shown["events"].as_u64(), Some(ordinary.lines().count() as u64 + 2));
    desk.write("none.jsonl", "\n");
    let none = desk.run(&["bench", "p", "--events", "none.jsonl"]);
    assert_eq!(none.status.code(), Some(1));
    assert!(said(&none).contains("none.jsonl: no events"), "{}", said(&none));
}

#[test]
fn two_releases_are_compared_by_what_they_find_and_by_their_rules() {
    let desk = Desk::new();
    desk.pack("old", 1, &[("same", X), ("wider", X), ("gone", Y)]);
    desk.pack("new", 2, &[("same", X), ("wider", XY), ("more", Y)]);
    desk.write("e.jsonl", events(&["x", "z", "y"]));
    let (code, shown) = desk.json(&["diff", "old", "new", "--events", "e.jsonl"]);
    assert_eq!((code, &shown["same"]), (Some(1), &json!(false)), "{shown:#}");
    let rules = ["added", "removed", "changed"].map(|key| shown[key].clone());
    assert_eq!(rules, [json!(["more"]), json!(["gone"]), json!(["wider"])]);
    let of = |rule: &str, key: &str| {
        let rules = shown["rules"].as_array().expect("a list");
        let found = rules.iter().find(|found| found["rule"] == rule).expect("a rule");
        found[key].clone()
    };
    let counts = |rule| ["only_old", "only_new", "both"].map(|key| of(rule, key));
    assert_eq!(counts("same"), [0, 0, 1]);
    assert_eq!(counts("wider"), [0, 1, 1]);
    assert_eq!(counts("gone"), [1, 0, 0]);
    assert_eq!(of("wider", "examples_new")[0]["line"], 3);
    let text = said(&desk.run(&["diff", "old", "new", "--events", "e.jsonl"]));
    assert!(text.contains("wider: only new: line 3: exec pid 2 y"), "{text}");
}

#[test]
fn releases_that_find_the_same_end_with_0_and_what_cannot_be_compared_with_2() {
    let desk = Desk::new();
    desk.pack("old", 1, &[("one", X)]);
    desk.pack("new", 2, &[("one", XY)]);
    desk.write("e.jsonl", events(&["x", "z"]));
    let (code, shown) = desk.json(&["diff", "old", "new", "--events", "e.jsonl"]);
    assert_eq!((code, &shown["changed"]), (Some(0), &json!(["one"])), "{shown:#}");
    let table: [(&[&str], &str); 3] = [
        (&["diff", "old", "absent", "--events", "e.jsonl"], "the new release: absent: "),
        (&["diff", "old", "new", "--events", "absent.jsonl"], "absent.jsonl: "),
        (&["diff", "old", "new", "--events", "old/pack.toml"], "pack.toml: line 1: "),
    ];
    for (arguments, words) in table {
        let output = desk.run(arguments);
        assert_eq!(output.status.code(), Some(2), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}

/// An alert of the built-in pack about a live process, and the line that the file sink has of it.
fn live_alert() -> (Json, String) {
    let home = Home::new();
    let agent = Agent::start(&home);
    let impostor = Impostor::start();
    let alert = agent.wait_for_alert("kernel thread", impostor.is_in("kernel-thread-name"));
    let id = alert["id"].as_str().expect("an id").to_owned();
    let mut agent = agent;
    agent.wait_until("delivered", |status| {
        status["sinks"][0]["delivered"].as_u64() >= Some(1)
            && status["sinks"][0]["pending"].as_u64() == Some(0)
    });
    let lines = fs::read_to_string(home.path("alerts/alerts.jsonl")).expect("the sink's file");
    let line = lines.lines().find(|line| line.contains(&id)).expect("the alert").to_owned();
    (alert, line)
}

#[test]
fn an_alert_about_a_live_process_says_the_same_again_to_the_unit_of_fuel() {
    let (alert, line) = live_alert();
    let desk = Desk::new();
    let pack = workspace().join("plugins/packs/linux-essentials");
    let pack = pack.to_str().expect("a path");
    desk.write("sink.jsonl", &line);
    desk.write("list.json", json!([alert]).to_string());
    for file in ["sink.jsonl", "list.json"] {
        let (code, shown) = desk.json(&["replay", file, pack]);
        assert_eq!((code, &shown[0]["fuel_comparable"]), (Some(0), &json!(true)), "{shown:#}");
        assert_eq!(shown[0]["now"]["fuel"], alert["witness"]["fuel"]);
        assert_eq!((&shown[0]["same"], &shown[0]["now"]["matched"]), (&json!(true), &json!(true)));
    }
    replays_what_was_changed(&desk, pack, &alert);
    replays_by_another_release(&desk, Path::new(pack), &alert);
}

/// What was changed in the alert: the keys and the new value, and what is said then.
fn replays_what_was_changed(desk: &Desk, pack: &str, alert: &Json) {
    let fuel = alert["witness"]["fuel"].as_u64().expect("a number");
    let table = [
        ("/witness/fuel", json!(fuel + 1), 1, "fuel     "),
        ("/witness/engine", json!("0"), 0, "not comparable: another engine"),
        ("/witness/build", json!("daemoneye 0.0.9"), 0, "not comparable: another build"),
        ("/event/command_line", json!("sleep"), 1, "does not match; then: matches"),
        ("/rule", json!("unknown"), 1, "no rule \"unknown\" sees events"),
        ("/pack", json!("other"), 1, "it is of the pack other, and this is linux-essentials"),
        ("/event/colour", json!(7), 1, "unknown field"),
    ];
    for (place, value, code, words) in table {
        let mut changed = alert.clone();
        let (parent, key) = place.rsplit_once('/').expect("a place");
        changed.pointer_mut(parent).expect("an object")[key] = value;
        desk.write("changed.json", changed.to_string());
        let output = desk.run(&["replay", "changed.json", pack]);
        assert_eq!(output.status.code(), Some(code), "{place}: {}", said(&output));
        assert!(said(&output).contains(words), "{place}: {}", said(&output));
    }
}

/// A rule that was changed since is told, and its fuel is not compared.
fn replays_by_another_release(desk: &Desk, pack: &Path, alert: &Json) {
    for name in ["pack.toml", "rules/kernel-thread-name.toml"] {
        let text = fs::read_to_string(pack.join(name)).expect("a file");
        let text =
            text.replace("release = 1", "release = 99").replace("WHERE ", "WHERE 1 = 1 AND ");
        desk.write(&format!("later/{name}"), text);
    }
    let (code, shown) = desk.json(&["replay", "list.json", "later"]);
    assert_eq!((code, &shown[0]["differing"]), (Some(0), &json!(["rule"])), "{shown:#}");
    assert_eq!(shown[0]["fuel_comparable"], json!(false));
    assert_eq!(shown[0]["now"]["release"], json!(99), "{shown:#}");
    assert_ne!(shown[0]["now"]["rule"], alert["witness"]["rule"]);
}

#[test]
fn a_prefilter_about_several_events_is_refused_with_a_sentence_and_one_about_each_is_not() {
    let component = daemoneye_tests::component("test/packed.wasm");
    let table = [(X, 0, "packed-obey"), (TWICE, 1, "a prefilter looks at one event at a time")];
    for (prefilter, code, words) in table {
        let desk = Desk::new();
        desk.pack("p", 1, &[]);
        desk.write("p/plugins/p.wasm", &component);
        for id in ["packed-obey", "packed-poison", "packed-endless"] {
            let body = format!("component = \"plugins/p.wasm\"\nprefilter = {prefilter:?}");
            desk.write(&format!("p/rules/{id}.toml"), rule(id, &body));
        }
        let output = desk.run(&["bench", "p"]);
        assert_eq!(output.status.code(), Some(code), "{}", said(&output));
        assert!(said(&output).contains(words), "{}", said(&output));
    }
}
