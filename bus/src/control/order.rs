//! What the agent may ask of a collector that runs, and what the collector answers.

use std::fmt;

use serde::{Deserialize, Serialize};

use crate::event::Batch;

/// The longest answer to an order, bytes as on the bus.
pub const MAX_ANSWER_BYTES: u32 = 8 << 20;
/// The longest name of an act, bytes.
pub const MAX_ACT_NAME: usize = 32;
/// The longest detail of an act, bytes.
pub const MAX_ACT_DETAIL: usize = 1_024;

/// Call to a collector at its own topic: only the agent may.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Asked {
    /// Comes back in the answer. Unique within a run of the agent.
    pub correlation: u64,
    /// On whose behalf, such as `cli:17` or `agent`.
    pub by: String,
    /// After so many milliseconds nobody waits for the answer any more.
    pub limit_ms: u32,
    /// The answer may have so many bytes.
    pub max_bytes: u32,
    /// What.
    pub order: Order,
}

/// What a collector may be asked to do.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Order {
    /// What can it do, and what is its configuration? Answered by [`Outcome::Abilities`].
    Capabilities,
    /// Change these settings and no others, all of them or none. Answered by [`Outcome::Settings`].
    Configure(Vec<Setting>),
    /// Look each so many milliseconds. Answered by [`Outcome::Settings`].
    AdjustInterval {
        /// Milliseconds between two looks.
        milliseconds: u64,
    },
    /// Look and report no more until [`Order::Resume`]. Answered by [`Outcome::Settings`].
    Pause,
    /// Look again, at everything, and report. Answered by [`Outcome::Settings`].
    Resume,
    /// Look something up now. Answered by [`Outcome::Processes`] or [`Outcome::Hash`].
    Execute(Task),
    /// End. Answered by [`Outcome::Done`].
    Shutdown {
        /// At once, leaving on disk what the agent has not acknowledged; else that is sent first.
        forced: bool,
    },
    /// Write an act of the agent into the ledger. Answered by [`Outcome::Done`] when it is there.
    Record(AgentAct),
}

/// What a collector may be asked to look up.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Task {
    /// Every process.
    Enumerate,
    /// One process.
    Process {
        /// Its number.
        pid: u32,
    },
    /// A process and all that descend from it.
    Tree {
        /// Its number.
        pid: u32,
    },
    /// The hash of the program that a process runs.
    HashOf {
        /// Its number.
        pid: u32,
    },
    /// The hash of a file.
    HashFile {
        /// Its absolute path.
        path: String,
    },
}

impl Task {
    /// The words for the tasks, in the order of their definition.
    pub const NAMES: [&str; 5] = ["enumerate", "process", "tree", "hash", "hash-file"];

    /// The word for it.
    pub fn name(&self) -> &'static str {
        Task::NAMES[match self {
            Task::Enumerate => 0,
            Task::Process { .. } => 1,
            Task::Tree { .. } => 2,
            Task::HashOf { .. } => 3,
            Task::HashFile { .. } => 4,
        }]
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Task::Enumerate => f.write_str(self.name()),
            Task::Process { pid } | Task::Tree { pid } | Task::HashOf { pid } => {
                write!(f, "{} pid={pid}", self.name())
            }
            Task::HashFile { path } => write!(f, "{} path={path:?}", self.name()),
        }
    }
}

/// One setting of a collector.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Setting {
    /// Which.
    pub key: String,
    /// As text, whatever it is.
    pub value: String,
}

/// Something that the agent has done and that the ledger is to tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentAct {
    /// 1 to [`MAX_ACT_NAME`] of `[a-z-]`, such as `pack-activated`.
    pub name: String,
    /// `key=value` with spaces between, at most [`MAX_ACT_DETAIL`] bytes.
    pub detail: String,
}

impl AgentAct {
    /// Whether a ledger takes it.
    ///
    /// # Errors
    /// [`Denial::BadAct`].
    pub fn check(&self) -> Result<(), Denial> {
        let is_name = |b: u8| b.is_ascii_lowercase() || b == b'-';
        let named = (1..=MAX_ACT_NAME).contains(&self.name.len()) && self.name.bytes().all(is_name);
        let bad = |expected| Denial::BadAct { name: self.name.clone(), expected };
        if !named {
            return Err(bad(format!("a name of 1 to {MAX_ACT_NAME} of [a-z-]")));
        }
        if self.detail.len() > MAX_ACT_DETAIL {
            return Err(bad(format!("a detail of at most {MAX_ACT_DETAIL} bytes")));
        }
        Ok(())
    }
}

