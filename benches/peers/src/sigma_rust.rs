//! sigma-rust: every rule over every event, without an index.

use std::time::Instant;

use daemoneye_benches::contender::{Contender, ContenderError, Loading};
use daemoneye_benches::corpus::{Pair, Product, Recorded};
use daemoneye_benches::memory::Peak;
use sigma_rust::{Event, Rule};

/// The rules of a product as sigma-rust parses them.
pub struct SigmaRust {
    /// With the product's number of each.
    rules: Vec<(usize, Rule)>,
    loading: Loading,
    events: Vec<Event>,
    rows: usize,
    taken: usize,
}

impl SigmaRust {
    /// Parses every rule.
    ///
    /// # Errors
    /// If an event is no JSON.
    pub fn load(product: &Product) -> Result<Self, ContenderError> {
        let mut loading = Loading::default();
        let memory = Peak::watch();
        let started = Instant::now();
        let mut rules = Vec::new();
        for (number, rule) in product.rules.iter().enumerate() {
            match sigma_rust::rule_from_yaml(&rule.yaml) {
                Ok(parsed) => rules.push((number, parsed)),
                Err(wrong) => loading.refused.push((rule.id.clone(), wrong.to_string())),
            }
        }
        loading.took = started.elapsed();
        loading.compiling = loading.took;
        loading.peak = memory.growth();
        loading.loaded = rules.len();
        let events = product.events.iter().map(event).collect::<Result<_, _>>()?;
        Ok(SigmaRust { rules, loading, events, rows: 1, taken: 0 })
    }
}

fn event(recorded: &Recorded) -> Result<Event, ContenderError> {
    let object = serde_json::Value::Object(recorded.columns()?).to_string();
    let peer = |wrong: serde_json::Error| ContenderError::Peer {
        peer: "sigma-rust",
        reason: wrong.to_string(),
    };
    sigma_rust::event_from_json(&object).map_err(peer)
}

impl Contender for SigmaRust {
    fn name(&self) -> &str {
        "sigma-rust"
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
            let matching = self.rules.iter().filter(|(_, rule)| rule.is_match(event));
            found.extend(matching.map(|(rule, _)| (*rule, first + number)));
        }
        found
    }
}
