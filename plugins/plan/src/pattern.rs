//! A LIKE pattern, taken apart.

use serde::{Deserialize, Serialize};

/// A piece of a pattern.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Segment {
    /// This text, at least one character.
    Text(String),
    /// Any one character: `_`.
    AnyOne,
    /// Any number of any characters: `%`.
    AnyRun,
}

/// The pieces of a pattern in order; together they must cover the whole value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Pattern {
    segments: Vec<Segment>,
}

impl Pattern {
    /// The pattern of these pieces. Neighbouring texts and neighbouring runs become one.
    pub fn new(segments: impl IntoIterator<Item = Segment>) -> Self {
        let mut joined: Vec<Segment> = Vec::new();
        for segment in segments {
            match (joined.last_mut(), segment) {
                (Some(Segment::Text(before)), Segment::Text(text)) => before.push_str(&text),
                (Some(Segment::AnyRun), Segment::AnyRun) => {}
                (_, Segment::Text(text)) if text.is_empty() => {}
                (_, segment) => joined.push(segment),
            }
        }
        Pattern { segments: joined }
    }

    /// Takes an SQL pattern apart. The character after `escape` stands for itself. Nothing if the
    /// pattern ends with the escape: SQLite lets such a pattern match nothing.
    pub fn like(pattern: &str, escape: Option<char>) -> Option<Self> {
        let mut characters = pattern.chars();
        let mut segments = Vec::new();
        while let Some(character) = characters.next() {
            segments.push(match character {
                c if Some(c) == escape => Segment::Text(characters.next()?.into()),
                '%' => Segment::AnyRun,
                '_' => Segment::AnyOne,
                c => Segment::Text(c.into()),
            });
        }
        Some(Pattern::new(segments))
    }

    /// The pieces.
    pub fn segments(&self) -> &[Segment] {
        &self.segments
    }
}

#[cfg(test)]
mod tests {
    use super::Segment::{AnyOne, AnyRun, Text};
    use super::*;

    fn text(text: &str) -> Segment {
        Text(text.into())
    }

    #[test]
    fn wildcards_are_pieces_and_escaped_ones_are_text() {
        let table: &[(&str, Option<char>, &[Segment])] = &[
            ("", None, &[]),
            ("a%", None, &[text("a"), AnyRun]),
            ("%%_%", None, &[AnyRun, AnyOne, AnyRun]),
            (r"50\%\_\\", Some('\\'), &[text(r"50%_\")]),
            (r"a\b%", None, &[text(r"a\b"), AnyRun]),
            ("%%%", Some('%'), &[]),
            ("%%", Some('%'), &[text("%")]),
            ("é_ö", None, &[text("é"), AnyOne, text("ö")]),
        ];
        for (pattern, escape, expected) in table {
            let parsed = Pattern::like(pattern, *escape);
            if *pattern == "%%%" {
                assert_eq!(parsed, None, "ends with its escape");
            } else {
                assert_eq!(parsed.expect(pattern).segments(), *expected, "{pattern}");
            }
        }
    }

    #[test]
    fn neighbouring_texts_are_one_text() {
        let joined = Pattern::new([text("a"), text(""), text("b"), AnyRun, text(""), AnyRun]);
        assert_eq!(joined.segments(), [text("ab"), AnyRun]);
    }
}
