//! How long a row counts: `60 s`, `5 m`, `1 h`, `7 d`.

use daemoneye_plan::MAX_WINDOW;

pub(crate) const HELP: &str = "a number of s, m, h or d up to 7 days, for example 60 s";

/// Microseconds of a second.
const SECOND: u64 = 1_000_000;
/// Units by their letter, in seconds.
const UNITS: &[(&str, u64)] = &[("s", 1), ("m", 60), ("h", 3600), ("d", 86_400)];

/// Microseconds, if the text is a window that a plan can have.
pub(crate) fn parse(text: &str) -> Option<u64> {
    let text = text.trim();
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(digits);
    let (_, seconds) = UNITS.iter().find(|(letter, _)| *letter == unit.trim_start())?;
    of_seconds(number.parse::<u64>().ok()?.checked_mul(*seconds)?)
}

/// Microseconds, if a plan can have them as its window.
pub(crate) fn of_seconds(seconds: u64) -> Option<u64> {
    seconds.checked_mul(SECOND).filter(|window| (1..=MAX_WINDOW).contains(window))
}

#[cfg(test)]
mod tests {
    use super::parse;

    #[test]
    fn a_window_is_a_number_and_a_unit() {
        let table = [
            ("60 s", Some(60_000_000)),
            ("5m", Some(300_000_000)),
            (" 1 h ", Some(3_600_000_000)),
            ("7 d", Some(604_800_000_000)),
            ("604801 s", None),
            ("0 s", None),
            ("60", None),
            ("s", None),
            ("-1 s", None),
            ("1.5 h", None),
            ("99999999999999999999 s", None),
            ("18446744073709551615 d", None),
        ];
        for (text, expected) in table {
            assert_eq!(parse(text), expected, "{text}");
        }
    }
}
