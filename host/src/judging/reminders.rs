//! Which packs should have been looked at again: told once for each pack and day, by the wall clock.

use std::collections::HashSet;

use crate::packs::{Overdue, Review};

/// Days that are remembered; beyond, all are forgotten, and the store knows the latest by their ids.
const MAX_TOLD: usize = 10_000;

/// What has been told.
#[derive(Debug, Default)]
pub(super) struct Reminders(HashSet<Overdue>);

impl Reminders {
    /// What is to be told at the time `now`, microseconds since the Unix epoch. A clock that jumps
    /// and comes back to a day finds that day told.
    pub(super) fn due(&mut self, reviews: &[Review], now: i64) -> Vec<Overdue> {
        if self.0.len() > MAX_TOLD {
            self.0.clear();
        }
        let overdue = reviews.iter().filter_map(|review| review.overdue(now));
        overdue.filter(|overdue| self.0.insert(overdue.clone())).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The first microsecond of 2027-01-31.
    const DAWN: i64 = 1_801_353_600_000_000;
    const HOUR: i64 = 3_600_000_000;
    const DAY: i64 = 24 * HOUR;

    fn reviews() -> Vec<Review> {
        let review = |pack: &str, by: &str| {
            Review::new(pack.parse().expect("an id"), by.parse().expect("a day"))
        };
        vec![review("early", "2027-01-30"), review("late", "2027-02-02")]
    }

    /// Whom the reminders tell at each of these times.
    fn told(times: &[i64]) -> Vec<Vec<String>> {
        let mut reminders = Reminders::default();
        let at = |now: &i64| {
            let due = reminders.due(&reviews(), *now).into_iter();
            due.map(|overdue| format!("{} {}", overdue.pack, overdue.today)).collect()
        };
        times.iter().map(at).collect()
    }

    #[test]
    fn an_overdue_pack_is_told_once_a_day_from_the_day_after_its_review_was_due() {
        let times = [DAWN - 1, DAWN, DAWN + HOUR, DAWN + DAY - 1, DAWN + DAY, DAWN + 3 * DAY];
        let expected: [&[&str]; 6] = [
            &[],
            &["early 2027-01-31"],
            &[],
            &[],
            &["early 2027-02-01"],
            &["early 2027-02-03", "late 2027-02-03"],
        ];
        assert_eq!(told(&times), expected);
    }

    #[test]
    fn a_clock_that_jumps_there_and_back_tells_no_day_twice_and_misses_none() {
        let (year, noon) = (365 * DAY, DAWN + DAY / 2);
        let times = [noon, noon + year, noon + HOUR, noon - year, noon + year, noon + DAY];
        let counts: Vec<usize> = told(&times).iter().map(Vec::len).collect();
        assert_eq!(counts, [1, 2, 0, 0, 0, 1]);
    }

    #[test]
    fn a_time_that_no_calendar_has_tells_nothing() {
        assert_eq!(told(&[i64::MIN, i64::MAX]), [Vec::<String>::new(), Vec::new()]);
    }
}
