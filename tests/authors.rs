//! What an author of rules does, with the real tool: begin, build, test.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use daemoneye_host::capability::Grants;
use daemoneye_host::plugin::{Receipt, Sandbox, SinkPlugin};
use daemoneye_tests::{cache, plugins, program, workspace};
use serde_json::Value as Json;

use crate::languages::not_built;

/// A folder of this test's own. It stays where it is from one run to the next, and so do the
/// libraries that were compiled for it.
fn desk(name: &str) -> PathBuf {
    let desk = workspace().join("target/authors").join(name);
    if desk.exists() {
        fs::remove_dir_all(&desk).expect("removed");
    }
    fs::create_dir_all(&desk).expect("a folder");
    desk
}

fn offline(command: &mut Command) -> &mut Command {
    let target = workspace().join("target/authors-target");
    command.env("CARGO_TARGET_DIR", target).env("CARGO_NET_OFFLINE", "true")
}

fn tool(desk: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(program("daemoneye-pack"));
    command.current_dir(desk).args(arguments);
    command.env("DAEMONEYE_PLUGINS", plugins()).env("DAEMONEYE_CACHE", cache());
    offline(&mut command).output().expect("the tool starts")
}

fn said(output: &Output) -> String {
    let (out, err) = (&output.stdout, &output.stderr);
    format!("{}{}", String::from_utf8_lossy(out), String::from_utf8_lossy(err))
}

fn works(desk: &Path, arguments: &[&str]) -> String {
    let output = tool(desk, arguments);
    assert!(output.status.success(), "{arguments:?}: {}", said(&output));
    said(&output)
}

/// The versions that the workspace was built with are those that are here.
fn lock(project: &Path) {
    fs::copy(workspace().join("Cargo.lock"), project.join("Cargo.lock")).expect("a copy");
}

fn replace(file: &Path, from: &str, to: &str) {
    let text = fs::read_to_string(file).expect("a file");
    assert!(text.contains(from), "{} has no {from:?}", file.display());
    fs::write(file, text.replace(from, to)).expect("written");
}

#[test]
fn a_new_plugin_builds_holds_its_tests_and_is_held_to_its_budget() {
    let desk = desk("plugin");
    works(&desk, &["new", "plugin", "odd-place"]);
    lock(&desk.join("odd-place"));
    let built = works(&desk, &["build-plugin", "odd-place"]);
    assert!(built.contains("imports nothing"), "{built}");

    let mut native = Command::new(env!("CARGO"));
    let native = offline(native.arg("test").current_dir(desk.join("odd-place")));
    let native = native.output().expect("cargo starts");
    assert!(native.status.success(), "{}", said(&native));

    let shown = tool(&desk, &["test", "odd-place/pack", "--format", "json"]);
    let shown: Json = serde_json::from_slice(&shown.stdout).expect("JSON");
    assert_eq!((&shown["passed"], &shown["rules"][0]["tests"]), (&true.into(), &2.into()));
    let cost = |key: &str| shown["rules"][0][key].as_u64().expect("a number");
    assert!(cost("worst_fuel") >= cost("fuel_per_event") && cost("fuel_per_event") > 0);
    assert!(cost("memory_bytes") > 0 && cost("memory_bytes") <= 4 << 20 && cost("p99_ns") > 0);

    let rule = desk.join("odd-place/pack/rules/odd-place.toml");
    replace(&rule, "fuel_per_event = 100_000", "fuel_per_event = 20");
    let over = tool(&desk, &["test", "odd-place/pack", "--junit", "results.xml"]);
    assert_eq!(over.status.code(), Some(1), "{}", said(&over));
    assert!(said(&over).contains("every event within its budget: out of fuel"), "{}", said(&over));
    let xml = fs::read_to_string(desk.join("results.xml")).expect("results");
    assert!(xml.contains("<property name=\"fuel_per_event\" value=\""), "{xml}");
    assert!(xml.contains("<testsuite name=\"odd-place\" tests=\"3\" failures=\"2\">"), "{xml}");
}

/// A new plugin in this language, with what `cargo xtask languages` has installed for it.
fn begun(desk: &Path, language: &str, tools: &str) -> PathBuf {
    works(desk, &["new", "plugin", language, "--language", language]);
    let project = desk.join(language);
    let installed = workspace().join("target/languages").join(language).join(tools);
    if installed.is_dir() {
        std::os::unix::fs::symlink(installed, project.join(tools)).expect("a link");
    }
    project
}

#[test]
fn a_new_plugin_in_c_or_javascript_builds_and_holds_its_tests() {
    let desk = desk("languages");
    for language in ["c", "js"].into_iter().filter(|language| !not_built(language)) {
        begun(&desk, language, "node_modules");
        let built = works(&desk, &["build-plugin", language]);
        assert!(built.contains("imports nothing"), "{built}");
        let shown = works(&desk, &["test", &format!("{language}/pack")]);
        assert!(shown.contains(&format!("{language}: 1 rules, 2 tests, 0 failures")), "{shown}");
    }
}

