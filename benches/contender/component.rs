//! The engine as it runs in production: a component, fuel on, judged and accounted for by the host.

use std::path::Path;
use std::time::{Duration, Instant};

use daemoneye_bus::event::{Batch, Event};
use daemoneye_host::plugin::{
    Account, Finding, Language, Limits, Plan, RulePlugin, RuleTemplate, Sandbox,
};

use daemoneye_host::sight::Sight;

use super::{Contender, ContenderError, Loading, Unjudged, batches, events};
use crate::corpus::{Pair, Product};
use crate::memory::Peak;

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
    events: Vec<Event>,
    rows: usize,
    batches: Vec<Batch>,
    taken: usize,
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

    /// The plans of the rules that compile, with the rules' numbers.
    fn plans(&mut self, product: &Product, loading: &mut Loading) -> (Vec<usize>, Vec<Plan>) {
        let mut taken = (Vec::new(), Vec::new());
        for (number, rule) in product.rules.iter().enumerate() {
            match self.language.compile(&rule.id, &rule.sql, None) {
                Ok(compiled) => {
                    taken.0.push(number);
                    taken.1.push(Plan { rule: rule.id.clone(), bytes: compiled.plan });
                }
                Err(wrong) => {
                    let reason = wrong.first().map(ToString::to_string).unwrap_or_default();
                    loading.refused.push((rule.id.clone(), reason));
                }
            }
        }
        taken
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
        let mut loading = Loading::default();
        let memory = Peak::watch();
        let started = Instant::now();
        let (numbers, plans) = components.plans(product, &mut loading);
        loading.compiling = started.elapsed();
        loading.loaded = plans.len();
        let plugin = components.engine.load(plans, limits)?;
        loading.took = started.elapsed();
        loading.peak = memory.growth();
        let events = events(&product.events)?;
        Ok(Component { plugin, numbers, loading, events, rows: 1, batches: vec![], taken: 0 })
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
        self.batches = batches(&self.events, rows);
        self.rows = rows;
    }

    fn take(&mut self, batch: usize) {
        self.taken = batch;
    }

    fn judge(&mut self) -> Vec<Pair> {
        let judgement = self.plugin.judge(&self.batches[self.taken]);
        let first = self.taken * self.rows;
        let pair = |found: &Finding| (self.numbers[found.rule], first + found.row);
        judgement.findings.iter().map(pair).collect()
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
