//! What the agent and its collectors, and operators and the agent, ask each other.

use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Severity};

/// The agent answers operators here.
pub const AGENT: &str = "control.agent";
/// Collectors register here.
pub const LIFECYCLE: &str = "control.collector.lifecycle";

/// Stands for the pack of rules that came in none: the operator's own. No pack can be called so.
pub const LOCAL: &str = "(local)";

/// Stands for the pack of alerts that the agent raises about itself. No pack can be called so.
pub const OF_AGENT: &str = "(agent)";

/// The topic at which a collector answers the agent.
pub fn collector_topic(id: &str) -> String {
    format!("control.collector.{id}")
}

/// The topic of a collector's heartbeats.
pub fn heartbeat_topic(id: &str) -> String {
    format!("control.health.heartbeat.{id}")
}

/// Between the agent and a collector.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum CollectorMessage {
    /// Call to [`LIFECYCLE`]: the collector is there and serves its topic.
    Register(Registration),
    /// Published on the heartbeat topic, and the answer to `Health`.
    Heartbeat(Heartbeat),
    /// Call to the collector: publish from now on.
    BeginMonitoring,
    /// Call to the collector: how are you?
    Health,
    /// Call to the collector: publish what you have and end.
    Shutdown,
    /// The answer where there is nothing to say.
    Accepted,
}

/// Who a collector is.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Registration {
    /// Such as `procmond`.
    pub id: String,
    /// The same as in the collector's batches.
    pub source: String,
    /// Process id.
    pub pid: u32,
    /// The version of the collector's program.
    pub version: String,
    /// What it sees and how, one short phrase each, such as `proc connector`.
    pub capabilities: Vec<String>,
    /// What it cannot do here and why, one sentence each.
    pub degraded: Vec<String>,
}

/// How a collector is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Heartbeat {
    /// Events seen since it started.
    pub seen: u64,
    /// Events whose batch the agent has acknowledged.
    pub acknowledged: u64,
    /// Events lost, as far as the collector knows (kernel overruns, full queues).
    pub lost: u64,
    /// Processes alive.
    pub processes: u64,
}

/// From an operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Request {
    /// How is the agent? Answered by [`Response::Status`].
    Status,
    /// Alerts, the newest last. Answered by [`Response::Alerts`].
    Alerts {
        /// Only with a number above this one, for following; 0 for all.
        after: u64,
        /// Only of this severity or worse.
        severity: Severity,
        /// At most so many, the newest.
        limit: u32,
    },
    /// Every rule, whatever its state. Answered by [`Response::Rules`].
    Rules,
    /// One rule, with all that is known about its faults. Answered by [`Response::Rule`].
    Rule {
        /// Its id.
        id: String,
    },
    /// Run a rule again that is in quarantine. Answered by [`Response::Released`].
    Release {
        /// Its id.
        id: String,
    },
    /// Rows of stored events. Answered by [`Response::Rows`].
    Query {
        /// One SELECT.
        sql: String,
        /// At most so many rows.
        limit: u32,
    },
    /// Alerts that are not offered to a sink any more. Answered by [`Response::DeadLetters`].
    DeadLetters {
        /// Only of this sink.
        sink: Option<String>,
        /// At most so many, the oldest alerts.
        limit: u32,
    },
    /// Offers dead letters again. Answered by [`Response::Settled`].
    Replay(Letters),
    /// Forgets dead letters, and what a sink is owed that is configured no more. Answered by
    /// [`Response::Settled`].
    Drop(Letters),
}

/// Which dead letters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Letters {
    /// Only of the alert with this id or number.
    pub alert: Option<String>,
    /// Only of this sink.
    pub sink: Option<String>,
}

/// To an operator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Response {
    /// Answer to [`Request::Status`].
    Status(Box<Status>),
    /// Answer to [`Request::Alerts`]: each with its number. JSON text, because an alert holds JSON,
    /// which postcard cannot.
    Alerts(Vec<(u64, AlertJson)>),
    /// Answer to [`Request::Rules`].
    Rules(Vec<RuleStatus>),
    /// Answer to [`Request::Rule`].
    Rule(Box<RuleDetail>),
    /// Answer to [`Request::Release`]: the rule as it is now.
    Released(Box<RuleStatus>),
    /// Answer to [`Request::Query`].
    Rows(Rows),
    /// Answer to [`Request::DeadLetters`].
    DeadLetters(Vec<DeadLetter>),
    /// Answer to [`Request::Replay`] and [`Request::Drop`]: of how many alerts, each sink for itself.
    Settled(u64),
    /// The request was understood and cannot be answered.
    Error(String),
}

