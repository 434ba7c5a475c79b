//! No agent, the wrong agent, an agent that cannot: each with its code and a word of advice.

use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use daemoneye_bus::control::Response;

use crate::agent::Agent;
use crate::program::{daemoneye, run};

#[test]
fn without_an_agent_it_ends_with_69_and_says_how_to_start_one() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("bus.sock");
    let complaint = format!("daemoneye: no agent at {}", socket.display());
    for command in [&["status"][..], &["alerts"], &["alerts", "-f"], &["rules"], &["query", "x"]] {
        run(&socket, command).with(69).complains(&complaint).complains("daemoneye-agent run");
    }
}

#[test]
fn a_socket_that_nobody_serves_any_more_is_no_agent() {
    let directory = tempfile::tempdir().expect("a directory");
    let socket = directory.path().join("bus.sock");
    drop(UnixListener::bind(&socket).expect("a socket"));
    run(&socket, &["status"]).with(69).complains("nobody answers");
}

#[test]
fn the_option_wins_over_the_environment() {
    let directory = tempfile::tempdir().expect("a directory");
    let other = directory.path().join("other.sock");
    let arguments = ["--socket", other.to_str().expect("text"), "status"];
    run(&directory.path().join("bus.sock"), &arguments).with(69).complains("other.sock");
}

#[test]
fn an_agent_of_another_user_is_no_permission() {
    let agent = Agent::of_another_user();
    run(&agent.socket(), &["status"]).with(77).complains("uid").complains("as the user");
}

#[test]
fn a_socket_in_a_closed_directory_is_no_permission() {
    let agent = Agent::mute();
    let directory = agent.socket().parent().expect("a directory").to_owned();
    let close = |mode| std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(mode));
    close(0o000).expect("ours");
    let may_all_the_same = std::fs::read_dir(&directory).is_ok();
    let ended = run(&agent.socket(), &["status"]);
    close(0o700).expect("ours");
    if !may_all_the_same {
        ended.with(77).complains("no permission for");
    }
}

#[test]
fn an_agent_that_still_starts_is_69_and_a_kind_word() {
    let agent = Agent::mute();
    for command in [&["status"][..], &["alerts"], &["rules"], &["bus", "status"], &["packs"]] {
        let ended = run(&agent.socket(), command);
        ended.with(69).complains("takes no questions now").complains("try again in a moment");
    }
}

#[test]
fn an_agent_that_cannot_answer_is_70() {
    let agent = Agent::that(|_| Response::Error("unknown column \"x\x1b[2J\"".to_owned()));
    let complaint = "daemoneye: the agent answers: unknown column \"x\\u{1b}[2J\"";
    run(&agent.socket(), &["query", "SELECT x"]).with(70).complains(complaint);
}

#[test]
fn an_answer_to_another_question_is_another_version() {
    let agent = Agent::that(|_| Response::Rules(Vec::new()));
    run(&agent.socket(), &["status"]).with(70).complains("of another version");
}

#[test]
fn a_command_line_without_sense_is_2() {
    let nowhere = std::path::Path::new("/nowhere");
    run(nowhere, &["alerts", "--severity", "awful"]).with(2).complains("awful");
    run(nowhere, &[]).with(2).complains("Usage");
}

#[test]
fn an_answer_that_cannot_be_written_is_74() {
    let agent = Agent::that(|_| Response::Rules(Vec::new()));
    let full = std::fs::File::options().write(true).open("/dev/full").expect("Linux has it");
    let mut command = daemoneye(&agent.socket(), &["rules"]);
    assert_eq!(command.stdout(full).status().expect("it starts").code(), Some(74));
}
