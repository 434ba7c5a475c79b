//! Rules at work: a batch goes in, findings come out, and every event is accounted for.

mod account;
mod again;
mod alive;
mod alone;
mod answer;
mod conduct;
mod constant;
mod costs;
mod memory;
mod repeats;
mod run;
mod session;
mod template;

use std::collections::{HashMap, HashSet};
use std::fmt;

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::event::{Batch, Field};

use super::bindings::Packed;
use super::fault::{Fault, LoadError};
use super::limits::Limits;
use crate::capability::{Held, Namespace, Processes};
use again::Trace;
use alive::Alive;
use conduct::Conduct;
use costs::Costs;
use memory::Counted;
use repeats::Repeats;

pub use account::{Account, Outcome};
pub use conduct::{Disposition, Trouble};
pub(crate) use memory::together;
pub use template::RuleTemplate;

/// One compiled rule, as a language made it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Plan {
    /// The rule's id.
    pub rule: String,
    /// For the plugin that runs rules.
    pub bytes: Vec<u8>,
}

/// What a rule claims.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    /// The rule, as an index into [`RulePlugin::rules`].
    pub rule: usize,
    /// The row of the batch.
    pub row: usize,
    /// Why.
    pub evidence: Vec<Evidence>,
}

/// What became of one batch.
#[derive(Debug, Default)]
pub struct Judgement {
    /// By rule, then by row.
    pub findings: Vec<Finding>,
    /// What went wrong: the rule's id (nothing if the plugin failed before any rule), the fault, and
    /// the rows that were not judged because of it.
    pub faults: Vec<(Option<String>, Fault, Vec<u32>)>,
    /// Rows whose steps ran out, by rule as in a finding.
    pub over_budget: Vec<(usize, Vec<u32>)>,
}

/// One rule of a plugin.
#[derive(Debug, Clone)]
pub struct Rule {
    /// Its id.
    pub id: String,
    /// Of a plugin that ran the same rule before.
    inherited: Account,
    /// Without what is booked for all rules together.
    account: Account,
    /// Fuel for evaluating it on one row.
    row_fuel: u64,
    conduct: Conduct,
    /// What its events have cost.
    costs: Costs,
}

/// A rule, or all rules of a plugin, that see nothing.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Blind {
    /// The plugin's name.
    pub plugin: String,
    /// The rule's id; nothing if the plugin fails before any rule.
    pub rule: Option<String>,
    /// Since when, and why.
    pub trouble: Trouble,
}

impl fmt::Display for Blind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.rule {
            Some(rule) => write!(f, "rule {rule}"),
            None => write!(f, "every rule of plugin {}", self.plugin),
        }
    }
}

/// Why a rule is not released.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum ReleaseError {
    /// There is no such rule.
    #[error("no rule {0:?}")]
    UnknownRule(String),
    /// There is nothing to release it from.
    #[error("rule {0:?} is not in quarantine")]
    NotInQuarantine(String),
}

/// How often an instance had to be made again. What rules remember lives in the instance: windows,
/// sequences and the table of processes began anew with it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Restarts {
    /// So often.
    pub count: u64,
    /// Time of the first event that the living instance saw, microseconds since the Unix epoch, if
    /// it is not the first.
    pub last: Option<i64>,
}

/// A plugin with rules.
pub struct RulePlugin {
    template: RuleTemplate,
    limits: Limits,
    plans: Vec<Plan>,
    fields: Vec<Field>,
    rules: Vec<Rule>,
    /// Events offered to every rule, and of them those on which the plugin failed before any rule,
    /// and those that no rule was shown: booked once instead of rule by rule, as a batch may have
    /// one event and a thousand rules.
    shared: Account,
    conduct: Conduct,
    restarts: Restarts,
    counted: Counted,
    /// What outlives an instance.
    held: Held,
    /// Spent on opening batches and naming candidates.
    open_fuel: u64,
    /// Of the last batch; what it took in memory is used again.
    packed: Packed,
    /// If all rules go by an event alone.
    repeats: Option<Box<Repeats>>,
    known_again: u64,
    /// Of the batch under way, if anything is learnt from it.
    trace: Option<Trace>,
    alive: Option<Alive>,
}

