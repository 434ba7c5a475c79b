//! Texts, as characters and as bytes.

use std::ops::Range;

use memchr::memmem;

use super::room;
use crate::rule::Held;
use crate::steps::{Spent, Steps};
use crate::view::Value;

/// Finding a part, and putting another in its place.
const STEPS_PER_COPY: u64 = 2;

pub(super) fn as_text(held: Held<'_>) -> Held<'_> {
    match held {
        Held::Lent(Value::Number(number)) => Held::Made(number.text().into_bytes()),
        other => other,
    }
}

pub(super) fn concat(
    left: &Held<'_>,
    right: &Held<'_>,
    steps: &mut Steps,
) -> Result<Held<'static>, Spent> {
    let (Some(a), Some(b)) = (left.text(), right.text()) else { return Ok(Held::NULL) };
    room(a.len().checked_add(b.len()), steps)?;
    Ok(Held::Made([&*a, &*b].concat()))
}

/// Characters; like SQLite's, it ends at a zero byte. Of a number, all of its text.
pub(super) fn length(held: &Held<'_>) -> Held<'static> {
    let Some(text) = held.text() else { return Held::NULL };
    count(how_many_characters(until_zero(&text)))
}

pub(super) fn lower(held: Held<'_>) -> Held<'_> {
    match as_text(held) {
        Held::Lent(Value::Text { folded, .. }) => Held::Lent(Value::Text { raw: folded, folded }),
        Held::Made(text) => Held::Made(text.to_ascii_lowercase()),
        null => null,
    }
}

pub(super) fn upper(held: &Held<'_>) -> Held<'static> {
    held.text().map_or(Held::NULL, |text| Held::Made(text.to_ascii_uppercase()))
}

/// Some of the characters before a zero byte.
pub(super) fn substring<'a>(
    held: Held<'a>,
    start: &Held<'_>,
    length: Option<&Held<'_>>,
) -> Held<'a> {
    let held = as_text(held);
    let length = length.map_or(Some(i64::MAX), Held::whole);
    let (Some(start), Some(length)) = (start.whole(), length) else { return Held::NULL };
    match held.text().map(|text| window(until_zero(&text), start, length)) {
        Some(range) => held.part(range),
        None => Held::NULL,
    }
}

fn window(text: &[u8], start: i64, length: i64) -> Range<usize> {
    let (skip, take) = skip_and_take(start, length, || how_many_characters(text) as i64);
    let from = place(text, skip);
    from..from + place(&text[from..], take)
}

/// How many characters to skip and to take. SQLite counts a character before the first one, which is
/// never there, and lets a window that begins before the text lose what lies there.
fn skip_and_take(start: i64, length: i64, characters: impl FnOnce() -> i64) -> (i64, i64) {
    let (mut skip, mut take) = (start, length);
    if start < 0 {
        skip = start.saturating_add(characters());
        if skip < 0 {
            take = if length < 0 { 0 } else { length + skip };
            skip = 0;
        }
    } else if start > 0 {
        skip -= 1;
    } else if length > 0 {
        take -= 1;
    }
    if take >= 0 {
        return (skip, take);
    }
    let before = if take < -skip { skip } else { -take };
    (skip - before, before)
}

/// The character, counted from 1, where `part` begins; 0 if it does not occur.
pub(super) fn position(held: &Held<'_>, part: &Held<'_>) -> Held<'static> {
    let (Some(text), Some(part)) = (held.text(), part.text()) else { return Held::NULL };
    let found = memmem::find(&text, &part);
    found.map_or(Held::integer(0), |place| count(characters(&text[..place]).count() + 1))
}

pub(super) fn replace<'a>(
    held: Held<'a>,
    part: &Held<'_>,
    by: &Held<'_>,
    steps: &mut Steps,
) -> Result<Held<'a>, Spent> {
    let held = as_text(held);
    let (Some(text), Some(part)) = (held.text(), part.text()) else { return Ok(Held::NULL) };
    if part.first().is_none_or(|byte| *byte == 0) {
        drop(text);
        return Ok(held);
    }
    let Some(by) = by.text() else { return Ok(Held::NULL) };
    let finder = memmem::Finder::new(&*part);
    let mut copies: usize = 0;
    for _ in finder.find_iter(&text) {
        steps.spend(STEPS_PER_COPY)?;
        copies += 1;
    }
    let kept = text.len() - copies * part.len();
    room(copies.checked_mul(by.len()).and_then(|added| added.checked_add(kept)), steps)?;
    let mut replaced = Vec::with_capacity(kept + copies * by.len());
    let mut rest = 0;
    for found in finder.find_iter(&text) {
        replaced.extend_from_slice(&text[rest..found]);
        replaced.extend_from_slice(&by);
        rest = found + part.len();
    }
    replaced.extend_from_slice(&text[rest..]);
    Ok(Held::Made(replaced))
}

/// Without the characters of `set` (spaces, if there is none) at the start, at the end, or both.
/// Each character that goes is looked for in all of the set.
pub(super) fn trim<'a>(
    held: Held<'a>,
    set: Option<&Held<'_>>,
    (start, end): (bool, bool),
    steps: &mut Steps,
) -> Result<Held<'a>, Spent> {
    let held = as_text(held);
    let set = set.map_or(Some(b" ".as_slice().into()), Held::text);
    let (Some(text), Some(set)) = (held.text(), set) else { return Ok(Held::NULL) };
    let set: Vec<&[u8]> = characters(until_zero(&set)).collect();
    let (mut from, mut to) = (0, text.len());
    while start && from < to {
        steps.spend(1 + set.len() as u64)?;
        let Some(known) = set.iter().find(|c| text[from..to].starts_with(c)) else { break };
        from += known.len();
    }
    while end && from < to {
        steps.spend(1 + set.len() as u64)?;
        let Some(known) = set.iter().find(|c| text[from..to].ends_with(c)) else { break };
        to -= known.len();
    }
    drop(text);
    Ok(held.part(from..to))
}

