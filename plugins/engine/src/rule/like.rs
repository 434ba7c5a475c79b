//! LIKE: a pattern against the whole of a text.

use std::sync::Arc;

use daemoneye_plan::{Case, Pattern, Segment};
use memchr::memmem::Finder;

use crate::literals::Anchor;
use crate::same::{are_same, begins_with, ends_with};
use crate::steps::{Spent, Steps};

/// A pattern in the shape that is cheapest to match. Its texts are folded if case is ignored.
#[derive(Debug, Clone)]
pub(crate) enum Like {
    Exact(Box<[u8]>),
    Prefix(Box<[u8]>),
    Suffix(Box<[u8]>),
    Contains(Arc<Finder<'static>>),
    General(Box<General>),
}

/// Groups of pieces with any run of characters between them.
#[derive(Debug, Clone)]
pub(crate) struct General {
    groups: Vec<Vec<Piece>>,
    /// Whether the first group must begin where the text does, and the last end where it ends.
    anchored: (bool, bool),
}

#[derive(Debug, Clone)]
pub(crate) enum Piece {
    Text(Box<Finder<'static>>),
    AnyOne,
}

impl Like {
    pub(crate) fn new(pattern: &Pattern, case: Case) -> Self {
        let text = |text: &str| match case {
            Case::Ignored => text.to_ascii_lowercase().into_bytes(),
            Case::Observed => text.as_bytes().to_vec(),
        };
        match pattern.segments() {
            [] => Like::Exact(Box::default()),
            [Segment::Text(t)] => Like::Exact(text(t).into()),
            [Segment::Text(t), Segment::AnyRun] => Like::Prefix(text(t).into()),
            [Segment::AnyRun, Segment::Text(t)] => Like::Suffix(text(t).into()),
            [Segment::AnyRun, Segment::Text(t), Segment::AnyRun] => {
                Like::Contains(Arc::new(Finder::new(&text(t)).into_owned()))
            }
            segments => Like::General(Box::new(General::new(segments, text))),
        }
    }

    /// Whether the pattern covers `text`, which is folded if the pattern is.
    pub(crate) fn matches(&self, text: &[u8], steps: &mut Steps) -> Result<bool, Spent> {
        match self {
            Like::Exact(whole) => steps.read(whole.len()).map(|()| are_same(text, whole)),
            Like::Prefix(start) => steps.read(start.len()).map(|()| begins_with(text, start)),
            Like::Suffix(end) => steps.read(end.len()).map(|()| ends_with(text, end)),
            Like::Contains(finder) => steps.read(text.len()).map(|()| finder.find(text).is_some()),
            Like::General(general) => general.matches(text, steps),
        }
    }

    /// The text that a value must have, if that is all.
    pub(crate) fn text(&self) -> Option<(&[u8], Anchor)> {
        match self {
            Like::Exact(text) => Some((text, Anchor::Exact)),
            Like::Prefix(text) => Some((text, Anchor::Prefix)),
            Like::Suffix(text) => Some((text, Anchor::Suffix)),
            Like::Contains(finder) => Some((finder.needle(), Anchor::Contains)),
            Like::General(_) => None,
        }
    }

    /// Every text that must occur, and whether it must begin and end the value.
    pub(crate) fn texts(&self) -> Vec<(&[u8], bool, bool)> {
        match self {
            Like::Exact(text) => vec![(text, true, true)],
            Like::Prefix(text) => vec![(text, true, false)],
            Like::Suffix(text) => vec![(text, false, true)],
            Like::Contains(finder) => vec![(finder.needle(), false, false)],
            Like::General(general) => general.texts(),
        }
    }

    /// How dear it is, compared with other tests.
    pub(crate) fn cost(&self) -> u64 {
        match self {
            Like::Exact(_) | Like::Prefix(_) | Like::Suffix(_) => 2,
            Like::Contains(_) => 6,
            Like::General(general) => 8 + 2 * general.groups.len() as u64,
        }
    }
}

impl General {
    fn new(segments: &[Segment], text: impl Fn(&str) -> Vec<u8>) -> Self {
        let anchored = (segments.first(), segments.last());
        let groups = segments.split(|segment| *segment == Segment::AnyRun);
        let groups = groups.filter(|group| !group.is_empty());
        let piece = |segment: &Segment| match segment {
            Segment::Text(t) => Piece::Text(Box::new(Finder::new(&text(t)).into_owned())),
            Segment::AnyOne | Segment::AnyRun => Piece::AnyOne,
        };
        General {
            groups: groups.map(|group| group.iter().map(piece).collect()).collect(),
            anchored: (anchored.0 != Some(&Segment::AnyRun), anchored.1 != Some(&Segment::AnyRun)),
        }
    }

    fn texts(&self) -> Vec<(&[u8], bool, bool)> {
        let mut texts = Vec::new();
        for (number, group) in self.groups.iter().enumerate() {
            let begins = self.anchored.0 && number == 0;
            let ends = self.anchored.1 && number + 1 == self.groups.len();
            for (place, piece) in group.iter().enumerate() {
                let (first, last) = (begins && place == 0, ends && place + 1 == group.len());
                if let Piece::Text(finder) = piece {
                    texts.push((finder.needle(), first, last));
                }
            }
        }
        texts
    }

