//! Each fork, exec and exit, told by the kernel: the proc connector, over netlink.

mod message;

use std::io;
use std::os::fd::OwnedFd;
use std::time::{Duration, Instant};

use rustix::io::Errno;
use rustix::net::netlink::{CONNECTOR, SocketAddrNetlink};
use rustix::net::sockopt::{
    Timeout, set_socket_recv_buffer_size, set_socket_recv_buffer_size_force, set_socket_timeout,
};
use rustix::net::{
    AddressFamily, RecvFlags, SendFlags, SocketFlags, SocketType, bind, recvfrom, send, socket_with,
};

use message::Message;

pub use message::{Happening, MessageError, ProcessEvent};

/// Room for what the kernel tells while we read processes: about 40,000 events.
const BUFFER_BYTES: usize = 32 << 20;
/// One message is 76 bytes; the kernel sends one at a time.
const MESSAGE_BYTES: usize = 4096;
/// How often a quiet connector looks up whether it should end.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long the kernel may take to say that it will tell. It answers at once, or never: to whoever
/// lives in another namespace for processes or users than the machine itself.
const ANSWER: Duration = Duration::from_secs(1);

/// An open connector.
pub struct Connector(OwnedFd);

/// What comes out of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something happened.
    Event(ProcessEvent),
    /// The kernel threw events away because we were slow.
    Overrun,
    /// Bytes that mean nothing to us.
    Unread(MessageError),
    /// Nothing happened for a while, or nothing that concerns us.
    Nothing,
}

/// Why the kernel does not tell.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum OpenError {
    /// The operating system's word: older kernels want `CAP_NET_ADMIN`.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// It answers only in the namespaces in which the machine started.
    #[error("no answer from the kernel, as in a container")]
    NoAnswer,
}

impl Connector {
    /// Opens it, asks the kernel to tell, and waits until it says that it does.
    ///
    /// # Errors
    /// If the kernel does not.
    pub fn open() -> Result<Self, OpenError> {
        let connector = Connector(socket()?);
        let number = std::process::id();
        send(&connector.0, &message::listen(number), SendFlags::empty())
            .map_err(io::Error::from)?;
        let asked = Instant::now();
        while asked.elapsed() < ANSWER {
            match connector.receive()? {
                Ok(Message::Answer { of, error: 0 }) if of == number => {
                    return Ok(connector);
                }
                Ok(Message::Answer { of, error }) if of == number => {
                    let error = i32::try_from(error).unwrap_or(i32::MAX);
                    return Err(io::Error::from_raw_os_error(error).into());
                }
                _ => {}
            }
        }
        Err(OpenError::NoAnswer)
    }

    /// Waits for the next thing, at most a fifth of a second.
    ///
    /// # Errors
    /// If the connector is broken.
    pub fn next(&self) -> io::Result<Told> {
        Ok(match self.receive()? {
            Ok(Message::Event(event)) => Told::Event(event),
            Ok(Message::Answer { .. } | Message::Other) => Told::Nothing,
            Err(Silence::Overrun) => Told::Overrun,
            Err(Silence::Unread(error)) => Told::Unread(error),
            Err(Silence::Nothing) => Told::Nothing,
        })
    }

    /// One message. There is nothing to gain from taking many at a time: each has to be followed up
    /// before its process is gone.
    fn receive(&self) -> io::Result<Result<Message, Silence>> {
        let mut buffer = [0; MESSAGE_BYTES];
        match recvfrom(&self.0, &mut buffer, RecvFlags::empty()) {
            Ok((length, _, sender)) => {
                let kernel = sender.and_then(|sender| SocketAddrNetlink::try_from(sender).ok());
                if kernel.is_none_or(|sender| sender.pid() != 0) {
                    return Ok(Err(Silence::Nothing));
                }
                Ok(message::parse(&buffer[..length]).map_err(Silence::Unread))
            }
            Err(Errno::NOBUFS) => Ok(Err(Silence::Overrun)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(Err(Silence::Nothing)),
            Err(error) => Err(error.into()),
        }
    }
}

/// Why there is no message.
enum Silence {
    Overrun,
    Unread(MessageError),
    Nothing,
}

fn socket() -> io::Result<OwnedFd> {
    let (family, kind) = (AddressFamily::NETLINK, SocketType::DGRAM);
    let socket = socket_with(family, kind, SocketFlags::CLOEXEC, Some(CONNECTOR))?;
    bind(&socket, &SocketAddrNetlink::new(0, message::CN_IDX_PROC))?;
    // More than the administrator's limit takes a capability; the limit is better than nothing.
    if set_socket_recv_buffer_size_force(&socket, BUFFER_BYTES).is_err() {
        set_socket_recv_buffer_size(&socket, BUFFER_BYTES)?;
    }
    set_socket_timeout(&socket, Timeout::Recv, Some(PATIENCE))?;
    Ok(socket)
}
