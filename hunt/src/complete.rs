//! Whether the answer is all there is.

use std::fmt;

use daemoneye_store::{SegmentId, Span};

use crate::window::Window;

/// Damaged segments that are named one by one.
const NAMED: usize = 3;

/// Why an answer may lack something.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub enum Incomplete {
    /// Sources told of events that they lost.
    Lost(u64),
    /// Batches of sources never came.
    Missing(u64),
    /// Segments that cannot be read, and why the first cannot.
    Damaged(Vec<SegmentId>, String),
    /// The window begins before what is still kept, which begins then; microseconds since the Unix
    /// epoch.
    Removed(i64),
    /// The time was over before so many events were looked at.
    Time(u64),
    /// Events or groups that took more than the steps that one may take.
    Costly(u64),
}

impl fmt::Display for Incomplete {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Incomplete::Lost(events) => write!(f, "{events} events of this time were lost"),
            Incomplete::Missing(batches) => {
                write!(f, "{batches} batches of events of this time never came")
            }
            Incomplete::Damaged(segments, cause) => {
                let named: Vec<String> =
                    segments.iter().take(NAMED).map(|id| id.0.to_string()).collect();
                let more = segments.len().saturating_sub(NAMED);
                write!(f, "{} segments cannot be read: {}", segments.len(), named.join(", "))?;
                if more > 0 {
                    write!(f, " and {more} more")?;
                }
                write!(f, " ({cause})")
            }
            Incomplete::Removed(first) => {
                write!(f, "events from before {first} \u{b5}s since 1970 are not kept any more")
            }
            Incomplete::Time(events) => {
                write!(f, "the time was over before {events} events were looked at")
            }
            Incomplete::Costly(rows) => {
                write!(f, "{rows} rows took more than the steps that one row may take")
            }
        }
    }
}

impl Incomplete {
    /// What is missing of this window already before anybody looks; `spans` are of all segments.
    pub fn known(spans: &[Span], window: Window) -> Vec<Incomplete> {
        let inside = spans.iter().filter(|span| window.may_have(span));
        let (lost, missing) = inside.fold((0_u64, 0_u64), |(lost, missing), span| {
            (lost + span.lost, missing + span.missing)
        });
        let mut found = Vec::new();
        if lost > 0 {
            found.push(Incomplete::Lost(lost));
        }
        if missing > 0 {
            found.push(Incomplete::Missing(missing));
        }
        // Segments are numbered from 1; the first that is missing was removed.
        let was_removed = spans.first().is_some_and(|first| first.id.0 > 1);
        let first = spans.iter().map(|span| span.first_time).filter(|time| *time > 0).min();
        if let (true, Some(since), Some(first)) = (was_removed, window.since, first)
            && since < first
        {
            found.push(Incomplete::Removed(first));
        }
        found
    }
}
