//! How long to wait before the next start: at once after a long life, longer after each short one.

use std::time::Duration;

const FIRST: Duration = Duration::from_millis(100);
const LAST: Duration = Duration::from_secs(30);
/// A life of this length was not a failure to start.
const LONG_LIFE: Duration = Duration::from_secs(60);

pub(super) struct Ladder {
    short_lives: u32,
    give_up_after: u32,
}

/// What to do now.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub(super) pause: Duration,
    pub(super) given_up: bool,
}

impl Ladder {
    /// After so many short lives in a row the operator is told that it keeps dying.
    pub(super) fn new(give_up_after: u32) -> Self {
        Ladder { short_lives: 0, give_up_after }
    }

    /// The collector died after so long a life.
    pub(super) fn next(&mut self, life: Duration) -> Step {
        self.short_lives = if life >= LONG_LIFE { 1 } else { self.short_lives.saturating_add(1) };
        let doubled = FIRST.saturating_mul(1 << (self.short_lives - 1).min(16));
        Step { pause: doubled.min(LAST), given_up: self.short_lives > self.give_up_after }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_lives_are_waited_for_longer_and_a_long_one_forgives() {
        let mut ladder = Ladder::new(5);
        let short = Duration::from_secs(1);
        let pauses: Vec<_> = (0..12).map(|_| ladder.next(short).pause.as_millis()).collect();
        assert_eq!(pauses[..4], [100, 200, 400, 800]);
        assert_eq!(pauses[11], 30_000);
        let given_up = |after| {
            let mut ladder = Ladder::new(after);
            (0..10).position(|_| ladder.next(short).given_up)
        };
        assert_eq!((given_up(1), given_up(5), given_up(100)), (Some(1), Some(5), None));
        assert!(ladder.next(short).given_up);
        let forgiven = ladder.next(LONG_LIFE);
        assert_eq!(forgiven, Step { pause: FIRST, given_up: false });
    }
}
