//! A day of the calendar, as text.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

/// A day in UTC. Written as `2027-01-31`, and in no other way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Day(Date);

/// A text that is no day.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not a day such as \"2027-01-31\"")]
pub struct DayError(String);

impl Day {
    /// The day of this time, in microseconds since the Unix epoch; nothing for a time that no calendar
    /// has.
    pub fn of(now: i64) -> Option<Day> {
        let now = Timestamp::from_microsecond(now).ok()?;
        Some(Day(now.to_zoned(TimeZone::UTC).date()))
    }

    /// Whether the day is over at this time, in microseconds since the Unix epoch. At a time that no
    /// calendar has, nothing is.
    pub fn is_over(self, now: i64) -> bool {
        Day::of(now).is_some_and(|today| today.0 > self.0)
    }
}

impl fmt::Display for Day {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

impl FromStr for Day {
    type Err = DayError;

    fn from_str(text: &str) -> Result<Self, DayError> {
        let day = text.parse().ok().map(Day).filter(|day| day.to_string() == text);
        day.ok_or_else(|| DayError(text.to_owned()))
    }
}

impl TryFrom<String> for Day {
    type Error = DayError;

    fn try_from(text: String) -> Result<Self, DayError> {
        text.parse()
    }
}

impl From<Day> for String {
    fn from(day: Day) -> String {
        day.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first microsecond of 2027-01-31.
    const DAWN: i64 = 1_801_353_600_000_000;
    const DAY: i64 = 86_400_000_000;

    #[test]
    fn a_day_is_over_when_the_next_one_begins() {
        let day: Day = "2027-01-31".parse().unwrap();
        for now in [i64::MIN, 0, DAWN, DAWN + DAY - 1] {
            assert!(!day.is_over(now), "{now}");
        }
        assert!(day.is_over(DAWN + DAY));
    }

    #[test]
    fn a_day_has_one_text() {
        for bad in ["", "2027-02-30", "20270131", "2027-1-31", "2027-01-31T00:00", "31.1.2027"] {
            assert_eq!(bad.parse::<Day>(), Err(DayError(bad.to_owned())));
        }
        assert_eq!("2028-02-29".parse::<Day>().unwrap().to_string(), "2028-02-29");
    }
}
