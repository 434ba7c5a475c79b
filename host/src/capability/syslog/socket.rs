//! A connection to a syslog server. Nothing here waits longer than [`PATIENCE`].

use std::io::{self, ErrorKind, Read, Write};
use std::net::{Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs, UdpSocket};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::path::Path;
use std::time::Duration;

use rustix::net::{AddressFamily, SocketAddrUnix, SocketType};

use super::SyslogGrant;

/// For a server to take a connection or a message.
const PATIENCE: Duration = Duration::from_secs(10);
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
    pub(super) fn connect(grant: &SyslogGrant) -> io::Result<Self> {
        match grant {
            SyslogGrant::Unix(path) => {
                let socket = UnixDatagram::unbound()?;
                socket.connect(path)?;
                socket.set_write_timeout(Some(PATIENCE))?;
                Ok(Socket::UnixDatagram(socket))
            }
            SyslogGrant::UnixStream(path) => unix_stream(path).map(Socket::UnixStream),
            SyslogGrant::Udp(server) => udp(server).map(Socket::Udp),
            SyslogGrant::Tcp(server) => tcp(server).map(Socket::Tcp),
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
    pub(super) fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        match self {
            Socket::UnixDatagram(socket) => socket.send(bytes).map(drop),
            Socket::Udp(socket) => socket.send(bytes).map(drop),
            Socket::UnixStream(stream) => stream.write_all(bytes),
            Socket::Tcp(stream) => stream.write_all(bytes),
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
    stream.set_write_timeout(Some(PATIENCE))?;
    Ok(stream)
}

fn udp(server: &str) -> io::Result<UdpSocket> {
    let address = addresses(server)?.next().ok_or(ErrorKind::NotFound)?;
    let any = if address.is_ipv4() {
        SocketAddr::from(([0; 4], 0))
    } else {
        SocketAddr::from((Ipv6Addr::UNSPECIFIED, 0))
    };
    let socket = UdpSocket::bind(any)?;
    socket.connect(address)?;
    socket.set_write_timeout(Some(PATIENCE))?;
    Ok(socket)
}

fn tcp(server: &str) -> io::Result<TcpStream> {
    let mut last = io::Error::from(ErrorKind::NotFound);
    for address in addresses(server)? {
        match TcpStream::connect_timeout(&address, PATIENCE) {
            Ok(stream) => {
                stream.set_write_timeout(Some(PATIENCE))?;
                stream.set_nodelay(true)?;
                return Ok(stream);
            }
            Err(error) => last = error,
        }
    }
    Err(last)
}

fn addresses(server: &str) -> io::Result<impl Iterator<Item = SocketAddr>> {
    server.to_socket_addrs()
}
