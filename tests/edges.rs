//! The house: who may depend on whom, and what may stand where.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use daemoneye_tests::workspace;
use serde_json::Value as Json;

/// Who may depend on which of us directly. Development dependencies are free.
const EDGES: &[(&str, &[&str])] = &[
    ("daemoneye-bus", &[]),
    ("daemoneye-config", &[]),
    ("daemoneye-pack-format", &["daemoneye-bus"]),
    ("daemoneye-store", &["daemoneye-bus"]),
    ("daemoneye-wal", &[]),
    ("daemoneye-ledger", &[]),
    ("procmond", &["daemoneye-bus", "daemoneye-ledger", "daemoneye-wal"]),
    (
        "daemoneye-host",
        &[
            "daemoneye-bus",
            "daemoneye-config",
            "daemoneye-hunt",
            "daemoneye-pack-format",
            "daemoneye-store",
        ],
    ),
    (
        "daemoneye-hunt",
        &[
            "daemoneye-bus",
            "daemoneye-engine",
            "daemoneye-native",
            "daemoneye-plan",
            "daemoneye-sdk",
            "daemoneye-sql",
            "daemoneye-store",
        ],
    ),
    ("daemoneye-cli", &["daemoneye-bus", "daemoneye-config", "daemoneye-ledger"]),
    ("daemoneye-sdk", &[]),
    ("daemoneye-native", &["daemoneye-bus", "daemoneye-sdk"]),
    (
        "daemoneye-pack",
        &[
            "daemoneye-bus",
            "daemoneye-component",
            "daemoneye-engine",
            "daemoneye-host",
            "daemoneye-native",
            "daemoneye-pack-format",
            "daemoneye-plan",
            "daemoneye-sdk",
            "daemoneye-sigma",
            "daemoneye-sql",
        ],
    ),
    ("daemoneye-component", &[]),
    ("daemoneye-plan", &[]),
    ("daemoneye-engine", &["daemoneye-plan", "daemoneye-sdk"]),
    ("daemoneye-sql", &["daemoneye-plan", "daemoneye-sdk"]),
    ("daemoneye-sigma", &["daemoneye-plan", "daemoneye-sdk"]),
    ("daemoneye-format", &[]),
    ("daemoneye-sink-stdout", &["daemoneye-format", "daemoneye-sdk"]),
    ("daemoneye-sink-file", &["daemoneye-format", "daemoneye-sdk"]),
    ("daemoneye-sink-webhook", &["daemoneye-format", "daemoneye-sdk"]),
    ("daemoneye-sink-syslog", &["daemoneye-format", "daemoneye-sdk"]),
    ("daemoneye-example", &["daemoneye-sdk"]),
    ("daemoneye-misbehaver", &["daemoneye-sdk"]),
    ("daemoneye-packed", &["daemoneye-sdk"]),
    ("daemoneye-ungranted", &["daemoneye-sdk"]),
    ("daemoneye-bench-guest", &["daemoneye-sdk"]),
    ("daemoneye-golden-rules-0-1-0", &[]),
    ("daemoneye-golden-sink-0-1-0", &[]),
    ("daemoneye-golden-language-0-1-0", &[]),
    ("daemoneye-golden-rules-0-1-1", &[]),
    ("daemoneye-terminal", &[]),
    ("xtask", &["daemoneye-component", "daemoneye-terminal"]),
];

/// Who must never come near which code of others, however far away.
const NEVER: &[(&str, &[&str])] = &[
    ("procmond", &["wasmtime", "redb", "hyper", "rustls", "openssl", "reqwest"]),
    ("daemoneye-cli", &["wasmtime", "redb", "hyper", "rustls", "openssl", "reqwest"]),
    ("daemoneye-store", &["wasmtime"]),
    ("daemoneye-bus", &["wasmtime", "redb"]),
];

/// Direct dependencies that the privileged program may have: three are ours, three confine it, and
/// one lets the thread that listens go first.
const PROCMOND_DEPENDENCIES: usize = 21;

/// Names that say nothing about what is inside.
const EMPTY_NAMES: &[&str] = &["common", "utils", "util", "core", "types", "helpers", "manager"];

/// Lines of one file.
const MAX_LINES: usize = 500;

