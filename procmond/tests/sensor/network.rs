//! Connections of this machine.

use std::net::{TcpListener, TcpStream};

use daemoneye_bus::event::{Event, Field};

use crate::harness::{Sensor, kind, pid_of};

fn ports(event: &Event) -> (Option<i64>, Option<i64>) {
    (event.integer(Field::LocalPort), event.integer(Field::RemotePort))
}

#[test]
fn an_open_port_and_both_ends_of_a_connection_are_told_with_their_process() {
    let sensor = Sensor::start();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    let stream = TcpStream::connect(listener.local_addr().expect("an address")).expect("connects");
    let (accepted, near) = listener.accept().expect("somebody connects");
    let (near, far) =
        (i64::from(near.port()), i64::from(accepted.local_addr().expect("one").port()));
    let mut wanted = vec![
        ("listen", (Some(far), None)),
        ("connect", (Some(near), Some(far))),
        ("accept", (Some(far), Some(near))),
    ];
    while !wanted.is_empty() {
        let event = sensor.until(|event| wanted.contains(&(kind(event), ports(event))));
        wanted.retain(|wanted| *wanted != (kind(&event), ports(&event)));
        assert_eq!(pid_of(&event), std::process::id(), "{event:?}");
        assert_eq!(event.text(Field::LocalAddress), Some("127.0.0.1"), "{event:?}");
        assert_eq!(event.text(Field::Protocol), Some("tcp"), "{event:?}");
        let own = std::env::current_exe().expect("one");
        assert_eq!(event.text(Field::ExecutablePath), own.to_str(), "{event:?}");
    }
    drop((stream, accepted, listener));
    sensor.end();
}

#[test]
fn connections_are_not_looked_at_if_somebody_says_so() {
    let sensor = Sensor::start_with(&["--no-network"]);
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
    // Two sweeps find two things that happen one after the other.
    for _ in 0..2 {
        let mut child = std::process::Command::new("sleep").arg("600").spawn().expect("sleep");
        sensor.about("start", child.id());
        child.kill().expect("it lives");
        child.wait().expect("it ends");
        sensor.about("stop", child.id());
    }
    drop(listener);
    let (events, _) = sensor.rest();
    assert!(events.iter().all(|event| !matches!(kind(event), "listen" | "connect" | "accept")));
}
