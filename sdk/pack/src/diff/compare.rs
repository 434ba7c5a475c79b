//! What two judges find in the same batches, and what changed in their rules.

use std::collections::{BTreeMap, BTreeSet};

use daemoneye_bus::event::Event;
use daemoneye_host::judge::Judge;
use daemoneye_pack_format::{Pack, Rule};

use crate::recorded::Part;

/// Events of each rule and side that are shown.
const EXAMPLES: usize = 3;

/// What two releases found.
#[derive(Debug, Default)]
pub(super) struct Comparison {
    pub(super) events: u64,
    /// By rule; a rule that neither found anything with is not there.
    pub(super) rules: BTreeMap<String, Difference>,
    /// Events on which a rule of the old release has no verdict, and of the new one.
    pub(super) unjudged: [u64; 2],
}

/// What a rule found in both releases.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Difference {
    pub(super) both: u64,
    pub(super) only_old: Alone,
    pub(super) only_new: Alone,
}

/// What one release found and the other did not.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Alone {
    pub(super) count: u64,
    /// The first, with their lines in the file.
    pub(super) examples: Vec<(u64, Event)>,
}

impl Comparison {
    pub(super) fn judge(&mut self, old: &mut Judge, new: &mut Judge, part: &Part) {
        self.events += part.batch.rows() as u64;
        let [old, new] = [(0, old), (1, new)].map(|(side, judge)| {
            let (found, unjudged) = judge.judge(&part.batch);
            self.unjudged[side] += unjudged.iter().map(|u| u.rows.len() as u64).sum::<u64>();
            found.into_iter().map(|found| (found.rule.id.clone(), found.row)).collect()
        });
        self.add(&old, &new, part);
    }

    fn add(
        &mut self,
        old: &BTreeSet<(String, usize)>,
        new: &BTreeSet<(String, usize)>,
        part: &Part,
    ) {
        for pair @ (rule, row) in old.union(new) {
            let difference = self.rules.entry(rule.clone()).or_default();
            match (old.contains(pair), new.contains(pair)) {
                (true, true) => difference.both += 1,
                (true, false) => difference.only_old.note(part, *row),
                (false, _) => difference.only_new.note(part, *row),
            }
        }
    }

    pub(super) fn is_same(&self) -> bool {
        self.rules.values().all(|rule| rule.only_old.count + rule.only_new.count == 0)
            && self.unjudged[0] == self.unjudged[1]
    }
}

impl Alone {
    fn note(&mut self, part: &Part, row: usize) {
        self.count += 1;
        if self.examples.len() < EXAMPLES {
            self.examples.push((part.lines[row], part.batch.event(row)));
        }
    }
}

/// How the rules of two releases differ, by their ids.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Rules {
    pub(super) added: Vec<String>,
    pub(super) removed: Vec<String>,
    pub(super) changed: Vec<String>,
}

impl Rules {
    pub(super) fn of(old: &Pack, new: &Pack) -> Rules {
        let by_id = |pack: &Pack| -> BTreeMap<String, Rule> {
            pack.rules.iter().map(|rule| (rule.id.to_string(), rule.clone())).collect()
        };
        let (before, after) = (by_id(old), by_id(new));
        let missing = |here: &BTreeMap<String, Rule>, there: &BTreeMap<String, Rule>| {
            here.keys().filter(|id| !there.contains_key(*id)).cloned().collect()
        };
        let differs = |(id, rule): (&String, &Rule)| {
            let other = before.get(id)?;
            (other != rule || component(old, other) != component(new, rule)).then(|| id.clone())
        };
        Rules {
            added: missing(&after, &before),
            removed: missing(&before, &after),
            changed: after.iter().filter_map(differs).collect(),
        }
    }
}

/// The bytes of the rule's component, if it has one.
fn component<'p>(pack: &'p Pack, rule: &Rule) -> Option<&'p [u8]> {
    let file = &rule.body.component()?.file;
    pack.components.get(file).map(|bytes| &**bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Batch, Field, Kind};

    fn part(rows: i64) -> Part {
        let event = |pid| Event::new(Kind::Exec, pid).with(Field::Pid, pid);
        let events: Vec<Event> = (0..rows).map(event).collect();
        let batch = Batch::from_events(&events).expect("events");
        Part { batch, lines: (1..).step_by(2).take(events.len()).collect() }
    }

    fn found(rows: &[usize]) -> BTreeSet<(String, usize)> {
        rows.iter().map(|row| ("r".to_owned(), *row)).collect()
    }

    #[test]
    fn what_one_side_found_alone_is_counted_and_the_first_are_shown_with_their_lines() {
        let mut comparison = Comparison::default();
        comparison.add(&found(&[0, 1, 2]), &found(&[2, 3, 4, 5, 6]), &part(8));
        let rule = &comparison.rules["r"];
        assert_eq!((rule.both, rule.only_old.count, rule.only_new.count), (1, 2, 4));
        let lines: Vec<u64> = rule.only_new.examples.iter().map(|(line, _)| *line).collect();
        assert_eq!(lines, [7, 9, 11]);
        assert!(!comparison.is_same());
    }

    #[test]
    fn the_same_findings_are_the_same_and_a_new_fault_is_not() {
        let mut comparison = Comparison::default();
        comparison.add(&found(&[0, 1]), &found(&[0, 1]), &part(2));
        assert!(comparison.is_same());
        comparison.unjudged = [0, 1];
        assert!(!comparison.is_same());
    }
}
