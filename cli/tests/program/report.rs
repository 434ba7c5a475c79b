//! `daemoneye report`: the file that it writes.

use std::os::unix::fs::PermissionsExt;

use daemoneye_bus::control::{AgentState, AlertJson, Request, Response};
use tempfile::tempdir;

use crate::agent::Agent;
use crate::answers::status;
use crate::follow::alert;
use crate::program::run;

fn agent() -> Agent {
    let now = jiff::Timestamp::now().as_microsecond();
    Agent::that(move |request| match request {
        Request::Status => status(AgentState::SteadyState, &[]),
        Request::Rules => Response::Rules(Vec::new()),
        _ => {
            let recent = daemoneye_bus::alert::Alert { time: now, ..alert("a", "bash -i") };
            let old = alert("b", "long ago");
            Response::Alerts(vec![(1, AlertJson::from(&old)), (2, AlertJson::from(&recent))])
        }
    })
}

#[test]
fn the_report_is_a_page_for_its_owner_about_the_time_that_was_asked_for() {
    let (agent, directory) = (agent(), tempdir().expect("a directory"));
    let file = directory.path().join("report.html");
    let name = file.to_str().expect("a name");
    run(&agent.socket(), &["report", "--since", "7d", "-o", name]).with(0).says("1 alerts in");
    let page = std::fs::read_to_string(&file).expect("a page");
    assert!(page.contains("bash -i") && !page.contains("long ago"), "{page}");
    let mode = file.metadata().expect("it is there").permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
    let json = run(&agent.socket(), &["report", "-o", name, "--format", "json"]).with(0).json();
    assert_eq!(json["alerts"], 1);
    assert_eq!(json["bytes"], page.len());
}

#[test]
fn a_file_that_cannot_be_written_is_named() {
    let agent = agent();
    let ended = run(&agent.socket(), &["report", "-o", "/nowhere/report.html"]);
    ended.with(74).complains("/nowhere/report.html");
}
