//! Why a rule can never match on this host, if it cannot.

use daemoneye_plan::Plan;
use daemoneye_sdk::language::Schema;

use crate::correlation::Kind;
use crate::document::File;

/// The reason; `probe` is a plan in which every field is a column, whether it is known or not.
pub(crate) fn reason(
    schema: &Schema,
    platform: Option<&str>,
    file: &File<'_>,
    probe: &Plan,
) -> Option<String> {
    let is_provided = |name: &str| schema.provides(name);
    let grouped = || file.fields.iter().flat_map(|fields| &fields.group);
    let ungrouped = || grouped().find(|name| !is_provided(name));
    let lacking = || needed(probe, is_provided);
    source(file, platform)
        .or_else(|| {
            let lacking = lacking();
            let plural = if lacking.len() == 1 { "" } else { "s" };
            (!lacking.is_empty()).then(|| {
                let names = lacking.join(", ");
                format!("needs the field{plural} {names}, which the sensor here does not provide")
            })
        })
        .or_else(|| {
            let name = ungrouped()?;
            Some(format!("groups by the field {name}, which the sensor here does not provide"))
        })
}

/// A temporal correlation needs the events of all of its rules, any other those of one.
fn source(file: &File<'_>, platform: Option<&str>) -> Option<String> {
    let mut absent = file.rules.iter().map(|rule| rule.source.absent(platform));
    let kind = file.correlation.as_ref().map(|correlation| &correlation.kind);
    match kind {
        Some(Kind::Temporal | Kind::Ordered) => absent.find_map(|reason| reason),
        _ => absent.collect::<Option<Vec<_>>>()?.into_iter().next(),
    }
}

/// The columns without which the plan can never match: those that suffice by themselves, or else all
/// that are missing.
fn needed(plan: &Plan, is_provided: impl Fn(&str) -> bool) -> Vec<&str> {
    let missing = plan.lacking(&is_provided);
    let suffices = |name: &&str| !plan.lacking(|other| other != *name).is_empty();
    let alone: Vec<_> = missing.iter().copied().filter(suffices).collect();
    if alone.is_empty() { missing } else { alone }
}