impl RulePlugin {
    fn new(
        template: RuleTemplate,
        plans: Vec<Plan>,
        limits: Limits,
        processes: &Processes,
    ) -> Result<Self, LoadError> {
        let held = template.granted().open(processes);
        let mut plugin = RulePlugin {
            template,
            limits,
            plans,
            fields: Vec::new(),
            rules: Vec::new(),
            shared: Account::default(),
            conduct: Conduct::of_plugin(),
            restarts: Restarts::default(),
            counted: Counted::default(),
            held,
            open_fuel: 0,
            packed: Packed::default(),
            repeats: None,
            known_again: 0,
            trace: None,
            alive: None,
        };
        plugin.first_instance()?;
        Ok(plugin)
    }

    fn first_instance(&mut self) -> Result<(), LoadError> {
        let named = |fault| LoadError::Fault { plugin: self.template.plugin.clone(), fault };
        let (mut alive, declared) = self.revive().map_err(named)?;
        let refused = |reason| LoadError::Refused { plugin: self.template.plugin.clone(), reason };
        let declaration = answer::check(&self.template.plugin, declared.map_err(refused)?)?;
        self.fields = declaration.fields;
        let rules = declaration.rules.into_iter();
        self.rules = rules.map(|id| Rule::new(id, self.limits.row_fuel)).collect();
        self.repeats = self.repeats_of(&mut alive)?;
        self.alive = Some(alive);
        Ok(())
    }

    /// The rules, in the order in which findings number them.
    pub fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// What became of the events that a rule was offered.
    ///
    /// # Panics
    /// If there is no rule of this number.
    pub fn account(&self, rule: usize) -> Account {
        let rule = &self.rules[rule];
        rule.inherited + rule.account.within(&self.shared)
    }

    /// Fuel that 99 of 100 events have not exceeded that the rule judged; nothing if it judged none.
    ///
    /// # Panics
    /// If there is no rule of this number.
    pub fn fuel_p99(&self, rule: usize) -> Option<u64> {
        self.rules[rule].costs.p99()
    }

    /// What the agent does about a rule.
    ///
    /// # Panics
    /// If there is no rule of this number.
    pub fn disposition(&self, rule: usize) -> Disposition {
        self.rules[rule].conduct.disposition().max(self.conduct.disposition())
    }

    /// What has gone wrong with a rule and has not gone well since.
    ///
    /// # Panics
    /// If there is no rule of this number.
    pub fn trouble(&self, rule: usize) -> Option<&Trouble> {
        self.rules[rule].conduct.trouble().or(self.conduct.trouble())
    }

    /// Who sees nothing: rules in quarantine, and all rules while the plugin fails again and again.
    pub fn blind(&self) -> impl Iterator<Item = Blind> {
        let all = self.conduct.blindness().map(|trouble| (None, trouble));
        let rules = self.rules.iter().filter_map(|rule| {
            rule.conduct.blindness().map(|trouble| (Some(rule.id.clone()), trouble))
        });
        let blind = all.into_iter().chain(rules);
        blind.map(|(rule, trouble)| {
            let plugin = self.template.plugin.clone();
            Blind { plugin, rule, trouble: trouble.clone() }
        })
    }

    /// Ends the quarantine of a rule.
    ///
    /// # Errors
    /// If there is no such rule, or it is not in quarantine.
    pub fn release(&mut self, id: &str) -> Result<(), ReleaseError> {
        let rule = self.rules.iter_mut().find(|rule| rule.id == id);
        let rule = rule.ok_or_else(|| ReleaseError::UnknownRule(id.to_owned()))?;
        let released = rule.conduct.release();
        released.then_some(()).ok_or_else(|| ReleaseError::NotInQuarantine(id.to_owned()))
    }

    /// How often its state was lost.
    pub fn restarts(&self) -> Restarts {
        self.restarts
    }

