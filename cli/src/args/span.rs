//! A stretch of time, as people write it.

use jiff::{SignedDuration, Span, SpanRelativeTo, Timestamp};

/// A time that is not negative; days have 24 hours, weeks 7 days.
pub(super) fn span(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text.parse().map_err(|error| format!("{error}"))?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| "months and years have no certain length; say days".to_owned())?;
    if duration.is_positive() { Ok(duration) } else { Err("nothing lies in it".to_owned()) }
}

/// A moment: so long ago, or a time.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Moment {
    Ago(SignedDuration),
    At(Timestamp),
}

impl Moment {
    /// Microseconds since the Unix epoch, where it is `now`.
    pub(crate) fn before(self, now: i64) -> i64 {
        match self {
            Moment::Ago(ago) => {
                now.saturating_sub(i64::try_from(ago.as_micros()).unwrap_or(i64::MAX))
            }
            Moment::At(time) => time.as_microsecond(),
        }
    }
}

/// A stretch of time before now, or a time with its zone.
pub(super) fn moment(text: &str) -> Result<Moment, String> {
    match text.parse::<Timestamp>() {
        Ok(time) => Ok(Moment::At(time)),
        Err(_) => span(text).map(Moment::Ago).map_err(|error| {
            format!("{error}; write 2h, 7d, or a time such as 2026-01-31T12:00:00Z")
        }),
    }
}
