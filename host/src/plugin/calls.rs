//! Calls out of the sandbox into the host: counted for each call into the sandbox, and bounded in
//! what they may wait.

use std::time::{Duration, Instant};

use super::fault::Fault;

/// What the call that is under way has left.
#[derive(Debug)]
pub(crate) struct Calls {
    limit: u32,
    made: u32,
    until: Option<Instant>,
}

/// More calls than the limit. The sandbox is left with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("more than {0} calls into the host")]
struct TooMany(u32);

impl Default for Calls {
    /// As many as anybody makes, for as long as they take.
    fn default() -> Self {
        Calls::new(u32::MAX)
    }
}

impl Calls {
    pub(super) fn new(limit: u32) -> Self {
        Calls { limit, made: 0, until: None }
    }

    /// A call into the sandbox begins. What it waits for outside is over by then.
    pub(super) fn begin(&mut self, until: Option<Instant>) {
        (self.made, self.until) = (0, until);
    }

    /// Counts one call; every function that the host offers begins with this.
    pub(crate) fn count(&mut self) -> wasmtime::Result<()> {
        self.made = self.made.saturating_add(1);
        if self.made > self.limit { Err(TooMany(self.limit).into()) } else { Ok(()) }
    }

    /// How long the host may wait now for somebody outside, who is given at most this long. Nothing
    /// if the time is over.
    pub(crate) fn patience(&self, most: Duration) -> Option<Duration> {
        let left = self.until.map(|until| until.saturating_duration_since(Instant::now()));
        Some(left.map_or(most, |left| left.min(most))).filter(|left| !left.is_zero())
    }

    /// The fault that follows from a call too many, if there was one.
    pub(super) fn fault(&self) -> Option<Fault> {
        (self.made > self.limit).then_some(Fault::HostCalls(self.limit))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_calls_that_are_allowed_pass_and_one_more_does_not() {
        let mut calls = Calls::new(2);
        calls.begin(None);
        assert!(calls.count().is_ok() && calls.count().is_ok() && calls.fault().is_none());
        assert!(calls.count().is_err());
        assert_eq!(calls.fault(), Some(Fault::HostCalls(2)));
        calls.begin(None);
        assert!(calls.count().is_ok() && calls.fault().is_none(), "each call begins anew");
    }

    #[test]
    fn nobody_waits_longer_than_the_call_has_left() {
        let (short, long) = (Duration::from_secs(1), Duration::from_secs(1_000));
        let mut calls = Calls::new(1);
        calls.begin(None);
        assert_eq!(calls.patience(long), Some(long));
        calls.begin(Some(Instant::now() + Duration::from_secs(100)));
        assert_eq!(calls.patience(short), Some(short));
        assert!(calls.patience(long).is_some_and(|left| left <= Duration::from_secs(100)));
        calls.begin(Some(Instant::now()));
        assert_eq!(calls.patience(long), None);
    }
}
