//! One batch through one plugin: open, then evaluate rule by rule, each under its own fuel. A fault
//! costs the row that caused it: the instance is made again and the other rows are judged.

use daemoneye_bus::event::Batch;
use wasmtime::Store;
use wasmtime::component::ResourceAny;

use super::super::bindings::rules::exports::daemoneye::plugin::rules as wit;
use super::super::bindings::{self, rules::RulePlugin as Bindings};
use super::super::fault::Fault;
use super::super::instance::{self, State};
use super::{Finding, Judgement, RulePlugin, answer};
use crate::capability::Granted;

/// New instances that the search for poison rows of one rule in one batch may cost. Splitting 1,024
/// rows down to one takes ten; what is left when they are used up counts as faulted.
const MAX_RESTARTS: usize = 64;

/// An instance, and perhaps the batch that it has open.
pub(super) struct Alive {
    store: Store<State>,
    bindings: Bindings,
    scan: Option<ResourceAny>,
}

impl Alive {
    /// The most memory that the instance has had, bytes.
    pub(super) fn memory_used(&self) -> usize {
        self.store.data().limiter.used
    }
}

pub(super) fn judge(plugin: &mut RulePlugin, batch: &Batch) -> Judgement {
    let rows = batch.rows() as u64;
    plugin.offered += rows;
    let mut judgement = Judgement::default();
    match plugin.candidates(batch) {
        Ok(candidates) => {
            for candidate in candidates {
                plugin.judge_candidate(batch, &candidate, &mut judgement);
            }
        }
        Err(fault) => {
            plugin.alive = None;
            plugin.faulted += rows;
            let all = (0..u32::try_from(rows).expect("at most 1,024 rows")).collect();
            judgement.faults.push((None, fault, all));
        }
    }
    plugin.close();
    judgement
}

/// The same for some rules. Rules in quarantine do not even cost an opened batch.
pub(super) fn judge_for(plugin: &mut RulePlugin, batch: &Batch, rules: &[usize]) -> Judgement {
    let rows = batch.rows() as u64;
    let mut asked = Vec::with_capacity(rules.len());
    for number in rules {
        let blind = plugin.rules[*number].is_quarantined();
        plugin.rules[*number].account.offer(rows, blind);
        asked.extend((!blind).then_some(*number));
    }
    let mut judgement = Judgement::default();
    if asked.is_empty() {
        return judgement;
    }
    match plugin.candidates(batch) {
        Ok(candidates) => {
            for candidate in candidates.iter().filter(|c| asked.contains(&(c.rule as usize))) {
                plugin.judge_candidate(batch, candidate, &mut judgement);
            }
        }
        Err(fault) => {
            plugin.alive = None;
            let all: Vec<u32> = (0..u32::try_from(rows).expect("at most 1,024 rows")).collect();
            for number in asked {
                plugin.rules[number].account.taken += rows;
                plugin.book_fault(number, all.clone(), fault.clone(), &mut judgement);
            }
        }
    }
    plugin.close();
    judgement
}

impl RulePlugin {
    /// A new instance with the plans loaded, and what it declared.
    pub(super) fn revive(&self) -> Result<(Alive, Result<wit::Declaration, String>), Fault> {
        let mut store = instance::store(&self.template.sandbox, &self.limits, Granted::default());
        let plan = |plan: &super::Plan| (plan.rule.clone(), plan.bytes.clone());
        let plans: Vec<_> = self.plans.iter().map(plan).collect();
        let ((bindings, declared), _) =
            instance::metered(&mut store, self.limits.load_fuel, |store| {
                let bindings = self.template.template.instantiate(&mut *store)?;
                let plans: Vec<_> =
                    plans.iter().map(|(rule, bytes)| wit::Plan { rule, bytes }).collect();
                let declared = bindings.daemoneye_plugin_rules().call_load(store, &plans)?;
                Ok((bindings, declared))
            })?;
        Ok((Alive { store, bindings, scan: None }, declared))
    }

