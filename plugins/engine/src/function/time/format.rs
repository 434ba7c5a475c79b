//! STRFTIME: a format filled with a time.

use std::fmt::Write;

use super::moment::{Clock, DAY, Date, Moment};
use crate::number::significant;

/// The fields that formats show.
struct Fields {
    julian: i64,
    date: Date,
    clock: Clock,
    fractions: bool,
}

/// The format, filled; nothing if it has a conversion that there is none of.
pub(super) fn filled(moment: &Moment, format: &[u8]) -> Option<String> {
    let (julian, date, clock) = (moment.julian?, moment.date?, moment.clock?);
    let fields = Fields { julian, date, clock, fractions: moment.shows_fractions() };
    let format = String::from_utf8_lossy(format);
    let mut pieces = format.split('%');
    let mut text = pieces.next().unwrap_or_default().to_owned();
    while let Some(piece) = pieces.next() {
        let mut rest = piece.chars();
        match rest.next() {
            Some(conversion) => {
                fields.write(conversion, &mut text, moment)?;
                text.push_str(rest.as_str());
            }
            // An empty piece ends the format, or comes before the second of two per cent signs.
            None => {
                text.push('%');
                text.push_str(pieces.next()?);
            }
        }
    }
    Some(text)
}

impl Fields {
    fn write(&self, conversion: char, text: &mut String, moment: &Moment) -> Option<()> {
        let (Date { year, month, day }, Clock { hour, minute, second }) = (self.date, self.clock);
        let twelve = if hour % 12 == 0 { 12 } else { hour % 12 };
        let half = if hour >= 12 { ["PM", "pm"] } else { ["AM", "am"] };
        match conversion {
            'd' => write!(text, "{day:02}"),
            'e' => write!(text, "{day:2}"),
            'f' => write!(text, "{second:06.3}"),
            'F' => write!(text, "{year:04}-{month:02}-{day:02}"),
            'G' => write!(text, "{:04}", self.thursday().year),
            'g' => write!(text, "{:02}", self.thursday().year % 100),
            'H' => write!(text, "{hour:02}"),
            'k' => write!(text, "{hour:2}"),
            'I' => write!(text, "{twelve:02}"),
            'l' => write!(text, "{twelve:2}"),
            'j' => write!(text, "{:03}", self.day_of_year() + 1),
            'J' => text.write_str(&significant(self.julian as f64 / DAY as f64, 16)),
            'm' => write!(text, "{month:02}"),
            'M' => write!(text, "{minute:02}"),
            'p' => write!(text, "{}", half[0]),
            'P' => write!(text, "{}", half[1]),
            'R' => write!(text, "{hour:02}:{minute:02}"),
            's' if self.fractions => {
                write!(text, "{:.3}", moment.unix_milliseconds() as f64 / 1000.0)
            }
            's' => write!(text, "{}", moment.unix_seconds()),
            'S' => write!(text, "{:02}", second as i32),
            'T' => write!(text, "{hour:02}:{minute:02}:{:02}", second as i32),
            'u' => write!(text, "{}", self.after_monday() + 1),
            'w' => write!(text, "{}", self.after_sunday()),
            'U' => write!(text, "{:02}", (self.day_of_year() - self.after_sunday() + 7) / 7),
            'V' => write!(text, "{:02}", self.thursday_of_year() / 7 + 1),
            'W' => write!(text, "{:02}", (self.day_of_year() - self.after_monday() + 7) / 7),
            'Y' => write!(text, "{year:04}"),
            _ => return None,
        }
        .ok()
    }

    fn after_monday(&self) -> i64 {
        (self.julian + DAY / 2) / DAY % 7
    }

    fn after_sunday(&self) -> i64 {
        (self.after_monday() + 1) % 7
    }

    /// Days since the first of January, at the same time of the day.
    fn day_of_year(&self) -> i64 {
        days_since_new_year(self.julian, self.date.year)
    }

    /// The milliseconds three days after the week's Monday: a week belongs to its Thursday's year.
    fn thursday_milliseconds(&self) -> i64 {
        self.julian + (3 - self.after_monday()) * DAY
    }

    fn thursday(&self) -> Date {
        Date::of(self.thursday_milliseconds())
    }

    fn thursday_of_year(&self) -> i64 {
        days_since_new_year(self.thursday_milliseconds(), self.thursday().year)
    }
}

fn days_since_new_year(julian: i64, year: i32) -> i64 {
    (julian - Date { year, month: 1, day: 1 }.midnight()).div_euclid(DAY)
}
