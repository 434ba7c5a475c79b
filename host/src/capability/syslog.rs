//! One syslog server, at the address that the operator has granted.

mod socket;

use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use rustix::io::Errno;
use wasmtime::component::Linker;

use crate::plugin::sink_bindings::daemoneye::plugin::syslog as wit;
use crate::plugin::{Calls, State};
use socket::Socket;

/// For a server to take a connection or a message, as far as the delivery has so much time left.
const PATIENCE: Duration = Duration::from_secs(10);

/// The server's address, and how it is spoken to.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum SyslogGrant {
    /// A unix socket for datagrams, such as `/dev/log`.
    Unix(PathBuf),
    /// A unix socket for connections.
    UnixStream(PathBuf),
    /// `host:port`; 514 by RFC 5426.
    Udp(String),
    /// `host:port`; 601 by RFC 3195, mostly 514.
    Tcp(String),
}

/// What a grant of syslog is when it is opened.
pub(super) struct Line {
    grant: SyslogGrant,
    socket: Option<Socket>,
}

impl Line {
    /// Connects to nobody yet: a server that is away now may be there later.
    pub(super) fn open(grant: &SyslogGrant) -> Self {
        Line { grant: grant.clone(), socket: None }
    }

    fn transport(&self) -> wit::Transport {
        match self.grant {
            SyslogGrant::Unix(_) | SyslogGrant::Udp(_) => wit::Transport::Datagram,
            SyslogGrant::UnixStream(_) | SyslogGrant::Tcp(_) => wit::Transport::Stream,
        }
    }

    fn send(&mut self, bytes: &[u8], calls: &Calls) -> Result<(), wit::Error> {
        let unavailable =
            |error: std::io::Error| wit::Error::Unavailable(format!("{:?}: {error}", self.grant));
        let patience = || calls.patience(PATIENCE).ok_or_else(|| unavailable(too_late()));
        let open = self.socket.take().and_then(Socket::if_open);
        let mut socket = match open {
            Some(socket) => socket,
            None => Socket::connect(&self.grant, patience()?).map_err(unavailable)?,
        };
        match socket.send(bytes, patience()?) {
            Ok(()) => {
                self.socket = Some(socket);
                Ok(())
            }
            Err(error) if Errno::from_io_error(&error) == Some(Errno::MSGSIZE) => {
                self.socket = Some(socket);
                let size = bytes.len();
                Err(wit::Error::TooLarge(format!("{:?}: {size} bytes: {error}", self.grant)))
            }
            Err(error) => Err(unavailable(error)),
        }
    }
}

fn too_late() -> std::io::Error {
    std::io::Error::new(ErrorKind::TimedOut, "the time for this delivery is over")
}

pub(crate) fn link(linker: &mut Linker<State>) -> wasmtime::Result<()> {
    wit::add_to_linker::<State, wasmtime::component::HasSelf<State>>(linker, |state| state)
}

impl wit::Host for State {
    fn carried_by(&mut self) -> wasmtime::Result<wit::Transport> {
        self.calls.count()?;
        Ok(self.granted.syslog.as_ref().map_or(wit::Transport::Datagram, Line::transport))
    }

    fn send(&mut self, bytes: Vec<u8>) -> wasmtime::Result<Result<(), wit::Error>> {
        self.calls.count()?;
        let refused = || wit::Error::Unavailable("no server is granted".to_owned());
        let line = self.granted.syslog.as_mut().ok_or_else(refused);
        Ok(line.and_then(|line| line.send(&bytes, &self.calls)))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::os::unix::net::{UnixDatagram, UnixListener};

    use super::*;

    fn send(line: &mut Line, bytes: &[u8]) -> Result<(), wit::Error> {
        line.send(bytes, &Calls::default())
    }

    #[test]
    fn a_server_that_comes_late_gets_its_messages() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let mut line = Line::open(&SyslogGrant::Unix(path.clone()));
        let away = send(&mut line, b"one").expect_err("nobody is there");
        let wit::Error::Unavailable(said) = away else { panic!("{away:?}") };
        assert!(said.contains(path.to_str().expect("text")), "{said}");
        let server = UnixDatagram::bind(&path).expect("a server");
        send(&mut line, b"one").expect("somebody is there");
        let mut bytes = [0; 8];
        assert_eq!(server.recv(&mut bytes).expect("a message"), 3);
    }

    #[test]
    fn a_connection_that_the_server_closed_is_made_again_before_anything_is_written() {
        let folder = tempfile::tempdir().expect("a folder");
        let path = folder.path().join("log");
        let server = UnixListener::bind(&path).expect("a server");
        let mut line = Line::open(&SyslogGrant::UnixStream(path));
        send(&mut line, b"one").expect("a server");
        drop(server.accept().expect("the first connection"));
        send(&mut line, b"two").expect("a server");
        send(&mut line, b"three").expect("a server");
        drop(line);
        let (mut second, _) = server.accept().expect("the second connection");
        let mut text = String::new();
        second.read_to_string(&mut text).expect("text");
        assert_eq!(text, "twothree");
    }

    #[test]
    fn a_datagram_that_is_too_large_is_told_from_a_server_that_is_away() {
        let server = std::net::UdpSocket::bind("127.0.0.1:0").expect("a server");
        let address = server.local_addr().expect("bound").to_string();
        let mut line = Line::open(&SyslogGrant::Udp(address));
        assert!(matches!(send(&mut line, &[b'x'; 65_508]), Err(wit::Error::TooLarge(_))));
        send(&mut line, &[b'x'; 60_000]).expect("room");
    }
}
