//! How the agent is, and what became of everything that went through it.

use serde::{Deserialize, Serialize};

use super::{Heartbeat, Measure, Registration};

/// The state of the agent.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum AgentState {
    /// Packs are verified, rules compiled, collectors started.
    Loading,
    /// All collectors have registered.
    Ready,
    /// Events are judged.
    SteadyState,
    /// Asked to end; what is in flight is finished.
    ShuttingDown,
    /// Could not start.
    StartupFailed {
        /// Why.
        reason: String,
    },
}

/// How the agent is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Status {
    /// The version of the agent's program.
    pub version: String,
    /// The state.
    pub state: AgentState,
    /// Process id.
    pub pid: u32,
    /// When it started, microseconds since the Unix epoch.
    pub started: i64,
    /// Where it keeps its data.
    pub data_dir: String,
    /// Its collectors.
    pub collectors: Vec<CollectorStatus>,
    /// What became of the events.
    pub events: EventCounts,
    /// What became of the alerts.
    pub alerts: AlertCounts,
    /// The sinks.
    pub sinks: Vec<SinkStatus>,
    /// The packs that are loaded.
    pub packs: Vec<PackStatus>,
    /// What became of the rules.
    pub rules: RuleCounts,
    /// How the sandbox of the rules is.
    pub sandbox: SandboxStatus,
    /// What the agent has done so that it can do no more than it needs to.
    pub confinement: Vec<Measure>,
    /// What does not work as it should, one sentence each; empty means that all is well.
    pub degraded: Vec<String>,
}

/// One collector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct CollectorStatus {
    /// What it said of itself.
    pub registration: Registration,
    /// Whether it is connected now.
    pub alive: bool,
    /// What the agent does about it.
    pub state: CollectorState,
    /// How often it was started again.
    pub restarts: u64,
    /// The last it said.
    pub heartbeat: Heartbeat,
}

/// Where a collector is on the ladder of recovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum CollectorState {
    /// It has registered and is heard of.
    #[default]
    Running,
    /// It has not been heard of for a while and is asked how it is.
    Probed,
    /// It has died, or was killed because it did not answer, and is started again after a pause.
    Restarting,
    /// It has died again and again. It is tried seldom, and somebody should look.
    GivenUp,
    /// An operator has stopped it; it is started again when an operator says so.
    Stopped,
    /// It has left. The agent does not start it.
    Gone,
}

impl CollectorState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            CollectorState::Running => "running",
            CollectorState::Probed => "probed",
            CollectorState::Restarting => "restarting",
            CollectorState::GivenUp => "given up",
            CollectorState::Stopped => "stopped",
            CollectorState::Gone => "gone",
        }
    }
}

/// What became of events. Identity: `received = stored + duplicates`, and every stored event is
/// offered to every rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct EventCounts {
    /// Came over the bus.
    pub received: u64,
    /// Came a second time and were dropped.
    pub duplicates: u64,
    /// Are committed.
    pub stored: u64,
    /// Went from the store because they were too old or too much; also of those that were stored
    /// before the agent started.
    pub pruned: u64,
    /// Were offered to the rules.
    pub judged: u64,
    /// Never came: gaps between batches and losses that collectors reported.
    pub lost: u64,
}

/// How the sandbox of the rules is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SandboxStatus {
    /// Fuel that a loop over text uses in a millisecond on this host, measured at the start. It is
    /// one mix of instructions: work that waits for memory takes longer.
    pub fuel_per_ms: u64,
    /// How often an instance had to be made again after a fault. What rules remember (windows,
    /// sequences, the table of processes) began anew with it.
    pub restarts: u64,
    /// Time of the first event that the last such instance saw, microseconds since the Unix epoch.
    pub state_lost: Option<i64>,
    /// What rules over several events could not remember.
    pub memory: MemoryCounts,
    /// What components of packs had no room for any more: entries of the namespaces that they are
    /// granted, and processes.
    #[serde(default)]
    pub evicted: u64,
    /// Events that the engine was not shown, because all its rules go by an event alone and it had
    /// judged others with the same values. They are judged like all others.
    #[serde(default)]
    pub known_again: u64,
}

/// What rules over several events could not remember within their bounds, since the agent started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct MemoryCounts {
    /// Events that came after the window of their group had passed them.
    pub late: u64,
    /// Groups with events that still counted, for which there was no more room.
    pub evicted_groups: u64,
    /// Events for which their group had no more room.
    pub evicted_rows: u64,
    /// Living processes for which there was no more room.
    pub evicted_processes: u64,
    /// Values of processes that were too long to be kept.
    pub oversized_values: u64,
    /// Groups that went with their rule, or because it was changed, in a change of rules.
    pub dropped_groups: u64,
}

/// What became of findings since the agent started. Identity while the store can be written:
/// `findings = alerts + repeats`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct AlertCounts {
    /// What the rules found, and what the agent found about its rules.
    pub findings: u64,
    /// Were recorded as alerts.
    pub alerts: u64,
    /// Were counted on an earlier alert about the same process.
    pub repeats: u64,
    /// Were recorded, but not delivered, because the rule was over its rate.
    pub limited: u64,
    /// Findings that an exception covered; each is one of the alerts or repeats as well.
    pub excepted: u64,
}

/// One sink, with all that it ever was owed. Identity: `owed = delivered + pending + dead +
/// dropped`.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SinkStatus {
    /// The name in the configuration.
    pub name: String,
    /// Whether it still is in the configuration. What it is owed stays until an operator drops it.
    pub configured: bool,
    /// Alerts that were recorded for it.
    pub owed: u64,
    /// Alerts that it took.
    pub delivered: u64,
    /// Alerts that wait.
    pub pending: u64,
    /// Alerts that it refused, or that failed too often: dead letters.
    pub dead: u64,
    /// Alerts that are gone undelivered: dropped by an operator, or dead letters over the limit.
    pub dropped: u64,
    /// How often an alert was offered in vain, since the agent started.
    pub retried: u64,
    /// Whether it is called.
    pub breaker: BreakerState,
    /// When the oldest alert that waits was made, microseconds since the Unix epoch.
    pub oldest: Option<i64>,
    /// Why it does not work now, if it does not.
    pub fault: Option<String>,
}

/// Whether a sink is called.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum BreakerState {
    /// It is.
    #[default]
    Closed,
    /// It is down and is left alone for a while.
    Open,
    /// A single alert is to show whether it is back.
    HalfOpen,
}

impl BreakerState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            BreakerState::Closed => "closed",
            BreakerState::Open => "open",
            BreakerState::HalfOpen => "half-open",
        }
    }
}

/// One pack.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackStatus {
    /// Its id.
    pub id: String,
    /// Its release.
    pub release: u64,
    /// Id of the key that signed it, or nothing if unsigned packs were allowed.
    pub signer: Option<String>,
    /// How many rules it has.
    pub rules: u64,
    /// When its own tests held here, microseconds since the Unix epoch; nothing where nobody has run
    /// them.
    pub tested: Option<i64>,
}

/// What became of the rules, those of packs and the operator's own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RuleCounts {
    /// See every event.
    pub active: u64,
    /// Cannot match on this host and see none.
    pub inert: u64,
    /// Were refused and see none.
    pub refused: u64,
    /// Were disabled by an operator and see none.
    pub disabled: u64,
}