/// An alert as JSON text.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertJson(String);

impl From<&Alert> for AlertJson {
    fn from(alert: &Alert) -> Self {
        AlertJson(serde_json::to_string(alert).expect("an alert has only text keys"))
    }
}

impl AlertJson {
    /// The alert.
    ///
    /// # Errors
    /// If the text is no alert: it came from a program of another version.
    pub fn alert(&self) -> Result<Alert, serde_json::Error> {
        serde_json::from_str(&self.0)
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

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
    /// How often it was started again.
    pub restarts: u64,
    /// The last it said.
    pub heartbeat: Heartbeat,
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

/// An alert that is not offered to a sink any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeadLetter {
    /// The sink.
    pub sink: String,
    /// The alert's number.
    pub number: u64,
    /// When it died, microseconds since the Unix epoch.
    pub died: i64,
    /// How often it was tried.
    pub tries: u32,
    /// Why it is not tried any more.
    pub why: String,
    /// The alert; nothing if it is damaged.
    pub alert: Option<AlertJson>,
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
}

/// Whether a rule sees events.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleState {
    /// It does.
    Active,
    /// It can never match on this host, since it needs what the sensor does not provide.
    Inert,
    /// It is no rule: its text does not compile, or another rule has its id.
    Refused,
    /// It failed again and again and is not run any more.
    Quarantined,
    /// It failed and sits out a few batches of events.
    Resting,
}

impl RuleState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            RuleState::Active => "active",
            RuleState::Inert => "inert",
            RuleState::Refused => "refused",
            RuleState::Quarantined => "quarantined",
            RuleState::Resting => "resting",
        }
    }
}

/// One rule. Identity: `offered = filtered + judged + over_budget + faulted + shed`, and of the
/// judged `matched` did and the others did not.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleStatus {
    /// Its id.
    pub id: String,
    /// Its title.
    pub title: String,
    /// The pack it came in; [`LOCAL`] for the operator's own.
    pub pack: String,
    /// Whether it sees events.
    pub state: RuleState,
    /// Why it sees none, one reason each; empty if it does.
    pub why: Vec<String>,
    /// How bad its findings are; medium where that is not known.
    pub severity: Severity,
    /// ATT&CK techniques.
    pub techniques: Vec<String>,
    /// Events offered.
    pub offered: u64,
    /// Events that the index ruled out.
    pub filtered: u64,
    /// Events judged one by one.
    pub judged: u64,
    /// Events whose budget ran out.
    pub over_budget: u64,
    /// Events on which the plugin failed.
    pub faulted: u64,
    /// Events that it was not shown because it rested or was in quarantine.
    pub shed: u64,
    /// Events that matched.
    pub matched: u64,
    /// Fuel spent on evaluating it.
    pub fuel: u64,
    /// The fuel as time on this host, microseconds, by [`SandboxStatus::fuel_per_ms`].
    pub fuel_us: Option<u64>,
}

/// One rule, with all that is known about its faults.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleDetail {
    /// As in the list of all rules.
    pub rule: RuleStatus,
    /// What went wrong last and has not gone well since.
    pub trouble: Option<RuleTrouble>,
    /// Time of the first event that its instance saw, microseconds since the Unix epoch, if a fault
    /// has ended an earlier one: what the rule remembers is from then on.
    pub state_lost: Option<i64>,
    /// The latest events that were not judged, the newest last. Kept in memory, some for each rule.
    pub unevaluated: Vec<Unevaluated>,
}

/// What is wrong with a rule.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleTrouble {
    /// Time of the first event that was not judged, microseconds since the Unix epoch.
    pub since: i64,
    /// The latest fault.
    pub fault: String,
}

/// An event that was not judged. It is in the store.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unevaluated {
    /// Its segment in the store.
    pub segment: u64,
    /// Its row in the segment.
    pub row: u32,
    /// Its number within its source.
    pub sequence: Option<i64>,
    /// When it happened, microseconds since the Unix epoch.
    pub time: Option<i64>,
    /// Why it was not judged.
    pub why: String,
}

/// A table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Rows {
    /// Labels.
    pub columns: Vec<String>,
    /// One value per column; nothing where there is none.
    pub rows: Vec<Vec<Option<Cell>>>,
    /// How many events were looked at.
    pub scanned: u64,
    /// Whether there are more rows than asked for.
    pub more: bool,
}

/// One value of a table.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub enum Cell {
    /// A whole number.
    Integer(i64),
    /// A fractional number.
    Float(f64),
    /// Text.
    Text(String),
}