/// What cargo resolves for this machine: who is linked into whom.
fn metadata() -> Json {
    let platform = format!("{}-unknown-linux-gnu", std::env::consts::ARCH);
    let output = Command::new(env!("CARGO"))
        .current_dir(workspace())
        .args(["metadata", "--format-version", "1", "--locked", "--offline"])
        .args(["--filter-platform", &platform])
        .output()
        .expect("cargo starts");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("metadata is JSON")
}

fn list<'a>(json: &'a Json, name: &str) -> impl Iterator<Item = &'a Json> {
    json[name].as_array().into_iter().flatten()
}

/// By package: the names of the packages that it links, without those for tests and builds.
fn dependencies(metadata: &Json) -> BTreeMap<String, BTreeSet<String>> {
    let text = |json: &Json| json.as_str().expect("text").to_owned();
    let names: BTreeMap<String, String> =
        list(metadata, "packages").map(|p| (text(&p["id"]), text(&p["name"]))).collect();
    let is_linked = |dependency: &&Json| list(dependency, "dep_kinds").any(|k| k["kind"].is_null());
    let node = |node: &Json| {
        let linked = list(node, "deps").filter(is_linked);
        let linked = linked.map(|dependency| names[&text(&dependency["pkg"])].clone());
        (names[&text(&node["id"])].clone(), linked.collect())
    };
    list(&metadata["resolve"], "nodes").map(node).collect()
}

#[test]
fn nobody_depends_on_whom_the_house_does_not_allow() {
    let dependencies = dependencies(&metadata());
    let ours: BTreeSet<&str> = EDGES.iter().map(|(name, _)| *name).collect();
    for (package, allowed) in EDGES {
        let Some(found) = dependencies.get(*package) else { continue };
        for edge in found.iter().filter(|name| ours.contains(name.as_str())) {
            assert!(allowed.contains(&edge.as_str()), "{package} must not depend on {edge}");
        }
    }
}

#[test]
fn privileged_and_offline_programs_never_link_a_sandbox_or_a_network_library() {
    let dependencies = dependencies(&metadata());
    for (package, never) in NEVER {
        let mut seen = BTreeSet::new();
        let mut todo = vec![(*package).to_owned()];
        while let Some(name) = todo.pop() {
            assert!(!never.contains(&name.as_str()), "{package} comes to depend on {name}");
            if seen.insert(name.clone()) {
                todo.extend(dependencies.get(&name).into_iter().flatten().cloned());
            }
        }
    }
    let direct = dependencies["procmond"].len();
    assert!(direct <= PROCMOND_DEPENDENCIES, "procmond has {direct} direct dependencies");
}

/// Our own Rust files, without what is built.
fn sources() -> Vec<PathBuf> {
    let mut files = Vec::new();
    let mut folders = vec![workspace()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).expect("a folder") {
            let path = entry.expect("an entry").path();
            let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
            if path.is_dir() && name != "target" && !name.starts_with('.') {
                folders.push(path);
            } else if path.extension().is_some_and(|extension| extension == "rs") {
                files.push(path);
            }
        }
    }
    files
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn only_the_plugin_rooms_know_wasmtime() {
    let host = workspace().join("host/src");
    let rooms = [host.join("plugin"), host.join("capability")];
    for file in sources().iter().filter(|file| file.starts_with(&host)) {
        let is_room = rooms.iter().any(|room| file.starts_with(room))
            || [host.join("plugin.rs"), host.join("capability.rs")].contains(file);
        let knows = read(file).lines().any(|line| {
            line.trim_start().starts_with("use wasmtime") || line.contains("wasmtime::")
        });
        assert!(is_room || !knows, "{} knows wasmtime", file.display());
    }
}

#[test]
fn every_file_says_what_it_is_and_stays_readable() {
    for file in sources() {
        let text = read(&file);
        assert!(text.starts_with("//!"), "{} does not begin with //!", file.display());
        let lines = text.lines().count();
        assert!(lines <= MAX_LINES, "{} has {lines} lines", file.display());
        let stem = file.file_stem().unwrap_or_default().to_string_lossy().into_owned();
        assert!(!EMPTY_NAMES.contains(&stem.as_str()), "{} says nothing", file.display());
        assert!(stem != "mod", "{}: a room is room.rs and room/", file.display());
    }
}
