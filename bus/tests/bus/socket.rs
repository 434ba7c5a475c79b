//! The socket's file: nobody else can touch it, and it goes when the broker goes.

use std::fs::{self, Permissions};
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::Path;
use std::time::Duration;

use daemoneye_bus::broker::{BindError, Broker};
use daemoneye_bus::message::Payload;

use crate::harness::{Bus, config, own_uid, soon};

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).expect("there").permissions().mode() & 0o7777
}

fn directory() -> tempfile::TempDir {
    tempfile::tempdir().expect("a temporary directory")
}

fn set_mode(path: &Path, mode: u32) {
    fs::set_permissions(path, Permissions::from_mode(mode)).expect("our own file");
}

#[tokio::test]
async fn directory_and_socket_are_for_their_owner_alone() {
    let bus = Bus::start();
    assert_eq!(mode(bus.socket().parent().expect("a directory")), 0o700);
    assert_eq!(mode(bus.socket()), 0o600);
}

#[tokio::test]
async fn the_socket_is_for_its_group_if_others_may_connect_and_root_is_no_other() {
    let with = |uid| Bus::with(move |config| config.allowed_uids.push(uid));
    assert_eq!(mode(with(0).socket()), 0o600);
    assert_eq!(mode(with(own_uid() + 1).socket()), 0o660);
}

#[tokio::test]
async fn nothing_is_left_behind() {
    let bus = Bus::start();
    let client = bus.client("peer").await;
    let directory = bus.end().await;
    assert_eq!(fs::read_dir(directory.path().join("run")).expect("there").count(), 0);
    assert_eq!(soon(client.closed()).await, None);
}

#[tokio::test]
async fn a_live_socket_is_not_taken_and_a_stale_one_is() {
    let directory = directory();
    let broker = Broker::bind(config(directory.path())).expect("a free socket");
    let socket = broker.socket().to_owned();
    match Broker::bind(config(directory.path())) {
        Err(BindError::InUse(path)) => assert_eq!(path, socket),
        other => panic!("not refused: {other:?}"),
    }
    drop(broker);
    drop(UnixListener::bind(&socket).expect("free"));
    assert!(socket.exists(), "a listener of the standard library leaves its file");
    Broker::bind(config(directory.path())).expect("a stale socket is replaced");
}

#[tokio::test(start_paused = true)]
async fn a_socket_that_was_deleted_is_made_again_and_one_of_somebody_else_is_not_taken() {
    let bus = Bus::start();
    let before = bus.client("before").await;
    fs::remove_file(bus.socket()).expect("there");
    while !bus.socket().exists() {
        tokio::time::advance(Duration::from_millis(100)).await;
    }
    assert_eq!(mode(bus.socket()), 0o600);
    bus.assert_alive().await;
    soon(before.publish("a.b", Payload::Empty)).await.expect("still connected");
    fs::remove_file(bus.socket()).expect("there");
    let stranger = UnixListener::bind(bus.socket()).expect("free");
    tokio::time::advance(Duration::from_secs(5)).await;
    tokio::task::yield_now().await;
    let directory = bus.end().await;
    assert!(directory.path().join("run/agent.sock").exists(), "not ours");
    drop(stranger);
}

#[tokio::test]
async fn a_file_that_is_no_socket_is_not_removed() {
    let directory = directory();
    let config = config(directory.path());
    fs::create_dir(directory.path().join("run")).expect("free");
    set_mode(&directory.path().join("run"), 0o700);
    fs::write(&config.socket, "precious").expect("written");
    assert!(matches!(Broker::bind(config.clone()), Err(BindError::NotASocket(_))));
    assert_eq!(fs::read_to_string(&config.socket).expect("there"), "precious");
}

#[tokio::test]
async fn the_socket_of_a_successor_is_not_removed() {
    let directory = directory();
    let first = Broker::bind(config(directory.path())).expect("a free socket");
    fs::remove_file(first.socket()).expect("there");
    let second = Broker::bind(config(directory.path())).expect("a free socket");
    drop(first);
    assert!(second.socket().exists());
}

#[tokio::test]
async fn a_directory_that_others_may_write_is_refused_and_its_neighbour_is_not() {
    for (bits, fine) in [(0o700, true), (0o755, true), (0o720, false), (0o702, false)] {
        let directory = directory();
        let run = directory.path().join("run");
        fs::create_dir(&run).expect("free");
        set_mode(&run, bits);
        match Broker::bind(config(directory.path())) {
            Ok(_) => assert!(fine, "{bits:o}"),
            Err(BindError::Writable { path, mode }) => {
                assert!(!fine && path == run && mode == bits, "{bits:o}");
            }
            Err(other) => panic!("{bits:o}: {other}"),
        }
    }
}

#[tokio::test]
async fn a_link_in_place_of_the_directory_is_refused() {
    let directory = directory();
    fs::create_dir(directory.path().join("elsewhere")).expect("free");
    symlink("elsewhere", directory.path().join("run")).expect("free");
    let refused = Broker::bind(config(directory.path()));
    assert!(matches!(refused, Err(BindError::NotADirectory(_))), "{refused:?}");
}

/// Only root can give a directory away.
#[tokio::test]
async fn the_directory_of_another_user_is_refused() {
    if own_uid() != 0 {
        return;
    }
    let directory = directory();
    let run = directory.path().join("run");
    fs::create_dir(&run).expect("free");
    std::os::unix::fs::chown(&run, Some(65534), None).expect("root may");
    let refused = Broker::bind(config(directory.path()));
    assert!(matches!(refused, Err(BindError::Owner { uid: 65534, .. })), "{refused:?}");
}
