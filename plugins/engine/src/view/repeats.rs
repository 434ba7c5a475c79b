//! Events that were seen before: those that have the same values in every text column that rules read.
//! What rules that look at nothing else say about one of them, they say about all.

use super::Texts;
use super::slots::{NONE, Slots};

/// With more events or more answers than these, it begins anew with the next batch.
const KEPT_EVENTS: usize = 1 << 13;
const KEPT_ANSWERS: usize = 1 << 16;

/// Events by the numbers of their values, and which rules were left for them.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    /// Of the dictionaries by which the values are numbered; nothing for one that was not asked yet.
    epochs: Vec<Option<u32>>,
    slots: Slots,
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
    first: usize,
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
        let first = self.rules.len();
        let mut recalled = Recalled { events: Vec::with_capacity(rows), fresh: Vec::new(), first };
        for (row, values) in values.chunks_exact(width).enumerate() {
            let event = self.event(values);
            if event as usize == first + recalled.fresh.len() {
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
    }

    fn forget(&mut self) {
        self.slots.clear();
        self.values.clear();
        self.rules.clear();
        self.answers = 0;
    }

    /// The event with these values; the next one if none is known.
    fn event(&mut self, values: &[u32]) -> u32 {
        let hash = hash(values);
        let (place, known) = self.slots.find(hash);
        if known != NONE && self.is(known, values) {
            return known;
        }
        self.values.extend_from_slice(values);
        self.rules.push(Vec::new());
        self.slots.add(place, hash)
    }

    fn is(&self, event: u32, values: &[u32]) -> bool {
        let own = self.values[event as usize * values.len()..].iter().zip(values);
        own.fold(0, |differs, (own, other)| differs | (own ^ other)) == 0
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
        let before = events.filter(|(_, event)| (**event as usize) < recalled.first);
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
            let place = (*event as usize).checked_sub(self.first)?;
            Some((row, self.fresh[place]))
        });
        like.filter(|(row, first)| row != first)
    }
}

fn hash(values: &[u32]) -> u64 {
    const MIX: u64 = 0x9e37_79b9_7f4a_7c15;
    let mixed = values
        .iter()
        .fold(0_u64, |mixed, value| (mixed.rotate_left(29) ^ u64::from(*value)).wrapping_mul(MIX));
    mixed ^ mixed >> 32
}
