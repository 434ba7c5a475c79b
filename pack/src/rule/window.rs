//! `window = "5m"`: for how long an event counts.

use crate::document::{Complaint, Item, Problem};

/// What a number may be followed by, and its seconds.
const UNITS: [(char, u32); 4] = [('s', 1), ('m', 60), ('h', 3_600), ('d', 86_400)];
/// The longest window, seconds: 30 days.
const MAX_SECONDS: u32 = 30 * 86_400;

/// The window in seconds.
pub(super) fn seconds(item: &Item<'_>) -> Result<u32, Complaint> {
    let text = item.text()?;
    parse(text).ok_or_else(|| item.complain(Problem::Window(text.to_owned())))
}

fn parse(text: &str) -> Option<u32> {
    let (unit, seconds) = UNITS.into_iter().find(|(unit, _)| text.ends_with(*unit))?;
    let digits = text.strip_suffix(unit)?;
    let plain = digits.bytes().all(|byte| byte.is_ascii_digit());
    let count: u32 = digits.parse().ok().filter(|_| plain)?;
    count.checked_mul(seconds).filter(|window| (1..=MAX_SECONDS).contains(window))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_window_is_a_number_with_a_unit_from_a_second_to_thirty_days() {
        let good = [("1s", 1), ("60s", 60), ("5m", 300), ("2h", 7_200), ("30d", MAX_SECONDS)];
        for (text, seconds) in good {
            assert_eq!(parse(text), Some(seconds), "{text}");
        }
        let bad = ["", "s", "0s", "60", "+5m", "-5m", "5 m", "5M", "31d", "99999999999s", "1.5h"];
        for text in bad {
            assert_eq!(parse(text), None, "{text}");
        }
    }
}
