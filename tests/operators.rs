//! The operator's first and last resort: configuration, doctor, metrics. With the real programs.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output};

use daemoneye_store::{SCHEMA, Store};
use daemoneye_tests::{Agent, Home, program, workspace};
use serde_json::Value as Json;

/// `daemoneye` for somebody whose own configuration is in this folder.
fn daemoneye(own: &Path, variables: &[(&str, &str)], arguments: &[&str]) -> Output {
    let mut command = Command::new(program("daemoneye"));
    command.env("XDG_CONFIG_HOME", own).env("HOME", own).envs(variables.iter().copied());
    command.args(arguments).output().expect("starts")
}

fn said(output: &Output) -> (Option<i32>, String) {
    let text =
        [&output.stdout, &output.stderr].map(|text| String::from_utf8_lossy(text).into_owned());
    (output.status.code(), text.concat())
}

/// A user's folder of configuration with this in it.
fn own(files: &[(&str, &str)]) -> tempfile::TempDir {
    let folder = tempfile::tempdir().expect("a folder");
    fs::create_dir(folder.path().join("daemoneye")).expect("a folder");
    for (name, text) in files {
        fs::write(folder.path().join("daemoneye").join(name), text).expect("written");
    }
    folder
}

#[test]
fn config_show_says_what_holds_and_who_says_so() {
    let own = own(&[("agent.toml", "# mine\ndata_dir = '/d'\n[kept]\nevents_days = 3\n")]);
    let variables = [("DAEMONEYE_KEPT__ALERTS_DAYS", "9")];
    let shown = daemoneye(own.path(), &variables, &["config", "show", "--format", "json"]);
    let keys: Json = serde_json::from_slice(&shown.stdout).expect("JSON");
    let of = |key: &str| {
        let found = keys.as_array().into_iter().flatten().find(|told| told["key"] == key);
        found.unwrap_or_else(|| panic!("{key} in {keys:#}"))
    };
    assert_eq!(of("kept.events_days")["origin"]["line"], 4);
    assert_eq!(of("kept.alerts_days")["value"], "9");
    assert_eq!(of("kept.alerts_days")["origin"]["variable"], "DAEMONEYE_KEPT__ALERTS_DAYS");
    assert_eq!(of("packs")["value"], "\"/d/packs\"");
    assert_eq!(of("packs")["origin"]["from"], "default");
    let (code, table) = said(&daemoneye(own.path(), &variables, &["config", "show", "--origin"]));
    assert!(code == Some(0) && table.contains("agent.toml:4"), "{table}");
}

#[test]
fn config_check_names_key_value_file_and_line_and_ends_with_78() {
    let table = [
        (
            "agent.toml",
            "[kept]\nevent_days = 3",
            "agent.toml:2: unknown key \"kept.event_days\"; did",
        ),
        ("agent.toml", "limits.memory_mib = 9999", "agent.toml:1: limits.memory_mib = 9999, which"),
        ("agent.toml", "bus = 7", "agent.toml:1: bus = 7, which is not struct Bus"),
        ("cli.toml", "color = 'blue'", "cli.toml:1: color = \"blue\", which is not a boolean"),
        ("cli.toml", "format = 'xml'", "cli.toml:1: format = \"xml\""),
    ];
    for (name, text, named) in table {
        let own = own(&[(name, text)]);
        let (code, said) = said(&daemoneye(own.path(), &[], &["config", "check"]));
        assert!(code == Some(78) && said.contains(named), "{text}: {code:?} {said}");
    }
    let well = own(&[("agent.toml", "data_dir = '/d'")]);
    let (code, text) = said(&daemoneye(well.path(), &[], &["config", "check"]));
    assert!(code == Some(0) && text.contains("makes sense"), "{text}");
    let packaged = workspace().join("packaging/agent.toml");
    let packaged = packaged.to_str().expect("text");
    assert_eq!(daemoneye(well.path(), &[], &["config", "check", packaged]).status.code(), Some(0));
}

#[test]
fn an_agent_with_a_wrong_configuration_does_not_start_and_says_where() {
    let own = own(&[]);
    let mut agent = Command::new(program("daemoneye-agent"));
    agent.env("XDG_CONFIG_HOME", own.path()).env("DAEMONEYE_DATADIR", "/d").arg("run");
    let (code, text) = said(&agent.output().expect("starts"));
    assert_eq!(code, Some(78), "{text}");
    assert!(text.contains("DAEMONEYE_DATADIR: unknown key \"datadir\"; did you mean"), "{text}");
}

#[test]
fn an_agent_on_the_store_of_a_newer_one_does_not_start_and_leaves_it_as_it_is() {
    use redb::ReadableDatabase as _;
    const META: redb::TableDefinition<'_, &str, u64> = redb::TableDefinition::new("meta");
    let home = Home::new();
    let path = home.path("data/store.redb");
    drop(Store::open(&path).expect("a store"));
    let database = redb::Database::open(&path).expect("a database");
    let transaction = database.begin_write().expect("a transaction");
    transaction.open_table(META).expect("meta").insert("schema", SCHEMA + 1).expect("room");
    transaction.commit().expect("a commit");
    drop(database);
    let (status, log) = Agent::spawn(&home).wait_for_end();
    assert_eq!(status.code(), Some(1), "{log}");
    let named = format!("schema {}, this program knows up to {SCHEMA}", SCHEMA + 1);
    assert!(log.contains(&named) && log.contains("store.redb"), "{log}");
    let database = redb::Database::open(&path).expect("a database");
    let meta = database.begin_read().expect("a transaction").open_table(META).expect("meta");
    let schema = meta.get("schema").expect("read").map(|schema| schema.value());
    assert_eq!(schema, Some(SCHEMA + 1));
    let (code, text) = said(&home.daemoneye(&["status"]));
    assert!(code == Some(69) && text.contains("no agent at"), "{text}");
}

