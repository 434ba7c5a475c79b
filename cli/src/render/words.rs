//! Numbers and times for people.

use jiff::Timestamp;

use crate::terminal::Look;

/// A count, in groups of three digits.
pub(crate) fn count(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::with_capacity(digits.len() * 4 / 3);
    for (place, digit) in digits.chars().enumerate() {
        if place > 0 && (digits.len() - place).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Microseconds as milliseconds.
pub(crate) fn milliseconds(microseconds: u64) -> String {
    let tenths = microseconds.saturating_add(50) / 100;
    format!("{}.{}", count(tenths / 10), tenths % 10)
}

/// A time, microseconds since the Unix epoch, on the clock of this place; as a number if no
/// calendar has it.
pub(crate) fn time(microseconds: i64, look: &Look) -> String {
    match Timestamp::from_microsecond(microseconds) {
        Ok(time) => time.to_zoned(look.zone.clone()).strftime("%F %T").to_string(),
        Err(_) => microseconds.to_string(),
    }
}

/// As [`time()`], to the minute and without the year.
pub(crate) fn short_time(microseconds: i64, look: &Look) -> String {
    match Timestamp::from_microsecond(microseconds) {
        Ok(time) => time.to_zoned(look.zone.clone()).strftime("%-d %b %H:%M").to_string(),
        Err(_) => microseconds.to_string(),
    }
}

/// As [`time()`], without the day.
pub(crate) fn clock(microseconds: i64, look: &Look) -> String {
    match Timestamp::from_microsecond(microseconds) {
        Ok(time) => time.to_zoned(look.zone.clone()).strftime("%T").to_string(),
        Err(_) => microseconds.to_string(),
    }
}

/// From one time to another in its largest unit: `7s`, `12min`, `3h`, `41d`.
pub(crate) fn age(from: i64, to: i64) -> String {
    let seconds = to.saturating_sub(from).max(0) / 1_000_000;
    match seconds {
        0..60 => format!("{seconds}s"),
        60..3_600 => format!("{}min", seconds / 60),
        3_600..86_400 => format!("{}h", seconds / 3_600),
        _ => format!("{}d", seconds / 86_400),
    }
}

/// From one time to another, in its two largest units.
pub(crate) fn duration(from: i64, to: i64) -> String {
    let seconds = to.saturating_sub(from).max(0) / 1_000_000;
    let (minutes, hours, days) = (seconds / 60, seconds / 3_600, seconds / 86_400);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds} s"),
        (0, 0, _) => format!("{minutes} min {} s", seconds % 60),
        (0, _, _) => format!("{hours} h {} min", minutes % 60),
        _ => format!("{days} d {} h", hours % 24),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::look;

    #[test]
    fn counts_have_groups_of_three() {
        let cases =
            [(0, "0"), (999, "999"), (1_000, "1,000"), (u64::MAX, "18,446,744,073,709,551,615")];
        for (number, expected) in cases {
            assert_eq!(count(number), expected);
        }
    }

    #[test]
    fn milliseconds_are_rounded_to_tenths() {
        for (microseconds, expected) in
            [(0, "0.0"), (49, "0.0"), (50, "0.1"), (1_234_560, "1,234.6")]
        {
            assert_eq!(milliseconds(microseconds), expected);
        }
    }

    #[test]
    fn durations_have_their_two_largest_units() {
        let cases = [
            (0, "0 s"),
            (59, "59 s"),
            (60, "1 min 0 s"),
            (3_661, "1 h 1 min"),
            (90_000, "1 d 1 h"),
            (-5, "0 s"),
        ];
        for (seconds, expected) in cases {
            assert_eq!(duration(0, seconds * 1_000_000), expected);
        }
        assert_eq!(duration(i64::MIN, i64::MAX), "106751991 d 4 h");
    }

    #[test]
    fn times_are_told_on_the_clock_of_the_place() {
        let mut look = look(80);
        assert_eq!(time(0, &look), "1970-01-01 00:00:00");
        assert_eq!(short_time(0, &look), "1 Jan 00:00");
        look.zone = jiff::tz::TimeZone::fixed(jiff::tz::offset(-5));
        assert_eq!(time(0, &look), "1969-12-31 19:00:00");
        assert_eq!(time(i64::MAX, &look), i64::MAX.to_string());
    }
}
