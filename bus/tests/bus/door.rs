//! Who may enter, and how many.

use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use daemoneye_bus::client::{Client, ConnectError};
use daemoneye_bus::message::ServerMessage;

use crate::harness::{Bus, own_uid, soon};

/// A user that owns nothing: nobody.
const NOBODY: u32 = 65534;
/// Where the test that is started as another user finds the socket.
const PEER_SOCKET: &str = "DAEMONEYE_TEST_PEER_SOCKET";

#[tokio::test]
async fn a_user_who_is_listed_enters() {
    let bus = Bus::with(|config| config.allowed_uids = vec![NOBODY, own_uid()]);
    bus.client("peer").await;
}

#[tokio::test]
async fn a_user_who_is_not_listed_is_refused_by_uid() {
    let bus = Bus::with(|config| config.allowed_uids = vec![own_uid() + 1]);
    for refused in 1..=3 {
        match soon(Client::connect(bus.socket(), "peer")).await {
            Err(ConnectError::Refused(reason)) => {
                assert_eq!(reason, format!("uid {} is not allowed", own_uid()));
            }
            other => panic!("not refused: {other:?}"),
        }
        assert_eq!(bus.handle.counters().refused, refused);
    }
    assert!(bus.handle.clients().is_empty());
}

#[tokio::test]
async fn a_user_who_is_not_listed_is_refused_before_saying_anything() {
    let bus = Bus::with(|config| config.allowed_uids = vec![]);
    let mut peer = bus.raw().await;
    assert!(peer.refused().await.contains("uid"));
}

/// A process of another user, with the permissions of the files opened for it. Only root can start
/// one; for anybody else the tests above stand.
#[tokio::test(flavor = "multi_thread")]
async fn another_user_is_refused_even_where_the_files_are_open() {
    if own_uid() != 0 {
        return;
    }
    let bus = Bus::start();
    let run = bus.socket().parent().expect("a directory");
    for (path, mode) in [(bus.directory(), 0o755), (run, 0o755), (bus.socket(), 0o666)] {
        std::fs::set_permissions(path, Permissions::from_mode(mode)).expect("our own file");
    }
    let peer = bus.directory().join("peer");
    std::fs::copy(std::env::current_exe().expect("this test"), &peer).expect("copied");
    let mut command = Command::new(peer);
    command.args(["--exact", "door::peer_of_another_user"]).current_dir("/");
    command.env(PEER_SOCKET, bus.socket()).uid(NOBODY);
    let status = tokio::task::spawn_blocking(move || command.status());
    assert!(soon(status).await.expect("no panic").expect("started").success());
    assert_eq!(bus.handle.counters().refused, 1);
}

/// The other process of the test above; on its own it has nothing to do.
#[tokio::test]
async fn peer_of_another_user() {
    let Some(socket) = std::env::var_os(PEER_SOCKET) else { return };
    match soon(Client::connect(Path::new(&socket), "peer")).await {
        Err(ConnectError::Refused(reason)) => assert_eq!(reason, "uid 65534 is not allowed"),
        other => panic!("not refused: {other:?}"),
    }
}

#[tokio::test]
async fn as_many_clients_as_allowed_enter_and_no_more() {
    let bus = Bus::with(|config| config.max_clients = 2);
    let (_first, second) = (bus.client("first").await, bus.client("second").await);
    match soon(Client::connect(bus.socket(), "third")).await {
        Err(ConnectError::Refused(reason)) => assert_eq!(reason, "all 2 connections are taken"),
        other => panic!("not refused: {other:?}"),
    }
    drop(second);
    soon(enter(&bus, "third")).await;
}

/// Enters as soon as a connection is free.
async fn enter(bus: &Bus, name: &str) -> Client {
    loop {
        match Client::connect(bus.socket(), name).await {
            Ok(client) => return client,
            Err(ConnectError::Refused(reason)) if reason.contains("taken") => {
                tokio::task::yield_now().await;
            }
            Err(error) => panic!("{error}"),
        }
    }
}

#[tokio::test]
async fn five_hundred_comings_and_goings_leave_no_slot_taken() {
    let bus = Bus::with(|config| config.max_clients = 4);
    for round in 0..500 {
        match round % 3 {
            0 => drop(soon(enter(&bus, "guest")).await),
            1 => drop(bus.raw().await),
            _ => {
                let guest = soon(enter(&bus, "guest")).await;
                let _subscription = soon(guest.subscribe("#")).await;
                let _service = soon(guest.serve("a.service")).await;
            }
        }
    }
    let mut guests = Vec::new();
    for _ in 0..4 {
        guests.push(soon(enter(&bus, "guest")).await);
    }
    assert!(matches!(
        soon(Client::connect(bus.socket(), "fifth")).await,
        Err(ConnectError::Refused(_))
    ));
    assert_eq!(bus.handle.counters().connected, 4);
}

#[tokio::test]
async fn peers_that_never_say_hello_take_slots_but_not_for_ever() {
    tokio::time::pause();
    let bus = Bus::with(|config| config.max_clients = 1);
    let mut silent = bus.raw().await;
    let mut second = bus.raw().await;
    assert!(second.refused().await.contains("taken"));
    assert!(matches!(silent.hear().await, Some(ServerMessage::Refused { .. })));
    soon(enter(&bus, "late")).await;
}