#[test]
fn a_new_plugin_in_a_script_keeps_its_own_tests_without_a_sandbox() {
    let desk = desk("scripts");
    let table: [(&str, &[&str]); 2] =
        [("js", &["node", "--test"]), ("python", &["python3", "-m", "unittest"])];
    for (language, test) in table.into_iter().filter(|(language, _)| !not_built(language)) {
        let project = begun(&desk, language, ".none");
        let mut command = Command::new(test[0]);
        command.args(&test[1..]).current_dir(&project).env("PYTHONPATH", "vendor/sdk/python");
        let output = command.output().expect("it starts");
        assert!(output.status.success(), "{language}: {}", said(&output));
    }
}

#[test]
fn what_is_missing_to_build_a_language_is_named_with_what_installs_it() {
    let desk = desk("missing");
    let table = [
        ("c", "no program clang in PATH; install it:\n  apt-get install clang lld"),
        ("js", "no program componentize-qjs in PATH or node_modules/.bin of the plugin"),
        ("python", ".venv/bin/pip install -r requirements.txt"),
    ];
    for (language, expected) in table {
        works(&desk, &["new", "plugin", language, "--language", language]);
        let mut command = Command::new(program("daemoneye-pack"));
        command.current_dir(&desk).args(["build-plugin", language]).env("PATH", &desk);
        let output = command.output().expect("the tool starts");
        assert_eq!(output.status.code(), Some(1));
        assert!(said(&output).contains(expected), "{}", said(&output));
    }
    let nothing = tool(&desk, &["build-plugin", "."]);
    assert!(said(&nothing).contains("has none of Cargo.toml, plugin.c"), "{}", said(&nothing));
    let rule = tool(&desk, &["new", "pack", "x", "--language", "c"]);
    assert!(said(&rule).contains("--language c is for plugins"), "{}", said(&rule));
}

#[test]
fn a_new_sink_builds_and_delivers() {
    let desk = desk("sink");
    works(&desk, &["new", "sink", "to-console"]);
    lock(&desk.join("to-console"));
    let built = works(&desk, &["build-plugin", "to-console", "-o", "to-console.wasm"]);
    assert!(built.contains("imports daemoneye:plugin/console@"), "{built}");
    let component = fs::read(desk.join("to-console.wasm")).expect("a component");
    let sandbox = Sandbox::new(Some(&cache())).expect("a sandbox");
    let grants = Grants { console: true, ..Grants::default() };
    let mut sink = SinkPlugin::load(&sandbox, "to-console", &component, "{}".to_owned(), grants)
        .expect("a sink");
    let alerts = [("1".to_owned(), "{}".to_owned())];
    assert_eq!(sink.deliver(&alerts), Ok(vec![Receipt::Delivered]));
}

#[test]
fn a_new_pack_with_one_more_rule_holds_its_tests_and_nothing_is_overwritten() {
    let desk = desk("pack");
    works(&desk, &["new", "pack", "mine"]);
    works(&desk, &["new", "rule", "another", "--in", "mine"]);
    let shown = works(&desk, &["test", "mine"]);
    assert!(shown.contains("mine: 2 rules, 4 tests, 0 failures"), "{shown}");
    for again in [&["new", "pack", "mine"][..], &["new", "rule", "another", "--in", "mine"]] {
        let again = tool(&desk, again);
        assert_eq!(again.status.code(), Some(1));
        assert!(said(&again).contains("is there already"), "{}", said(&again));
    }
}

#[test]
fn a_rule_that_finds_ordinary_events_fails_unless_it_may() {
    let desk = desk("benign");
    works(&desk, &["new", "pack", "noisy"]);
    fs::write(
        desk.join("benign.jsonl"),
        "{\"kind\":\"exec\",\"time\":1,\"command_line\":\"cat /dev/tcp/x\"}\n\
         {\"kind\":\"exec\",\"time\":2,\"command_line\":\"ls\"}\n",
    )
    .expect("written");
    let test = |rate: &str| {
        tool(&desk, &["test", "noisy", "--benign", "benign.jsonl", "--max-hit-rate", rate])
    };
    let over = test("0.49");
    assert_eq!(over.status.code(), Some(1), "{}", said(&over));
    assert!(said(&over).contains("FAILED noisy: 1 benign events"), "{}", said(&over));
    assert!(test("0.5").status.success());
    fs::write(desk.join("benign.jsonl"), "no event\n").expect("written");
    let none = test("1");
    assert!(said(&none).contains("benign.jsonl: line 1: "), "{}", said(&none));
}

#[test]
fn a_test_that_does_not_hold_is_told_by_name() {
    let desk = desk("broken");
    works(&desk, &["new", "pack", "broken"]);
    replace(&desk.join("broken/rules/broken.toml"), "expect = \"silent\"", "expect = \"fire\"");
    replace(
        &desk.join("broken/rules/broken.toml"),
        "expect = \"fire\"\nevent = { executable_path = \"/usr/bin/bash\", command_line = \"bash -i",
        "expect = \"silent\"\nevent = { executable_path = \"/usr/bin/bash\", command_line = \"bash -i",
    );
    let output = tool(&desk, &["test", "broken"]);
    assert_eq!(output.status.code(), Some(1));
    let said = said(&output);
    assert!(said.contains("a shell on a connection: fires, must stay silent"), "{said}");
    assert!(said.contains("a shell without one: stays silent, must fire"), "{said}");
}
