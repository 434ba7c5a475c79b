//! How many messages the kernel threw away: it numbers them on each processor, so what is missing
//! between two of them is lost. Decides only: no I/O, no clock.

use std::collections::HashMap;

use super::message::Place;

#[derive(Debug, Default)]
pub(super) struct Losses {
    /// The number that the next message of a processor should have.
    next: HashMap<u32, u32>,
    lost: u64,
    /// The kernel said that it threw something away, and which is not known yet.
    is_short: bool,
}

impl Losses {
    /// A message has come.
    pub(super) fn came(&mut self, Place { processor, number }: Place) {
        let expected = self.next.insert(processor, number.wrapping_add(1));
        let missing = expected.map_or(0, |expected| number.wrapping_sub(expected));
        if missing > 0 {
            self.lost += u64::from(missing);
            self.is_short = false;
        }
    }

    /// The kernel says that it threw something away.
    pub(super) fn overran(&mut self) {
        self.is_short = true;
    }

    /// No message has come for a while. What was thrown away last is followed by none.
    pub(super) fn paused(&mut self) {
        self.lost += u64::from(std::mem::take(&mut self.is_short));
    }

    /// How many more are lost than when this was asked last.
    pub(super) fn take(&mut self) -> u64 {
        std::mem::take(&mut self.lost)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lost(places: &[(u32, u32)]) -> u64 {
        let mut losses = Losses::default();
        places.iter().for_each(|(processor, number)| {
            losses.came(Place { processor: *processor, number: *number });
        });
        losses.take()
    }

    #[test]
    fn what_is_missing_between_two_messages_of_a_processor_is_lost() {
        let table: [(&[(u32, u32)], u64); 5] = [
            (&[(0, 5), (0, 6), (1, 90), (0, 7), (1, 91)], 0),
            (&[(0, 5), (0, 9)], 3),
            (&[(0, 5), (1, 9), (0, 7), (1, 11)], 2),
            (&[(0, u32::MAX), (0, 0)], 0),
            (&[(0, u32::MAX), (0, 2)], 2),
        ];
        for (places, expected) in table {
            assert_eq!(lost(places), expected, "{places:?}");
        }
    }

    #[test]
    fn an_overrun_is_counted_once_whether_or_not_a_message_follows() {
        let mut losses = Losses::default();
        losses.came(Place { processor: 0, number: 5 });
        losses.overran();
        losses.came(Place { processor: 0, number: 9 });
        losses.paused();
        assert_eq!(losses.take(), 3);
        losses.overran();
        losses.paused();
        losses.paused();
        assert_eq!((losses.take(), losses.take()), (1, 0));
    }
}
