//! Where to: names of topics, and patterns with wildcards.

use std::fmt;
use std::str::FromStr;

/// The longest name, bytes.
pub const MAX_TOPIC_BYTES: usize = 256;
/// The most segments of a name.
pub const MAX_SEGMENTS: usize = 8;

/// Where something is published or asked: 1 to 8 segments of `[a-z0-9_-]+`, separated by dots,
/// such as `control.health.heartbeat.procmond`.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Topic(String);

/// Topics that a subscriber wants: a topic in which `+` stands for any one segment, and a final
/// `#` for any number of segments, also none.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Pattern(String);

/// Why a text is no topic or no pattern.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum TopicError {
    /// More than [`MAX_TOPIC_BYTES`].
    #[error("topic of {0} bytes, more than {MAX_TOPIC_BYTES}")]
    Length(usize),
    /// More than [`MAX_SEGMENTS`].
    #[error("topic {topic:?} of {segments} segments, more than {MAX_SEGMENTS}")]
    Segments {
        /// The text.
        topic: String,
        /// How many it has.
        segments: usize,
    },
    /// A segment that is empty or has other characters than `[a-z0-9_-]`.
    #[error("topic {topic:?} with the segment {segment:?}")]
    Segment {
        /// The text.
        topic: String,
        /// The first segment that is wrong.
        segment: String,
    },
    /// `#` stands for the end of a topic.
    #[error("pattern {0:?} with a # before its end")]
    Hash(String),
}

impl Topic {
    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Topic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Topic {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        check(text, is_name)?;
        Ok(Topic(text.to_owned()))
    }
}

impl Pattern {
    /// The pattern as it was written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether the topic is one of those.
    pub fn matches(&self, topic: &Topic) -> bool {
        let mut names = topic.0.split('.');
        for wanted in self.0.split('.') {
            match (wanted, names.next()) {
                ("#", _) => return true,
                (_, None) => return false,
                (wanted, Some(name)) if wanted != "+" && wanted != name => return false,
                _ => {}
            }
        }
        names.next().is_none()
    }
}

impl fmt::Display for Pattern {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl FromStr for Pattern {
    type Err = TopicError;

    fn from_str(text: &str) -> Result<Self, TopicError> {
        check(text, |segment| matches!(segment, "+" | "#") || is_name(segment))?;
        if text.split('.').rev().skip(1).any(|segment| segment == "#") {
            return Err(TopicError::Hash(text.to_owned()));
        }
        Ok(Pattern(text.to_owned()))
    }
}

fn is_name(segment: &str) -> bool {
    let allowed = |b: u8| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'_' || b == b'-';
    !segment.is_empty() && segment.bytes().all(allowed)
}

/// The length comes first, so that no error carries a text that is longer.
fn check(text: &str, allowed: impl Fn(&str) -> bool) -> Result<(), TopicError> {
    if text.len() > MAX_TOPIC_BYTES {
        return Err(TopicError::Length(text.len()));
    }
    let segments = text.split('.').count();
    if segments > MAX_SEGMENTS {
        return Err(TopicError::Segments { topic: text.to_owned(), segments });
    }
    match text.split('.').find(|segment| !allowed(segment)) {
        Some(segment) => {
            Err(TopicError::Segment { topic: text.to_owned(), segment: segment.to_owned() })
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// Says the same as [`Pattern::matches`], by recursion over what is left.
    fn naive(pattern: &[&str], topic: &[&str]) -> bool {
        match (pattern, topic) {
            ([], []) | (["#"], _) => true,
            (["+", pattern @ ..], [_, topic @ ..]) => naive(pattern, topic),
            ([wanted, pattern @ ..], [name, topic @ ..]) => wanted == name && naive(pattern, topic),
            _ => false,
        }
    }

    proptest! {
        #[test]
        fn patterns_match_as_the_naive_matcher_says(
            pattern in prop::collection::vec("[ab+]", 0..5),
            rest in any::<bool>(),
            topic in prop::collection::vec("[ab]", 1..6),
        ) {
            let mut pattern: Vec<&str> = pattern.iter().map(String::as_str).collect();
            if rest || pattern.is_empty() {
                pattern.push("#");
            }
            let topic: Vec<&str> = topic.iter().map(String::as_str).collect();
            let parsed: (Pattern, Topic) =
                (pattern.join(".").parse().expect("pattern"), topic.join(".").parse().expect("topic"));
            prop_assert_eq!(parsed.0.matches(&parsed.1), naive(&pattern, &topic));
        }

        #[test]
        fn a_topic_is_a_pattern_that_matches_only_itself(
            topic in "[a-z0-9_-]{1,4}(\\.[a-z0-9_-]{1,4}){0,7}",
            other in "[a-z0-9_-]{1,4}(\\.[a-z0-9_-]{1,4}){0,7}",
        ) {
            let pattern: Pattern = topic.parse().expect("pattern");
            prop_assert!(pattern.matches(&topic.parse().expect("topic")));
            prop_assert_eq!(pattern.matches(&other.parse().expect("topic")), topic == other);
        }

        #[test]
        fn no_text_makes_the_parsers_panic(text: String) {
            let _ = (text.parse::<Topic>(), text.parse::<Pattern>());
        }
    }

    #[test]
    fn every_limit_is_obeyed_and_violated() {
        let longest = format!("{}.b", "a".repeat(MAX_TOPIC_BYTES - 2));
        for good in ["a", "a.b-c_0.9", "a.b.c.d.e.f.g.h", longest.as_str()] {
            assert_eq!(good.parse::<Topic>().expect(good).as_str(), good);
        }
        let longer = format!("{longest}b");
        for bad in ["", ".", "a.", ".a", "a..b", "A", "a b", "ä", "a.+", "#", "a.b.c.d.e.f.g.h.i"]
        {
            bad.parse::<Topic>().expect_err(bad);
        }
        assert_eq!(longer.parse::<Topic>(), Err(TopicError::Length(MAX_TOPIC_BYTES + 1)));
    }

    #[test]
    fn a_wildcard_is_a_whole_segment_and_the_hash_comes_last() {
        for good in ["#", "+", "a.#", "+.+", "a.+.b", "+.#"] {
            good.parse::<Pattern>().expect(good);
        }
        for bad in ["#.a", "a.#.b", "a+", "a#", "##", "#.#"] {
            bad.parse::<Pattern>().expect_err(bad);
        }
    }
}
