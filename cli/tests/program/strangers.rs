//! Whoever answers is no agent of this version.

use std::io::{Read, Write};
use std::os::unix::net::UnixListener;
use std::path::PathBuf;
use std::thread::JoinHandle;

use daemoneye_bus::frame::encode;
use daemoneye_bus::message::ServerMessage;
use tempfile::TempDir;

use crate::program::run;

/// Answers the first that comes with these bytes, and closes.
struct Stranger {
    folder: TempDir,
    thread: Option<JoinHandle<()>>,
}

impl Stranger {
    fn that_says(bytes: Vec<u8>) -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        let listener = UnixListener::bind(folder.path().join("bus.sock")).expect("a socket");
        let thread = std::thread::spawn(move || {
            let (mut connection, _) = listener.accept().expect("somebody comes");
            let mut hello = [0; 1_024];
            let _hello = connection.read(&mut hello).expect("a hello");
            connection.write_all(&bytes).expect("the other side waits");
        });
        Stranger { folder, thread: Some(thread) }
    }

    fn socket(&self) -> PathBuf {
        self.folder.path().join("bus.sock")
    }
}

impl Drop for Stranger {
    fn drop(&mut self) {
        if let Some(thread) = self.thread.take() {
            thread.join().expect("it has answered");
        }
    }
}

fn frame(message: &ServerMessage) -> Vec<u8> {
    encode(message).expect("a small frame")
}

#[test]
fn an_agent_of_another_version_is_70_and_says_what_to_install() {
    let reason = "protocol 1, this broker speaks 9".to_owned();
    let said = [
        frame(&ServerMessage::Refused { reason }),
        frame(&ServerMessage::Welcome { protocol: 99 }),
    ];
    for bytes in said {
        let stranger = Stranger::that_says(bytes);
        let ended = run(&stranger.socket(), &["status"]);
        ended.with(70).complains("of another version").complains("from the same release");
    }
}

#[test]
fn whoever_speaks_another_language_is_no_agent() {
    let torn = frame(&ServerMessage::Welcome { protocol: 1 })[..5].to_vec();
    for bytes in [b"HTTP/1.1 400 Bad Request\r\n\r\n".to_vec(), vec![0xff; 64], torn, Vec::new()] {
        let stranger = Stranger::that_says(bytes);
        run(&stranger.socket(), &["status"]).with(69).complains("no agent at ");
    }
}

#[test]
fn what_a_stranger_says_is_harmless() {
    let reason = "protocol \x1b[2J\u{202e}".to_owned();
    let stranger = Stranger::that_says(frame(&ServerMessage::Refused { reason }));
    run(&stranger.socket(), &["status"]).with(70).complains("\\u{1b}[2J\\u{202e}");
}
