//! What layers come to, who said it, and what is wrong with them.

use std::collections::BTreeMap;
use std::fs;
use std::path::PathBuf;

use daemoneye_config::{ConfigError, Layers, Origin, Places};
use proptest::prelude::*;
use serde::{Deserialize, Serialize};

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Config {
    data_dir: PathBuf,
    socket: Option<PathBuf>,
    kept: Kept,
    users: Vec<String>,
    grants: BTreeMap<String, Kept>,
    sinks: Vec<Sink>,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
struct Kept {
    events_days: u32,
    forever: bool,
}

#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Sink {
    name: String,
    #[serde(default)]
    config: toml::Table,
}

impl Default for Config {
    fn default() -> Self {
        Config {
            data_dir: "/d".into(),
            socket: None,
            kept: Kept::default(),
            users: Vec::new(),
            grants: BTreeMap::new(),
            sinks: vec![Sink { name: "console".to_owned(), config: toml::Table::new() }],
        }
    }
}

impl Default for Kept {
    fn default() -> Self {
        Kept { events_days: 30, forever: false }
    }
}

/// Files of the system and of a user, in a folder of their own.
struct Machine {
    _folder: tempfile::TempDir,
    places: Places,
}

impl Machine {
    fn with(system: &str, user: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let (system_file, user_file) = (folder.path().join("system"), folder.path().join("user"));
        fs::write(&system_file, system).expect("written");
        fs::write(&user_file, user).expect("written");
        let places = Places { system: system_file, user: Some(user_file) };
        Machine { _folder: folder, places }
    }

    fn layers(&self, variables: &[(&str, &str)], flags: &[&str]) -> Result<Layers, ConfigError> {
        let variables = variables.iter().map(|(name, text)| ((*name).into(), (*text).into()));
        let flags: Vec<String> = flags.iter().map(|text| (*text).to_owned()).collect();
        Layers::of_defaults(&Config::default())?
            .places(&self.places)?
            .environment("D_", &["D_LOG", "D_CLI_"], variables)
            .flags(&flags)
    }
}

fn load(text: &str) -> Result<Config, String> {
    let layers = Machine::with("", text).layers(&[], &[]).map_err(|error| error.to_string())?;
    layers.load().map_err(|error| error.to_string())
}

#[test]
fn flags_win_over_the_environment_over_the_user_over_the_system_over_defaults() {
    let days = |system: &str, user: &str, variables: &[(&str, &str)], flags: &[&str]| {
        let layers = Machine::with(system, user).layers(variables, flags).expect("layers");
        let origin = layers.origin(&["kept", "events_days"]).to_string();
        (layers.load::<Config>().expect("a configuration").kept.events_days, origin)
    };
    let (two, three) = ("[kept]\nevents_days = 2", "# the user's\n[kept]\nevents_days = 3");
    let four = [("D_KEPT__EVENTS_DAYS", "4")];
    let five = ["kept.events_days=5"];
    assert_eq!(days("", "", &[], &[]), (30, "default".to_owned()));
    let (value, origin) = days(two, "", &[], &[]);
    assert!(value == 2 && origin.ends_with("system:2"), "{origin}");
    let (value, origin) = days(two, three, &[], &[]);
    assert!(value == 3 && origin.ends_with("user:3"), "{origin}");
    assert_eq!(days(two, three, &four, &[]), (4, "D_KEPT__EVENTS_DAYS".to_owned()));
    assert_eq!(days(two, three, &four, &five), (5, "--set".to_owned()));
}

#[test]
fn tables_are_merged_and_lists_are_replaced() {
    let system = "users = ['a', 'b']\n[kept]\nforever = true\n[[sinks]]\nname = 'x'";
    let machine = Machine::with(system, "users = ['c']\n[kept]\nevents_days = 1");
    let config: Config = machine.layers(&[], &[]).expect("layers").load().expect("loads");
    assert_eq!(config.kept, Kept { events_days: 1, forever: true });
    assert_eq!(config.users, ["c"]);
    assert_eq!(config.sinks.len(), 1);
    assert_eq!(config.sinks[0].name, "x");
}

