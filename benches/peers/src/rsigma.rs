//! rsigma-eval: the fastest public Sigma engine.

use std::collections::HashMap;

use daemoneye_benches::contender::{ContenderError, OneByOne, Peer, Watch};
use daemoneye_benches::corpus::{Product, Recorded};
use rsigma_eval::{Engine, JsonEvent};
use serde_json::Value;

/// The rules of a product in rsigma's engine, with its defaults.
pub struct Rsigma {
    engine: Engine,
    /// The product's number of a rule, by its id.
    numbers: HashMap<String, usize>,
    events: Vec<Value>,
}

impl Rsigma {
    /// Loads all rules as one collection; adding them one by one is quadratic.
    ///
    /// # Errors
    /// If it takes none of them, or an event is no JSON.
    pub fn load(product: &Product) -> Result<OneByOne<Self>, ContenderError> {
        let mut watch = Watch::default();
        let yaml: Vec<&str> = product.rules.iter().map(|rule| &*rule.yaml).collect();
        let peer = |reason: String| ContenderError::Peer { peer: Self::NAME, reason };
        let collection = rsigma_parser::parse_sigma_yaml(&yaml.join("\n---\n"));
        let collection = collection.map_err(|error| peer(error.to_string()))?;
        watch.compiled();
        let mut engine = Engine::new();
        engine.add_collection(&collection).map_err(|error| peer(error.to_string()))?;
        collection.errors().for_each(|error| watch.refuse("", &error));
        let loading = watch.ready(engine.rule_count());
        let numbers = product.rules.iter().enumerate();
        let numbers = numbers.map(|(number, rule)| (rule.id.clone(), number)).collect();
        let event = |event: &Recorded| event.columns().map(Value::Object);
        let events = product.events.iter().map(event).collect::<Result<_, _>>()?;
        Ok(OneByOne::new(Rsigma { engine, numbers, events }, loading))
    }
}

impl Peer for Rsigma {
    const NAME: &str = "rsigma-eval";

    fn events(&self) -> usize {
        self.events.len()
    }

    fn judge(&mut self, event: usize) -> Vec<usize> {
        let found = self.engine.evaluate(&JsonEvent::borrow(&self.events[event]));
        let ids = found.iter().map(|found| found.header.rule_id.as_deref().unwrap_or_default());
        ids.map(|id| self.numbers[id]).collect()
    }
}
