//! The engine's own count of work: what one rule may cost on one row.

/// The budget is used up and the rule is not decided.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Spent;

/// What is left of a budget. One step is one comparison, or 16 bytes of text looked at.
#[derive(Debug)]
pub(crate) struct Steps {
    left: u64,
}

impl Steps {
    pub(crate) fn new(budget: u64) -> Self {
        Steps { left: budget }
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
    fn a_budget_is_spent_to_the_last_step_and_no_further() {
        let mut steps = Steps::new(4);
        assert_eq!(steps.read(40), Ok(()));
        assert_eq!(steps.spend(1), Ok(()));
        assert_eq!(steps.spend(1), Err(Spent));
    }
}
