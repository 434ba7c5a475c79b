//! What is installed fits the programs: flags that exist, a configuration that is one, units that
//! systemd understands.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use daemoneye_host::config::Config;
use daemoneye_tests::{program, workspace};

const UNITS: [&str; 2] = ["daemoneye-agent", "procmond"];
/// Of systemd's scale from 0 (safe) to 10, times ten: "OK" is below 50.
const EXPOSURE: &str = "--threshold=30";

fn unit(name: &str) -> String {
    let path = workspace().join(format!("packaging/systemd/{name}.service"));
    fs::read_to_string(path).expect("a unit")
}

/// The words of a unit's command line.
fn command(unit: &str) -> Vec<String> {
    let line = unit.lines().find_map(|line| line.strip_prefix("ExecStart="));
    line.expect("a command").split_whitespace().map(str::to_owned).collect()
}

fn help(name: &str, subcommands: &[String]) -> String {
    let output = Command::new(program(name)).args(subcommands).arg("--help").output();
    String::from_utf8(output.expect("starts").stdout).expect("text")
}

#[test]
fn units_name_programs_and_flags_that_exist() {
    for name in UNITS {
        let words = command(&unit(name));
        assert_eq!(words[0], format!("/usr/bin/{name}"));
        let first_flag = words.iter().position(|word| word.starts_with('-')).expect("flags");
        let help = help(name, &words[1..first_flag]);
        for flag in words.iter().filter(|word| word.starts_with('-')) {
            assert!(help.contains(&format!("{flag} <")), "{name}: no {flag} in\n{help}");
        }
    }
}

#[test]
fn the_configuration_is_one_and_meets_the_units() {
    let config = Config::load(&workspace().join("packaging/agent.toml")).expect("a configuration");
    let sensor = command(&unit("procmond"));
    assert!(sensor.contains(&config.socket().display().to_string()), "{sensor:?}");
    assert!(!config.procmond.starts(), "systemd starts it");
    for user in config.bus.users.iter().map(String::as_str).chain(["daemoneye"]) {
        assert!(UNITS.iter().any(|name| unit(name).contains(&format!("User={user}\n"))), "{user}");
        let users = fs::read_to_string(workspace().join("packaging/sysusers.d/daemoneye.conf"));
        assert!(users.expect("users").lines().any(|line| {
            let words: Vec<_> = line.split_whitespace().collect();
            words.starts_with(&["u", user])
        }));
    }
}

/// Debian 12 has a systemd whose `@system-service` is without them: without a line of their own the
/// agent would run, and not be confined.
#[test]
fn the_agents_unit_lets_it_confine_itself() {
    let unit = unit("daemoneye-agent");
    let allowed = unit.lines().filter_map(|line| line.strip_prefix("SystemCallFilter="));
    let allowed: Vec<_> = allowed.flat_map(str::split_whitespace).collect();
    for call in ["landlock_create_ruleset", "landlock_add_rule", "landlock_restrict_self"] {
        assert!(allowed.contains(&call), "{allowed:?}");
    }
}

#[test]
fn systemd_understands_the_units_and_finds_them_well_confined() {
    if Command::new("systemd-analyze").arg("--version").output().is_err() {
        return eprintln!("SKIPPED: no systemd-analyze");
    }
    let folder = tempfile::tempdir().expect("a folder");
    let copy = |name: &str| -> PathBuf {
        let path = folder.path().join(format!("{name}.service"));
        let built = program(name).display().to_string();
        let text = unit(name).replace(&format!("/usr/bin/{name} "), &format!("{built} "));
        fs::write(&path, text).expect("written");
        path
    };
    for unit in UNITS.map(copy) {
        for arguments in [&["verify"][..], &["security", "--offline=true", EXPOSURE]] {
            let output = Command::new("systemd-analyze").args(arguments).arg(&unit).output();
            let output = output.expect("starts");
            let said = [output.stdout, output.stderr]
                .map(|text| String::from_utf8_lossy(&text).into_owned());
            assert!(output.status.success(), "{}: {}", unit.display(), said.concat());
        }
    }
}
