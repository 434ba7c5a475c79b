//! All rules over one batch. Live events, recorded events and tests of rules come through here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::control::{RuleDetail, RuleState, RuleStatus, RuleTrouble};
use daemoneye_bus::event::Batch;

use crate::catalog::{Catalog, Described, Refusal};
use crate::plugin::{
    Blind, Disposition, Fault, Limits, LoadError, Plan, ReleaseError, Restarts, RulePlugin,
    RuleTemplate, Sandbox,
};

/// Every rule that is loaded, ready to judge.
pub struct Judge {
    plugin: RulePlugin,
    described: Vec<Arc<Described>>,
    idle: Vec<RuleStatus>,
}

/// One row that a rule found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Which rule.
    pub rule: Arc<Described>,
    /// Row of the batch.
    pub row: usize,
    /// Why.
    pub evidence: Vec<Evidence>,
}

/// Rows that were offered to a rule and not judged.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// The rule, or nothing if all rules failed.
    pub rule: Option<String>,
    /// Why.
    pub why: Why,
    /// Rows of the batch.
    pub rows: Vec<u32>,
}

/// Why a row was not judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Why {
    /// The plugin failed on it.
    #[error("{0}")]
    Fault(Fault),
    /// The rule's steps ran out on it.
    #[error("over budget")]
    OverBudget,
}

/// Why there is no judge.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum JudgeError {
    /// The engine's component cannot be read.
    #[error("plugin {path:?}: {cause}")]
    Read {
        /// Which file.
        path: PathBuf,
        /// Why.
        cause: std::io::Error,
    },
    /// The engine's component does not load, or refuses a plan.
    #[error(transparent)]
    Load(#[from] LoadError),
    /// The engine answered with a rule that no pack describes.
    #[error("plugin engine: declares rule {0:?}, which no pack has")]
    Undescribed(String),
}

impl Judge {
    /// Loads the plans of all rules into the engine. A loose rule that the engine refuses costs only
    /// itself: it is withdrawn from the catalog and in the list beside the judge.
    ///
    /// # Errors
    /// If the engine faults, or refuses a rule of a pack.
    pub fn load(
        engine: &RuleTemplate,
        catalog: &mut Catalog,
    ) -> Result<(Self, Vec<Refusal>), JudgeError> {
        let error = match Judge::of(engine, catalog) {
            Ok(judge) => return Ok((judge, Vec::new())),
            Err(error) => error,
        };
        let refused = unloadable(engine, &catalog.plans);
        let withdraw = |(rule, why): (String, String)| catalog.withdraw(&rule, why);
        let withdrawn: Option<Vec<Refusal>> = refused.into_iter().map(withdraw).collect();
        match withdrawn.filter(|withdrawn| !withdrawn.is_empty()) {
            Some(withdrawn) => Ok((Judge::of(engine, catalog)?, withdrawn)),
            None => Err(error),
        }
    }

    fn of(engine: &RuleTemplate, catalog: &Catalog) -> Result<Self, JudgeError> {
        let plugin = engine.load(catalog.plans.clone(), Limits::for_rules(catalog.plans.len()))?;
        let known: HashMap<&str, &Arc<Described>> =
            catalog.rules.iter().map(|described| (described.id.as_str(), described)).collect();
        let described = plugin.rules().iter().map(|rule| {
            let found = known.get(rule.id.as_str()).map(|described| Arc::clone(described));
            found.ok_or_else(|| JudgeError::Undescribed(rule.id.clone()))
        });
        let described = described.collect::<Result<_, _>>()?;
        Ok(Judge { plugin, described, idle: catalog.idle.clone() })
    }

    /// Goes on where another judge ends: rules that stay as they were keep their accounts.
    pub fn inherit(&mut self, before: &Judge) {
        self.plugin.inherit(&before.plugin);
    }

