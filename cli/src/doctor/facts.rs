//! What was found on this host, as plain values.

use std::path::PathBuf;

use daemoneye_bus::control::Status;

/// Everything that checks decide by.
#[derive(Debug, Clone)]
pub(crate) struct Facts {
    /// The user who asks.
    pub(crate) uid: u32,
    /// The version of this program.
    pub(crate) version: String,
    /// The kernel.
    pub(crate) kernel: Kernel,
    /// Whether units for systemd are installed.
    pub(crate) units: bool,
    /// The agent's configuration, or why there is none.
    pub(crate) config: Result<Vec<PathBuf>, String>,
    /// This program's own, likewise.
    pub(crate) own_config: Result<Vec<PathBuf>, String>,
    /// Where the agent listens.
    pub(crate) socket: Place,
    /// The directory of the socket.
    pub(crate) socket_directory: Place,
    /// Where the agent keeps its data.
    pub(crate) data: Place,
    /// How much room there is in it.
    pub(crate) room: Option<Room>,
    /// Whom the agent believes.
    pub(crate) trust: Place,
    /// Public keys and roots in there, by file.
    pub(crate) keys: Vec<Place>,
    /// The clock.
    pub(crate) clock: Clock,
    /// What the agent says.
    pub(crate) agent: Answer,
}

/// What the kernel has.
#[derive(Debug, Clone)]
pub(crate) struct Kernel {
    /// Such as `6.8.0-45-generic`.
    pub(crate) release: String,
    /// Whether it told this user of processes, or why not.
    pub(crate) connector: Result<(), String>,
    /// The version of Landlock's interface, 0 for none.
    pub(crate) landlock: u32,
    /// Whether it filters system calls.
    pub(crate) seccomp: bool,
    /// Whether control groups are of the second version.
    pub(crate) cgroup2: bool,
}

/// A file or a directory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Place {
    /// Where.
    pub(crate) path: PathBuf,
    /// What is there, or why that cannot be told.
    pub(crate) found: Found,
}

/// What is at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Found {
    /// Nothing.
    Nothing,
    /// This user may not look.
    Hidden,
    /// Something.
    Something {
        /// Its owner.
        uid: u32,
        /// Its permission bits.
        mode: u32,
    },
}

/// Room on a file system, bytes.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Room {
    /// For users who are not root.
    pub(crate) free: u64,
    /// In all.
    pub(crate) total: u64,
}

/// What the clocks say, microseconds.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Clock {
    /// The wall clock, since the Unix epoch.
    pub(crate) now: i64,
    /// When this program was written to disk, by the wall clock of then.
    pub(crate) installed: Option<i64>,
    /// Whether something keeps it right, if that can be told.
    pub(crate) synchronised: Option<bool>,
    /// For how long the agent has run by the clock that nobody sets.
    pub(crate) agent_age: Option<i64>,
}

/// What the agent says.
#[derive(Debug, Clone)]
pub(crate) enum Answer {
    /// How it is.
    Status(Box<Status>),
    /// Nothing: it does not run.
    Stopped,
    /// Nothing yet: it is there and takes no questions.
    Starting,
    /// Nothing to this user.
    Denied(String),
    /// Nothing that makes sense.
    Other(String),
}
