//! One batch through one plugin: open, then evaluate rule by rule, each under its own budget. A fault
//! costs the row that caused it: the instance is made again and the other rows are judged.

use std::borrow::Cow;
use std::time::{Duration, Instant};

use daemoneye_bus::event::{Batch, Event, Field};

use super::super::bindings::wit;
use super::super::fault::Fault;
use super::super::instance::Budget;
use super::account::Outcome;
use super::conduct::Trouble;
use super::{Finding, Judgement, RulePlugin, answer};

/// New instances that the search for poison rows of one rule in one batch may cost. Splitting 1,024
/// rows down to one takes ten; what is left when they are used up counts as faulted.
const MAX_RESTARTS: usize = 64;

/// Rows in one call: what it may take, and what it may answer, is bounded for so many.
const ROWS_PER_CALL: usize = 256;

/// Rows that the time for one evaluation is for; a call with more has as much again.
const ROWS_PER_TIME: usize = 128;

/// What a search leaves to each call when its time is over: what is cheap is still judged.
const LAST_TIME: Duration = Duration::from_millis(1);

/// Whom a batch is for.
#[derive(Clone, Copy)]
pub(super) enum Asked<'r> {
    All,
    Only(&'r [usize]),
}

impl Asked<'_> {
    fn includes(self, rule: usize) -> bool {
        match self {
            Asked::All => true,
            Asked::Only(rules) => rules.contains(&rule),
        }
    }
}

/// The search for the rows of one batch that kill the instance. It begins with the first fault.
struct Search {
    time: Duration,
    until: Option<Instant>,
    restarts: usize,
}

impl Search {
    fn new(time: Duration) -> Self {
        Search { time, until: None, restarts: 0 }
    }

    /// Whether to go on with the halves of so many rows, after a fault.
    fn may_divide(&mut self, rows: usize) -> bool {
        let now = Instant::now();
        let until = *self.until.get_or_insert(now + self.time);
        self.restarts += 1;
        rows > 1 && self.restarts <= MAX_RESTARTS && now < until
    }

    /// For the next call.
    fn left(&self) -> Duration {
        let left = |until: Instant| until.saturating_duration_since(Instant::now());
        self.until.map_or(self.time, left).max(LAST_TIME)
    }
}

pub(super) fn judge(plugin: &mut RulePlugin, batch: &Batch) -> Judgement {
    let mut judgement = Judgement::default();
    plugin.shared.offered += batch.rows() as u64;
    if plugin.conduct.takes_part() {
        let trouble = plugin.judge_all(batch, &mut judgement);
        plugin.conduct.took_part(trouble);
    } else {
        plugin.shared.book(Outcome::Shed, batch.rows() as u64);
    }
    judgement
}

/// The same for some rules. Those that sit out do not even cost an opened batch. There is no trouble
/// of the plugin's own: what fails before any rule is a failure of each that was asked.
pub(super) fn judge_for(plugin: &mut RulePlugin, batch: &Batch, rules: &[usize]) -> Judgement {
    let mut judgement = Judgement::default();
    let asked = plugin.offer(batch.rows() as u64, rules);
    if asked.is_empty() {
        return judgement;
    }
    let before: Vec<_> = asked.iter().map(|rule| plugin.rules[*rule].conduct.clone()).collect();
    if let Some(trouble) = plugin.judge_parts(batch, Asked::Only(&asked), &mut judgement) {
        for (rule, mut conduct) in asked.into_iter().zip(before) {
            conduct.took_part(Some(trouble.clone()));
            plugin.rules[rule].conduct = conduct;
        }
    }
    judgement
}

impl RulePlugin {
    /// Judges the batch, dividing it around rows that kill the instance before any rule is asked.
    pub(super) fn judge_parts(
        &mut self,
        batch: &Batch,
        asked: Asked<'_>,
        judgement: &mut Judgement,
    ) -> Option<Trouble> {
        let mut trouble: Option<Trouble> = None;
        let mut search = Search::new(self.limits.search_time);
        let mut parts = vec![(0, Cow::Borrowed(batch))];
        while let Some((first, part)) = parts.pop() {
            let before = judgement.counts();
            match self.judge_part(&part, asked, judgement) {
                Ok(()) => {}
                Err(_) if search.may_divide(part.rows()) => parts.extend(halves(&part, first)),
                Err(fault) => {
                    let since = trouble.map_or(time(&part, 0), |trouble| trouble.since);
                    self.book_for_asked(&part, asked, &fault, judgement);
                    trouble = Some(Trouble { since, fault });
                }
            }
            self.close();
            judgement.shift(before, first);
        }
        trouble
    }

    /// After an error nothing is booked: it comes before any rule is asked.
    fn judge_part(
        &mut self,
        part: &Batch,
        asked: Asked<'_>,
        judgement: &mut Judgement,
    ) -> Result<(), Fault> {
        let candidates = self.open(part)?.into_iter();
        for candidate in candidates.filter(|candidate| asked.includes(candidate.rule as usize)) {
            self.judge_candidate(part, candidate, judgement);
        }
        Ok(())
    }

    /// Nobody of those who were asked was shown anything.
    fn book_for_asked(
        &mut self,
        part: &Batch,
        asked: Asked<'_>,
        fault: &Fault,
        judgement: &mut Judgement,
    ) {
        let every_row = || (0..number(part.rows())).collect();
        match asked {
            Asked::All => {
                self.shared.book(Outcome::Faulted, part.rows() as u64);
                judgement.faults.push((None, fault.clone(), every_row()));
            }
            Asked::Only(rules) => {
                for rule in rules {
                    self.book_fault(*rule, every_row(), fault.clone(), judgement);
                }
            }
        }
    }