    fn matches(&self, text: &[u8], steps: &mut Steps) -> Result<bool, Spent> {
        let (mut groups, mut rest) = (&self.groups[..], text);
        if self.anchored == (true, true) && groups.len() == 1 {
            return Ok(forward(&groups[0], rest, steps)?.is_some_and(<[u8]>::is_empty));
        }
        if self.anchored.0
            && let Some((first, others)) = groups.split_first()
        {
            let Some(after) = forward(first, rest, steps)? else { return Ok(false) };
            (groups, rest) = (others, after);
        }
        if self.anchored.1
            && let Some((last, others)) = groups.split_last()
        {
            let Some(before) = backward(last, rest, steps)? else { return Ok(false) };
            (groups, rest) = (others, before);
        }
        for group in groups {
            let Some(after) = search(group, rest, steps)? else { return Ok(false) };
            rest = after;
        }
        Ok(true)
    }
}

/// What comes after the group if the text begins with it.
fn forward<'a>(
    group: &[Piece],
    text: &'a [u8],
    steps: &mut Steps,
) -> Result<Option<&'a [u8]>, Spent> {
    let mut rest = text;
    for piece in group {
        let after = match piece {
            Piece::Text(finder) => {
                steps.read(finder.needle().len())?;
                rest.strip_prefix(finder.needle())
            }
            Piece::AnyOne => {
                steps.spend(1)?;
                without_first(rest)
            }
        };
        let Some(after) = after else { return Ok(None) };
        rest = after;
    }
    Ok(Some(rest))
}

/// What comes before the group if the text ends with it.
fn backward<'a>(
    group: &[Piece],
    text: &'a [u8],
    steps: &mut Steps,
) -> Result<Option<&'a [u8]>, Spent> {
    let mut rest = text;
    for piece in group.iter().rev() {
        let before = match piece {
            Piece::Text(finder) => {
                steps.read(finder.needle().len())?;
                rest.strip_suffix(finder.needle())
            }
            Piece::AnyOne => {
                steps.spend(1)?;
                without_last(rest)
            }
        };
        let Some(before) = before else { return Ok(None) };
        rest = before;
    }
    Ok(Some(rest))
}

/// What comes after the first place where the group fits: with a run of anything before and after
/// it, the first place leaves the most for the groups that follow.
fn search<'a>(
    group: &[Piece],
    text: &'a [u8],
    steps: &mut Steps,
) -> Result<Option<&'a [u8]>, Spent> {
    let mut rest = text;
    loop {
        if let Some(Piece::Text(finder)) = group.first() {
            let found = finder.find(rest);
            steps.read(found.unwrap_or(rest.len()))?;
            let Some(start) = found else { return Ok(None) };
            rest = &rest[start..];
        }
        if let Some(after) = forward(group, rest, steps)? {
            return Ok(Some(after));
        }
        let Some(next) = without_first(rest) else { return Ok(None) };
        rest = next;
    }
}

fn is_boundary(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

fn without_first(text: &[u8]) -> Option<&[u8]> {
    let (_, rest) = text.split_first()?;
    let next = rest.iter().position(|byte| is_boundary(*byte)).unwrap_or(rest.len());
    Some(&rest[next..])
}

fn without_last(text: &[u8]) -> Option<&[u8]> {
    let start = text.iter().rposition(|byte| is_boundary(*byte))?;
    Some(&text[..start])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn like(pattern: &str, text: &str) -> bool {
        let pattern = Pattern::like(pattern, Some('!')).expect(pattern);
        let folded = text.to_ascii_lowercase();
        let like = Like::new(&pattern, Case::Ignored);
        like.matches(folded.as_bytes(), &mut Steps::new(1_000)).expect("within 1,000 steps")
    }

    #[test]
    fn patterns_match_what_sqlite_matches() {
        let table = [
            ("", "", true),
            ("", "a", false),
            ("%", "", true),
            ("_", "é", true),
            ("_", "", false),
            ("abc", "ABC", true),
            ("a%", "abc", true),
            ("%c", "abc", true),
            ("%B%", "abc", true),
            ("a%c", "ac", true),
            ("a%c", "a", false),
            ("ab%bc", "abc", false),
            ("a_c", "aéc", true),
            ("a_c", "abbc", false),
            ("%_", "", false),
            ("_%_", "ab", true),
            ("_%_", "a", false),
            ("%a_b%", "aab axb", true),
            ("%ab%ab%", "ab", false),
            ("%ab%ab", "abab", true),
            ("%a%b_", "aabbx", true),
            ("50!%", "50%", true),
            ("50!%", "505", false),
        ];
        for (pattern, text, expected) in table {
            assert_eq!(like(pattern, text), expected, "{text:?} LIKE {pattern:?}");
        }
    }

    #[test]
    fn a_pattern_that_must_try_everywhere_pays_for_it() {
        let pattern = Pattern::like("%a_______________________b%", None).expect("no escape");
        let text = vec![b'a'; 10_000];
        let like = Like::new(&pattern, Case::Ignored);
        assert_eq!(like.matches(&text, &mut Steps::new(1_000)), Err(Spent));
        assert_eq!(like.matches(&text, &mut Steps::new(1_000_000)), Ok(false));
    }
}
