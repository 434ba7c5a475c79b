//! All rules over one batch. Live events, recorded events and tests of rules come through here.
//!
//! ```text
//! engine     runs the rules that are texts, and the prefilters of the others
//! guest      a component of a pack: sees what its prefilters matched
//! standing   how every rule stands: its account, its faults, its quarantine
//! witness    one rule alone on one event: what others can check
//! ```

mod guest;
mod standing;
mod witness;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::control::{MemoryCounts, RuleStatus};
use daemoneye_bus::event::Batch;

use self::guest::Guest;
pub use self::witness::{Patience, WitnessError};
use crate::capability::Processes;
use crate::catalog::{Catalog, Described, Refusal};
use crate::plugin::{
    Fault, Finding, Judgement, Limits, LoadError, Plan, RulePlugin, RuleTemplate, Sandbox, together,
};

/// Every rule that is loaded, ready to judge.
pub struct Judge {
    engine: RulePlugin,
    /// What each rule of the engine is, in the engine's order.
    roles: Vec<Role>,
    guests: Vec<Guest>,
    /// Who lives, for the components that are granted to know.
    processes: Option<Processes>,
    idle: Vec<RuleStatus>,
    /// The rules that are off, each of them idle.
    off: Vec<Arc<Described>>,
    /// The release of each pack that is in, by its id.
    releases: HashMap<String, u64>,
}

/// What a rule of the engine is for.
enum Role {
    /// A rule that is a text.
    Rule(Arc<Described>),
    /// Finds the rows that a rule of a guest sees.
    Prefilter { guest: usize, rule: usize },
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
        let known = Processes::default();
        let guests = catalog.components.iter().map(|component| Guest::load(component, &known));
        let guests: Vec<Guest> = guests.collect::<Result<_, _>>()?;
        let asked = catalog.components.iter().any(|one| one.template.granted().processes);
        let processes = asked.then_some(known);
        let plans = plans(catalog);
        let limits = Limits::for_rules(plans.len());
        let engine = engine.load(plans, limits)?;
        let mut known = roles(catalog);
        let roles = engine.rules().iter().map(|rule| {
            let role = known.remove(rule.id.as_str());
            role.ok_or_else(|| JudgeError::Undescribed(rule.id.clone()))
        });
        let roles = roles.collect::<Result<_, _>>()?;
        let releases = catalog.packs.iter().map(|pack| (pack.id.clone(), pack.release)).collect();
        let (idle, off) = (catalog.idle.clone(), catalog.off.clone());
        Ok(Judge { engine, roles, guests, processes, idle, off, releases })
    }

    /// Goes on where another judge ends: rules that stay as they were keep their accounts and what
    /// they remember. Returns what went wrong with that: it is lost, and counted as with every fault.
    pub fn inherit(&mut self, before: &mut Judge) -> Vec<Fault> {
        let mut faults = Vec::new();
        faults.extend(self.engine.inherit(&mut before.engine).err());
        for guest in &mut self.guests {
            let inherited = before.guests.iter_mut().map(|before| guest.inherit(before));
            faults.extend(inherited.filter_map(Result::err));
        }
        if let (Some(own), Some(before)) = (&self.processes, &before.processes) {
            own.take_over(before);
        }
        faults
    }

    /// What rules could not remember since the agent started.
    pub fn memory_counts(&mut self) -> MemoryCounts {
        let guests = self.guests.iter_mut().map(|guest| guest.plugin_mut().memory_counts());
        guests.fold(self.engine.memory_counts(), together)
    }

    /// Forgets what components were granted to remember, as if no event had been judged before.
    pub fn forget(&mut self) {
        self.guests.iter_mut().for_each(|guest| guest.plugin_mut().forget());
        self.processes.iter().for_each(Processes::clear);
    }

    /// Knows no event again that was judged before: the next one costs what a new one costs.
    pub fn forget_events(&mut self) {
        self.engine.forget_events();
    }

    /// Offers every event to every rule. What was found is sorted by row.
    pub fn judge(&mut self, batch: &Batch) -> (Vec<Found>, Vec<Unjudged>) {
        self.processes.iter().for_each(|processes| processes.learn(batch));
        let Judgement { findings, faults, over_budget } = self.engine.judge(batch);
        let faults =
            faults.into_iter().map(|(rule, fault, rows)| Unjudged::faulted(rule, fault, rows));
        let over_budget = over_budget.into_iter().map(|(number, rows)| {
            let rule = self.described(&self.roles[number]);
            Unjudged::over_budget(rule.id.clone(), rows)
        });
        let mut unjudged: Vec<Unjudged> = faults.chain(over_budget).collect();
        let mut found = Vec::new();
        let mut sights: Vec<_> = self.guests.iter().map(Guest::sight).collect();
        for Finding { rule, row, evidence } in findings {
            match &self.roles[rule] {
                Role::Rule(rule) => found.push(Found { rule: rule.clone(), row, evidence }),
                Role::Prefilter { guest, rule } => {
                    let row = u32::try_from(row).expect("at most 1,024 rows");
                    sights[*guest][*rule].get_or_insert_default().push(row);
                }
            }
        }
        for (guest, sight) in self.guests.iter_mut().zip(sights) {
            guest.judge(batch, sight, &mut found, &mut unjudged);
        }
        found.sort_by_key(|found| found.row);
        (found, unjudged)
    }

    /// The rule that something in the engine is, or is for.
    fn described<'j>(&'j self, role: &'j Role) -> &'j Arc<Described> {
        match role {
            Role::Rule(described) => described,
            Role::Prefilter { guest, rule } => &self.guests[*guest].rules()[*rule].described,
        }
    }
}

impl Unjudged {
    fn faulted(rule: Option<String>, fault: Fault, rows: Vec<u32>) -> Self {
        Unjudged { rule, why: Why::Fault(fault), rows }
    }

    fn over_budget(rule: String, rows: Vec<u32>) -> Self {
        Unjudged { rule: Some(rule), why: Why::OverBudget, rows }
    }
}

/// What the engine runs: the rules that are texts, and the prefilters of the others.
fn plans(catalog: &Catalog) -> Vec<Plan> {
    let of_components = catalog.components.iter().flat_map(|component| &component.rules);
    let prefilters = of_components.filter_map(|rule| {
        let bytes = rule.prefilter.clone()?;
        Some(Plan { rule: rule.described.id.clone(), bytes })
    });
    catalog.plans.iter().cloned().chain(prefilters).collect()
}

/// What each of these is for, by id.
fn roles(catalog: &Catalog) -> HashMap<&str, Role> {
    let texts = catalog.rules.iter().map(|rule| (rule.id.as_str(), Role::Rule(rule.clone())));
    let guests = catalog.components.iter().enumerate();
    let prefilters = guests.flat_map(|(guest, component)| {
        let rules = component.rules.iter().enumerate();
        rules.filter(|(_, rule)| rule.prefilter.is_some()).map(move |(number, rule)| {
            (&*rule.described.id, Role::Prefilter { guest, rule: number })
        })
    });
    texts.chain(prefilters).collect()
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
