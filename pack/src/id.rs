//! Names of packs and of rules.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The longest id, in bytes.
const MAX_LENGTH: usize = 64;

/// A text that is no id.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("id {0:?} is not 1 to 64 of a-z, 0-9 and -, beginning with a letter or digit")]
pub struct IdError(String);

fn check(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=MAX_LENGTH).contains(&text.len()) && text.bytes().all(fits) && !text.starts_with('-')
}

macro_rules! id {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The id as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = IdError;

            fn from_str(text: &str) -> Result<Self, IdError> {
                check(text).then(|| $name(text.to_owned())).ok_or_else(|| IdError(text.to_owned()))
            }
        }

        impl TryFrom<String> for $name {
            type Error = IdError;

            fn try_from(text: String) -> Result<Self, IdError> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }
    };
}

id! {
    /// Names a pack: 1 to 64 of `a-z`, `0-9` and `-`, such as `linux-essentials`.
    PackId
}

id! {
    /// Names a rule, and is the name of its file: 1 to 64 of `a-z`, `0-9` and `-`.
    RuleId
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_short_lower_case_and_never_looks_like_an_option() {
        let longest = "x".repeat(64);
        for good in ["a", "7", "shell-dev-tcp", "a--b", "a-", longest.as_str()] {
            assert_eq!(good.parse::<RuleId>().expect(good).as_str(), good);
        }
        let too_long = "x".repeat(65);
        for bad in ["", "-a", "A", "a_b", "a.b", "a/b", "a b", "ä", "a\n", too_long.as_str()] {
            let error = bad.parse::<PackId>().expect_err(bad);
            assert!(error.to_string().contains(&format!("{bad:?}")));
        }
    }
}
