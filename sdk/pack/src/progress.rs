//! A bar for work that takes people's time, on a terminal and nowhere else.

use std::time::{Duration, Instant};

use indicatif::{ProgressBar, ProgressDrawTarget};

/// Work that is done sooner shows nothing.
const PATIENCE: Duration = Duration::from_secs(2);

/// How far the work is.
pub(crate) struct Progress {
    bar: ProgressBar,
    began: Instant,
}

impl Progress {
    pub(crate) fn of(steps: usize) -> Self {
        Progress::to(steps as u64)
    }

    /// Of an amount of whatever is counted.
    pub(crate) fn to(amount: u64) -> Self {
        let bar = ProgressBar::with_draw_target(Some(amount), ProgressDrawTarget::hidden());
        Progress { bar, began: Instant::now() }
    }

    /// One more step is done.
    pub(crate) fn step(&self) {
        self.reach(self.bar.position() + 1);
    }

    /// So much is done.
    pub(crate) fn reach(&self, amount: u64) {
        if self.bar.is_hidden() && self.began.elapsed() > PATIENCE {
            // Standard error that is no terminal is not drawn on.
            self.bar.set_draw_target(ProgressDrawTarget::stderr());
        }
        self.bar.set_position(amount);
    }
}

impl Drop for Progress {
    fn drop(&mut self) {
        self.bar.finish_and_clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_and_amounts_are_counted_and_nothing_is_drawn_at_first() {
        let progress = Progress::of(3);
        progress.step();
        progress.step();
        assert_eq!((progress.bar.position(), progress.bar.length()), (2, Some(3)));
        progress.reach(3);
        assert_eq!(progress.bar.position(), 3);
        assert!(progress.bar.is_hidden());
    }
}
