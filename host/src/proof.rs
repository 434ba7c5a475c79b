//! The tests that rules bring with them, through the real sandbox under the real limits.

use daemoneye_bus::event::{Batch, MAX_ROWS};
use daemoneye_pack_format::{Expect, Pack, Rule, RuleTest};

use crate::judge::Judge;

/// One test that did not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The rule.
    pub rule: String,
    /// The test.
    pub test: String,
    /// What happened instead, a lower-case fragment.
    pub what: String,
}

/// What became of all tests of a pack.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Proof {
    /// Tests that were run.
    pub tests: usize,
    /// Tests that did not hold.
    pub failures: Vec<Failure>,
}

/// Runs every test of every rule of the pack. The judge must have the pack's rules.
pub fn prove(pack: &Pack, judge: &mut Judge) -> Proof {
    let mut proof = Proof::default();
    for rule in &pack.rules {
        for (test, failed) in prove_rule(rule, judge) {
            proof.tests += 1;
            let (rule, test) = (rule.id.to_string(), test.name.clone());
            proof.failures.extend(failed.map(|what| Failure { rule, test, what }));
        }
    }
    proof
}

/// Runs every test of a rule, in their order; what happened instead, where one did not hold.
pub fn prove_rule<'r>(rule: &'r Rule, judge: &mut Judge) -> Vec<(&'r RuleTest, Option<String>)> {
    let proved = |test: &'r RuleTest| {
        let fired = fires(judge, rule.id.as_str(), &test.events);
        let failed = match (test.expect, fired) {
            (_, Err(fault)) => Some(fault),
            (Expect::Fire, Ok(false)) => Some("stays silent, must fire".to_owned()),
            (Expect::Silent, Ok(true)) => Some("fires, must stay silent".to_owned()),
            (Expect::Fire, Ok(true)) | (Expect::Silent, Ok(false)) => None,
        };
        (test, failed)
    };
    rule.tests.iter().map(proved).collect()
}

/// Whether the rule finds anything in these events, before which there were none.
fn fires(
    judge: &mut Judge,
    rule: &str,
    events: &[daemoneye_bus::event::Event],
) -> Result<bool, String> {
    judge.forget();
    let mut fired = false;
    for chunk in events.chunks(MAX_ROWS) {
        let Some(batch) = Batch::from_events(chunk) else { continue };
        let (found, unjudged) = judge.judge(&batch);
        if let Some(failed) = unjudged.first() {
            return Err(failed.why.to_string());
        }
        fired |= found.iter().any(|found| found.rule.id == rule);
    }
    Ok(fired)
}
