//! When to see less: decided from how full the log is. Pure.

/// From here on, percent of the limit, the sensor sweeps less often and sheds what a later sweep
/// tells again.
const SLOW_PERCENT: u64 = 70;
/// Below this it goes on as usual.
const WELL_PERCENT: u64 = 50;

/// Whether the sensor is slowed down.
#[derive(Debug, Default)]
pub(super) struct Credit {
    is_slow: bool,
}

impl Credit {
    /// Whether it is with so many bytes of so many.
    pub(super) fn weigh(&mut self, used: u64, limit: u64) -> bool {
        let percent = used.saturating_mul(100) / limit.max(1);
        if percent >= SLOW_PERCENT {
            self.is_slow = true;
        } else if percent < WELL_PERCENT {
            self.is_slow = false;
        }
        self.is_slow
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_begins_at_70_percent_and_ends_below_50() {
        let mut credit = Credit::default();
        let steps = [(0, false), (69, false), (70, true), (60, true), (50, true), (49, false)];
        for (used, expected) in steps {
            assert_eq!(credit.weigh(used, 100), expected, "{used}");
        }
        assert!(!credit.weigh(69, 100));
    }
}
