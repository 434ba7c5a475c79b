//! Which packs there are, and how a release in shadow differs from the active one.

use serde::{Deserialize, Serialize};

/// Whether the rules of a pack judge.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum PackState {
    /// They do.
    Active,
    /// They do beside the active release, and nobody is alerted.
    Shadow,
    /// They do not.
    Refused,
}

impl PackState {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            PackState::Active => "active",
            PackState::Shadow => "shadow",
            PackState::Refused => "refused",
        }
    }
}

/// One pack in the agent's folders, or in force although it is not there any more.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PackEntry {
    /// Its id; nothing if it is refused before that is believed.
    pub id: Option<String>,
    /// Its release; nothing if it is refused before that is believed.
    pub release: Option<u64>,
    /// Whether its rules judge.
    pub state: PackState,
    /// Why they do not.
    pub why: Option<String>,
    /// How many rules it has; nothing if it is refused.
    pub rules: Option<u64>,
    /// Ids of the keys that signed it; nothing if it is refused or unsigned packs are allowed.
    pub signer: Option<String>,
    /// The day by which somebody should look at it again, `YYYY-MM-DD`.
    pub review_by: Option<String>,
    /// Its folder or file.
    pub place: String,
}

/// A release in shadow beside the active one, since both are what they are.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowStatus {
    /// The pack.
    pub pack: String,
    /// The release in shadow.
    pub release: u64,
    /// The active release; nothing if there is none, and then all that is found is new.
    pub active: Option<u64>,
    /// Since when they are compared, microseconds since the Unix epoch.
    pub since: i64,
    /// Events that both were offered.
    pub events: u64,
    /// Events that the release in shadow was not shown, because it had fallen behind. Nothing is
    /// compared on them.
    pub shed: u64,
    /// Every rule that has found anything, or has not judged an event, by id.
    pub rules: Vec<ShadowRule>,
}

/// One rule in both releases.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ShadowRule {
    /// Its id.
    pub rule: String,
    /// Events that both found.
    pub both: u64,
    /// Events that only the active release found.
    pub only_active: u64,
    /// Events that only the release in shadow found.
    pub only_shadow: u64,
    /// Events that the release in shadow failed on, or for which its budget did not do.
    pub unjudged: u64,
    /// The latest that only one of them found, a few of each.
    pub examples: Vec<ShadowExample>,
}

/// An event that only one of the two found.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ShadowExample {
    /// Who found it.
    pub found_by: PackState,
    /// When it happened, microseconds since the Unix epoch.
    pub time: Option<i64>,
    /// Its process.
    pub pid: Option<i64>,
    /// Its number within its source.
    pub sequence: Option<i64>,
    /// Its command line, else the path of its program; cut at 200 characters.
    pub command_line: Option<String>,
}
