//! The needles that one value has.

/// Up to so many needles are told apart by looking at each.
const FEW: usize = 16;

/// The needles that one value has, each once, however often it occurs.
#[derive(Debug, Default)]
pub(crate) struct Seen {
    needles: Vec<u32>,
    /// The same as bits, once there are more than [`FEW`].
    bits: Vec<u64>,
}

impl Seen {
    pub(crate) fn has(&self, needle: u32) -> bool {
        match self.needles.len() {
            0..=FEW => self.needles.contains(&needle),
            _ => self.bits.get(needle as usize / 64).is_some_and(|w| w >> (needle % 64) & 1 == 1),
        }
    }

    pub(crate) fn note(&mut self, needle: u32) {
        if self.has(needle) {
            return;
        }
        self.needles.push(needle);
        match self.needles.len() {
            0..=FEW => {}
            many if many == FEW + 1 => {
                self.bits.clear();
                (0..many).for_each(|place| self.mark(self.needles[place]));
            }
            _ => self.mark(needle),
        }
    }

    fn mark(&mut self, needle: u32) {
        let word = needle as usize / 64;
        if self.bits.len() <= word {
            self.bits.resize(word + 1, 0);
        }
        self.bits[word] |= 1 << (needle % 64);
    }

    /// What was noted, and an empty list from here on.
    pub(crate) fn drain(&mut self) -> impl Iterator<Item = u32> {
        self.needles.drain(..)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_needles_are_noted_once_each_like_few() {
        let mut seen = Seen::default();
        for count in [3, 200, 5] {
            (0..count).chain(0..count).for_each(|needle| seen.note(needle * 7));
            assert!(seen.has(7) && !seen.has(8));
            assert_eq!(seen.drain().count(), count as usize);
        }
    }
}
