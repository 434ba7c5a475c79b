//! The engine as it runs in production: a component, fuel on, judged and accounted for by the host.

use std::path::Path;
use std::time::{Duration, Instant};

use daemoneye_host::plugin::{
    Account, Finding, Language, Limits, Plan, RulePlugin, RuleTemplate, Sandbox,
};
use daemoneye_host::sight::Sight;

use super::batches::Batches;
use super::{Contender, ContenderError, Loading, Unjudged, Watch};
use crate::corpus::{Pair, Product, Rule};

/// The compiled components of a language and of the engine.
pub struct Components {
    language: Language,
    engine: RuleTemplate,
    /// What WebAssembly to machine code took.
    pub took: Duration,
}

/// The rules of a product in the sandbox.
pub struct Component {
    plugin: RulePlugin,
    /// The product's number of each of the plugin's rules.
    numbers: Vec<usize>,
    loading: Loading,
    batches: Batches,
    taken: usize,
    /// Whether events of one round are new in the next.
    forgets: bool,
}

impl Components {
    /// Compiles `sql.wasm` and `engine.wasm` of a folder, without any cache.
    ///
    /// # Errors
    /// If one is missing or is no component of its world.
    pub fn compile(folder: &Path) -> Result<Self, ContenderError> {
        let read = |name: &str| {
            let path = folder.join(name);
            std::fs::read(&path).map_err(|cause| ContenderError::NotBuilt { path, cause })
        };
        let (sql, engine) = (read("sql.wasm")?, read("engine.wasm")?);
        let started = Instant::now();
        let sandbox = Sandbox::new(None)?;
        let language = Language::load(&sandbox, "sql", &sql, Sight::Recorded)?;
        let engine = RuleTemplate::compile(&sandbox, "engine", &engine)?;
        Ok(Components { language, engine, took: started.elapsed() })
    }

    /// The plan of a rule, or the first thing that is wrong with it.
    fn plan(&mut self, rule: &Rule) -> Result<Plan, String> {
        match self.language.compile(&rule.id, &rule.sql, None) {
            Ok(compiled) => Ok(Plan { rule: rule.id.clone(), bytes: compiled.plan }),
            Err(wrong) => Err(wrong.first().map(ToString::to_string).unwrap_or_default()),
        }
    }
}

impl Component {
    /// Compiles and loads the rules of a product through the components, within the agent's limits.
    ///
    /// # Errors
    /// If the engine refuses the plans, or an event is none.
    pub fn load(components: &mut Components, product: &Product) -> Result<Self, ContenderError> {
        Self::load_within(Limits::RULES, components, product)
    }

    /// The same within other limits.
    ///
    /// # Errors
    /// If the engine refuses the plans, or an event is none.
    pub fn load_within(
        limits: Limits,
        components: &mut Components,
        product: &Product,
    ) -> Result<Self, ContenderError> {
        let mut watch = Watch::default();
        let plans = watch.take(product, |rule| components.plan(rule));
        let (numbers, plans): (Vec<_>, Vec<_>) = plans.into_iter().unzip();
        let plugin = components.engine.load(plans, limits)?;
        let (loading, batches) = (watch.ready(numbers.len()), Batches::of(&product.events)?);
        Ok(Component { plugin, numbers, loading, batches, taken: 0, forgets: false })
    }

    /// Has the agent forget in each round which events came in the one before, if it is asked to: the
    /// rounds are the same events again and again.
    #[must_use]
    pub fn forgetting(self, forgets: bool) -> Self {
        Component { forgets, ..self }
    }
}

impl Contender for Component {
    fn name(&self) -> &str {
        "component"
    }

    fn loading(&self) -> &Loading {
        &self.loading
    }

    fn divide(&mut self, rows: usize) {
        self.batches.divide(rows);
    }

    fn take(&mut self, batch: usize) {
        self.taken = batch;
        if self.forgets && batch == 0 {
            self.plugin.forget_events();
        }
    }

    fn judge(&mut self) -> Vec<Pair> {
        let judgement = self.plugin.judge(self.batches.batch(self.taken));
        let event = |row| self.batches.event(self.taken, row);
        let pair = |found: &Finding| (self.numbers[found.rule], event(found.row));
        judgement.findings.iter().map(pair).collect()
    }

    fn known_again(&self) -> u64 {
        self.plugin.known_again()
    }

    fn unjudged(&self) -> Unjudged {
        let accounts = (0..self.plugin.rules().len()).map(|rule| self.plugin.account(rule));
        let unjudged = |Account { over_budget, faulted, shed, .. }| Unjudged {
            over_budget,
            faulted: faulted + shed,
        };
        accounts.map(unjudged).sum()
    }
}