#[test]
fn what_is_wrong_is_named_with_its_file_and_line_and_what_was_meant() {
    let table = [
        ("datadir = 1", "user:1: unknown key \"datadir\"; did you mean \"data_dir\"?"),
        (
            "\n[kept]\nevent_day = 1",
            "user:3: unknown key \"kept.event_day\"; did you mean \"kept.events_days\"?",
        ),
        ("forever = true", "user:1: unknown key \"forever\"; did you mean \"kept.forever\"?"),
        ("xyz = 1", "user:1: unknown key \"xyz\""),
        ("[kept]\nevents_days = 'x'", "user:2: kept.events_days = \"x\", which is not u32"),
        ("[kept]\nevents_days = -1", "user:2: kept.events_days = -1"),
        ("\nusers = 7", "user:2: users = 7, which is not a sequence"),
        ("[[sinks]]\nconfig = {}", "user:1: \"sinks.0.name\" is missing"),
        ("[[sinks]]\nname = 'a'\nnoun = 1", "user:3: unknown key \"sinks.0.noun\""),
        ("[grants.p]\nforever = 3", "user:2: grants.p.forever = 3"),
        ("[kept\n", "user\": TOML parse error at line 1"),
    ];
    for (text, named) in table {
        let said = load(text).expect_err(text);
        assert!(said.contains(named), "{text:?}: {said}");
    }
}

type Variables = &'static [(&'static str, &'static str)];

#[test]
fn the_environment_and_flags_are_held_to_the_same() {
    let machine = Machine::with("", "");
    let said = |variables: &[(&str, &str)], flags: &[&str]| {
        let layers = machine.layers(variables, flags).map_err(|error| error.to_string())?;
        layers.load::<Config>().map_err(|error| error.to_string())
    };
    let table: [(Variables, &[&str], &str); 5] = [
        (&[("D_DATADIR", "/x")], &[], "D_DATADIR: unknown key \"datadir\"; did you mean"),
        (&[("D_KEPT__EVENTS_DAYS", "x")], &[], "D_KEPT__EVENTS_DAYS: kept.events_days = \"x\""),
        (&[], &["kept.forever=maybe"], "--set: kept.forever = \"maybe\""),
        (&[], &["kept.forever"], "--set \"kept.forever\" is not of the form KEY=VALUE"),
        (&[], &["=1"], "--set \"=1\" is not of the form"),
    ];
    for (variables, flags, named) in table {
        let error = said(variables, flags).expect_err(named);
        assert!(error.contains(named), "{error}");
    }
    let others = [("D_LOG", "debug"), ("D_CLI_FORMAT", "json"), ("PATH", "/bin")];
    assert_eq!(said(&others, &[]), Ok(Config::default()));
    let typed =
        said(&[("D_USERS", "['a']"), ("D_DATA_DIR", "/with = sign")], &["kept.forever=true"]);
    let typed = typed.expect("a configuration");
    assert_eq!((typed.users.as_slice(), typed.kept.forever), (&["a".to_owned()][..], true));
    assert_eq!(typed.data_dir, PathBuf::from("/with = sign"));
}

#[test]
fn every_value_is_told_with_its_origin() {
    let machine = Machine::with("", "socket = '/s'\n[[sinks]]\nname = 'a'\nconfig = { n = 1 }");
    let told = machine.layers(&[], &[]).expect("layers").told::<Config>().expect("told");
    let of = |key: &str| told.iter().find(|one| one.key == key).unwrap_or_else(|| panic!("{key}"));
    assert_eq!(of("data_dir").value.as_deref(), Some("\"/d\""));
    assert_eq!(of("data_dir").origin, Origin::Default);
    assert_eq!(of("kept.events_days").value.as_deref(), Some("30"));
    assert!(of("socket").origin.to_string().ends_with("user:1"));
    assert_eq!(of("sinks").value.as_deref(), Some("[{ config = { n = 1 }, name = \"a\" }]"));
}

#[test]
fn a_file_that_was_named_must_be_there_and_one_that_was_not_need_not() {
    let defaults = Layers::of_defaults(&Config::default()).expect("defaults");
    let nowhere = Places::new("x.toml", Some("/nowhere/at/all".into()), None);
    assert!(defaults.clone().places(&nowhere).is_ok_and(|layers| layers.files().count() == 0));
    let error = defaults.file("/nowhere/at/all".as_ref()).expect_err("it is not there");
    assert_eq!(error.to_string(), "configuration \"/nowhere/at/all\" is not there");
}

proptest! {
    #[test]
    fn whatever_a_variable_says_is_a_value_or_an_error_that_names_it(text in "\\PC{0,40}") {
        let variables = [("D_SOCKET", text.as_str())];
        let layers = Machine::with("", "").layers(&variables, &[]).expect("layers");
        match layers.load::<Config>() {
            Ok(config) => prop_assert!(config.socket.is_some()),
            Err(error) => prop_assert!(error.to_string().starts_with("D_SOCKET"), "{}", error),
        }
    }
}
