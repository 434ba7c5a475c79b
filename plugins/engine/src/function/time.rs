//! Dates and times as SQLite has them: a value that is a time, and modifiers that move it.
//!
//! ```text
//! moment     a time as milliseconds and as calendar fields
//! read       a time as text
//! modifier   what moves it
//! format     strftime
//! ```
//!
//! There is no clock and no time zone: `now` and `localtime` are NULL, `utc` changes nothing.

mod format;
mod modifier;
mod moment;
mod read;

use daemoneye_plan::Function;

use self::moment::{Date, Moment};
use super::room;
use crate::rule::Held;
use crate::steps::{Spent, Steps};
use crate::view::Value;

/// DATE, TIME, DATETIME, UNIXEPOCH and STRFTIME; NULL if anything is not understood.
pub(super) fn held<'a>(
    function: Function,
    arguments: &[Held<'_>],
    steps: &mut Steps,
) -> Result<Held<'a>, Spent> {
    let (format, time) = match (function, arguments) {
        (Function::FormatTime, [format, time @ ..]) => (format.text(), time),
        (_, time) => (None, time),
    };
    let Some(moment) = moment(time) else { return Ok(Held::NULL) };
    Ok(match function {
        Function::UnixTime => unix(&moment),
        Function::FormatTime => {
            let Some(pattern) = format else { return Ok(Held::NULL) };
            // The longest conversion turns 2 bytes into 20.
            room(pattern.len().checked_mul(10), steps)?;
            made(format::filled(&moment, &pattern))
        }
        Function::Date => made(date(&moment)),
        Function::Time => made(clock(&moment)),
        _ => made(date(&moment).zip(clock(&moment)).map(|(date, clock)| format!("{date} {clock}"))),
    })
}

fn made<'a>(text: Option<String>) -> Held<'a> {
    text.map_or(Held::NULL, |text| Held::Made(text.into_bytes()))
}

/// Unlike STRFTIME, which counts a minus among the year's four digits.
fn date(moment: &Moment) -> Option<String> {
    let Date { year, month, day } = moment.date?;
    let sign = if year < 0 { "-" } else { "" };
    Some(format!("{sign}{:04}-{month:02}-{day:02}", year.abs()))
}

fn clock(moment: &Moment) -> Option<String> {
    format::filled(moment, if moment.shows_fractions() { b"%H:%M:%f" } else { b"%T" })
}

fn moment(arguments: &[Held<'_>]) -> Option<Moment> {
    let (value, modifiers) = arguments.split_first()?;
    let mut moment = match value {
        Held::Lent(Value::Number(number)) => Moment::from_number(number.float()),
        text => read::time(&text.text()?)?,
    };
    for (place, modifier) in modifiers.iter().enumerate() {
        modifier::apply(&mut moment, &modifier.text()?, place == 0)?;
    }
    moment.settle(modifiers.is_empty())?;
    Some(moment)
}

fn unix(moment: &Moment) -> Held<'static> {
    let milliseconds = moment.unix_milliseconds();
    if moment.shows_fractions() {
        Held::float(milliseconds as f64 / 1000.0)
    } else {
        Held::integer(moment.unix_seconds())
    }
}
