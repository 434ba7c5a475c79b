//! How the engine finds the events that a rule has to look at.

use daemoneye_bus::control::{RuleAccess, RuleLiteral};
use daemoneye_engine::{Access, Needed, Place};
use daemoneye_plan::Plan;

/// What the engine says of a plan; nothing where the bytes are none that it takes.
pub fn access(rule: &str, plan: &[u8]) -> Option<RuleAccess> {
    let plan = Plan::from_bytes(plan).ok()?;
    let explained = daemoneye_engine::explain(rule, &plan).ok()?;
    Some(match explained.access {
        Access::Literals { literals, .. } => {
            RuleAccess::Literals(literals.into_iter().map(literal).collect())
        }
        Access::Always { reason } => RuleAccess::Always(reason),
    })
}

fn literal(Needed { column, text, place }: Needed) -> RuleLiteral {
    let place = match place {
        Place::Anywhere => "contains",
        Place::Start => "starts with",
        Place::End => "ends with",
        Place::Whole => "is",
    };
    RuleLiteral { column, place: place.to_owned(), text }
}
