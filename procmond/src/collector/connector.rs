//! Each fork, exec, exit and change, told by the kernel: the proc connector, over netlink.

mod losses;
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

use super::process::{ProcessReader, pids};
use super::{Collector, Health};
use crate::observation::Snapshot;
use losses::Losses;
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

/// An open connector, and what reads the processes that it tells of.
pub struct Connector {
    socket: OwnedFd,
    reader: ProcessReader,
    losses: Losses,
    overruns: u64,
}

/// What comes out of a connector.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Told {
    /// Something happened.
    Event(ProcessEvent),
    /// The kernel threw events away because we were slow; how many, [`Connector::take_lost`] says.
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
    pub fn open(reader: ProcessReader) -> Result<Self, OpenError> {
        let (losses, overruns) = (Losses::default(), 0);
        let mut connector = Connector { socket: socket()?, reader, losses, overruns };
        let number = std::process::id();
        send(&connector.socket, &message::listen(number), SendFlags::empty())
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
    pub fn wait(&mut self) -> io::Result<Told> {
        Ok(match self.receive()? {
            Ok(Message::Event(event)) => Told::Event(event),
            Ok(Message::Answer { .. } | Message::Other) => Told::Nothing,
            Err(Silence::Overrun) => {
                self.losses.overran();
                self.overruns += 1;
                Told::Overrun
            }
            Err(Silence::Unread(error)) => Told::Unread(error),
            Err(Silence::Nothing) => {
                self.losses.paused();
                Told::Nothing
            }
        })
    }

    /// How many events more the kernel threw away than when this was asked last.
    pub fn take_lost(&mut self) -> u64 {
        self.losses.take()
    }

    /// What reads processes.
    pub fn reader(&self) -> &ProcessReader {
        &self.reader
    }

    /// One message. There is nothing to gain from taking many at a time: each has to be followed up
    /// before its process is gone.
    fn receive(&mut self) -> io::Result<Result<Message, Silence>> {
        let mut buffer = [0; MESSAGE_BYTES];
        match recvfrom(&self.socket, &mut buffer, RecvFlags::empty()) {
            Ok((length, _, sender)) => {
                let kernel = sender.and_then(|sender| SocketAddrNetlink::try_from(sender).ok());
                if kernel.is_none_or(|sender| sender.pid() != 0) {
                    return Ok(Err(Silence::Nothing));
                }
                if let Some(place) = message::place(&buffer[..length]) {
                    self.losses.came(place);
                }
                Ok(message::parse(&buffer[..length]).map_err(Silence::Unread))
            }
            Err(Errno::NOBUFS) => Ok(Err(Silence::Overrun)),
            Err(Errno::AGAIN | Errno::INTR) => Ok(Err(Silence::Nothing)),
            Err(error) => Err(error.into()),
        }
    }
}

impl Collector for Connector {
    type Seen = Snapshot;

    fn name(&self) -> &'static str {
        "proc connector"
    }

    fn capabilities(&self) -> &'static [&'static str] {
        &["proc connector"]
    }

    /// What it would have told of, had it been there from the start.
    fn collect_all(&mut self) -> io::Result<Vec<Snapshot>> {
        Ok(pids()?.into_iter().filter_map(|pid| self.reader.read(pid)).collect())
    }

    fn collect_one(&mut self, pid: u32) -> io::Result<Vec<Snapshot>> {
        Ok(self.reader.read(pid).into_iter().collect())
    }

    fn health(&self) -> Health {
        match self.overruns {
            0 => Health::Good,
            overruns => Health::Degraded(format!("proc connector: {overruns} overruns")),
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
