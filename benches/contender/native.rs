//! The same plans by the same engine, linked: what the sandbox is compared with.

use daemoneye_engine::Engine;
use daemoneye_host::plugin::Limits;
use daemoneye_native::columns;
use daemoneye_plan::{DecodeError, Plan};
use daemoneye_sdk::language::Schema;
use daemoneye_sdk::rules::Batch as Columns;

use super::batches::Batches;
use super::{Contender, ContenderError, Loading, Unjudged, Watch};
use crate::corpus::{Pair, Product, Rule};

/// The rules of a product in the linked engine.
pub struct Native {
    engine: Engine,
    /// The product's number of each of the engine's rules.
    numbers: Vec<usize>,
    loading: Loading,
    batches: Batches,
    taken: Option<(usize, Columns)>,
    unjudged: Unjudged,
}

impl Native {
    /// Compiles and loads the rules of a product.
    ///
    /// # Errors
    /// If the engine refuses the plans, or an event is none.
    pub fn load(product: &Product) -> Result<Self, ContenderError> {
        let mut watch = Watch::default();
        let schema = daemoneye_native::schema();
        let plans = watch.take(product, |rule| plan(&schema, rule));
        let (numbers, plans): (Vec<_>, Vec<_>) = plans.into_iter().unzip();
        let engine = Engine::load(plans)?;
        let (loading, batches) = (watch.ready(numbers.len()), Batches::of(&product.events)?);
        let (taken, unjudged) = (None, Unjudged::default());
        Ok(Native { engine, numbers, loading, batches, taken, unjudged })
    }
}

impl Contender for Native {
    fn name(&self) -> &str {
        "native"
    }

    fn loading(&self) -> &Loading {
        &self.loading
    }

    fn divide(&mut self, rows: usize) {
        self.batches.divide(rows);
    }

    fn take(&mut self, batch: usize) {
        self.taken =
            Some((batch, columns(self.batches.batch(batch), &self.engine.declaration().columns)));
    }

    fn judge(&mut self) -> Vec<Pair> {
        let (batch, columns) = self.taken.take().expect("a batch was taken");
        let scan = self.engine.open(columns).expect("columns of a valid batch");
        let mut found = Vec::new();
        for candidate in scan.candidates() {
            let steps = Limits::RULES.row_steps;
            let verdict = scan.evaluate(candidate.rule, &candidate.rows, steps);
            let rule = self.numbers[candidate.rule as usize];
            let rows = verdict.findings.iter().map(|finding| finding.row as usize);
            found.extend(rows.map(|row| (rule, self.batches.event(batch, row))));
            self.unjudged.over_budget += verdict.over_budget.len() as u64;
        }
        found
    }

    fn unjudged(&self) -> Unjudged {
        self.unjudged
    }
}

/// The rule's id and plan, or the first thing that is wrong with it.
fn plan(schema: &Schema, rule: &Rule) -> Result<(String, Plan), String> {
    let compiled = daemoneye_sql::compile(schema, &rule.sql);
    let compiled = compiled
        .map_err(|wrong| wrong.iter().map(ToString::to_string).take(1).collect::<String>())?;
    let plan = Plan::from_bytes(&compiled.plan).map_err(|wrong: DecodeError| wrong.to_string())?;
    Ok((rule.id.clone(), plan))
}