pub(super) fn hex(held: &Held<'_>, steps: &mut Steps) -> Result<Held<'static>, Spent> {
    const DIGITS: &[u8; 16] = b"0123456789ABCDEF";
    let text = held.text().unwrap_or_default();
    room(text.len().checked_mul(2), steps)?;
    let mut digits = vec![0; text.len() * 2];
    for (pair, byte) in digits.as_chunks_mut::<2>().0.iter_mut().zip(&*text) {
        *pair = [byte >> 4, byte & 15].map(|digit| DIGITS[usize::from(digit)]);
    }
    Ok(Held::Made(digits))
}

/// Bits per byte, as Shannon has it. Each byte is counted by itself.
pub(super) fn entropy(held: &Held<'_>, steps: &mut Steps) -> Result<Held<'static>, Spent> {
    let Some(text) = held.text() else { return Ok(Held::NULL) };
    steps.spend(text.len() as u64 / 4)?;
    let mut counts = [0_u32; 256];
    text.iter().for_each(|byte| counts[usize::from(*byte)] += 1);
    let bytes = text.len() as f64;
    let share = |count: &u32| f64::from(*count) / bytes;
    let occurring = counts.iter().filter(|count| **count > 0);
    let bits = occurring.map(share).map(|share| -share * share.log2()).sum::<f64>();
    Ok(Held::float(bits.abs()))
}

fn count(number: usize) -> Held<'static> {
    Held::integer(i64::try_from(number).unwrap_or(i64::MAX))
}

fn until_zero(text: &[u8]) -> &[u8] {
    &text[..memchr::memchr(0, text).unwrap_or(text.len())]
}

fn is_start(byte: u8) -> bool {
    byte & 0xC0 != 0x80
}

fn characters(text: &[u8]) -> impl Iterator<Item = &[u8]> {
    text.chunk_by(|_, next| !is_start(*next))
}

/// As many as [`characters`] has, counted many bytes at a time.
fn how_many_characters(text: &[u8]) -> usize {
    // No sum of 255 ones overflows a byte; unchecked, they are added sixteen at a time.
    let starts =
        |part: &[u8]| part.iter().fold(0_u8, |n, b| n.wrapping_add(u8::from(is_start(*b))));
    let starts: usize = text.chunks(255).map(|part| usize::from(starts(part))).sum();
    starts + usize::from(text.first().is_some_and(|byte| !is_start(*byte)))
}

/// Where so many characters end.
fn place(text: &[u8], characters: i64) -> usize {
    let Ok(number) = usize::try_from(characters) else { return 0 };
    let mut starts = text.iter().enumerate().filter(|(_, byte)| is_start(**byte));
    starts.nth(number).map_or(text.len(), |(place, _)| place)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn made(text: &[u8]) -> Held<'static> {
        Held::Made(text.to_vec())
    }

    #[test]
    fn characters_are_counted_as_they_are_cut() {
        for text in ["", "a", "é", "日本 é a", &"é".repeat(100)].map(str::as_bytes) {
            for cut in 0..=text.len() {
                let text = &text[cut..];
                assert_eq!(how_many_characters(text), characters(text).count(), "{text:?}");
            }
        }
    }

    #[test]
    fn entropy_is_0_for_one_byte_and_8_for_all_of_them() {
        let all: Vec<u8> = (0..=255).collect();
        let table: [(&[u8], f64); 4] = [(b"", 0.0), (b"aaaa", 0.0), (b"abab", 1.0), (&all, 8.0)];
        for (text, bits) in table {
            let held = entropy(&made(text), &mut Steps::new(100)).expect("few bytes");
            assert!(matches!(held.numeric(), Some(number) if number.float() == bits), "{text:?}");
        }
    }

    #[test]
    fn a_text_of_1_mib_is_made_and_a_longer_one_is_over_budget() {
        let half = vec![b'a'; 1 << 19];
        let steps = || Steps::new(1_000_000);
        assert!(hex(&made(&half), &mut steps()).is_ok());
        assert!(hex(&made(&[&half[..], b"a"].concat()), &mut steps()).is_err());
        assert!(concat(&made(&half), &made(&half), &mut steps()).is_ok());
        let over = concat(&made(&half), &made(&[&half[..], b"a"].concat()), &mut steps());
        assert!(over.is_err());
        let thousands = vec![b'a'; 1 << 10];
        let replaced = |by: &[u8]| replace(made(&thousands), &made(b"a"), &made(by), &mut steps());
        assert!(replaced(&thousands).is_ok());
        assert!(replaced(&[b'b'; 1025]).is_err());
    }

    #[test]
    fn a_text_is_paid_for_before_it_is_made() {
        let text = vec![b'a'; 1600];
        assert!(hex(&made(&text), &mut Steps::new(200)).is_ok());
        assert!(hex(&made(&text), &mut Steps::new(199)).is_err());
    }
}