#[test]
fn a_wrong_configuration_of_ones_own_keeps_nobody_from_mending_it() {
    let own = own(&[("cli.toml", "colour = true")]);
    let (code, text) = said(&daemoneye(own.path(), &[], &["status"]));
    assert!(code == Some(78) && text.contains("did you mean \"color\"?"), "{text}");
    let (code, text) = said(&daemoneye(own.path(), &[], &["--socket", "/nowhere/s", "doctor"]));
    assert!(code == Some(3) && text.contains("cli.toml:1: unknown key \"colour\""), "{text}");
}

fn checks(output: &Output) -> Vec<Json> {
    serde_json::from_slice(&output.stdout).expect("JSON")
}

fn check<'a>(checks: &'a [Json], name: &str) -> &'a Json {
    let found = checks.iter().find(|check| check["name"] == name);
    found.unwrap_or_else(|| panic!("{name} in {checks:#?}"))
}

#[test]
fn doctor_works_without_an_agent_and_says_what_to_do() {
    let own = own(&[]);
    let socket = own.path().join("none/bus.sock");
    let arguments = ["--socket", socket.to_str().expect("text"), "doctor", "--format", "json"];
    let answer = daemoneye(own.path(), &[], &arguments);
    assert_eq!(answer.status.code(), Some(3));
    let checks = checks(&answer);
    for name in ["proc connector", "landlock", "seccomp", "disk", "clock", "trust"] {
        assert!(check(&checks, name)["found"].is_string(), "{name}");
    }
    let agent = check(&checks, "agent");
    assert_eq!(agent["state"], "fail");
    assert!(agent["remedy"].as_str().is_some_and(|remedy| remedy.contains("daemoneye-agent")));
}

#[test]
fn doctor_finds_a_running_agent_and_a_door_left_open() {
    let home = Home::new();
    let _agent = Agent::start(&home);
    let asked = || checks(&home.daemoneye(&["doctor", "--format", "json"]));
    let well = asked();
    for name in ["agent", "version", "sensor", "socket"] {
        assert_eq!(check(&well, name)["state"], "ok", "{well:#?}");
    }
    let open = fs::Permissions::from_mode(0o777);
    fs::set_permissions(home.path("data/run"), open).expect("our own directory");
    let socket = asked();
    let socket = check(&socket, "socket");
    assert!(socket["found"].as_str().is_some_and(|found| found.contains("0777")), "{socket}");
    assert_eq!(socket["state"], "fail");
}

/// The value of a metric without labels.
fn metric(text: &str, name: &str) -> Option<u64> {
    let line = text.lines().find_map(|line| line.strip_prefix(&format!("{name} ")))?;
    line.parse().ok()
}

#[test]
fn metrics_are_what_status_says_and_replace_their_file_whole() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    agent.wait_until("events", |status| status["events"]["judged"].as_u64() > Some(0));
    let file = home.path("daemoneye.prom");
    let textfile = ["metrics", "--textfile", file.to_str().expect("text")];
    let before = agent.ask(&["status"])["events"]["stored"].as_u64();
    assert_eq!(home.daemoneye(&textfile).status.code(), Some(0));
    let after = agent.ask(&["status"])["events"]["stored"].as_u64();
    let text = fs::read_to_string(&file).expect("a file");
    let stored = metric(&text, "daemoneye_events_stored_total");
    assert!(before <= stored && stored <= after, "{before:?} {stored:?} {after:?}");
    assert_eq!(metric(&text, "daemoneye_up"), Some(1));
    assert!(
        text.contains("daemoneye_rule_offered_total{pack=\"linux-essentials\",rule="),
        "{text}"
    );
    drop(agent);
    assert_eq!(home.daemoneye(&textfile).status.code(), Some(69));
    let text = fs::read_to_string(&file).expect("a file");
    assert_eq!((metric(&text, "daemoneye_up"), text.lines().count()), (Some(0), 3), "{text}");
    let others = fs::read_dir(home.path("")).expect("a folder").filter(|entry| {
        entry.as_ref().is_ok_and(|entry| entry.file_name().to_string_lossy().starts_with(".tmp"))
    });
    assert_eq!(others.count(), 0, "nothing is left over");
}

#[test]
fn every_variable_of_a_flag_is_known_not_to_be_configuration() {
    let list = fs::read_to_string(workspace().join("host/src/config.rs")).expect("a file");
    for file in ["host/src/args.rs", "cli/src/args.rs", "procmond/src/args.rs"] {
        let text = fs::read_to_string(workspace().join(file)).expect("a file");
        for flag in text.split("env = \"").skip(1) {
            let name = flag.split('"').next().unwrap_or_default();
            // This one is a key, too, and means the same.
            let known = name == "DAEMONEYE_PLUGINS" || list.contains(&format!("\"{name}\""));
            assert!(known, "{file}: {name} is missing in OTHERS of host/src/config.rs");
        }
    }
}
