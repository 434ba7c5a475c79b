//! What two releases of a pack found, rule by rule. Decides only; no I/O, no clock.

use std::collections::{BTreeMap, BTreeSet};

use daemoneye_bus::control::{PackState, ShadowExample, ShadowRule, ShadowStatus};
use daemoneye_bus::event::{Batch, Field};

use crate::judge::Unjudged;

/// Examples that are kept of each rule and each side.
const EXAMPLES: usize = 4;
/// Characters of a command line in an example.
const MAX_CHARACTERS: usize = 200;

/// One release in shadow.
pub(super) struct Book {
    pack: String,
    release: u64,
    active: Option<u64>,
    since: i64,
    events: u64,
    rules: BTreeMap<String, ShadowRule>,
}

/// A rule, and a row that it found.
type Sightings<'a> = BTreeSet<(&'a str, usize)>;

impl Book {
    pub(super) fn new(pack: &str, release: u64, active: Option<u64>, since: i64) -> Self {
        let (pack, rules) = (pack.to_owned(), BTreeMap::new());
        Book { pack, release, active, since, events: 0, rules }
    }

    /// A batch that both have judged.
    pub(super) fn note(
        &mut self,
        batch: &Batch,
        active: &Sightings<'_>,
        shadow: &Sightings<'_>,
        unjudged: &[Unjudged],
    ) {
        self.events += batch.rows() as u64;
        for (rule, _) in active.intersection(shadow) {
            self.rule(rule).both += 1;
        }
        for (rule, row) in active.difference(shadow) {
            let rule = self.rule(rule);
            rule.only_active += 1;
            keep(rule, example(batch, *row, PackState::Active));
        }
        for (rule, row) in shadow.difference(active) {
            let rule = self.rule(rule);
            rule.only_shadow += 1;
            keep(rule, example(batch, *row, PackState::Shadow));
        }
        for Unjudged { rule, rows, .. } in unjudged {
            self.rule(rule.as_deref().unwrap_or("(every rule)")).unjudged += rows.len() as u64;
        }
    }

    /// With the events that were not compared.
    pub(super) fn status(&self, shed: u64) -> ShadowStatus {
        ShadowStatus {
            pack: self.pack.clone(),
            release: self.release,
            active: self.active,
            since: self.since,
            events: self.events,
            shed,
            rules: self.rules.values().cloned().collect(),
        }
    }

    fn rule(&mut self, id: &str) -> &mut ShadowRule {
        let new = || ShadowRule { rule: id.to_owned(), ..ShadowRule::default() };
        self.rules.entry(id.to_owned()).or_insert_with(new)
    }
}

/// The oldest of its side goes for it.
fn keep(rule: &mut ShadowRule, example: ShadowExample) {
    let of_side = |kept: &ShadowExample| kept.found_by == example.found_by;
    if rule.examples.iter().filter(|kept| of_side(kept)).count() == EXAMPLES {
        let oldest = rule.examples.iter().position(of_side).expect("there are some");
        rule.examples.remove(oldest);
    }
    rule.examples.push(example);
}

fn example(batch: &Batch, row: usize, found_by: PackState) -> ShadowExample {
    let text = |field| batch.text(field, row);
    let command_line = text(Field::CommandLine).or_else(|| text(Field::ExecutablePath));
    ShadowExample {
        found_by,
        time: batch.integer(Field::Time, row),
        pid: batch.integer(Field::Pid, row),
        sequence: batch.integer(Field::Sequence, row),
        command_line: command_line.map(|text| text.chars().take(MAX_CHARACTERS).collect()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::judge::Why;
    use daemoneye_bus::event::{Event, Kind};

    fn batch() -> Batch {
        let event = |number| {
            let event = Event::new(Kind::Exec, number).with(Field::Pid, number);
            event.with(Field::CommandLine, format!("{number} {}", "x".repeat(300)))
        };
        Batch::from_events(&(0..10).map(event).collect::<Vec<_>>()).expect("events")
    }

    #[test]
    fn each_row_counts_on_its_side_and_the_latest_are_shown() {
        let mut book = Book::new("linux", 4, Some(3), 7);
        let active: BTreeSet<_> = [("a", 0), ("a", 1), ("b", 5)].into();
        let shadow: BTreeSet<_> = (1..9).map(|row| ("a", row)).chain([("c", 2)]).collect();
        let why = Why::OverBudget;
        let unjudged = Unjudged { rule: Some("c".to_owned()), why, rows: vec![3, 4] };
        book.note(&batch(), &active, &shadow, &[unjudged]);
        let status = book.status(10);
        assert_eq!((status.events, status.shed, status.active), (10, 10, Some(3)));
        let counts = |rule: &ShadowRule| {
            (rule.rule.clone(), rule.both, rule.only_active, rule.only_shadow, rule.unjudged)
        };
        let counts: Vec<_> = status.rules.iter().map(counts).collect();
        let row = |rule: &str, both, active, shadow, unjudged| {
            (rule.to_owned(), both, active, shadow, unjudged)
        };
        assert_eq!(counts, [row("a", 1, 1, 7, 0), row("b", 0, 1, 0, 0), row("c", 0, 0, 1, 2)]);
        let of_a: Vec<_> = status.rules[0].examples.iter().map(|e| (e.found_by, e.pid)).collect();
        let shown = [5, 6, 7, 8].map(|pid| (PackState::Shadow, Some(pid)));
        assert_eq!(of_a, [&[(PackState::Active, Some(0))][..], &shown].concat());
        let line = status.rules[0].examples[0].command_line.as_deref().expect("a line");
        assert_eq!(line.chars().count(), 200);
    }
}