    /// Goes on where another plugin ends: a rule whose plan is the same keeps its account, and what
    /// the agent does about it. What rules remember goes over, too.
    ///
    /// # Errors
    /// If what rules remember does not go over: it is lost, and counted so.
    pub fn inherit(&mut self, before: &mut RulePlugin) -> Result<(), Fault> {
        let plans: HashMap<&str, &Plan> =
            before.plans.iter().map(|plan| (plan.rule.as_str(), plan)).collect();
        let own: HashSet<String> = self
            .plans
            .iter()
            .filter(|plan| plans.get(plan.rule.as_str()) == Some(plan))
            .map(|plan| plan.rule.clone())
            .collect();
        self.take_over(before, |rule| own.contains(rule))
    }

    /// Knows what another plugin remembers in its namespace.
    pub fn take_namespace(&mut self, before: &RulePlugin) {
        if let (Some(own), Some(before)) = (&self.held.namespace, &before.held.namespace) {
            own.take_over(before);
        }
    }

    /// Forgets what its namespace remembers.
    pub fn forget(&mut self) {
        if let Some(namespace) = &self.held.namespace {
            namespace.clear();
        }
    }

    /// Entries that its namespace had no room for any more.
    pub fn evicted(&self) -> u64 {
        self.held.namespace.as_ref().map_or(0, Namespace::evicted)
    }

    /// Goes on where another plugin of the same component ends, for the rules that are the same in
    /// both.
    ///
    /// # Errors
    /// If what rules remember does not go over: it is lost, and counted so.
    pub fn take_over(
        &mut self,
        before: &mut RulePlugin,
        same: impl Fn(&str) -> bool,
    ) -> Result<(), Fault> {
        (self.restarts, self.known_again) = (before.restarts, before.known_again);
        let rules: HashMap<&str, usize> = before
            .rules
            .iter()
            .enumerate()
            .map(|(number, rule)| (rule.id.as_str(), number))
            .collect();
        for rule in self.rules.iter_mut().filter(|rule| same(&rule.id)) {
            if let Some(number) = rules.get(rule.id.as_str()) {
                rule.conduct = before.rules[*number].conduct.clone();
                rule.costs = before.rules[*number].costs.clone();
                rule.inherited = before.account(*number);
            }
        }
        self.inherit_memory(before)
    }

    /// Gives a rule a budget of its own: fuel for evaluating it on one row.
    ///
    /// # Panics
    /// If there is no rule of this number.
    pub fn set_row_fuel(&mut self, rule: usize, fuel: u64) {
        self.rules[rule].row_fuel = fuel;
        self.forget_events();
    }

    /// Knows no event again, as if it had judged none. What rules remember stays.
    pub fn forget_events(&mut self) {
        self.repeats.iter_mut().for_each(|repeats| repeats.forget());
    }

    /// Events that it was not shown, because it had judged others with the same values; also by the
    /// plugin that it took over from.
    pub fn known_again(&self) -> u64 {
        self.known_again
    }

    /// Fuel spent on opening batches and naming candidates, which no rule's account has.
    pub fn open_fuel(&self) -> u64 {
        self.open_fuel
    }

    /// The fields that the rules read.
    pub fn fields(&self) -> &[Field] {
        &self.fields
    }

    /// The most memory that the living instance has had, bytes; 0 if none lives.
    pub fn memory_used(&self) -> usize {
        self.alive.as_ref().map_or(0, Alive::memory_used)
    }

    /// Offers every event of the batch to every rule.
    pub fn judge(&mut self, batch: &Batch) -> Judgement {
        run::judge(self, batch)
    }

    /// Offers every event of the batch to these rules and to no other.
    ///
    /// # Panics
    /// If there is no rule of one of these numbers.
    pub fn judge_for(&mut self, batch: &Batch, rules: &[usize]) -> Judgement {
        run::judge_for(self, batch, rules)
    }
}

impl Rule {
    fn new(id: String, row_fuel: u64) -> Self {
        let (inherited, account) = (Account::default(), Account::default());
        let (conduct, costs) = (Conduct::of_rule(), Costs::default());
        Rule { id, inherited, account, row_fuel, conduct, costs }
    }

    /// Whether it is not run any more.
    pub fn is_quarantined(&self) -> bool {
        self.conduct.disposition() == Disposition::Quarantine
    }
}
