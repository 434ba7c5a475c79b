//! A component of a pack at work: each of its rules sees the rows that the rule's prefilter matched.

use std::collections::BTreeMap;
use std::sync::Arc;

use daemoneye_bus::event::{Batch, Field};

use super::{Found, Unjudged};
use crate::capability::Processes;
use crate::catalog::{Component, ComponentRule, Described};
use crate::plugin::{Fault, Finding, Judgement, Limits, LoadError, RulePlugin};

/// A component, and the rules of it that see events.
pub(super) struct Guest {
    /// Under which its namespace outlives it.
    name: String,
    plugin: RulePlugin,
    fingerprint: blake3::Hash,
    /// What its rules read, and the time, by which the agent tells since when one is blind.
    fields: Vec<Field>,
    rules: Vec<GuestRule>,
}

/// One rule of the component.
#[derive(Clone)]
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
    pub(super) fn load(component: &Component, processes: &Processes) -> Result<Self, LoadError> {
        let Component { template, limits, .. } = component;
        let mut plugin = template.load_beside(Vec::new(), *limits, processes)?;
        let mut rules = Vec::with_capacity(component.rules.len());
        for ComponentRule { described, prefilter, row_fuel } in &component.rules {
            let declared = plugin.rules().iter().position(|rule| rule.id == described.id);
            let number = declared.expect("the catalog has compared the component's rules");
            plugin.set_row_fuel(number, *row_fuel);
            let (described, prefiltered) = (described.clone(), prefilter.is_some());
            rules.push(GuestRule { described, number, prefiltered });
        }
        let mut fields = plugin.fields().to_vec();
        if !fields.contains(&Field::Time) {
            fields.push(Field::Time);
        }
        let (name, fingerprint) = (component.name.clone(), component.fingerprint);
        Ok(Guest { name, plugin, fingerprint, fields, rules })
    }

    /// Its rules, in the catalog's order.
    pub(super) fn rules(&self) -> &[GuestRule] {
        &self.rules
    }

    /// No rows yet for rules that have a prefilter, all rows for the others.
    pub(super) fn sight(&self) -> Sight {
        self.rules.iter().map(|rule| rule.prefiltered.then(Vec::new)).collect()
    }

    /// The component at work.
    pub(super) fn plugin(&self) -> &RulePlugin {
        &self.plugin
    }

    /// The same, to be changed.
    pub(super) fn plugin_mut(&mut self) -> &mut RulePlugin {
        &mut self.plugin
    }

    /// The component, and which of its rules this one of the list is.
    pub(super) fn seat(&self, rule: usize) -> (&RulePlugin, usize) {
        (&self.plugin, self.rules[rule].number)
    }

    /// Goes on where the same component in another judge ends; in its namespace a new release of it
    /// knows what the old one did.
    pub(super) fn inherit(&mut self, before: &mut Guest) -> Result<(), Fault> {
        if self.name == before.name {
            self.plugin.take_namespace(&before.plugin);
        }
        match self.fingerprint == before.fingerprint {
            true => self.plugin.take_over(&mut before.plugin, |_| true),
            false => Ok(()),
        }
    }

    /// A new instance, of which no other rule than this one of the list is asked.
    pub(super) fn alone(&self, rule: usize, limits: Limits) -> Result<Guest, LoadError> {
        let only = self.rules[rule].clone();
        let plugin = self.plugin.alone(&only.described.id, limits)?;
        let (name, fields) = (self.name.clone(), self.fields.clone());
        Ok(Guest { name, plugin, fingerprint: self.fingerprint, fields, rules: vec![only] })
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
                    let part = batch.select(rows, &self.fields);
                    self.plugin.judge_for(&part, &rules)
                }
            };
            self.tell(judgement, rows.as_deref(), found, unjudged);
        }
    }

    /// What a judgement of some rows says about the whole batch.
    fn tell(
        &self,
        Judgement { findings, faults, over_budget }: Judgement,
        rows: Option<&[u32]>,
        found: &mut Vec<Found>,
        unjudged: &mut Vec<Unjudged>,
    ) {
        let row = |row: u32| rows.map_or(row, |rows| rows[row as usize]);
        let all = |part: Vec<u32>| part.into_iter().map(row).collect();
        for Finding { rule, row: at, evidence } in findings {
            let at = rows.map_or(at, |rows| rows[at] as usize);
            found.push(Found { rule: self.described(rule).clone(), row: at, evidence });
        }
        unjudged.extend(
            faults.into_iter().map(|(rule, fault, part)| Unjudged::faulted(rule, fault, all(part))),
        );
        unjudged.extend(
            over_budget.into_iter().map(|(rule, part)| {
                Unjudged::over_budget(self.described(rule).id.clone(), all(part))
            }),
        );
    }

    fn described(&self, number: usize) -> &Arc<Described> {
        let rule = self.rules.iter().find(|rule| rule.number == number);
        &rule.expect("only rules of the list are offered rows").described
    }
}
