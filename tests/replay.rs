//! Recorded events through the real program.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::fs;
use std::process::{Command, Output};

use daemoneye_tests::{cache, plugins, program, workspace};
use serde_json::Value as Json;

/// Replays lines with the built-in pack: the output, and the findings.
fn replay(lines: &str, more: &[&str]) -> (Output, Vec<Json>) {
    let folder = tempfile::tempdir().expect("a folder");
    let (events, findings) = (folder.path().join("events"), folder.path().join("findings"));
    fs::write(&events, lines).expect("written");
    let mut command = Command::new(program("daemoneye-agent"));
    command.args(["--log-level", "error", "replay", "--allow-unsigned", "--pack"]);
    command.arg(workspace().join("plugins/packs/linux-essentials"));
    command.arg("--plugins").arg(plugins()).arg("--cache").arg(cache());
    command.arg("--events").arg(&events).arg("--findings").arg(&findings).args(more);
    let output = command.output().expect("the agent starts");
    let text = fs::read_to_string(&findings).unwrap_or_default();
    let findings = text.lines().map(|line| serde_json::from_str(line).expect("JSON")).collect();
    (output, findings)
}

const ATTACK: &str = r#"{"kind":"exec","name":"bash","executable_path":"/usr/bin/bash","command_line":"bash -c exec 3<>/dev/tcp/127.0.0.1/9"}"#;
const ORDINARY: &str =
    r#"{"kind":"exec","name":"ls","executable_path":"/usr/bin/ls","command_line":"ls -l"}"#;

#[test]
fn a_finding_names_the_rule_and_the_line() {
    let (output, findings) = replay(&format!("{ORDINARY}\n{ATTACK}\n"), &[]);
    assert!(output.status.success());
    let pairs: BTreeSet<_> =
        findings.iter().map(|f| (f["rule"].to_string(), f["line"].as_u64())).collect();
    assert!(pairs.contains(&("\"shell-dev-tcp\"".to_owned(), Some(1))), "{pairs:?}");
    assert!(pairs.iter().all(|(_, line)| *line == Some(1)), "{pairs:?}");
}

#[test]
fn malformed_lines_are_counted_named_and_passed_over() {
    let lines = format!("{ORDINARY}\nnot json\n\n{{\"pid\":\"x\"}}\n{ATTACK}\n{{\"torn\":");
    let (output, findings) = replay(&lines, &[]);
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    for named in ["line 1: no JSON", "line 3: field \"pid\"", "line 5: no JSON", "3 malformed"] {
        assert!(said.contains(named), "{said} does not say {named}");
    }
    assert!(findings.iter().all(|finding| finding["line"] == 4));
}

#[test]
fn sigma_names_are_understood() {
    let line = r#"{"product":"linux","Image":"/usr/bin/bash","CommandLine":"bash -c 'exec 3<>/dev/tcp/127.0.0.1/9'"}"#;
    let (_, findings) = replay(line, &["--schema", "sigma"]);
    assert!(findings.iter().any(|finding| finding["rule"] == "shell-dev-tcp"), "{findings:?}");
}

#[test]
fn the_same_file_has_the_same_findings_whatever_the_batches() {
    let mut lines = String::new();
    for number in 0..5000 {
        let line = if number % 97 == 0 { ATTACK } else { ORDINARY };
        writeln!(lines, "{line}").expect("a string takes everything");
    }
    let (_, findings) = replay(&lines, &[]);
    let found: BTreeSet<_> = findings
        .iter()
        .filter(|finding| finding["rule"] == "shell-dev-tcp")
        .filter_map(|finding| finding["line"].as_u64())
        .collect();
    let expected: BTreeSet<u64> = (0..5000).step_by(97).collect();
    assert_eq!(found, expected);
}
