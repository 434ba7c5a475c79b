//! Where a number is found again by the hash of what it stands for. It is a guess that the asker must
//! check: two things may have one hash.

/// Means that there is no number.
pub(super) const NONE: u32 = u32::MAX;
/// Slots in which a number is looked for, from the one of its hash on.
const PROBES: usize = 4;

/// Fewest slots; there are two for each number at least.
const FEWEST: usize = 64;

/// Numbers by hash, from 0 on; of more than [`PROBES`] near to each other, later ones take the places of
/// earlier ones.
#[derive(Debug, Default)]
pub(super) struct Slots {
    slots: Box<[Slot]>,
    /// By number.
    hashes: Vec<u64>,
}

#[derive(Debug, Clone, Copy)]
struct Slot {
    /// What of the hash is not in the place.
    tag: u32,
    number: u32,
}

const EMPTY: Slot = Slot { tag: 0, number: NONE };

impl Slots {
    /// The place for a hash, and the number that is there under the same hash, or [`NONE`].
    #[inline]
    pub(super) fn find(&self, hash: u64) -> (usize, u32) {
        let Some(last) = self.slots.len().checked_sub(1) else { return (0, NONE) };
        let (first, tag) = ((hash >> 32) as usize, hash as u32);
        for probe in 0..PROBES {
            let place = first.wrapping_add(probe) & last;
            let slot = self.slots[place];
            if slot.tag == tag || slot.number == NONE {
                return (place, if slot.tag == tag { slot.number } else { NONE });
            }
        }
        (first & last, NONE)
    }

    /// The next number, in a place that was found for its hash.
    pub(super) fn add(&mut self, place: usize, hash: u64) -> u32 {
        let number = number(self.hashes.len());
        self.hashes.push(hash);
        if 2 * self.hashes.len() > self.slots.len() {
            self.grow();
        } else {
            self.slots[place] = Slot { tag: hash as u32, number };
        }
        number
    }

    fn grow(&mut self) {
        let count = (4 * self.hashes.len()).next_power_of_two().max(FEWEST);
        self.slots = vec![EMPTY; count].into();
        for place in 0..self.hashes.len() {
            let hash = self.hashes[place];
            let (found, _) = self.find(hash);
            self.slots[found] = Slot { tag: hash as u32, number: number(place) };
        }
    }

    pub(super) fn clear(&mut self) {
        *self = Slots::default();
    }
}

fn number(count: usize) -> u32 {
    u32::try_from(count).expect("a batch is smaller than 2 GiB")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn add(slots: &mut Slots, hash: u64) -> u32 {
        let (place, found) = slots.find(hash);
        assert_eq!(found, NONE);
        slots.add(place, hash)
    }

    #[test]
    fn a_number_is_found_by_its_hash_however_many_there_are() {
        let mut slots = Slots::default();
        let hash = |number: u64| (number + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15);
        for number in 0..5_000 {
            assert_eq!(u64::from(add(&mut slots, hash(number))), number);
        }
        let found = |number: &u64| u64::from(slots.find(hash(*number)).1) == *number;
        assert!((0..5_000).filter(found).count() > 4_900);
        slots.clear();
        assert_eq!(slots.find(hash(7)).1, NONE);
        assert_eq!(add(&mut slots, hash(7)), 0);
    }

    #[test]
    fn of_too_many_near_to_each_other_the_first_gives_way_to_the_last() {
        let mut slots = Slots::default();
        let hashes = [0, 1, 2, 3, 4].map(|tag| 6 << 32 | tag);
        let numbers = hashes.map(|hash| add(&mut slots, hash));
        assert_eq!(numbers, [0, 1, 2, 3, 4]);
        assert_eq!(hashes.map(|hash| slots.find(hash).1), [NONE, 1, 2, 3, 4]);
    }
}
