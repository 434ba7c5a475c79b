//! What a collector saw.

use std::net::SocketAddr;

use daemoneye_bus::event::Field;

/// Why a field is missing that should be there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reason {
    /// The process had ended before the field could be read.
    Gone,
    /// The sensor may not read it.
    Denied,
    /// This collector cannot tell.
    Unsupported,
    /// A later event of the process may have it.
    Pending,
    /// The process has none: a kernel thread has no program.
    None,
}

impl Reason {
    /// The word in the field `absent`.
    pub fn name(self) -> &'static str {
        match self {
            Reason::Gone => "gone",
            Reason::Denied => "denied",
            Reason::Unsupported => "unsupported",
            Reason::Pending => "pending",
            Reason::None => "none",
        }
    }
}

/// Where the program's file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ExecutableState {
    /// Where the path says.
    OnDisk,
    /// The file was deleted; the process runs on.
    Deleted,
    /// The file was deleted, and another one has its path; the process runs on.
    Replaced,
    /// It never was a file: anonymous memory.
    Memfd,
}

impl ExecutableState {
    /// The value of the field `executable_state`.
    pub fn name(self) -> &'static str {
        match self {
            ExecutableState::OnDisk => "on_disk",
            ExecutableState::Deleted => "deleted",
            ExecutableState::Replaced => "replaced",
            ExecutableState::Memfd => "memfd",
        }
    }
}

/// The hash of a program.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Hash {
    /// SHA-256, lower-case hexadecimal.
    Known(String),
    /// Being computed; the next event of the process may have it.
    Pending,
    /// The file cannot be read.
    Unreadable,
    /// The file is over the limit.
    TooBig,
}

/// One process, as it was at one moment. What is missing is named in `absent`.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Snapshot {
    /// Process id.
    pub pid: u32,
    /// Process id of the parent.
    pub parent: Option<u32>,
    /// Microseconds from boot to the start, or [`Snapshot::UNREAD`] where that could not be read.
    pub start_time: u64,
    /// Short name.
    pub name: Option<String>,
    /// Absolute path of the program.
    pub executable: Option<String>,
    /// Where the program's file is.
    pub executable_state: Option<ExecutableState>,
    /// The arguments.
    pub arguments: Option<Vec<String>>,
    /// Working directory.
    pub cwd: Option<String>,
    /// Real user id.
    pub user_id: Option<u32>,
    /// Effective user id.
    pub effective_user_id: Option<u32>,
    /// Name of the real user.
    pub user_name: Option<String>,
    /// Real group id.
    pub group_id: Option<u32>,
    /// Session id.
    pub session: Option<u32>,
    /// Controlling terminal.
    pub tty: Option<String>,
    /// Id of the container.
    pub container: Option<String>,
    /// The program's hash.
    pub hash: Option<Hash>,
    /// Share of one processor.
    pub cpu: Option<f64>,
    /// Resident memory, bytes.
    pub memory: Option<u64>,
    /// Whether it is a thread of the kernel.
    pub is_kernel_thread: bool,
    /// Why fields are missing.
    pub absent: Vec<(Field, Reason)>,
}

impl Snapshot {
    /// The start time of a process that was gone before its start could be read.
    pub const UNREAD: u64 = 0;
}

/// What has changed about a process, as the kernel tells it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Change {
    /// Its short name.
    Name(String),
    /// Its user.
    User {
        /// Real user id.
        real: u32,
        /// Effective user id.
        effective: u32,
        /// Name of the real user.
        name: Option<String>,
    },
    /// Its real group.
    Group(u32),
    /// Its session, of which it is the leader now.
    Session,
}

/// A protocol of connections.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Protocol {
    /// TCP.
    Tcp,
    /// UDP.
    Udp,
}

impl Protocol {
    /// The value of the field `protocol`.
    pub fn name(self) -> &'static str {
        match self {
            Protocol::Tcp => "tcp",
            Protocol::Udp => "udp",
        }
    }
}

/// Who connected to whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// The process to somebody.
    Connect,
    /// Somebody to the process.
    Accept,
    /// Nobody yet: a port is open.
    Listen,
}

/// A connection, or an open port.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Connection {
    /// Whose it is, if that could be seen.
    pub pid: Option<u32>,
    /// Its protocol.
    pub protocol: Protocol,
    /// Who connected.
    pub way: Way,
    /// This end.
    pub local: SocketAddr,
    /// The other end, if there is one.
    pub remote: Option<SocketAddr>,
}

/// What a collector saw. Times are microseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq)]
pub enum Observation {
    /// A process was forked. It still runs its parent's program.
    Forked {
        /// Who forked.
        parent: u32,
        /// The new process.
        child: u32,
        /// When.
        time: i64,
        /// When, microseconds since boot: the start of the new process, if it is gone before it can
        /// be read.
        since_boot: u64,
    },
    /// A process runs another program now.
    Executed {
        /// Which.
        pid: u32,
        /// When.
        time: i64,
        /// The process; nothing if it was gone before anything could be read.
        snapshot: Option<Box<Snapshot>>,
    },
    /// A process is called otherwise, or acts for another user.
    Changed {
        /// Which.
        pid: u32,
        /// When.
        time: i64,
        /// What.
        change: Change,
    },
    /// A process has ended.
    Exited {
        /// Which.
        pid: u32,
        /// When.
        time: i64,
        /// As `wait` tells it: exit code in bits 8 to 15, signal in bits 0 to 6.
        status: u32,
    },
    /// All processes, at one moment.
    Swept {
        /// When.
        time: i64,
        /// Every process that could be read.
        snapshots: Vec<Snapshot>,
    },
    /// A connection, or an open port, that was not there before.
    Connected {
        /// When.
        time: i64,
        /// Which.
        connection: Connection,
    },
    /// The kernel has thrown events away. A sweep follows.
    Overrun {
        /// When.
        time: i64,
    },
}
