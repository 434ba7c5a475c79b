//! One batch, of which the plugin is shown what it has not judged before.

use std::borrow::Cow;
use std::collections::HashSet;

use daemoneye_bus::event::{Batch, Field};

use super::super::bindings::wit;
use super::account::Outcome;
use super::conduct::Trouble;
use super::repeats::{Repeats, Word};
use super::run::Asked;
use super::{Finding, Judgement, RulePlugin};

/// The events of a batch that are not known.
#[derive(Default)]
struct Unknown {
    /// Their rows.
    rows: Vec<u32>,
    /// Of those that were met before: what to learn.
    lessons: Vec<Lesson>,
}

/// An event that is known once it is judged.
struct Lesson {
    /// Its place among the unknown.
    row: u32,
    hash: u64,
    key: Box<[u8]>,
}

/// What becomes of a batch besides its findings, by rows of what the plugin was shown.
#[derive(Default)]
pub(super) struct Trace {
    /// Rules that were asked about a row and did not match.
    unmatched: Vec<(u32, u32)>,
    /// Rows that a rule did not decide.
    undecided: HashSet<u32>,
}

impl RulePlugin {
    /// Judges a batch for all rules. As long as anything is wrong with the plugin, it sees everything.
    pub(super) fn judge_all(
        &mut self,
        batch: &Batch,
        judgement: &mut Judgement,
    ) -> Option<Trouble> {
        let well = self.conduct.trouble().is_none();
        let Some(mut repeats) = self.repeats.take_if(|_| well) else {
            return self.judge_parts(batch, Asked::All, judgement);
        };
        let unknown = self.tell(&mut repeats, batch, judgement);
        let is_told = !judgement.findings.is_empty();
        let trouble = self.ask(&mut repeats, batch, unknown, judgement);
        if is_told {
            judgement.findings.sort_by_key(|finding| (finding.rule, finding.row));
        }
        self.repeats = Some(repeats);
        trouble
    }

    /// Says of the events that are known what was said of them, and books it in the same way. No fuel
    /// is spent on them.
    fn tell(&mut self, repeats: &mut Repeats, batch: &Batch, judgement: &mut Judgement) -> Unknown {
        let (mut unknown, mut keys) = (Unknown::default(), repeats.keys(batch));
        for (row, number) in (0..batch.rows()).zip(0_u32..) {
            let key = keys.row(row).map(|key| (repeats.hash(key), key));
            let said = key.and_then(|(hash, key)| repeats.recall(hash, key));
            if let Some(words) = said.filter(|words| self.are_well(words)) {
                words.iter().for_each(|word| self.repeat(word, row, judgement));
                self.known_again += 1;
                continue;
            }
            if let Some((hash, key)) = key.filter(|(hash, _)| repeats.meet(*hash)) {
                let row = u32::try_from(unknown.rows.len()).expect("at most 1,024 rows");
                unknown.lessons.push(Lesson { row, hash, key: key.into() });
            }
            unknown.rows.push(number);
        }
        unknown
    }

    /// Whether none of the rules has anything wrong with it. One that sits out is not asked, not even
    /// for what it has said.
    fn are_well(&self, words: &[Word]) -> bool {
        words.iter().all(|word| self.rules[word.rule as usize].conduct.trouble().is_none())
    }

    fn repeat(&mut self, Word { rule, evidence }: &Word, row: usize, judgement: &mut Judgement) {
        let rule = *rule as usize;
        let outcome = if evidence.is_some() { Outcome::Matched } else { Outcome::Unmatched };
        self.rules[rule].account.book(outcome, 1);
        let found = evidence.iter().cloned();
        judgement.findings.extend(found.map(|evidence| Finding { rule, row, evidence }));
    }

    /// Has the plugin judge what is not known, and learns from it. From a batch with a fault nothing
    /// is learnt.
    fn ask(
        &mut self,
        repeats: &mut Repeats,
        batch: &Batch,
        Unknown { rows, lessons }: Unknown,
        judgement: &mut Judgement,
    ) -> Option<Trouble> {
        if rows.is_empty() {
            return None;
        }
        let part = match rows.len() == batch.rows() {
            true => Cow::Borrowed(batch),
            false => Cow::Owned(batch.select(&rows, &[&*self.fields, &[Field::Time]].concat())),
        };
        self.trace = (!lessons.is_empty()).then(Trace::default);
        let (mut asked, restarts) = (Judgement::default(), self.restarts.count);
        let trouble = self.judge_parts(&part, Asked::All, &mut asked);
        let trace = self.trace.take();
        let went_well = asked.faults.is_empty() && self.restarts.count == restarts;
        if let Some(trace) = trace.filter(|_| went_well) {
            let lessons = lessons.into_iter().filter(|l| !trace.undecided.contains(&l.row));
            learn(repeats, lessons, &asked.findings, &trace.unmatched);
        }
        judgement.add(asked, &rows);
        trouble
    }
}

fn learn(
    repeats: &mut Repeats,
    lessons: impl Iterator<Item = Lesson>,
    findings: &[Finding],
    unmatched: &[(u32, u32)],
) {
    let mut words: Vec<(u32, Word)> = Vec::with_capacity(findings.len() + unmatched.len());
    let number = |place: usize| u32::try_from(place).expect("few rules and rows");
    words.extend(findings.iter().map(|Finding { rule, row, evidence }| {
        (number(*row), Word { rule: number(*rule), evidence: Some(evidence.clone()) })
    }));
    words.extend(unmatched.iter().map(|(rule, row)| (*row, Word { rule: *rule, evidence: None })));
    words.sort_by_key(|(row, word)| (*row, word.rule));
    for Lesson { row, hash, key } in lessons {
        let from = words.partition_point(|(other, _)| *other < row);
        let own = words[from..].iter().take_while(|(other, _)| *other == row);
        repeats.learn(hash, key, own.map(|(_, word)| word.clone()).collect());
    }
}

impl Trace {
    /// What a rule answered about rows.
    pub(super) fn answered(&mut self, rule: u32, rows: &[u32], verdict: &wit::Verdict) {
        self.undecided.extend(&verdict.over_budget);
        let mut decided = verdict.findings.iter().map(|finding| finding.row).peekable();
        let silent = rows.iter().filter(|row| decided.next_if_eq(*row).is_none());
        self.unmatched.extend(silent.map(|row| (rule, *row)));
    }

    /// These rows were not shown to a rule.
    pub(super) fn shed(&mut self, rows: &[u32]) {
        self.undecided.extend(rows);
    }
}

impl Judgement {
    /// Adds what is about some rows of a batch.
    fn add(&mut self, mut part: Judgement, rows: &[u32]) {
        part.findings.iter_mut().for_each(|finding| finding.row = rows[finding.row] as usize);
        let faults = part.faults.iter_mut().map(|(_, _, rows)| rows);
        let over_budget = part.over_budget.iter_mut().map(|(_, rows)| rows);
        faults.chain(over_budget).flatten().for_each(|row| *row = rows[*row as usize]);
        self.findings.append(&mut part.findings);
        self.faults.append(&mut part.faults);
        self.over_budget.append(&mut part.over_budget);
    }
}
