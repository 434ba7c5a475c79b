//! What the agent records and delivers when a rule finds something.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value as Json};

/// How bad a finding is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing.
    Info,
    /// Unusual.
    Low,
    /// Look at it today.
    Medium,
    /// Look at it now.
    High,
    /// Somebody is on the host.
    Critical,
}

impl Severity {
    /// Every severity, from the least to the worst.
    pub const ALL: [Severity; 5] =
        [Severity::Info, Severity::Low, Severity::Medium, Severity::High, Severity::Critical];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Low => "low",
            Severity::Medium => "medium",
            Severity::High => "high",
            Severity::Critical => "critical",
        }
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// A word that names no severity.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("severity {0:?} is none of info, low, medium, high, critical")]
pub struct ParseSeverityError(String);

impl FromStr for Severity {
    type Err = ParseSeverityError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = Severity::ALL.into_iter().find(|s| s.name().eq_ignore_ascii_case(word));
        found.ok_or_else(|| ParseSeverityError(word.to_owned()))
    }
}

/// Why a row matched, in the words of the rule's author.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Evidence {
    /// The clause as written.
    pub clause: String,
    /// The field that the clause read.
    pub field: String,
    /// The value that it found there.
    pub value: String,
}

/// One alert. As JSON it is what sinks deliver and what `docs/alerts.md` documents.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Alert {
    /// Stable: the same finding about the same event has the same id, also after a crash.
    pub id: String,
    /// When the agent made the alert, microseconds since the Unix epoch.
    pub time: i64,
    /// From the event to the alert, microseconds.
    pub latency: i64,
    /// Id of the rule.
    pub rule: String,
    /// The rule's title.
    pub title: String,
    /// The pack that the rule came in.
    pub pack: String,
    /// How bad.
    pub severity: Severity,
    /// ATT&CK techniques, such as `T1059.004`.
    pub techniques: Vec<String>,
    /// What matched.
    pub evidence: Vec<Evidence>,
    /// The columns that the rule shows, by label; a column without a value is `null`.
    pub shown: Map<String, Json>,
    /// The event, as JSON under the names of the schema.
    pub event: Map<String, Json>,
    /// How many findings of the same rule about the same process came before, within the
    /// deduplication window that ended with this alert.
    pub repeats: u64,
    /// How to check it again; absent where nobody has looked, see `docs/alerts.md`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub witness: Option<Witness>,
    /// What did not work as it should when the agent made the alert, one sentence each: without any
    /// the alert is complete. Nothing where an earlier version made it, which did not say.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub degraded: Option<Vec<String>>,
}

/// What the rule said of the event when a new instance was asked about this event alone. The same
/// rule, engine and build say the same again, to the unit of fuel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Witness {
    /// The release of the rule's pack, if it came in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<u64>,
    /// Hash of all that the rule is, 64 hexadecimal digits.
    pub rule: String,
    /// Hash of the component that runs rules, 64 hexadecimal digits.
    pub engine: String,
    /// The agent's version and its sandbox's.
    pub build: String,
    /// Whether the event alone matches. It does not where a rule needs what came before.
    pub matched: bool,
    /// The fuel that deciding so took.
    pub fuel: u64,
}
