//! All rules over one batch. Live events, recorded events and tests of rules come through here.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::control::RuleStatus;
use daemoneye_bus::event::Batch;

use crate::catalog::{Catalog, Described};
use crate::plugin::{Fault, Limits, LoadError, RulePlugin, RuleTemplate, Sandbox};

/// Every rule that is loaded, ready to judge.
pub struct Judge {
    plugin: RulePlugin,
    described: Vec<Arc<Described>>,
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
    /// Loads the plans of all rules into the engine, `engine.wasm` in the folder of plugins.
    ///
    /// # Errors
    /// If the component is missing, does not load, or refuses a plan.
    pub fn load(sandbox: &Sandbox, plugins: &Path, catalog: &Catalog) -> Result<Self, JudgeError> {
        let template = engine(sandbox, plugins)?;
        let plugin = template.load(catalog.plans.clone(), Limits::RULES)?;
        let described = plugin.rules().iter().map(|rule| {
            let found = catalog.rules.iter().find(|described| described.id == rule.id);
            found.cloned().ok_or_else(|| JudgeError::Undescribed(rule.id.clone()))
        });
        let described = described.collect::<Result<_, _>>()?;
        Ok(Judge { plugin, described })
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

    /// The account of every rule.
    pub fn report(&self) -> Vec<RuleStatus> {
        let rules = self.plugin.rules().iter().zip(&self.described);
        let status = rules.map(|(rule, described)| RuleStatus {
            id: described.id.clone(),
            title: described.title.clone(),
            pack: described.pack.clone(),
            severity: described.severity,
            techniques: described.techniques.clone(),
            offered: rule.account.offered,
            filtered: rule.account.filtered,
            judged: rule.account.judged,
            over_budget: rule.account.over_budget,
            faulted: rule.account.faulted,
            matched: rule.account.matched,
            fuel: rule.account.fuel,
        });
        status.collect()
    }

    /// The rules that are in quarantine, by id.
    pub fn quarantined(&self) -> impl Iterator<Item = &str> {
        let rules = self.plugin.rules().iter();
        rules.filter(|rule| rule.is_quarantined()).map(|rule| rule.id.as_str())
    }
}

/// The component that runs plans, compiled.
pub(crate) fn engine(sandbox: &Sandbox, plugins: &Path) -> Result<RuleTemplate, JudgeError> {
    let path = plugins.join("engine.wasm");
    let bytes = std::fs::read(&path).map_err(|cause| JudgeError::Read { path, cause })?;
    Ok(RuleTemplate::compile(sandbox, "engine", &bytes)?)
}
