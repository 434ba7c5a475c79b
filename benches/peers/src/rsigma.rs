//! rsigma-eval: the fastest public Sigma engine.

use std::collections::HashMap;
use std::time::Instant;

use daemoneye_benches::contender::{Contender, ContenderError, Loading};
use daemoneye_benches::corpus::{Pair, Product, Recorded};
use daemoneye_benches::memory::Peak;
use rsigma_eval::{Engine, JsonEvent};
use serde_json::Value;

/// The rules of a product in rsigma's engine, with its defaults.
pub struct Rsigma {
    engine: Engine,
    /// The product's number of a rule, by its id.
    numbers: HashMap<String, usize>,
    loading: Loading,
    events: Vec<Value>,
    rows: usize,
    taken: usize,
}

impl Rsigma {
    /// Loads all rules as one collection; adding them one by one is quadratic.
    ///
    /// # Errors
    /// If it takes none of them, or an event is no JSON.
    pub fn load(product: &Product) -> Result<Self, ContenderError> {
        let mut loading = Loading::default();
        let memory = Peak::watch();
        let started = Instant::now();
        let yaml: Vec<&str> = product.rules.iter().map(|rule| &*rule.yaml).collect();
        let peer = |reason: String| ContenderError::Peer { peer: "rsigma-eval", reason };
        let collection = rsigma_parser::parse_sigma_yaml(&yaml.join("\n---\n"));
        let collection = collection.map_err(|error| peer(error.to_string()))?;
        loading.compiling = started.elapsed();
        let mut engine = Engine::new();
        engine.add_collection(&collection).map_err(|error| peer(error.to_string()))?;
        loading.took = started.elapsed();
        loading.peak = memory.growth();
        loading.loaded = engine.rule_count();
        loading.refused =
            collection.errors().map(|error| (String::new(), error.to_string())).collect();
        let numbers = product.rules.iter().enumerate();
        let numbers = numbers.map(|(number, rule)| (rule.id.clone(), number)).collect();
        let event = |event: &Recorded| event.columns().map(Value::Object);
        let events = product.events.iter().map(event).collect::<Result<_, _>>()?;
        Ok(Rsigma { engine, numbers, loading, events, rows: 1, taken: 0 })
    }
}

impl Contender for Rsigma {
    fn name(&self) -> &str {
        "rsigma-eval"
    }

    fn loading(&self) -> &Loading {
        &self.loading
    }

    fn divide(&mut self, rows: usize) {
        self.rows = rows;
    }

    fn take(&mut self, batch: usize) {
        self.taken = batch;
    }

    fn judge(&mut self) -> Vec<Pair> {
        let first = self.taken * self.rows;
        let last = self.events.len().min(first + self.rows);
        let mut found = Vec::new();
        for (number, event) in self.events[first..last].iter().enumerate() {
            for result in self.engine.evaluate(&JsonEvent::borrow(event)) {
                let id = result.header.rule_id.as_deref().unwrap_or_default();
                found.push((self.numbers[id], first + number));
            }
        }
        found
    }
}
