//! What events have cost a rule, as a histogram of a fixed size.

/// Buckets for each doubling of the fuel: what is told is at most a quarter too much.
const PARTS: u32 = 4;
/// Fuel from which on nothing is told apart, as a power of two.
const LARGEST: u32 = 40;
const BUCKETS: usize = (LARGEST * PARTS) as usize;

/// How many events have cost how much fuel. A rule that has judged none has no buckets.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Costs(Option<Box<[u32; BUCKETS]>>);

impl Costs {
    /// A call has judged so many events for so much fuel. What each of them cost is not known: each
    /// counts with its share.
    pub(super) fn note(&mut self, events: usize, fuel: u64) {
        if events == 0 {
            return;
        }
        let buckets = self.0.get_or_insert_with(|| Box::new([0; BUCKETS]));
        let bucket = &mut buckets[bucket(fuel / events as u64)];
        *bucket = bucket.saturating_add(u32::try_from(events).unwrap_or(u32::MAX));
    }

    /// Fuel that 99 of 100 events have not exceeded; nothing if none was judged.
    pub(super) fn p99(&self) -> Option<u64> {
        let buckets = self.0.as_deref()?;
        let all: u64 = buckets.iter().copied().map(u64::from).sum();
        let mut left = all - all / 100;
        let reached = buckets.iter().position(|events| {
            left = left.saturating_sub(u64::from(*events));
            left == 0
        });
        reached.map(most)
    }
}

/// Below `PARTS` each number has a bucket of its own; above, each doubling has `PARTS`.
fn bucket(fuel: u64) -> usize {
    let power = fuel.max(1).ilog2();
    if power < PARTS.ilog2() {
        return usize::try_from(fuel).expect("below PARTS");
    }
    let part = (fuel >> (power - PARTS.ilog2())) - u64::from(PARTS);
    let place = u64::from((power - PARTS.ilog2() + 1) * PARTS) + part;
    usize::try_from(place).expect("64 powers are few").min(BUCKETS - 1)
}

/// The greatest number of a bucket.
fn most(bucket: usize) -> u64 {
    let (doubling, part) = (bucket as u64 / u64::from(PARTS), bucket as u64 % u64::from(PARTS));
    match doubling {
        0 => part,
        _ => ((u64::from(PARTS) + part + 1) << (doubling - 1)) - 1,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_bucket_is_told_at_most_a_quarter_too_high(fuel in 0..1_u64 << (LARGEST - 2)) {
            let told = most(bucket(fuel));
            prop_assert!(told >= fuel && told - fuel <= fuel / 4, "{fuel}: {told}");
        }

        #[test]
        fn one_event_of_a_hundred_may_cost_more_and_two_may_not(cheap in 1..1_000_u64) {
            let (mut one, mut two) = (Costs::default(), Costs::default());
            one.note(99, 99 * cheap);
            one.note(1, 1_000_000);
            two.note(98, 98 * cheap);
            two.note(2, 2_000_000);
            prop_assert!(one.p99() <= Some(cheap + cheap / 4));
            prop_assert!(two.p99() >= Some(1_000_000));
        }
    }

    #[test]
    fn nothing_judged_has_cost_nothing_and_the_dearest_is_not_lost() {
        let mut costs = Costs::default();
        costs.note(0, 5);
        assert_eq!(costs.p99(), None);
        costs.note(1, u64::MAX);
        assert_eq!(costs.p99(), Some(most(BUCKETS - 1)));
    }
}
