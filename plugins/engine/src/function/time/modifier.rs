//! What moves a time: `+7 days`, `start of month`, `weekday 1` and the like.

use super::moment::{Clock, DAY, Moment};
use super::read;

/// Units: the name, the most of it, and its seconds, where a month has 30 days and a year 365.
const UNITS: &[(&str, f32, f64)] = &[
    ("second", 4.6427e14, 1.0),
    ("minute", 7.7379e12, 60.0),
    ("hour", 1.2897e11, 3600.0),
    ("day", 5_373_485.0, 86_400.0),
    ("month", 176_546.0, 2_592_000.0),
    ("year", 14_713.0, 31_536_000.0),
];
const MIDNIGHT: Clock = Clock { hour: 0, minute: 0, second: 0.0 };
const DAY_END: Clock = Clock { hour: 23, minute: 59, second: 59.999 };

/// Moves the time; nothing if the modifier is none, or does not fit what came before.
pub(super) fn apply(moment: &mut Moment, modifier: &[u8], is_first: bool) -> Option<()> {
    let lower = modifier.to_ascii_lowercase();
    match &*lower {
        b"auto" if is_first => as_likely(moment),
        b"unixepoch" if is_first => as_seconds(moment)?,
        b"julianday" if is_first => as_days(moment)?,
        b"ceiling" => settle(moment, 0)?,
        b"floor" => settle(moment, moment.beyond)?,
        b"utc" => as_utc(moment)?,
        b"subsec" | b"subsecond" => moment.fractions = true,
        [b'+' | b'-' | b'0'..=b'9', ..] => shift(moment, &lower)?,
        other => named(moment, other)?,
    }
    Some(())
}

/// A number that cannot be days is seconds.
fn as_likely(moment: &mut Moment) {
    if let (Some(number), None) = (moment.number, moment.julian)
        && (-210_866_760_000.0..=253_402_300_799.0).contains(&number)
    {
        moment.set_unix(number);
    } else if moment.julian.is_some() {
        moment.number = None;
    }
}

fn as_seconds(moment: &mut Moment) -> Option<()> {
    let seconds = moment.number.filter(|seconds| Moment::is_unix(*seconds))?;
    moment.set_unix(seconds);
    Some(())
}

fn as_days(moment: &mut Moment) -> Option<()> {
    moment.julian?;
    moment.number.take().map(|_| ())
}

/// Makes the milliseconds all that is known, so many days before.
fn settle(moment: &mut Moment, days: i32) -> Option<()> {
    moment.add(-i64::from(days) * DAY)?;
    moment.clear_fields();
    if days == 0 {
        moment.beyond = 0;
    }
    Some(())
}

fn as_utc(moment: &mut Moment) -> Option<()> {
    if !moment.utc {
        let julian = Some(moment.julian()?);
        *moment = Moment { julian, utc: true, ..Moment::default() };
    }
    Some(())
}

fn named(moment: &mut Moment, modifier: &[u8]) -> Option<()> {
    if let Some(unit) = modifier.strip_prefix(b"start of ") {
        return edge(moment, unit, MIDNIGHT);
    }
    if let Some(unit) = modifier.strip_prefix(b"end of ") {
        return edge(moment, unit, DAY_END);
    }
    weekday(moment, modifier.strip_prefix(b"weekday ")?)
}

/// The first or the last millisecond of a day, month or year.
fn edge(moment: &mut Moment, unit: &[u8], clock: Clock) -> Option<()> {
    if moment.julian.is_none() && moment.date.is_none() && moment.clock.is_none() {
        return None;
    }
    let is_end = clock == DAY_END;
    let mut date = moment.date()?;
    match unit {
        b"day" => {}
        b"month" => date.day = 1,
        b"year" if is_end => (date.month, date.day) = (12, 31),
        b"year" => (date.month, date.day) = (1, 1),
        _ => return None,
    }
    let is_month_end = is_end && unit == b"month";
    if is_month_end {
        date.add_months(1);
    }
    (moment.date, moment.clock) = (Some(date), Some(clock));
    (moment.number, moment.zone, moment.julian) = (None, 0, None);
    if is_month_end {
        moment.note_beyond();
        moment.add(-DAY)?;
        moment.clear_fields();
    }
    Some(())
}

