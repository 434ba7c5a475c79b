//! The clocks, in the unit of all times.

use std::sync::LazyLock;
use std::time::{Instant, SystemTime, UNIX_EPOCH};

/// Where the steady clock has its zero: the first look at it.
static BEGINNING: LazyLock<Instant> = LazyLock::new(Instant::now);

/// One moment on two clocks. People are told the one on the wall, which an operator or a time server
/// may set at any time; what lasts is measured by the steady one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// Microseconds since the Unix epoch.
    pub wall: i64,
    /// Microseconds since some moment of this process; never runs backwards, never jumps.
    pub steady: i64,
}

/// The wall clock: microseconds since the Unix epoch.
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// Both clocks.
pub fn moment() -> Moment {
    let steady = BEGINNING.elapsed().as_micros();
    Moment { wall: now(), steady: i64::try_from(steady).unwrap_or(i64::MAX) }
}