    /// Those of the rules that take part, once the rows are offered to all of them.
    fn offer(&mut self, rows: u64, rules: &[usize]) -> Vec<usize> {
        let mut asked = Vec::with_capacity(rules.len());
        for number in rules {
            let rule = &mut self.rules[*number];
            rule.account.offered += rows;
            match rule.conduct.takes_part() {
                true => asked.push(*number),
                false => rule.account.book(Outcome::Shed, rows),
            }
        }
        asked
    }

    /// Judges one rule on its candidate rows, dividing them around rows that kill the instance.
    fn judge_candidate(
        &mut self,
        batch: &Batch,
        wit::CandidateResult { rule, rows }: wit::CandidateResult,
        judgement: &mut Judgement,
    ) {
        let number = rule as usize;
        if !self.rules[number].conduct.takes_part() {
            self.rules[number].account.book(Outcome::Shed, rows.len() as u64);
            self.trace.iter_mut().for_each(|trace| trace.shed(&rows));
            return;
        }
        let mut trouble: Option<Trouble> = None;
        let mut search = Search::new(self.limits.search_time);
        let mut parts: Vec<&[u32]> = rows.rchunks(ROWS_PER_CALL).collect();
        while let Some(part) = parts.pop() {
            match self.evaluate(batch, rule, part, self.budget(number, part.len(), &search)) {
                Ok((verdict, fuel)) => self.book(number, part, verdict, fuel, judgement),
                Err(_) if search.may_divide(part.len()) => {
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([right, left]);
                }
                Err(fault) => {
                    let since = trouble.map_or(time(batch, part[0]), |trouble| trouble.since);
                    trouble = Some(Trouble { since, fault: fault.clone() });
                    self.book_fault(number, part.to_vec(), fault, judgement);
                }
            }
        }
        self.rules[number].conduct.took_part(trouble);
    }

    fn budget(&self, rule: usize, rows: usize, search: &Search) -> Budget {
        let fuel = self.rules[rule].row_fuel.saturating_mul(rows as u64);
        let time = self.limits.evaluate_time * number(rows.div_ceil(ROWS_PER_TIME));
        Budget { fuel, time: time.min(search.left()) }
    }

    fn book(
        &mut self,
        number: usize,
        rows: &[u32],
        verdict: wit::Verdict,
        fuel: u64,
        judgement: &mut Judgement,
    ) {
        let rule = u32::try_from(number).expect("rules are bounded");
        self.trace.iter_mut().for_each(|trace| trace.answered(rule, rows, &verdict));
        let account = &mut self.rules[number].account;
        let (over_budget, matched) = (verdict.over_budget.len(), verdict.findings.len());
        account.book(Outcome::OverBudget, over_budget as u64);
        account.book(Outcome::Matched, matched as u64);
        account.book(Outcome::Unmatched, (rows.len() - over_budget - matched) as u64);
        account.fuel += fuel;
        self.rules[number].costs.note(rows.len(), fuel);
        if over_budget > 0 {
            judgement.over_budget.push((number, verdict.over_budget));
        }
        judgement.findings.extend(verdict.findings.into_iter().map(|finding| Finding {
            rule: number,
            row: finding.row as usize,
            evidence: finding.evidence.into_iter().map(answer::evidence).collect(),
        }));
    }

    fn book_fault(
        &mut self,
        number: usize,
        rows: Vec<u32>,
        fault: Fault,
        judgement: &mut Judgement,
    ) {
        let rule = &mut self.rules[number];
        rule.account.book(Outcome::Faulted, rows.len() as u64);
        judgement.faults.push((Some(rule.id.clone()), fault, rows));
    }
}

impl Judgement {
    /// Findings, faults and rows over budget so far.
    fn counts(&self) -> [usize; 3] {
        [self.findings.len(), self.faults.len(), self.over_budget.len()]
    }

    /// What came after these counts is about rows from `first` on.
    fn shift(&mut self, [findings, faults, over_budget]: [usize; 3], first: u32) {
        if first == 0 {
            return;
        }
        self.findings[findings..].iter_mut().for_each(|finding| finding.row += first as usize);
        let faults = self.faults[faults..].iter_mut().map(|(_, _, rows)| rows);
        let over_budget = self.over_budget[over_budget..].iter_mut().map(|(_, rows)| rows);
        faults.chain(over_budget).flatten().for_each(|row| *row += first);
    }
}

/// The halves of a batch, each with the number of its first row; the first half is the last.
fn halves<'b>(batch: &Batch, first: u32) -> Vec<(u32, Cow<'b, Batch>)> {
    let events: Vec<Event> = batch.events().collect();
    let (left, right) = events.split_at(events.len() / 2);
    let halves = [(first + number(left.len()), right), (first, left)];
    let half =
        |(first, events): (u32, &[Event])| Some((first, Cow::Owned(Batch::from_events(events)?)));
    halves.into_iter().filter_map(half).collect()
}

fn number(rows: usize) -> u32 {
    u32::try_from(rows).expect("at most 1,024 rows")
}

/// When the event of a row happened.
fn time(batch: &Batch, row: u32) -> i64 {
    batch.integer(Field::Time, row as usize).unwrap_or_default()
}
