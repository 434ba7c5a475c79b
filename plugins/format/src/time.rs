//! Microseconds to a calendar. There is no clock here.

use jiff::Timestamp;

/// Microseconds since the Unix epoch as RFC 3339 in UTC, with microseconds; nothing for a time that
/// no calendar has.
pub fn rfc3339(microseconds: i64) -> Option<String> {
    Timestamp::from_microsecond(microseconds).ok().map(|time| format!("{time:.6}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_has_always_six_digits_and_z() {
        assert_eq!(rfc3339(0).as_deref(), Some("1970-01-01T00:00:00.000000Z"));
        assert_eq!(rfc3339(1_767_225_600_123_456).as_deref(), Some("2026-01-01T00:00:00.123456Z"));
        assert_eq!(rfc3339(-1).as_deref(), Some("1969-12-31T23:59:59.999999Z"));
        assert_eq!(rfc3339(i64::MAX), None);
    }
}
