//! Somebody deletes the socket.

use std::fs;

use daemoneye_tests::{Agent, Home, Impostor};
use rustix::process::{Pid, Signal, kill_process};

use super::{assert_whole, collector, settle};

const RULE: &str = "kernel-thread-name";

#[test]
fn a_deleted_socket_is_made_again_and_nobody_who_was_connected_notices() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let sensor = agent.sensor();
    let restarts = |agent: &mut Agent| {
        let status = agent.wait_until("an answer", |status| status["state"] == "SteadyState");
        collector(&status, "procmond")["restarts"].clone()
    };
    for _ in 0..3 {
        fs::remove_file(home.socket()).expect("the socket");
        let impostor = Impostor::start();
        // Asked over the new one: there is no other way in.
        agent.wait_for_alert("through the gap", impostor.is_in(RULE));
        assert_eq!((agent.sensor(), restarts(&mut agent)), (sensor, 0.into()));
    }
    settle(agent);
    assert_whole(&home, &home.path("data/procmond"), &home.path("data/store.redb"));
}

/// The sensor has lost its connection, and the file by which it would find the agent again.
#[test]
fn a_sensor_that_comes_while_there_is_no_socket_finds_the_one_that_is_made() {
    let home = Home::new();
    let mut agent = Agent::start(&home);
    let killed = agent.sensor();
    fs::remove_file(home.socket()).expect("the socket");
    let pid = i32::try_from(killed).ok().and_then(Pid::from_raw).expect("a pid");
    kill_process(pid, Signal::KILL).expect("our own sensor");
    let impostor = Impostor::start();
    agent.wait_until("another sensor", |status| {
        let collector = collector(status, "procmond");
        collector["alive"] == true && collector["registration"]["pid"].as_i64() != Some(killed)
    });
    agent.wait_for_alert("after the gap", impostor.is_in(RULE));
    settle(agent);
    assert_whole(&home, &home.path("data/procmond"), &home.path("data/store.redb"));
}
