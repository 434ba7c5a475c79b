//! Events that were seen before: those that have the same values in every text column that rules read.
//! What rules that look at nothing else say about one of them, they say about all.

use super::Texts;
use super::dictionary::NONE;

/// Slots in which an equal event is looked for, as a power of two.
const SLOT_BITS: u32 = 13;
/// With more events or more answers than these, it begins anew with the next batch.
const KEPT_EVENTS: usize = 1 << 12;
const KEPT_ANSWERS: usize = 1 << 16;

/// Events by the numbers of their values, and which rules were left for them.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    /// Of the dictionaries by which the values are numbered; nothing for one that was not asked yet.
    epochs: Vec<Option<u32>>,
    /// The event that came by last in each slot.
    slots: Box<[u32]>,
    /// The numbers of each event's values.
    values: Vec<u32>,
    /// By event.
    rules: Vec<Vec<u32>>,
    /// Rules of all events.
    answers: usize,
    /// Whether there are events for which no answer was learnt.
    asking: bool,
}

/// The rows of a batch.
#[derive(Debug)]
pub(crate) struct Recalled {
    /// By row.
    events: Vec<u32>,
    /// The rows that nothing is known of, the first of each event, from this event on.
    fresh: Vec<usize>,
    first: u32,
}

impl Repeats {
    /// Knows the rows of the next batch again. `columns` are the same every time, nothing for one
    /// without values.
    pub(crate) fn recall(&mut self, rows: usize, columns: &[Option<Texts<'_>>]) -> Recalled {
        self.begin(columns);
        let width = columns.len();
        let mut values = vec![NONE; rows * width];
        for (place, texts) in columns.iter().enumerate() {
            let own = values[place..].iter_mut().step_by(width);
            let numbers = texts.iter().flat_map(|texts| texts.0.row_numbers());
            own.zip(numbers).for_each(|(value, number)| *value = number);
        }
        let first = number(self.rules.len());
        let mut recalled = Recalled { events: Vec::with_capacity(rows), fresh: Vec::new(), first };
        for (row, values) in values.chunks_exact(width).enumerate() {
            let event = self.event(values);
            if event as usize == first as usize + recalled.fresh.len() {
                recalled.fresh.push(row);
            }
            recalled.events.push(event);
        }
        recalled
    }

    fn begin(&mut self, columns: &[Option<Texts<'_>>]) {
        self.epochs.resize(columns.len(), None);
        let mut stale = std::mem::replace(&mut self.asking, true);
        for (known, texts) in self.epochs.iter_mut().zip(columns) {
            let Some(epoch) = texts.map(|texts| texts.0.epoch()) else { continue };
            stale |= known.replace(epoch).is_some_and(|known| known != epoch);
        }
        if stale || self.rules.len() > KEPT_EVENTS || self.answers > KEPT_ANSWERS {
            self.forget();
        }
        if self.slots.is_empty() {
            self.slots = vec![NONE; 1 << SLOT_BITS].into();
        }
    }

    fn forget(&mut self) {
        self.slots.fill(NONE);
        self.values.clear();
        self.rules.clear();
        self.answers = 0;
    }

    /// The event with these values; the next one if none is known.
    fn event(&mut self, values: &[u32]) -> u32 {
        let slot = &mut self.slots[slot(values)];
        if *slot != NONE {
            let known = self.values[*slot as usize * values.len()..].iter().zip(values);
            if known.fold(0, |differs, (known, own)| differs | (known ^ own)) == 0 {
                return *slot;
            }
        }
        *slot = number(self.rules.len());
        self.values.extend_from_slice(values);
        self.rules.push(Vec::new());
        *slot
    }

    /// Learns that the rule is left for these rows, each of which nothing was known of. Without room
    /// for it, nothing is learnt.
    pub(crate) fn learn(
        &mut self,
        recalled: &Recalled,
        rule: u32,
        rows: impl Iterator<Item = usize>,
    ) {
        for row in rows.take((KEPT_ANSWERS + 1).saturating_sub(self.answers)) {
            self.rules[recalled.events[row] as usize].push(rule);
            self.answers += 1;
        }
    }

    /// Ends what was asked for a batch. `is_whole` if everything was learnt that there was; else it is
    /// forgotten.
    pub(crate) fn end(&mut self, is_whole: bool) {
        self.asking = !is_whole || self.answers > KEPT_ANSWERS;
    }

    /// The rows whose events had been known before, and the rules that were left for them.
    pub(crate) fn known<'a>(
        &'a self,
        recalled: &'a Recalled,
    ) -> impl Iterator<Item = (usize, &'a [u32])> {
        let events = recalled.events.iter().enumerate();
        let before = events.filter(|(_, event)| **event < recalled.first);
        before.map(|(row, event)| (row, &*self.rules[*event as usize]))
    }
}

impl Recalled {
    /// The rows that nothing is known of.
    pub(crate) fn fresh(&self) -> &[usize] {
        &self.fresh
    }

    /// The other rows that are like one of these, each with that.
    pub(crate) fn twins(&self) -> impl Iterator<Item = (usize, usize)> {
        let events = self.events.iter().enumerate();
        let like = events.filter_map(|(row, event)| {
            let place = event.checked_sub(self.first)?;
            Some((row, self.fresh[place as usize]))
        });
        like.filter(|(row, first)| row != first)
    }
}

fn number(events: usize) -> u32 {
    u32::try_from(events).expect("a few thousand events")
}

fn slot(values: &[u32]) -> usize {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = values
        .iter()
        .fold(0_u64, |mixed, value| (mixed.rotate_left(29) ^ u64::from(*value)).wrapping_mul(MIX));
    (mixed >> (64 - SLOT_BITS)) as usize
}
