//! What operators ask about alerts and exceptions, and what they are told.

use serde::{Deserialize, Serialize};

use super::{AlertJson, RuleState};
use crate::alert::Severity;
use crate::handling::{Act, AlertState, Deed, Equal, Exception};

/// Which alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Which {
    /// Only those that are handled so far; nothing for all.
    pub state: Option<AlertState>,
    /// Only of this severity or worse.
    pub severity: Severity,
    /// At most so many, the newest.
    pub limit: u32,
}

/// One alert in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ListedAlert {
    /// Its number.
    pub number: u64,
    /// The alert.
    pub alert: AlertJson,
    /// How far it is handled.
    pub state: AlertState,
    /// Findings that were counted on it so far.
    pub repeated: u64,
}

/// Who says why.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Signature {
    /// On whose behalf, if not that of the user of the connection.
    pub by: Option<String>,
    /// Why.
    pub reason: Option<String>,
}

/// Something to be done about alerts.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handling {
    /// Each by its number, its id or the beginning of its id.
    pub alerts: Vec<String>,
    /// What is done.
    pub deed: Deed,
    /// Who and why.
    pub signature: Signature,
}

/// An alert about which something has been done.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    /// Its number.
    pub number: u64,
    /// Its id.
    pub id: String,
    /// How far it is handled now.
    pub state: AlertState,
}

/// How often, and when last.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Tally {
    /// How often.
    pub count: u64,
    /// When last, microseconds since the Unix epoch.
    pub last: Option<i64>,
}

/// All that is known of one alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AlertDetail {
    /// Its number.
    pub number: u64,
    /// The alert.
    pub alert: AlertJson,
    /// How far it is handled.
    pub state: AlertState,
    /// The number of the exception that covered it.
    pub excepted_by: Option<u64>,
    /// Findings that were counted on it.
    pub repeated: Tally,
    /// What was done about it, the oldest first.
    pub acts: Vec<Act>,
    /// What became of it at each sink that was owed it.
    pub sinks: Vec<Delivered>,
    /// Its rule as it is now; nothing if it is there no more.
    pub rule: Option<AboutRule>,
    /// What happened around it, the oldest first.
    pub around: Around,
}

/// An alert at a sink.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Delivered {
    /// The sink.
    pub sink: String,
    /// `delivered`, `pending` or `dead`.
    pub fate: SinkFate,
    /// When the sink took it, or since when it is a dead letter, microseconds since the Unix epoch.
    pub at: Option<i64>,
    /// Why it is a dead letter.
    pub why: Option<String>,
}

/// What became of an alert at a sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum SinkFate {
    /// The sink has it.
    Delivered,
    /// It waits.
    Pending,
    /// It is not tried any more.
    Dead,
}

/// What is known of the rule of an alert.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AboutRule {
    /// Whether it sees events.
    pub state: RuleState,
    /// What its author says of it.
    pub words: RuleWords,
}

/// What the author of a rule says of it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RuleWords {
    /// Why a finding matters.
    pub why: Option<String>,
    /// What else may look like it.
    pub false_positives: Vec<String>,
    /// Where to read more.
    pub references: Vec<String>,
    /// The rule's text, where it is one.
    pub text: Option<String>,
}

/// Events of the processes next to one, around the time of its alert.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Around {
    /// The events, the oldest first.
    pub events: Vec<NearEvent>,
    /// Whether there are more than these.
    pub more: bool,
    /// Why some of them, or all, could not be read.
    pub trouble: Option<String>,
}

/// One event near another.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NearEvent {
    /// Whose event it is.
    pub relation: Relation,
    /// The event as a JSON object under the names of the schema, as text.
    pub event: String,
}

/// Whose event it is, as seen from the process of an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Relation {
    /// The process itself.
    Own,
    /// Its parent.
    Parent,
    /// A child of it.
    Child,
    /// Another child of its parent.
    Sibling,
}

impl Relation {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Relation::Own => "own",
            Relation::Parent => "parent",
            Relation::Child => "child",
            Relation::Sibling => "sibling",
        }
    }
}

/// An exception to be added.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewException {
    /// What it is to cover.
    pub scope: Scope,
    /// Who answers for it.
    pub owner: String,
    /// From when on it covers nothing, microseconds since the Unix epoch.
    pub expires: i64,
    /// Who and why.
    pub signature: Signature,
}

/// What an exception is to cover.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Scope {
    /// What is like an alert: the same rule, and the same values of some fields.
    Alert {
        /// The alert, by its number, its id or the beginning of its id.
        id: String,
        /// The fields; without any, those that commonly tell one thing from another.
        fields: Vec<String>,
    },
    /// What is said here.
    Rule {
        /// The rule.
        rule: String,
        /// Fields and values.
        fields: Vec<Equal>,
    },
}

/// An exception, and how it does.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionStatus {
    /// The exception.
    pub exception: Exception,
    /// Whether it covers nothing any more.
    pub expired: bool,
    /// Findings that it has covered.
    pub hits: Tally,
}

/// An exception with the latest that it covered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ExceptionDetail {
    /// As in the list of all exceptions.
    pub status: ExceptionStatus,
    /// The latest alerts that it covered, each with its number, the oldest first.
    pub alerts: Vec<(u64, AlertJson)>,
}
