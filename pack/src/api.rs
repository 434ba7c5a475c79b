//! For which agents a pack is: a range of versions of the plugin interface.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::API;

/// A version of the agent's plugin interface, such as `0.1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ApiVersion {
    major: u16,
    minor: u16,
}

/// The versions that a pack is for, both ends included.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ApiRange {
    /// The oldest.
    pub min: ApiVersion,
    /// The newest.
    pub max: ApiVersion,
}

/// Why a pack is for no agent, or not for this one.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ApiError {
    /// No version.
    #[error("api {0:?} is not a version such as \"0.1\"")]
    Version(String),
    /// The oldest is newer than the newest.
    #[error("api from {min} to {max} is no range")]
    Range {
        /// The oldest.
        min: ApiVersion,
        /// The newest.
        max: ApiVersion,
    },
    /// The pack is newer than the agent.
    #[error(
        "the pack is for agents with api {0}, and this one has {API}: update the agent, or take an older release of the pack"
    )]
    TooNew(ApiRange),
    /// The pack is older than the agent.
    #[error(
        "the pack is for agents with api {0}, and this one has {API}: take a newer release of the pack"
    )]
    TooOld(ApiRange),
}

impl ApiRange {
    /// Whether the range is one, and this agent's version is in it.
    pub(crate) fn check(&self) -> Result<(), ApiError> {
        let ApiRange { min, max } = *self;
        let ours: ApiVersion = API.parse().expect("our own version is one");
        match () {
            () if min > max => Err(ApiError::Range { min, max }),
            () if ours < min => Err(ApiError::TooNew(*self)),
            () if ours > max => Err(ApiError::TooOld(*self)),
            () => Ok(()),
        }
    }
}

impl fmt::Display for ApiVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

impl fmt::Display for ApiRange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            ApiRange { min, max } if min == max => write!(f, "{min}"),
            ApiRange { min, max } => write!(f, "{min} to {max}"),
        }
    }
}

impl FromStr for ApiVersion {
    type Err = ApiError;

    fn from_str(text: &str) -> Result<Self, ApiError> {
        let version = text.split_once('.').and_then(|(major, minor)| {
            Some(ApiVersion { major: major.parse().ok()?, minor: minor.parse().ok()? })
        });
        // One version has one text: neither 0.01 nor +0.1.
        let version = version.filter(|version| version.to_string() == text);
        version.ok_or_else(|| ApiError::Version(text.to_owned()))
    }
}

impl TryFrom<String> for ApiVersion {
    type Error = ApiError;

    fn try_from(text: String) -> Result<Self, ApiError> {
        text.parse()
    }
}

impl From<ApiVersion> for String {
    fn from(version: ApiVersion) -> String {
        version.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn range(min: &str, max: &str) -> ApiRange {
        ApiRange { min: min.parse().unwrap(), max: max.parse().unwrap() }
    }

    #[test]
    fn a_pack_is_for_this_agent_or_says_who_is_too_old() {
        for (min, max) in [("0.1", "0.1"), ("0.0", "0.1"), ("0.1", "2.0")] {
            assert_eq!(range(min, max).check(), Ok(()));
        }
        let cases = [
            ("0.2", "0.10", "update the agent"),
            ("0.0", "0.0", "take a newer release of the pack"),
            ("0.2", "0.1", "api from 0.2 to 0.1 is no range"),
        ];
        for (min, max, words) in cases {
            let error = range(min, max).check().expect_err(words).to_string();
            assert!(error.contains(words), "{error}");
        }
    }

    #[test]
    fn a_version_is_two_numbers_with_one_text() {
        for bad in ["", "1", "0.1.0", "0.01", "+0.1", "0.x", " 0.1", "0.70000"] {
            assert_eq!(bad.parse::<ApiVersion>(), Err(ApiError::Version(bad.to_owned())));
        }
        assert!("0.2".parse::<ApiVersion>().unwrap() < "0.10".parse().unwrap());
    }
}
