//! A time as milliseconds and as calendar fields, of which either may be out of date.

/// Milliseconds of a day.
pub(super) const DAY: i64 = 86_400_000;
/// From the start of the Julian day numbers, noon of -4713-11-24, to the Unix epoch, in milliseconds.
const EPOCH: i64 = 210_866_760_000_000;
/// 9999-12-31 23:59:59.999, the last time that there is.
const LAST: i64 = 464_269_060_799_999;
/// Numbers below are days, others can only be seconds.
const DAYS: f64 = 5_373_484.5;

/// A date of the Gregorian calendar, whose day may lie beyond its month's end.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Date {
    pub(super) year: i32,
    pub(super) month: i32,
    pub(super) day: i32,
}

/// A time of the day.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Clock {
    pub(super) hour: i32,
    pub(super) minute: i32,
    pub(super) second: f64,
}

/// A time on its way through the modifiers. SQLite computes the milliseconds and the fields only when
/// it needs them, and that shows: a date beyond its month's end stays as it was written until then.
#[derive(Debug, Clone, Default)]
pub(super) struct Moment {
    /// Milliseconds since the start of the Julian day numbers.
    pub(super) julian: Option<i64>,
    pub(super) date: Option<Date>,
    pub(super) clock: Option<Clock>,
    /// A number that may be days or seconds.
    pub(super) number: Option<f64>,
    /// Minutes that the fields are ahead of UTC.
    pub(super) zone: i32,
    /// Days of the date beyond its month's end.
    pub(super) beyond: i32,
    pub(super) fractions: bool,
    pub(super) utc: bool,
}

impl Moment {
    /// A number is a Julian day if it can be, and seconds if a modifier says so.
    pub(super) fn from_number(number: f64) -> Self {
        let is_day = (0.0..DAYS).contains(&number);
        let julian = is_day.then_some((number * DAY as f64 + 0.5) as i64);
        Moment { julian, number: Some(number), ..Moment::default() }
    }

    /// Takes the number as seconds since the Unix epoch.
    pub(super) fn set_unix(&mut self, seconds: f64) {
        self.clear_fields();
        self.julian = Some((seconds * 1000.0 + EPOCH as f64 + 0.5) as i64);
        self.number = None;
    }

    /// Whether so many seconds since the Unix epoch are a time.
    pub(super) fn is_unix(seconds: f64) -> bool {
        let milliseconds = seconds * 1000.0 + EPOCH as f64;
        (0.0..(LAST + 1) as f64).contains(&milliseconds)
    }

    pub(super) fn clear_fields(&mut self) {
        (self.date, self.clock, self.zone) = (None, None, 0);
    }

    /// The milliseconds, from the fields if need be. A time without a date is one of 2000-01-01.
    pub(super) fn julian(&mut self) -> Option<i64> {
        if let Some(julian) = self.julian {
            return Some(julian);
        }
        let mut date = self.date.unwrap_or(Date { year: 2000, month: 1, day: 1 });
        if let (None, Some(clock @ Clock { hour: 24, .. })) = (self.date, &mut self.clock) {
            (clock.hour, date.day) = (0, 2);
        }
        if !(-4713..=9999).contains(&date.year) || self.number.is_some() {
            return None;
        }
        let mut julian = date.midnight();
        if let Some(Clock { hour, minute, second }) = self.clock {
            let whole = i64::from(hour) * 3_600_000 + i64::from(minute) * 60_000;
            julian += whole + (second * 1000.0 + 0.5) as i64;
            if self.zone != 0 {
                julian -= i64::from(self.zone) * 60_000;
                self.clear_fields();
                self.utc = true;
            }
        }
        self.julian = Some(julian);
        self.julian
    }

    /// The date, from the milliseconds if need be.
    pub(super) fn date(&mut self) -> Option<Date> {
        let date = match (self.date, self.julian) {
            (Some(date), _) => date,
            (None, None) => Date { year: 2000, month: 1, day: 1 },
            (None, Some(julian)) if (0..=LAST).contains(&julian) => Date::of(julian),
            (None, Some(_)) => return None,
        };
        self.date = Some(date);
        self.date
    }

    /// The time of the day, from the milliseconds if need be.
    pub(super) fn clock(&mut self) -> Option<Clock> {
        if self.clock.is_none() {
            let in_day = (self.julian()? + DAY / 2) % DAY;
            let minutes = (in_day / 60_000) as i32;
            let second = (in_day % 60_000) as f64 / 1000.0;
            self.clock = Some(Clock { hour: minutes / 60, minute: minutes % 60, second });
            self.number = None;
        }
        self.clock
    }

    /// Makes the fields say where the month ended, for `floor`.
    pub(super) fn note_beyond(&mut self) {
        if let Some(date) = self.date {
            self.beyond = (date.day - days_of_month(date.year, date.month)).max(0);
        }
    }

    /// Adds milliseconds; nothing if they are too many.
    pub(super) fn add(&mut self, milliseconds: i64) -> Option<()> {
        self.julian = Some(self.julian()?.checked_add(milliseconds)?);
        Some(())
    }

    /// Makes milliseconds and fields agree. `is_written` says that nothing was done with what was
    /// read, in which case a date beyond its month's end becomes one of the next month.
    pub(super) fn settle(&mut self, is_written: bool) -> Option<()> {
        let julian = self.julian()?;
        if !(0..=LAST).contains(&julian) {
            return None;
        }
        if is_written && self.date.is_some_and(|date| date.day > 28) {
            self.date = None;
        }
        self.date()?;
        self.clock().map(|_| ())
    }

    pub(super) fn shows_fractions(&self) -> bool {
        self.fractions
    }

    pub(super) fn unix_milliseconds(&self) -> i64 {
        self.julian.unwrap_or_default() - EPOCH
    }

    /// Rounded towards the start of the Julian day numbers.
    pub(super) fn unix_seconds(&self) -> i64 {
        self.julian.unwrap_or_default() / 1000 - EPOCH / 1000
    }
}

impl Date {
    /// The milliseconds at its start. Days and months are counted from a March, so that the leap day
    /// comes last, and 400 years are 146,097 days.
    pub(super) fn midnight(self) -> i64 {
        let year = i64::from(self.year) - i64::from(self.month <= 2);
        let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
        let month = i64::from((self.month + 9) % 12);
        let of_year = (153 * month + 2) / 5 + i64::from(self.day) - 1;
        let of_era = of_era * 365 + of_era / 4 - of_era / 100 + of_year;
        // Day 719,468 of this count is 1970-01-01.
        (era * 146_097 + of_era - 719_468) * DAY + EPOCH
    }

    /// The date at so many milliseconds, the same way back.
    pub(super) fn of(julian: i64) -> Self {
        let days = (julian - EPOCH).div_euclid(DAY) + 719_468;
        let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
        let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
        let of_year = of_era - (365 * year + year / 4 - year / 100);
        let month = (5 * of_year + 2) / 153;
        let day = of_year - (153 * month + 2) / 5 + 1;
        let month = if month < 10 { month + 3 } else { month - 9 };
        let year = era * 400 + year + i64::from(month <= 2);
        Date { year: year as i32, month: month as i32, day: day as i32 }
    }

    /// Adds months, whatever their days.
    pub(super) fn add_months(&mut self, months: i32) {
        let month = self.month + months - 1;
        self.year += month.div_euclid(12);
        self.month = month.rem_euclid(12) + 1;
    }
}

pub(super) fn days_of_month(year: i32, month: i32) -> i32 {
    match month {
        4 | 6 | 9 | 11 => 30,
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        _ => 31,
    }
}
