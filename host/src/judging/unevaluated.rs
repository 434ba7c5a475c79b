//! Which events were not judged, and why: the latest of each rule.

use std::collections::{HashMap, VecDeque};

use daemoneye_bus::control;
use daemoneye_bus::event::{Batch, Field};
use daemoneye_store::SegmentId;

use crate::judge::Unjudged;

/// Events that are remembered for each rule, and for all rules together.
const KEPT: usize = 8;

/// In memory: the log has all of them, and the store the events.
#[derive(Default)]
pub(super) struct Unevaluated(HashMap<Option<String>, VecDeque<control::Unevaluated>>);

impl Unevaluated {
    pub(super) fn note(&mut self, segment: SegmentId, batch: &Batch, unjudged: &Unjudged) {
        let Unjudged { rule, why, rows } = unjudged;
        let kept = self.0.entry(rule.clone()).or_default();
        let latest = rows.len().saturating_sub(KEPT);
        kept.extend(rows[latest..].iter().map(|row| control::Unevaluated {
            segment: segment.0,
            row: *row,
            sequence: batch.integer(Field::Sequence, *row as usize),
            time: batch.integer(Field::Time, *row as usize),
            why: why.to_string(),
        }));
        kept.drain(..kept.len().saturating_sub(KEPT));
    }

    /// Those of one rule, and those that no rule judged, in the order in which they came.
    pub(super) fn of(&self, rule: &str) -> Vec<control::Unevaluated> {
        let own = self.0.get(&Some(rule.to_owned()));
        let kept = own.into_iter().chain(self.0.get(&None)).flatten();
        let mut kept: Vec<_> = kept.cloned().collect();
        kept.sort_by_key(|event| (event.segment, event.row));
        kept
    }

    /// Forgets rules that are not there any more.
    pub(super) fn retain(&mut self, is_there: impl Fn(&str) -> bool) {
        self.0.retain(|rule, _| rule.as_deref().is_none_or(&is_there));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Why;
    use daemoneye_bus::event::{Event, Kind};

    fn note(unevaluated: &mut Unevaluated, segment: u64, rule: Option<&str>, rows: &[u32]) {
        let events: Vec<_> = (0..100).map(|row| Event::new(Kind::Exec, row)).collect();
        let batch = Batch::from_events(&events).expect("events");
        let (rule, why) = (rule.map(str::to_owned), Why::OverBudget);
        let unjudged = Unjudged { rule, why, rows: rows.to_vec() };
        unevaluated.note(SegmentId(segment), &batch, &unjudged);
    }

    #[test]
    fn the_latest_events_of_a_rule_are_kept_and_those_of_another_are_not_told() {
        let mut unevaluated = Unevaluated::default();
        note(&mut unevaluated, 1, Some("a"), &(0..20).collect::<Vec<_>>());
        note(&mut unevaluated, 2, Some("b"), &[5]);
        note(&mut unevaluated, 3, None, &[7]);
        note(&mut unevaluated, 4, Some("a"), &[9]);
        let places: Vec<_> =
            unevaluated.of("a").iter().map(|event| (event.segment, event.row)).collect();
        let expected =
            [(1, 13), (1, 14), (1, 15), (1, 16), (1, 17), (1, 18), (1, 19), (3, 7), (4, 9)];
        assert_eq!(places, expected);
        assert_eq!(unevaluated.of("a")[0].time, Some(13));
    }

    #[test]
    fn a_rule_that_has_gone_is_forgotten() {
        let mut unevaluated = Unevaluated::default();
        note(&mut unevaluated, 1, Some("a"), &[1]);
        unevaluated.retain(|rule| rule != "a");
        assert!(unevaluated.of("a").is_empty());
    }
}
