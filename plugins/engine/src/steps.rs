//! The engine's own count of work: what one rule may cost on one row.

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
    pub(crate) fn left(&self) -> u64 {
        self.left
    }

    /// Pays before the work is done, so that no budget is overdrawn.
    pub(crate) fn spend(&mut self, steps: u64) -> Result<(), Spent> {
        self.left = self.left.checked_sub(steps).ok_or(Spent)?;
        Ok(())
    }

    /// Pays for one comparison that may look at so many bytes.
    pub(crate) fn read(&mut self, bytes: usize) -> Result<(), Spent> {
        self.spend(1 + bytes as u64 / 16)
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
    fn a_budget_is_spent_to_the_last_step_and_no_further() {
        let mut steps = Steps::new(4);
        assert_eq!(steps.read(40), Ok(()));
        assert_eq!(steps.spend(1), Ok(()));
        assert_eq!(steps.spend(1), Err(Spent));
    }
}