    /// The living instance with the batch open; makes and opens what is missing.
    fn open(&mut self, batch: &Batch) -> Result<(&mut Alive, ResourceAny), Fault> {
        let mut alive = match self.alive.take() {
            Some(alive) => alive,
            None => self.revive()?.0,
        };
        let scan = match alive.scan {
            Some(scan) => scan,
            None => {
                let packed = bindings::Packed::new(batch, &self.fields);
                let size = bindings::size(batch, &self.fields);
                let fuel = self.limits.open_fuel + self.limits.open_fuel_per_byte * size;
                let guest = alive.bindings.daemoneye_plugin_rules();
                let (scan, _) = instance::metered(&mut alive.store, fuel, |store| {
                    guest.scan().call_constructor(store, packed.batch())
                })?;
                scan
            }
        };
        alive.scan = Some(scan);
        Ok((self.alive.insert(alive), scan))
    }

    fn candidates(&mut self, batch: &Batch) -> Result<Vec<wit::CandidateResult>, Fault> {
        let size = bindings::size(batch, &self.fields);
        let fuel = self.limits.open_fuel + self.limits.open_fuel_per_byte * size;
        let (alive, scan) = self.open(batch)?;
        let guest = alive.bindings.daemoneye_plugin_rules();
        let (candidates, _) = instance::metered(&mut alive.store, fuel, |store| {
            guest.scan().call_candidates(store, scan)
        })?;
        answer::candidates(&candidates, &self.rules, batch.rows())?;
        Ok(candidates)
    }

    /// Judges one rule on its candidate rows, dividing them around rows that kill the instance.
    fn judge_candidate(
        &mut self,
        batch: &Batch,
        candidate: &wit::CandidateResult,
        judgement: &mut Judgement,
    ) {
        let number = candidate.rule as usize;
        let rows = candidate.rows.len() as u64;
        self.rules[number].account.taken += rows;
        if self.rules[number].is_quarantined() {
            self.rules[number].account.faulted += rows;
            return;
        }
        let mut restarts = 0;
        let mut parts = vec![candidate.rows.clone()];
        while let Some(part) = parts.pop() {
            match self.evaluate(batch, candidate.rule, &part) {
                Ok((verdict, fuel)) => self.book(number, &part, verdict, fuel, judgement),
                Err(_) if part.len() > 1 && restarts < MAX_RESTARTS => {
                    restarts += 1;
                    let (left, right) = part.split_at(part.len() / 2);
                    parts.extend([right.to_vec(), left.to_vec()]);
                }
                Err(fault) => self.book_fault(number, part, fault, judgement),
            }
        }
    }

    fn evaluate(
        &mut self,
        batch: &Batch,
        rule: u32,
        rows: &[u32],
    ) -> Result<(wit::Verdict, u64), Fault> {
        let fuel = self.rules[rule as usize].row_fuel.saturating_mul(rows.len() as u64);
        let steps = self.limits.row_steps;
        let (alive, scan) = self.open(batch)?;
        let guest = alive.bindings.daemoneye_plugin_rules();
        let asked = wit::CandidateParam { rule, rows };
        let answered = instance::metered(&mut alive.store, fuel, |store| {
            guest.scan().call_evaluate(store, scan, asked, steps)
        });
        let checked = answered.and_then(|(verdict, fuel)| {
            answer::verdict(&self.rules[rule as usize].id, rows, &verdict)?;
            Ok((verdict, fuel))
        });
        if checked.is_err() {
            self.alive = None;
        }
        checked
    }

    fn book(
        &mut self,
        number: usize,
        rows: &[u32],
        verdict: wit::Verdict,
        fuel: u64,
        judgement: &mut Judgement,
    ) {
        let rule = &mut self.rules[number];
        let over_budget = verdict.over_budget.len() as u64;
        rule.faults_in_a_row = 0;
        rule.account.over_budget += over_budget;
        rule.account.judged += rows.len() as u64 - over_budget;
        rule.account.matched += verdict.findings.len() as u64;
        rule.account.fuel += fuel;
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
        rule.account.faulted += rows.len() as u64;
        rule.note_fault();
        judgement.faults.push((Some(rule.id.clone()), fault, rows));
    }

    /// Lets go of the open batch; an instance that cannot even do that is dead.
    fn close(&mut self) {
        let Some(alive) = &mut self.alive else { return };
        let Some(scan) = alive.scan.take() else { return };
        let fuel = self.limits.open_fuel;
        let closed = instance::metered(&mut alive.store, fuel, |store| scan.resource_drop(store));
        if closed.is_err() {
            self.alive = None;
        }
    }
}
