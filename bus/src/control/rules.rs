//! How rules are.

use serde::{Deserialize, Serialize};

use super::RuleWords;
use crate::alert::Severity;

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
    /// An operator has switched it off.
    Disabled,
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
            RuleState::Disabled => "disabled",
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
    /// How it fired since the agent started.
    pub fired: Fired,
    /// When its own tests held last, microseconds since the Unix epoch; a rule without a pack has none.
    pub tested: Option<i64>,
    /// Exceptions from it that are in force.
    pub exceptions: u64,
    /// Fuel that 99 of 100 judged events have not exceeded, up to a quarter too high; nothing if none
    /// was judged. Events that are judged together count with their share.
    pub fuel_p99: Option<u64>,
}

/// How a rule fired.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Fired {
    /// When last, microseconds since the Unix epoch.
    pub last: Option<i64>,
    /// About how many processes; at most [`MAX_ENTITIES`], which stands for more as well.
    pub entities: u64,
}

/// So many processes of a rule's findings are told apart.
pub const MAX_ENTITIES: u64 = 1_000;

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
    /// What its author says of it.
    pub words: RuleWords,
    /// How its events are found; nothing for a rule that sees none.
    pub access: Option<RuleAccess>,
}

/// How the events that a rule has to look at are found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum RuleAccess {
    /// By literals: an event without any of them is never looked at.
    Literals(Vec<RuleLiteral>),
    /// Every event is looked at, and why.
    Always(String),
}

/// A literal that finds events.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RuleLiteral {
    /// The column that it is looked for in.
    pub column: String,
    /// `contains`, `starts with`, `ends with` or `is`.
    pub place: String,
    /// The text, in lower case: either case is found.
    pub text: String,
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
