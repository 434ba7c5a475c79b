//! What operators do about alerts, exceptions, rules and packs: who, when, why.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// How far an alert is handled.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum AlertState {
    /// Nobody has done anything about it.
    #[default]
    Open,
    /// Somebody looks at it.
    Acknowledged,
    /// Somebody has decided what it was.
    Closed,
    /// An exception covers it: it is kept, and was not delivered.
    Excepted,
}

/// What somebody did.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Deed {
    /// Has begun to look at an alert.
    Acknowledged,
    /// Has decided what an alert was.
    Closed,
    /// Has decided that an alert is to be looked at again.
    Reopened,
    /// Has added an exception.
    Added,
    /// Has removed an exception.
    Removed,
    /// Has disabled a rule.
    Disabled,
    /// Has enabled a rule.
    Enabled,
    /// Has gone back to an older release of a pack.
    #[serde(rename = "rolled-back")]
    RolledBack,
    /// Has taken the latest release of a pack again.
    Restored,
}

/// One thing that somebody did.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Act {
    /// When, microseconds since the Unix epoch.
    pub time: i64,
    /// The user who asked, as the operating system tells it of the connection.
    pub uid: Option<u32>,
    /// The name of this user.
    pub user: Option<String>,
    /// On whose behalf, as the user says.
    pub by: Option<String>,
    /// What was done.
    pub deed: Deed,
    /// To what: `alert ID`, `exception NUMBER`, `rule ID` or `pack ID`.
    pub subject: String,
    /// Why.
    pub reason: Option<String>,
}

/// What is excepted from alerts: findings of one rule about events in which each of these fields
/// has exactly this value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Exception {
    /// Its number. Later exceptions have greater ones.
    pub number: u64,
    /// The rule.
    pub rule: String,
    /// What must be so; at least one.
    pub fields: Vec<Equal>,
    /// Who answers for it.
    pub owner: String,
    /// Why.
    pub reason: String,
    /// When it was added, microseconds since the Unix epoch.
    pub created: i64,
    /// From when on it covers nothing, microseconds since the Unix epoch.
    pub expires: i64,
    /// Who added it: the user of the connection.
    pub added_by: Option<String>,
    /// The id of the alert that it was made from.
    pub from_alert: Option<String>,
}

/// A field, and the value that it must have.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Equal {
    /// The name of the field.
    pub field: String,
    /// The value; a number as it is written in JSON.
    pub value: String,
}

impl AlertState {
    /// Every state.
    pub const ALL: [AlertState; 4] =
        [AlertState::Open, AlertState::Acknowledged, AlertState::Closed, AlertState::Excepted];

    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            AlertState::Open => "open",
            AlertState::Acknowledged => "acknowledged",
            AlertState::Closed => "closed",
            AlertState::Excepted => "excepted",
        }
    }

    /// The state after a deed; nothing where the deed makes no sense.
    #[must_use]
    pub fn after(self, deed: Deed) -> Option<AlertState> {
        use AlertState::{Acknowledged, Closed, Excepted, Open};
        match (deed, self) {
            (Deed::Acknowledged, Open) => Some(Acknowledged),
            (Deed::Closed, Open | Acknowledged | Excepted) => Some(Closed),
            (Deed::Reopened, Acknowledged | Closed | Excepted) => Some(Open),
            _ => None,
        }
    }
}

impl Deed {
    /// The word for it.
    pub fn name(self) -> &'static str {
        match self {
            Deed::Acknowledged => "acknowledged",
            Deed::Closed => "closed",
            Deed::Reopened => "reopened",
            Deed::Added => "added",
            Deed::Removed => "removed",
            Deed::Disabled => "disabled",
            Deed::Enabled => "enabled",
            Deed::RolledBack => "rolled-back",
            Deed::Restored => "restored",
        }
    }
}

impl Act {
    /// Who it was, in words.
    pub fn who(&self) -> String {
        let user = match (&self.user, self.uid) {
            (Some(user), _) => user.clone(),
            (None, Some(uid)) => format!("uid {uid}"),
            (None, None) => "an unknown user".to_owned(),
        };
        match &self.by {
            Some(by) if *by != user => format!("{by} (as {user})"),
            _ => user,
        }
    }
}

impl fmt::Display for Act {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {} by {}", self.subject, self.deed.name(), self.who())?;
        self.reason.iter().try_for_each(|reason| write!(f, ": {reason}"))
    }
}

/// A word that names no state.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("state {0:?} is none of open, acknowledged, closed, excepted")]
pub struct ParseStateError(String);

impl FromStr for AlertState {
    type Err = ParseStateError;

    fn from_str(word: &str) -> Result<Self, Self::Err> {
        let found = AlertState::ALL.into_iter().find(|s| s.name().eq_ignore_ascii_case(word));
        found.ok_or_else(|| ParseStateError(word.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_done_once_cannot_be_done_again() {
        use AlertState::{Acknowledged, Closed, Excepted, Open};
        let table = [
            (Deed::Acknowledged, [Some(Acknowledged), None, None, None]),
            (Deed::Closed, [Some(Closed), Some(Closed), None, Some(Closed)]),
            (Deed::Reopened, [None, Some(Open), Some(Open), Some(Open)]),
            (Deed::Disabled, [None; 4]),
        ];
        for (deed, expected) in table {
            let after = [Open, Acknowledged, Closed, Excepted].map(|state| state.after(deed));
            assert_eq!(after, expected, "{deed:?}");
        }
    }

    #[test]
    fn an_act_says_who_it_was_as_the_system_knows_and_as_they_say() {
        let act = |uid, user: Option<&str>, by: Option<&str>| Act {
            time: 0,
            uid,
            user: user.map(str::to_owned),
            by: by.map(str::to_owned),
            deed: Deed::Closed,
            subject: "alert 7".to_owned(),
            reason: Some("a drill".to_owned()),
        };
        let table = [
            (act(Some(0), Some("root"), None), "alert 7 closed by root: a drill"),
            (act(Some(7), None, None), "alert 7 closed by uid 7: a drill"),
            (act(None, None, None), "alert 7 closed by an unknown user: a drill"),
            (act(Some(0), Some("root"), Some("eve")), "alert 7 closed by eve (as root): a drill"),
            (act(Some(0), Some("root"), Some("root")), "alert 7 closed by root: a drill"),
        ];
        for (act, expected) in table {
            assert_eq!(act.to_string(), expected);
        }
    }
}
