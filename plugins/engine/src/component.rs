//! The engine as a plugin with rules.

use std::sync::OnceLock;

use daemoneye_plan::Plan;
use daemoneye_sdk::constant;
use daemoneye_sdk::memory::{self, Counters};
use daemoneye_sdk::rules::{self, Batch, Candidate, Declaration, Guest, GuestScan, Verdict};

use crate::{Engine, Scan};

/// An instance is loaded once and then only judges.
static ENGINE: OnceLock<Engine> = OnceLock::new();

struct Plugin;

impl Guest for Plugin {
    type Scan = Scan<'static>;

    fn load(plans: Vec<rules::Plan>) -> Result<Declaration, String> {
        let plans = plans.into_iter().map(decode).collect::<Result<_, _>>()?;
        let engine = Engine::load(plans).map_err(|error| error.to_string())?;
        let declaration = engine.declaration().clone();
        ENGINE.set(engine).map_err(|_| "plans loaded twice".to_owned())?;
        Ok(declaration)
    }
}

impl constant::Guest for Plugin {
    fn rules() -> Vec<bool> {
        engine().constant()
    }
}

impl memory::Guest for Plugin {
    fn save() -> Vec<u8> {
        engine().save()
    }

    fn restore(saved: Vec<u8>) -> Result<(), String> {
        engine().restore(&saved).map_err(|error| error.to_string())
    }

    fn count() -> Counters {
        let counters = engine().counters();
        Counters {
            late: counters.late,
            evicted_groups: counters.evicted_groups,
            evicted_rows: counters.evicted_rows,
            evicted_processes: counters.evicted_processes,
            oversized_values: counters.oversized_values,
            dropped_groups: counters.dropped_groups,
        }
    }
}

fn engine() -> &'static Engine {
    ENGINE.get().expect("the agent loads plans before anything else")
}

fn decode(plan: rules::Plan) -> Result<(String, Plan), String> {
    match Plan::from_bytes(&plan.bytes) {
        Ok(decoded) => Ok((plan.rule, decoded)),
        Err(error) => Err(format!("rule {:?}: {error}", plan.rule)),
    }
}

// What the agent must never do ends the instance; the agent reports the trap as a fault.
impl GuestScan for Scan<'static> {
    fn new(batch: Batch) -> Self {
        engine().open(batch).unwrap_or_else(|error| panic!("{error}"))
    }

    fn candidates(&self) -> Vec<Candidate> {
        Scan::candidates(self)
    }

    fn evaluate(&self, candidate: Candidate, steps: u64) -> Verdict {
        Scan::evaluate(self, candidate.rule, &candidate.rows, steps)
    }
}

daemoneye_sdk::export_rules!(Plugin);
daemoneye_sdk::export_memory!(Plugin);
daemoneye_sdk::export_constant!(Plugin);
