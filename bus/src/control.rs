//! What the agent and its collectors, and operators and the agent, ask each other.

mod handling;
mod hunt;
mod measure;
mod order;
mod packs;
mod rules;
mod status;
mod traffic;

use serde::{Deserialize, Serialize};

use crate::alert::{Alert, Severity};

pub use handling::{
    AboutRule, AlertDetail, Around, Delivered, ExceptionDetail, ExceptionStatus, Handled, Handling,
    ListedAlert, NearEvent, NewException, Relation, RuleWords, Scope, Signature, SinkFate, Tally,
    Which,
};
pub use hunt::{Hunt, HuntAnswer, HuntEnd, Trial, TrialReport};
pub use measure::Measure;
pub use order::{
    Abilities, AgentAct, Answered, Asked, Denial, FileHash, MAX_ACT_DETAIL, MAX_ACT_NAME,
    MAX_ANSWER_BYTES, Order, Outcome, Setting, Task,
};
pub use packs::{PackEntry, PackState, ShadowExample, ShadowRule, ShadowStatus};
pub use rules::{
    Fired, MAX_ENTITIES, RuleAccess, RuleDetail, RuleLiteral, RuleState, RuleStatus, RuleTrouble,
    Unevaluated,
};
pub use status::{
    AgentState, AlertCounts, BreakerState, CollectorState, CollectorStatus, EventCounts,
    MemoryCounts, PackStatus, RuleCounts, SandboxStatus, SinkStatus, Status,
};
pub use traffic::{ClientTraffic, TopicTraffic, Traffic};

/// The agent answers operators here.
pub const AGENT: &str = "control.agent";
/// Collectors register here.
pub const LIFECYCLE: &str = "control.collector.lifecycle";
/// The agent publishes here what came of each order to a collector.
pub const RPC_RESPONSE: &str = "control.rpc.response";

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

/// The topic at which the agent tells how a collector is, whenever that changes.
pub fn state_topic(id: &str) -> String {
    format!("events.collector.{id}")
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
    /// Published by the agent on the state topic, and kept for those who subscribe later.
    State(Box<CollectorStatus>),
    /// Call to the collector: follow an order.
    Ask(Box<Asked>),
    /// The answer to `Ask`, also published on [`RPC_RESPONSE`].
    Answer(Box<Answered>),
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
    /// What it has done so that it can do no more than it needs to.
    pub confinement: Vec<Measure>,
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
    /// Of the lost, those that were shed because too much waited for the agent.
    pub shed: u64,
    /// Batches on disk that wait for the agent's receipt.
    pub waiting: u64,
    /// Whether so much waits that the collector sees less.
    pub slow: bool,
    /// Whether events wait in memory because the collector's disk is full.
    pub stuck: bool,
    /// Whether it looks and reports no more until it is resumed.
    #[serde(default)]
    pub paused: bool,
    /// What the operating system told while it was paused, and what was therefore not reported.
    #[serde(default)]
    pub withheld: u64,
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
    /// What goes over the bus? Answered by [`Response::Traffic`].
    Traffic,
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
    /// Rows of stored events. Answered by [`Response::Hunt`] as soon as something can be said.
    Query(Box<Hunt>),
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
    /// Every pack, whatever its state. Answered by [`Response::Packs`].
    Packs,
    /// How releases in shadow differ from active ones. Answered by [`Response::Shadow`].
    Shadow,
    /// What more is there of an answer? Answered by [`Response::Hunt`]. A question for which nobody
    /// asks any more is given up.
    More {
        /// Which question.
        id: u64,
    },
    /// What would a rule have raised? Answered by [`Response::Trial`]; nothing is alerted.
    Try(Box<Trial>),
    /// Which folder do packs come from? Answered by [`Response::PackFolder`].
    PackFolder,
    /// Alerts and how far they are handled, the newest last. Answered by [`Response::Listed`].
    List(Which),
    /// All about one alert. Answered by [`Response::Alert`].
    Alert {
        /// Its number, its id or the beginning of its id.
        id: String,
    },
    /// Does something about alerts: about all of them or none. Answered by [`Response::Handled`].
    Handle(Handling),
    /// Adds an exception. Answered by [`Response::Exception`].
    Except(NewException),
    /// Every exception, also those that have expired. Answered by [`Response::Exceptions`].
    Exceptions,
    /// One exception, with the latest that it covered. Answered by [`Response::Exception`].
    Exception {
        /// Its number.
        number: u64,
    },
    /// Removes an exception. Answered by [`Response::Exception`]: as it was.
    Unexcept {
        /// Its number.
        number: u64,
        /// Who and why.
        signature: Signature,
    },
    /// Disables or enables a rule, also over restarts. Answered by [`Response::Switched`].
    Switch {
        /// Its id.
        rule: String,
        /// Whether it is to see events.
        on: bool,
        /// Who and why.
        signature: Signature,
    },
    /// An order to a collector, given by the agent. Answered by [`Response::Collector`].
    Collector {
        /// Its id, or `@` and a capability: then one of those that have it and run, in turn.
        to: String,
        /// What. Acts are the agent's own, and refused here.
        order: Order,
    },
    /// Start a collector again that was stopped. Answered by [`Response::Collector`].
    Start {
        /// Its id.
        id: String,
    },
    /// Goes back to the release of a pack that was in force before. Answered by
    /// [`Response::Packs`]: the pack as it is then.
    RollBack {
        /// The pack's id.
        pack: String,
        /// Whether the latest release is to be taken again instead.
        undo: bool,
        /// Who and why.
        signature: Signature,
    },
}