/// The answer to [`Asked`].
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Answered {
    /// That of the question.
    pub correlation: u64,
    /// Who answers.
    pub collector: String,
    /// What came of it.
    pub result: Result<Outcome, Denial>,
}

/// What came of an order.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Outcome {
    /// What it can do.
    Abilities(Abilities),
    /// The configuration in force.
    Settings(Vec<Setting>),
    /// Processes, as events of the kind `snapshot`.
    Processes(Vec<Batch>),
    /// A hash.
    Hash(FileHash),
    /// It is done, or begins.
    Done,
    /// So many processes were found: stands for them where the answer is told to everybody.
    Counted(u64),
}

/// What a collector can do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Abilities {
    /// What it sees and how, as in its registration.
    pub capabilities: Vec<String>,
    /// Names of the tasks that it executes.
    pub tasks: Vec<String>,
    /// Its settings.
    pub settings: Vec<Setting>,
}

/// The hash of a file.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileHash {
    /// Which, as the collector has found it.
    pub path: String,
    /// How many bytes were read.
    pub bytes: u64,
    /// SHA-256 of them, lower-case hexadecimal.
    pub sha256: String,
}

/// Why an order was not followed. What is refused has changed nothing.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[non_exhaustive]
pub enum Denial {
    /// There is no such setting.
    #[error("no setting {key:?}; there are {known}")]
    UnknownSetting {
        /// What was named.
        key: String,
        /// Those that there are.
        known: String,
    },
    /// A setting cannot have this value.
    #[error("setting {key} = {value:?}, not {expected}")]
    BadSetting {
        /// Which.
        key: String,
        /// What was said.
        value: String,
        /// What may be said.
        expected: String,
    },
    /// A setting was named twice.
    #[error("setting {key} is named twice")]
    TwiceNamed {
        /// Which.
        key: String,
    },
    /// There is no such process.
    #[error("no process {pid}")]
    NoProcess {
        /// What was named.
        pid: u32,
    },
    /// A file cannot be hashed.
    #[error("file {path:?}: {cause}")]
    NoFile {
        /// Which.
        path: String,
        /// Why.
        cause: String,
    },
    /// The answer would be too long.
    #[error("an answer of {bytes} bytes, more than {limit}")]
    TooLarge {
        /// How long it would be.
        bytes: u64,
        /// How long it may be.
        limit: u64,
    },
    /// The time was over before it was done.
    #[error("not done within {limit_ms} ms")]
    TooLate {
        /// The time there was, milliseconds.
        limit_ms: u32,
    },
    /// Too much waits already.
    #[error("{waiting} tasks wait already")]
    Busy {
        /// How many.
        waiting: u32,
    },
    /// The collector cannot do this at all.
    #[error("the collector cannot {what}")]
    Unable {
        /// What.
        what: String,
    },
    /// No ledger takes such an act.
    #[error("act {name:?}, not {expected}")]
    BadAct {
        /// Its name.
        name: String,
        /// What an act needs.
        expected: String,
    },
    /// The ledger does not take the act that would tell of it.
    #[error("the ledger takes no more acts: {cause}")]
    Unrecorded {
        /// Why.
        cause: String,
    },
    /// It is not stopped, so that it cannot be started. The agent's answer.
    #[error("collector {id} was not stopped")]
    NotStopped {
        /// Which.
        id: String,
    },
    /// Somebody else starts it. The agent's answer.
    #[error("collector {id} is not started by the agent")]
    NotOurs {
        /// Which.
        id: String,
    },
    /// There is no such collector. The agent's answer.
    #[error("no collector {id:?}; there are {known}")]
    UnknownCollector {
        /// What was named.
        id: String,
        /// Those that there are.
        known: String,
    },
    /// No collector that runs has the capability. The agent's answer.
    #[error("no collector that runs has the capability {capability:?}")]
    NobodyCan {
        /// Which.
        capability: String,
    },
    /// The collector is not there, or does not answer as it should. The agent's answer.
    #[error("collector {id}: {cause}")]
    NoAnswer {
        /// Which.
        id: String,
        /// Why.
        cause: String,
    },
}
