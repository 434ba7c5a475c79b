//! The engine's own count of work: what one rule may cost on one row.

use crate::rule::Affinity;
use crate::view::Value;

/// Steps to write a number as text.
const NUMBER_AS_TEXT: u64 = 20;

/// The budget is used up and the rule is not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent;

/// What is left of a budget. One step is one comparison, or 16 bytes of text looked at.
#[derive(Debug)]
pub(crate) struct Steps {
    left: u64,
    /// Whether only work is done of which each step takes about the same time.
    even: bool,
}

impl Steps {
    pub(crate) fn new(budget: u64) -> Self {
        Steps { left: budget, even: false }
    }

    /// A budget for work that is paid for by all rules together: it is at its end where a rule would
    /// do something of which a step may take long, such as building states of an automaton.
    pub(crate) fn even(budget: u64) -> Self {
        Steps { left: budget, even: true }
    }

    /// Pays for steps some of which may take long.
    pub(crate) fn spend_unevenly(&mut self, steps: u64) -> Result<(), Spent> {
        if self.even { Err(Spent) } else { self.spend(steps) }
    }

    /// What is left.
    fn left(&self) -> u64 {
        self.left
    }

    /// Pays before the work is done, so that no budget is overdrawn.
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), Spent> {
        self.left = self.left.checked_sub(steps).ok_or(Spent)?;
        Ok(())
    }

    /// Pays for what an affinity makes of a value before it is compared.
    pub(crate) fn convert(&mut self, value: Value<'_>, affinity: Affinity) -> Result<(), Spent> {
        match (value, affinity) {
            (Value::Number(_), Affinity::Text) => self.spend(NUMBER_AS_TEXT),
            (Value::Text { raw, .. }, Affinity::Number) => self.read(raw.len()),
            _ => Ok(()),
        }
    }

    /// Pays for one comparison that may look at so many bytes.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Spent> {
        self.spend(1 + bytes as u64 / 16)
    }
}

/// What is left of a batch's budget for work that is done for all rules together. Without any, rows
/// stay undecided: they are judged under the budgets of their rules.
#[derive(Debug)]
pub(crate) struct Shared {
    left: u64,
    /// Whether any work had less than it asked for.
    short: bool,
}

impl Shared {
    /// Steps for a batch, whatever its size, and for each byte of its columns. The agent gives a
    /// hundred units of fuel for a step and as much again for everything else.
    const STEPS: u64 = 5_000;
    const STEPS_PER_BYTE: u64 = 5;

    pub(crate) fn of_batch(bytes: usize) -> Self {
        Shared { left: Self::STEPS + Self::STEPS_PER_BYTE * bytes as u64, short: false }
    }

    /// Whether any work had less than it asked for, and may have been left undone.
    pub(crate) fn was_short(&self) -> bool {
        self.short
    }

    /// Does work of at most so many steps.
    pub(crate) fn spend<T>(&mut self, most: u64, work: impl FnOnce(&mut Steps) -> T) -> T {
        let budget = most.min(self.left);
        self.short |= budget < most;
        let mut steps = Steps::even(budget);
        let done = work(&mut steps);
        self.left -= budget - steps.left();
        done
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_budget_ends_where_a_step_may_take_long() {
        let mut steps = Steps::even(4);
        assert_eq!((steps.spend(1), steps.spend_unevenly(1)), (Ok(()), Err(Spent)));
        assert_eq!(Steps::new(4).spend_unevenly(4), Ok(()));
    }

    #[test]
    fn all_work_for_a_batch_together_ends_with_its_budget() {
        let mut shared = Shared::of_batch(100);
        let mut works = |steps| shared.spend(4_000, |left| left.spend(steps)).is_ok();
        assert_eq!([4_001, 4_000, 1_500, 1, 0].map(&mut works), [false, true, true, false, true]);
    }

    #[test]
    fn a_budget_is_spent_to_the_last_step_and_no_further() {
        let mut steps = Steps::new(4);
        assert_eq!(steps.read(40), Ok(()));
        assert_eq!(steps.spend(1), Ok(()));
        assert_eq!(steps.spend(1), Err(Spent));
    }
}
