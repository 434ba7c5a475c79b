//! All rules over one batch. Live events, recorded events and tests of rules come through here.
//!
//! ```text
//! engine   runs the rules that are texts, and the prefilters of the others
//! guest    a component of a pack: sees what its prefilters matched
//! select   some rows of a batch as a batch
//! ```

mod guest;
mod select;

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::control::{RuleState, RuleStatus};
use daemoneye_bus::event::Batch;

use self::guest::Guest;
use crate::catalog::{Catalog, Described, Refusal};
use crate::plugin::{
    Account, Fault, Finding, Limits, LoadError, Plan, RulePlugin, RuleTemplate, Sandbox,
};

/// Every rule that is loaded, ready to judge.
pub struct Judge {
    engine: RulePlugin,
    /// What each rule of the engine is, in the engine's order.
    roles: Vec<Role>,
    guests: Vec<Guest>,
    idle: Vec<RuleStatus>,
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
        let guests: Vec<Guest> =
            catalog.components.iter().map(Guest::load).collect::<Result<_, _>>()?;
        let plans = plans(catalog);
        let limits = Limits::for_rules(plans.len());
        let engine = engine.load(plans, limits)?;
        let mut known = roles(catalog);
        let roles = engine.rules().iter().map(|rule| {
            let role = known.remove(rule.id.as_str());
            role.ok_or_else(|| JudgeError::Undescribed(rule.id.clone()))
        });
        let roles = roles.collect::<Result<_, _>>()?;
        Ok(Judge { engine, roles, guests, idle: catalog.idle.clone() })
    }

    /// Goes on where another judge ends: rules that stay as they were keep their accounts.
    pub fn inherit(&mut self, before: &Judge) {
        self.engine.inherit(&before.engine);
        for guest in &mut self.guests {
            before.guests.iter().for_each(|before| guest.inherit(before));
        }
    }

    /// Offers every event to every rule. What was found is sorted by row.
    pub fn judge(&mut self, batch: &Batch) -> (Vec<Found>, Vec<Unjudged>) {
        let judgement = self.engine.judge(batch);
        let faults = judgement.faults.into_iter();
        let mut unjudged: Vec<Unjudged> =
            faults.map(|(rule, fault, rows)| Unjudged { rule, fault, rows }).collect();
        let mut found = Vec::new();
        let mut sights: Vec<_> = self.guests.iter().map(Guest::sight).collect();
        for Finding { rule, row, evidence } in judgement.findings {
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

    /// The account of every rule; those that see no events come last.
    pub fn report(&self) -> Vec<RuleStatus> {
        let status = self.accounts().map(|(described, account, blind)| match blind {
            false => described.status(&account, RuleState::Active, Vec::new()),
            true => {
                let why = "failed on event after event".to_owned();
                described.status(&account, RuleState::Quarantined, vec![why])
            }
        });
        status.chain(self.idle.iter().cloned()).collect()
    }

    /// The most memory that a component's living instance has had, bytes; without components the
    /// engine's.
    pub fn memory_used(&self) -> usize {
        let guests = self.guests.iter().map(Guest::memory_used);
        guests.max().unwrap_or_else(|| self.engine.memory_used())
    }

    /// The rules that are in quarantine, by id.
    pub fn quarantined(&self) -> impl Iterator<Item = &str> {
        self.accounts().filter(|(_, _, blind)| *blind).map(|(rule, _, _)| rule.id.as_str())
    }

    /// Every rule that sees events, what became of them, and whether it is in quarantine.
    fn accounts(&self) -> impl Iterator<Item = (&Described, Account, bool)> {
        let texts = self.roles.iter().enumerate().filter_map(|(number, role)| match role {
            Role::Rule(described) => {
                let blind = self.engine.rules()[number].is_quarantined();
                Some((&**described, self.engine.account(number), blind))
            }
            Role::Prefilter { .. } => None,
        });
        let guests = self.guests.iter().enumerate();
        texts.chain(guests.flat_map(|(guest, _)| self.accounts_of(guest)))
    }

    fn accounts_of(&self, guest: usize) -> impl Iterator<Item = (&Described, Account, bool)> {
        let of = &self.guests[guest];
        of.rules().iter().enumerate().map(move |(number, rule)| {
            let (account, blind) = (of.account(number), of.is_quarantined(number));
            let role = self.roles.iter().position(|role| {
                matches!(role, Role::Prefilter { guest: g, rule: r } if (*g, *r) == (guest, number))
            });
            let (account, blind) = match role {
                None => (account, blind),
                Some(prefilter) => {
                    let sieve = &self.engine.rules()[prefilter];
                    let account = account.behind(&self.engine.account(prefilter));
                    (account, blind || sieve.is_quarantined())
                }
            };
            (&*rule.described, account, blind)
        })
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
