//! One batch through one plugin: open, then evaluate rule by rule, each under its own budget. A fault
//! costs the row that caused it: the instance is made again and the other rows are judged.

use std::time::Instant;

use daemoneye_bus::event::{Batch, Field};

use super::super::bindings::rules::exports::daemoneye::plugin::rules as wit;
use super::super::fault::Fault;
use super::super::instance::Budget;
use super::account::Outcome;
use super::conduct::Trouble;
use super::{Finding, Judgement, RulePlugin, answer};

/// New instances that the search for poison rows of one rule in one batch may cost. Splitting 1,024
/// rows down to one takes ten; what is left when they are used up counts as faulted.
const MAX_RESTARTS: usize = 64;

pub(super) fn judge(plugin: &mut RulePlugin, batch: &Batch) -> Judgement {
    let rows = batch.rows() as u64;
    let mut judgement = Judgement::default();
    plugin.shared.offered += rows;
    if !plugin.conduct.takes_part() {
        plugin.shared.book(Outcome::Shed, rows);
        return judgement;
    }
    match plugin.candidates(batch) {
        Ok(candidates) => {
            plugin.conduct.took_part(None);
            for candidate in candidates {
                plugin.judge_candidate(batch, candidate, &mut judgement);
            }
        }
        Err(fault) => plugin.book_for_all(batch, fault, &mut judgement),
    }
    plugin.close();
    judgement
}

impl RulePlugin {
    /// Nobody was asked about anything.
    fn book_for_all(&mut self, batch: &Batch, fault: Fault, judgement: &mut Judgement) {
        self.shared.book(Outcome::Faulted, batch.rows() as u64);
        self.conduct.took_part(Some(Trouble { since: time(batch, 0), fault: fault.clone() }));
        let all = (0..u32::try_from(batch.rows()).expect("at most 1,024 rows")).collect();
        judgement.faults.push((None, fault, all));
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
            return;
        }
        let mut trouble: Option<Trouble> = None;
        let mut restarts = 0;
        let until = Instant::now() + self.limits.search_time;
        let mut parts = vec![rows];
        while let Some(part) = parts.pop() {
            match self.evaluate(batch, rule, &part, self.budget(part.len(), until)) {
                Ok((verdict, fuel)) => self.book(number, &part, verdict, fuel, judgement),
                Err(_) if part.len() > 1 && restarts < MAX_RESTARTS => {
                    restarts += 1;
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([right.to_vec(), left.to_vec()]);
                }
                Err(fault) => {
                    let since = trouble.map_or(time(batch, part[0]), |trouble| trouble.since);
                    trouble = Some(Trouble { since, fault: fault.clone() });
                    self.book_fault(number, part, fault, judgement);
                }
            }
        }
        self.rules[number].conduct.took_part(trouble);
    }

    /// Towards the end of a search only what is cheap is still judged: a call is looked at for the
    /// first time when it has used [`Limits::evaluate_time`](super::Limits) or some fuel.
    fn budget(&self, rows: usize, until: Instant) -> Budget {
        let left = until.saturating_duration_since(Instant::now());
        let fuel = self.limits.row_fuel.saturating_mul(rows as u64);
        Budget { fuel, time: self.limits.evaluate_time.min(left) }
    }

    fn book(
        &mut self,
        number: usize,
        rows: &[u32],
        verdict: wit::Verdict,
        fuel: u64,
        judgement: &mut Judgement,
    ) {
        let account = &mut self.rules[number].account;
        let (over_budget, matched) = (verdict.over_budget.len(), verdict.findings.len());
        account.book(Outcome::OverBudget, over_budget as u64);
        account.book(Outcome::Matched, matched as u64);
        account.book(Outcome::Unmatched, (rows.len() - over_budget - matched) as u64);
        account.fuel += fuel;
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

/// When the event of a row happened.
fn time(batch: &Batch, row: u32) -> i64 {
    batch.integer(Field::Time, row as usize).unwrap_or_default()
}
