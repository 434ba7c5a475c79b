//! sigma-rust: every rule over every event, without an index.

use daemoneye_benches::contender::{ContenderError, OneByOne, Peer, Watch};
use daemoneye_benches::corpus::{Product, Recorded};
use sigma_rust::{Event, Rule};

/// The rules of a product as sigma-rust parses them.
pub struct SigmaRust {
    /// With the product's number of each.
    rules: Vec<(usize, Rule)>,
    events: Vec<Event>,
}

impl SigmaRust {
    /// Parses every rule.
    ///
    /// # Errors
    /// If an event is no JSON.
    pub fn load(product: &Product) -> Result<OneByOne<Self>, ContenderError> {
        let mut watch = Watch::default();
        let rules = watch.take(product, |rule| sigma_rust::rule_from_yaml(&rule.yaml));
        let loading = watch.ready(rules.len());
        let events = product.events.iter().map(event).collect::<Result<_, _>>()?;
        Ok(OneByOne::new(SigmaRust { rules, events }, loading))
    }
}

fn event(recorded: &Recorded) -> Result<Event, ContenderError> {
    let object = serde_json::Value::Object(recorded.columns()?).to_string();
    let peer = |wrong: serde_json::Error| ContenderError::Peer {
        peer: SigmaRust::NAME,
        reason: wrong.to_string(),
    };
    sigma_rust::event_from_json(&object).map_err(peer)
}

impl Peer for SigmaRust {
    const NAME: &str = "sigma-rust";

    fn events(&self) -> usize {
        self.events.len()
    }

    fn judge(&mut self, event: usize) -> Vec<usize> {
        let event = &self.events[event];
        let matching = self.rules.iter().filter(|(_, rule)| rule.is_match(event));
        matching.map(|(number, _)| *number).collect()
    }
}
