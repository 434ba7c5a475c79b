//! A time as text: a date, a time of the day, both, or a number.

use super::moment::{Clock, Date, Moment, days_of_month};
use crate::number::Number;

/// The time that the text is.
pub(super) fn time(text: &[u8]) -> Option<Moment> {
    date(text).or_else(|| clock(text)).or_else(|| number(text).map(Moment::from_number))
}

/// The number that all of the text is.
pub(super) fn number(text: &[u8]) -> Option<f64> {
    Number::parse(text).map(Number::float)
}

/// `[-]YYYY-MM-DD`, alone or with a time of the day after spaces or a `T`.
fn date(text: &[u8]) -> Option<Moment> {
    let (is_before, rest) = match text {
        [b'-', rest @ ..] => (true, rest),
        rest => (false, rest),
    };
    let (year, rest) = digits(rest, 4, 0..=14_712)?;
    let (month, rest) = digits(after(rest, b'-')?, 2, 1..=12)?;
    let (day, rest) = digits(after(rest, b'-')?, 2, 1..=31)?;
    let start = rest.iter().position(|byte| !is_space(*byte) && *byte != b'T');
    let rest = &rest[start.unwrap_or(rest.len())..];
    let mut date = Date { year, month, day };
    let mut moment = if rest.is_empty() { Moment::default() } else { clock(rest)? };
    if let Some(clock @ Clock { hour: 24, .. }) = &mut moment.clock {
        clock.hour = 0;
        date = next_day(date);
    }
    date.year = if is_before { -date.year } else { date.year };
    moment.date = Some(date);
    moment.note_beyond();
    if moment.zone != 0 {
        moment.julian()?;
    }
    Some(moment)
}

fn next_day(mut date: Date) -> Date {
    let last = days_of_month(date.year, date.month);
    date.day += 1;
    if date.day > last {
        date.day -= last;
        date.add_months(1);
    }
    date
}

/// `HH:MM[:SS[.FFF]]`, with a time zone or without.
pub(super) fn clock(text: &[u8]) -> Option<Moment> {
    let (hour, rest) = digits(text, 2, 0..=24)?;
    let (minute, rest) = digits(after(rest, b':')?, 2, 0..=59)?;
    let (second, rest) = match rest {
        [b':', rest @ ..] => seconds(rest)?,
        rest => (0.0, rest),
    };
    if hour == 24 && (minute != 0 || second != 0.0) {
        return None;
    }
    let clock = Some(Clock { hour, minute, second });
    let (zone, utc) = zone(trim_start(rest))?;
    Some(Moment { clock, zone, utc, ..Moment::default() })
}

/// Fractions below a millisecond never round up to the next second.
fn seconds(text: &[u8]) -> Option<(f64, &[u8])> {
    let (second, rest) = digits(text, 2, 0..=59)?;
    let [b'.', fraction @ ..] = rest else { return Some((f64::from(second), rest)) };
    let length = fraction.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if length == 0 {
        return Some((f64::from(second), rest));
    }
    let (mut sum, mut scale) = (0.0, 1.0);
    for digit in &fraction[..length] {
        sum = sum * 10.0 + f64::from(digit - b'0');
        scale *= 10.0;
    }
    let fraction_of_second: f64 = sum / scale;
    let kept = if fraction_of_second > 0.999 { 0.999 } else { fraction_of_second };
    Some((f64::from(second) + kept, &fraction[length..]))
}

/// Minutes ahead of UTC, and whether the text says that there are none.
fn zone(text: &[u8]) -> Option<(i32, bool)> {
    let (sign, rest) = match text {
        [] => return Some((0, false)),
        [b'Z' | b'z', rest @ ..] => return trim_start(rest).is_empty().then_some((0, true)),
        [b'+', rest @ ..] => (1, rest),
        [b'-', rest @ ..] => (-1, rest),
        _ => return None,
    };
    let (hours, rest) = digits(rest, 2, 0..=14)?;
    let (minutes, rest) = digits(after(rest, b':')?, 2, 0..=59)?;
    let zone = sign * (hours * 60 + minutes);
    trim_start(rest).is_empty().then_some((zone, zone == 0))
}

/// So many digits, as a number within these bounds, and what follows.
pub(super) fn digits(
    text: &[u8],
    length: usize,
    bounds: std::ops::RangeInclusive<i32>,
) -> Option<(i32, &[u8])> {
    let (digits, rest) = text.split_at_checked(length)?;
    if !digits.iter().all(u8::is_ascii_digit) {
        return None;
    }
    let number = digits.iter().fold(0, |sum, digit| sum * 10 + i32::from(digit - b'0'));
    bounds.contains(&number).then_some((number, rest))
}

pub(super) fn after(text: &[u8], separator: u8) -> Option<&[u8]> {
    text.strip_prefix(&[separator])
}

pub(super) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}

pub(super) fn trim_start(text: &[u8]) -> &[u8] {
    let start = text.iter().position(|byte| !is_space(*byte));
    &text[start.unwrap_or(text.len())..]
}
