//! A connection to a syslog server. Nothing here waits longer than it is told.

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};

use super::SyslogGrant;

/// What a server says is of no interest; so many bytes of it are read at once to find its end.
const CHATTER: usize = 512;

/// Connected.
pub(super) enum Socket {
    UnixDatagram(UnixDatagram),
    UnixStream(UnixStream),
    Udp(UdpSocket),
    Tcp(TcpStream),
}

impl Socket {
    pub(super) fn connect(grant: &SyslogGrant, patience: Duration) -> io::Result<Self> {
        match grant {
            SyslogGrant::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                Ok(Socket::UnixDatagram(socket))
            }
            SyslogGrant::UnixStream(path) => unix_stream(path).map(Socket::UnixStream),
            SyslogGrant::Udp(server) => udp(server, patience).map(Socket::Udp),
            SyslogGrant::Tcp(server) => tcp(server, patience).map(Socket::Tcp),
        }
    }

    /// Itself, unless the server has closed the connection: what is written to a closed one is lost
    /// without an error.
    pub(super) fn if_open(mut self) -> Option<Self> {
        let is_open = match &mut self {
            Socket::UnixDatagram(_) | Socket::Udp(_) => true,
            Socket::UnixStream(stream) => {
                stream.set_nonblocking(true).is_ok()
                    && is_silent(stream)
                    && stream.set_nonblocking(false).is_ok()
            }
            Socket::Tcp(stream) => {
                stream.set_nonblocking(true).is_ok()
                    && is_silent(stream)
                    && stream.set_nonblocking(false).is_ok()
            }
        };
        is_open.then_some(self)
    }

    /// Hands all bytes over. After an error a connection may have carried a part of them.
    pub(super) fn send(&mut self, bytes: &[u8], patience: Duration) -> io::Result<()> {
        self.wait_at_most(patience)?;
        match self {
            Socket::UnixDatagram(socket) => socket.send(bytes).map(drop),
            Socket::Udp(socket) => socket.send(bytes).map(drop),
            Socket::UnixStream(stream) => stream.write_all(bytes),
            Socket::Tcp(stream) => stream.write_all(bytes),
        }
    }

    fn wait_at_most(&self, patience: Duration) -> io::Result<()> {
        match self {
            Socket::UnixDatagram(socket) => socket.set_write_timeout(Some(patience)),
            Socket::Udp(socket) => socket.set_write_timeout(Some(patience)),
            Socket::UnixStream(stream) => stream.set_write_timeout(Some(patience)),
            Socket::Tcp(stream) => stream.set_write_timeout(Some(patience)),
        }
    }
}

fn is_silent(stream: &mut impl Read) -> bool {
    match stream.read(&mut [0; CHATTER]) {
        Ok(0) => false,
        Ok(_) => true,
        Err(error) => error.kind() == ErrorKind::WouldBlock,
    }
}

/// Without waiting for a server that does not take its connections.
fn unix_stream(path: &Path) -> io::Result<UnixStream> {
    let socket = rustix::net::socket(AddressFamily::UNIX, SocketType::STREAM, None)?;
    rustix::io::fcntl_setfd(&socket, rustix::io::FdFlags::CLOEXEC)?;
    rustix::io::ioctl_fionbio(&socket, true)?;
    rustix::net::connect(&socket, &SocketAddrUnix::new(path)?)?;
    let stream = UnixStream::from(socket);
    stream.set_nonblocking(false)?;
    Ok(stream)
}

fn udp(server: &str, patience: Duration) -> io::Result<UdpSocket> {
    let address = addresses(server, patience)?.into_iter().next().ok_or(ErrorKind::NotFound)?;
    let any = if address.is_ipv4() {
        SocketAddr::from(([0; 4], 0))
    } else {
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    Ok(socket)
}

/// The first of the server's addresses that answers; all of them share the time.
fn tcp(server: &str, patience: Duration) -> io::Result<TcpStream> {
    let until = Instant::now() + patience;
    let mut last = io::Error::from(ErrorKind::NotFound);
    for address in addresses(server, patience)? {
        let left = until.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Err(ErrorKind::TimedOut.into());
        }
        match TcpStream::connect_timeout(&address, left) {
            Ok(stream) => {
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

/// The operating system's resolver knows no time, so it is asked in a thread that may be left behind.
fn addresses(server: &str, patience: Duration) -> io::Result<Vec<SocketAddr>> {
    if let Ok(address) = server.parse() {
        return Ok(vec![address]);
    }
    let (answer, answered) = mpsc::sync_channel(1);
    let server = server.to_owned();
    let resolve = move || {
        let found = server.to_socket_addrs().map(Vec::from_iter);
        let _asker_is_gone = answer.send(found);
    };
    std::thread::Builder::new().name("resolve".to_owned()).spawn(resolve)?;
    answered.recv_timeout(patience).map_err(|_| io::Error::from(ErrorKind::TimedOut))?
}
