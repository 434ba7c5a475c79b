//! A component of a pack at work: each of its rules sees the rows that the rule's prefilter matched.

use std::collections::BTreeMap;
use std::sync::Arc;

use daemoneye_bus::event::Batch;

use super::select::select;
use super::{Found, Unjudged};
use crate::catalog::{Component, ComponentRule, Described};
use crate::plugin::{Account, Judgement, LoadError, RulePlugin};

/// A component, and the rules of it that see events.
pub(super) struct Guest {
    plugin: RulePlugin,
    fingerprint: blake3::Hash,
    rules: Vec<GuestRule>,
}

/// One rule of the component.
pub(super) struct GuestRule {
    /// What alerts say about it.
    pub(super) described: Arc<Described>,
    /// Its number in the component.
    number: usize,
    /// Whether the engine says which rows it sees.
    pub(super) prefiltered: bool,
}

/// The rows that each rule of a guest is to see in one batch; nothing means all.
pub(super) type Sight = Vec<Option<Vec<u32>>>;

impl Guest {
    /// A first instance.
    pub(super) fn load(component: &Component) -> Result<Self, LoadError> {
        let mut plugin = component.template.load(Vec::new(), component.limits)?;
        let mut rules = Vec::with_capacity(component.rules.len());
        for ComponentRule { described, prefilter, row_fuel } in &component.rules {
            let declared = plugin.rules().iter().position(|rule| rule.id == described.id);
            let number = declared.expect("the catalog has compared the component's rules");
            plugin.set_row_fuel(number, *row_fuel);
            let (described, prefiltered) = (described.clone(), prefilter.is_some());
            rules.push(GuestRule { described, number, prefiltered });
        }
        Ok(Guest { plugin, fingerprint: component.fingerprint, rules })
    }

    /// Its rules, in the catalog's order.
    pub(super) fn rules(&self) -> &[GuestRule] {
        &self.rules
    }

    /// No rows yet for rules that have a prefilter, all rows for the others.
    pub(super) fn sight(&self) -> Sight {
        self.rules.iter().map(|rule| rule.prefiltered.then(Vec::new)).collect()
    }

    /// Whether a rule is not run any more.
    pub(super) fn is_quarantined(&self, rule: usize) -> bool {
        self.plugin.rules()[self.rules[rule].number].is_quarantined()
    }

    /// What became of the events that the component was offered for a rule.
    pub(super) fn account(&self, rule: usize) -> Account {
        self.plugin.account(self.rules[rule].number)
    }

    /// The most memory that its living instance has had, bytes.
    pub(super) fn memory_used(&self) -> usize {
        self.plugin.memory_used()
    }

    /// Goes on where the same component in another judge ends.
    pub(super) fn inherit(&mut self, before: &Guest) {
        if self.fingerprint == before.fingerprint {
            self.plugin.take_over(&before.plugin, |_| true);
        }
    }

    /// Offers each rule its rows. Rules that see the same rows share one open batch.
    pub(super) fn judge(
        &mut self,
        batch: &Batch,
        sight: Sight,
        found: &mut Vec<Found>,
        unjudged: &mut Vec<Unjudged>,
    ) {
        let mut offers: BTreeMap<Option<Vec<u32>>, Vec<usize>> = BTreeMap::new();
        for (rule, rows) in self.rules.iter().zip(sight) {
            offers.entry(rows).or_default().push(rule.number);
        }
        for (rows, rules) in offers {
            let judgement = match &rows {
                None => self.plugin.judge_for(batch, &rules),
                Some(rows) if rows.is_empty() => continue,
                Some(rows) => {
                    let part = select(batch, rows, self.plugin.fields());
                    self.plugin.judge_for(&part, &rules)
                }
            };
            self.tell(judgement, rows.as_deref(), &rules, found, unjudged);
        }
    }

    /// What a judgement of some rows says about the whole batch.
    fn tell(
        &self,
        judgement: Judgement,
        rows: Option<&[u32]>,
        offered: &[usize],
        found: &mut Vec<Found>,
        unjudged: &mut Vec<Unjudged>,
    ) {
        let row = |row: usize| rows.map_or(row, |rows| rows[row] as usize);
        for finding in judgement.findings {
            let rule = self.described(finding.rule).clone();
            found.push(Found { rule, row: row(finding.row), evidence: finding.evidence });
        }
        for (rule, fault, failed) in judgement.faults {
            let rows: Vec<u32> = failed
                .into_iter()
                .map(|failed| rows.map_or(failed, |r| r[failed as usize]))
                .collect();
            // A component that fails before any rule has failed for all that were offered.
            let all = || offered.iter().map(|rule| self.described(*rule).id.clone()).collect();
            let rules: Vec<String> = rule.map_or_else(all, |rule| vec![rule]);
            let told = rules.into_iter().map(Some);
            unjudged.extend(told.map(|rule| Unjudged {
                rule,
                fault: fault.clone(),
                rows: rows.clone(),
            }));
        }
    }

    fn described(&self, number: usize) -> &Arc<Described> {
        let rule = self.rules.iter().find(|rule| rule.number == number);
        &rule.expect("only rules of the list are offered rows").described
    }
}