    /// Offers every event to every rule. What was found is sorted by row.
    pub fn judge(&mut self, batch: &Batch) -> (Vec<Found>, Vec<Unjudged>) {
        let judgement = self.plugin.judge(batch);
        let mut found: Vec<Found> = judgement
            .findings
            .into_iter()
            .map(|finding| Found {
                rule: self.described[finding.rule].clone(),
                row: finding.row,
                evidence: finding.evidence,
            })
            .collect();
        found.sort_by_key(|found| found.row);
        let faults = judgement.faults.into_iter();
        let faults =
            faults.map(|(rule, fault, rows)| Unjudged { rule, why: Why::Fault(fault), rows });
        let over_budget = judgement.over_budget.into_iter().map(|(rule, rows)| {
            let rule = Some(self.described[rule].id.clone());
            Unjudged { rule, why: Why::OverBudget, rows }
        });
        (found, faults.chain(over_budget).collect())
    }

    /// The account of every rule; those that see no events come last.
    pub fn report(&self) -> Vec<RuleStatus> {
        let rules = (0..self.described.len()).map(|number| self.status(number));
        rules.chain(self.idle.iter().cloned()).collect()
    }

    fn status(&self, number: usize) -> RuleStatus {
        let (state, why) = match self.plugin.disposition(number) {
            Disposition::Run => (RuleState::Active, None),
            Disposition::Rest { batches } => {
                (RuleState::Resting, Some(format!("failed, and sits out {batches} batches")))
            }
            Disposition::Quarantine => {
                (RuleState::Quarantined, Some("failed in batch after batch".to_owned()))
            }
        };
        let account = self.plugin.account(number);
        self.described[number].status(&account, state, why.into_iter().collect())
    }

    /// One rule with its faults, but for the events that it did not judge.
    pub fn detail(&self, id: &str) -> Option<RuleDetail> {
        let idle = || self.idle.iter().find(|rule| rule.id == id);
        let Some(number) = self.described.iter().position(|rule| rule.id == id) else {
            let (trouble, state_lost, unevaluated) = (None, None, Vec::new());
            return idle().cloned().map(|rule| RuleDetail {
                rule,
                trouble,
                state_lost,
                unevaluated,
            });
        };
        let trouble = self
            .plugin
            .trouble(number)
            .map(|trouble| RuleTrouble { since: trouble.since, fault: trouble.fault.to_string() });
        let (rule, state_lost) = (self.status(number), self.restarts().last);
        Some(RuleDetail { rule, trouble, state_lost, unevaluated: Vec::new() })
    }

    /// Who sees nothing since when, and why.
    pub fn blind(&self) -> Vec<Blind> {
        self.plugin.blind().collect()
    }

    /// Ends the quarantine of a rule.
    ///
    /// # Errors
    /// If there is no such rule, or it is not in quarantine.
    pub fn release(&mut self, id: &str) -> Result<(), ReleaseError> {
        match self.plugin.release(id) {
            Err(ReleaseError::UnknownRule(id)) if self.idle.iter().any(|rule| rule.id == id) => {
                Err(ReleaseError::NotInQuarantine(id))
            }
            other => other,
        }
    }

    /// How often the state of rules was lost.
    pub fn restarts(&self) -> Restarts {
        self.plugin.restarts()
    }
}

/// The rules that the engine does not even take alone, and why: found by halves.
fn unloadable(engine: &RuleTemplate, plans: &[Plan]) -> Vec<(String, String)> {
    match (engine.load(plans.to_vec(), Limits::for_rules(plans.len())), plans) {
        (Ok(_), _) | (Err(_), []) => Vec::new(),
        (Err(error), [plan]) => vec![(plan.rule.clone(), error.to_string())],
        (Err(_), _) => {
            let (left, right) = plans.split_at(plans.len() / 2);
            [unloadable(engine, left), unloadable(engine, right)].concat()
        }
    }
}

/// The component that runs plans, `engine.wasm` in the folder of plugins, compiled.
///
/// # Errors
/// If it is missing or does not load.
pub fn engine(sandbox: &Sandbox, plugins: &Path) -> Result<RuleTemplate, JudgeError> {
    let path = plugins.join("engine.wasm");
    let bytes = std::fs::read(&path).map_err(|cause| JudgeError::Read { path, cause })?;
    Ok(RuleTemplate::compile(sandbox, "engine", &bytes)?)
}
