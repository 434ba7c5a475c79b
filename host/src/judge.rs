//! All rules over one batch. Live events, recorded events and tests of rules come through here.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::control::{RuleState, RuleStatus};
use daemoneye_bus::event::Batch;

use crate::catalog::{Catalog, Described, Refusal};
use crate::plugin::{Fault, Limits, LoadError, Plan, RulePlugin, RuleTemplate, Sandbox};

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

/// Rows that were not judged because the plugin failed on them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unjudged {
    /// The rule, or nothing if all rules failed.
    pub rule: Option<String>,
    /// What went wrong.
    pub fault: Fault,
    /// Rows of the batch.
    pub rows: Vec<u32>,
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
        let unjudged = judgement.faults.into_iter();
        let unjudged = unjudged.map(|(rule, fault, rows)| Unjudged { rule, fault, rows });
        (found, unjudged.collect())
    }

    /// The account of every rule; those that see no events come last.
    pub fn report(&self) -> Vec<RuleStatus> {
        let rules = self.plugin.rules().iter().zip(&self.described).enumerate();
        let status = rules.map(|(number, (rule, described))| {
            let account = self.plugin.account(number);
            match rule.is_quarantined() {
                false => described.status(&account, RuleState::Active, Vec::new()),
                true => {
                    let why = "failed on event after event".to_owned();
                    described.status(&account, RuleState::Quarantined, vec![why])
                }
            }
        });
        status.chain(self.idle.iter().cloned()).collect()
    }

    /// The rules that are in quarantine, by id.
    pub fn quarantined(&self) -> impl Iterator<Item = &str> {
        let rules = self.plugin.rules().iter();
        rules.filter(|rule| rule.is_quarantined()).map(|rule| rule.id.as_str())
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