impl Request {
    /// Whether it changes nothing, so that nobody needs to finish it for an asker who is gone.
    pub fn only_reads(&self) -> bool {
        !matches!(
            self,
            Request::Release { .. }
                | Request::Replay(_)
                | Request::Drop(_)
                | Request::Handle(_)
                | Request::Except(_)
                | Request::Unexcept { .. }
                | Request::Switch { .. }
                | Request::Collector { .. }
                | Request::Start { .. }
                | Request::RollBack { .. }
        )
    }
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
    /// Answer to [`Request::Query`] and [`Request::More`].
    Hunt(Box<HuntAnswer>),
    /// Answer to [`Request::DeadLetters`].
    DeadLetters(Vec<DeadLetter>),
    /// Answer to [`Request::Replay`] and [`Request::Drop`]: of how many alerts, each sink for itself.
    Settled(u64),
    /// Answer to [`Request::Traffic`].
    Traffic(Box<Traffic>),
    /// The request was understood and cannot be answered.
    Error(String),
    /// Answer to [`Request::Packs`] and [`Request::RollBack`].
    Packs(Vec<PackEntry>),
    /// Answer to [`Request::Shadow`].
    Shadow(Vec<ShadowStatus>),
    /// Answer to [`Request::Try`].
    Trial(Box<TrialReport>),
    /// Answer to [`Request::PackFolder`]: its path.
    PackFolder(String),
    /// Answer to [`Request::List`].
    Listed(Vec<ListedAlert>),
    /// Answer to [`Request::Alert`].
    Alert(Box<AlertDetail>),
    /// Answer to [`Request::Handle`]: each alert as it is now.
    Handled(Vec<Handled>),
    /// Answer to [`Request::Exceptions`].
    Exceptions(Vec<ExceptionStatus>),
    /// Answer to [`Request::Except`], [`Request::Exception`] and [`Request::Unexcept`].
    Exception(Box<ExceptionDetail>),
    /// Answer to [`Request::Switch`]: the rule as it is now.
    Switched(Box<RuleStatus>),
    /// Answer to [`Request::Collector`]: who was asked, and what came of it.
    Collector(String, Box<Outcome>),
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