/// On to the next such day, or back to the last one if there is a minus; Sunday is 0.
fn weekday(moment: &mut Moment, number: &[u8]) -> Option<()> {
    let wanted = read::number(number)?;
    if !(-6.0..=6.0).contains(&wanted) || wanted.fract() != 0.0 {
        return None;
    }
    let wanted = wanted.abs() as i64;
    moment.date()?;
    moment.clock()?;
    (moment.zone, moment.julian) = (0, None);
    let today = (moment.julian()? + DAY + DAY / 2) / DAY % 7;
    if today != wanted {
        let ahead = (wanted - today).rem_euclid(7);
        let days = if number.contains(&b'-') { ahead - 7 } else { ahead };
        moment.add(days * DAY)?;
    }
    moment.clear_fields();
    Some(())
}

/// `NNN units`, `[+-]HH:MM[:SS]` and `[+-]YYYY-MM-DD[ HH:MM[:SS]]`.
fn shift(moment: &mut Moment, modifier: &[u8]) -> Option<()> {
    let end = number_end(modifier);
    let number = read::number(&modifier[..end])?;
    let (sign, rest) = (modifier[0], &modifier[end..]);
    match rest {
        [b'-', ..] => {
            let rest = shift_date(moment, modifier, end)?;
            let Some((space, time)) = rest.split_first() else { return Some(()) };
            let is_time = read::is_space(*space) && time.get(2) == Some(&b':');
            if is_time { shift_clock(moment, sign, time) } else { None }
        }
        [b':', ..] => {
            let is_signed = !modifier[0].is_ascii_digit();
            shift_clock(moment, sign, &modifier[usize::from(is_signed)..])
        }
        rest => shift_units(moment, number, read::trim_start(rest)),
    }
}

/// A number ends at a space, at a colon, or at the minus after a year of 4 or 5 digits.
fn number_end(modifier: &[u8]) -> usize {
    let ends = |place: usize| match modifier[place] {
        b':' => true,
        b'-' => matches!(place, 5 | 6) && modifier[1..place].iter().all(u8::is_ascii_digit),
        byte => read::is_space(byte),
    };
    (1..modifier.len()).find(|place| ends(*place)).unwrap_or(modifier.len())
}

/// Moves by years, months and days, and says what follows them.
fn shift_date<'a>(moment: &mut Moment, modifier: &'a [u8], end: usize) -> Option<&'a [u8]> {
    let sign = match modifier[0] {
        b'+' => 1,
        b'-' => -1,
        _ => return None,
    };
    let (years, rest) = read::digits(&modifier[1..], end - 1, 0..=14_712)?;
    let (months, rest) = read::digits(read::after(rest, b'-')?, 2, 0..=11)?;
    let (days, rest) = read::digits(read::after(rest, b'-')?, 2, 0..=30)?;
    shift_months(moment, sign * (years * 12 + months))?;
    moment.add(i64::from(sign * days) * DAY)?;
    (moment.date, moment.clock) = (None, None);
    Some(rest)
}

fn shift_clock(moment: &mut Moment, sign: u8, time: &[u8]) -> Option<()> {
    let julian = read::clock(time)?.julian()?;
    let in_day = (julian - DAY / 2) % DAY;
    moment.julian()?;
    moment.clear_fields();
    moment.add(if sign == b'-' { -in_day } else { in_day })
}

fn shift_units(moment: &mut Moment, number: f64, unit: &[u8]) -> Option<()> {
    if !(3..=10).contains(&unit.len()) {
        return None;
    }
    let unit = unit.strip_suffix(b"s").unwrap_or(unit);
    let of_name = |(name, most, _): &&(&str, f32, f64)| {
        name.as_bytes() == unit && number.abs() < f64::from(*most)
    };
    let (name, _, seconds) = UNITS.iter().find(of_name)?;
    moment.julian()?;
    moment.beyond = 0;
    let fraction = match *name {
        "month" => shift_months(moment, number as i32).map(|()| number.fract())?,
        "year" => shift_months(moment, number as i32 * 12).map(|()| number.fract())?,
        _ => number,
    };
    let rounder = if number < 0.0 { -0.5 } else { 0.5 };
    moment.add((fraction * 1000.0 * seconds + rounder) as i64)?;
    moment.clear_fields();
    Some(())
}

/// The same day and time of another month.
fn shift_months(moment: &mut Moment, months: i32) -> Option<()> {
    let mut date = moment.date()?;
    moment.clock()?;
    date.add_months(months);
    (moment.date, moment.julian) = (Some(date), None);
    moment.note_beyond();
    moment.julian().map(|_| ())
}
