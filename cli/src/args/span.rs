//! A stretch of time, as people write it.

use jiff::{SignedDuration, Span, SpanRelativeTo};

/// A time that is not negative; days have 24 hours, weeks 7 days.
pub(super) fn span(text: &str) -> Result<SignedDuration, String> {
    let span: Span = text.parse().map_err(|error| format!("{error}"))?;
    let duration = span
        .to_duration(SpanRelativeTo::days_are_24_hours())
        .map_err(|_| "months and years have no certain length; say days".to_owned())?;
    if duration.is_positive() { Ok(duration) } else { Err("nothing lies in it".to_owned()) }
}
