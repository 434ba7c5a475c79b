//! Which time it is for what cannot be undone: a clock that was set forward is believed when it has
//! stayed so for a day. Pure: both clocks come in.

use std::collections::VecDeque;

use crate::clock::Moment;

/// So long, by the steady clock, a step forward has to last.
const PROBATION_US: i64 = 86_400_000_000;

/// By how much the clock on the wall is ahead of the steady one, lately.
#[derive(Debug, Default)]
pub(super) struct Calendar {
    /// Steady time and lead, both ascending: what may still be the smallest lead of a day.
    leads: VecDeque<(i64, i64)>,
}

impl Calendar {
    /// The time at this moment by the smallest lead of the last day. A step back is believed at once:
    /// then less is old. So is the clock at the first look, as there is nothing to compare it with.
    pub(super) fn time(&mut self, now: Moment) -> i64 {
        let lead = now.wall.saturating_sub(now.steady);
        while self.leads.back().is_some_and(|(_, last)| *last >= lead) {
            self.leads.pop_back();
        }
        self.leads.push_back((now.steady, lead));
        while self.leads.front().is_some_and(|(seen, _)| now.steady - seen > PROBATION_US) {
            self.leads.pop_front();
        }
        let smallest = self.leads.front().map_or(lead, |(_, lead)| *lead);
        now.steady.saturating_add(smallest)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOUR: i64 = 3_600_000_000;
    const YEAR: i64 = 365 * 24 * HOUR;

    fn at(calendar: &mut Calendar, steady: i64, step: i64) -> i64 {
        calendar.time(Moment { wall: 50 * YEAR + steady + step, steady }) - 50 * YEAR
    }

    #[test]
    fn a_year_forward_is_believed_after_a_day_and_an_hour_back_at_once() {
        let mut calendar = Calendar::default();
        assert_eq!(at(&mut calendar, 0, 0), 0);
        assert_eq!(at(&mut calendar, HOUR, YEAR), HOUR);
        assert_eq!(at(&mut calendar, 23 * HOUR, YEAR), 23 * HOUR);
        assert_eq!(at(&mut calendar, 26 * HOUR, YEAR), 26 * HOUR + YEAR);
        assert_eq!(at(&mut calendar, 27 * HOUR, YEAR - HOUR), 26 * HOUR + YEAR);
        assert_eq!(at(&mut calendar, 28 * HOUR, 0), 28 * HOUR);
    }

    #[test]
    fn a_year_forward_and_back_again_was_never_believed() {
        let mut calendar = Calendar::default();
        for minute in 0..600 {
            let step = if (100..500).contains(&minute) { YEAR } else { 0 };
            assert_eq!(at(&mut calendar, minute * HOUR / 60, step), minute * HOUR / 60);
        }
    }

    /// A machine that sleeps each night has a steady clock that stands still meanwhile.
    #[test]
    fn nights_that_are_slept_through_are_at_most_a_day_behind() {
        let mut calendar = Calendar::default();
        let behind = (0..60).map(|night| {
            let (steady, slept) = (night * 16 * HOUR, night * 8 * HOUR);
            steady + slept - at(&mut calendar, steady, slept)
        });
        assert!(behind.max() <= Some(24 * HOUR));
    }

    proptest! {
        #[test]
        fn it_is_never_ahead_of_the_wall_and_as_the_wall_when_nobody_sets_it(
            steps in prop::collection::vec((0..3 * HOUR, -YEAR..YEAR), 1..100),
        ) {
            let (mut calendar, mut steady) = (Calendar::default(), 0);
            for (passed, step) in &steps {
                steady += passed;
                prop_assert!(at(&mut calendar, steady, *step) <= steady + step);
            }
            let last = steps.last().map_or(0, |(_, step)| *step);
            steady += 25 * HOUR;
            at(&mut calendar, steady - 24 * HOUR, last);
            prop_assert_eq!(at(&mut calendar, steady, last), steady + last);
        }
    }
}
