//! Rules as a table.

use daemoneye_bus::control::RuleStatus;

use comfy_table::Cell;

use super::table::{self, lines, number};
use super::words::milliseconds;
use crate::terminal::Look;

/// Below this there is room only for what an operator looks for first.
const NARROW: u16 = 72;

/// The table.
pub(crate) fn table(rules: &[RuleStatus], look: &Look) -> String {
    if rules.is_empty() {
        return "no rules\n".to_owned();
    }
    if look.width < NARROW { narrow(rules, look) } else { wide(rules, look) }
}

fn wide(rules: &[RuleStatus], look: &Look) -> String {
    let labels = [
        "severity",
        "rule",
        "pack",
        "state",
        "offered",
        "judged",
        "matched",
        "over budget",
        "faulted",
        "shed",
        "fuel",
        "ms",
    ];
    let mut table = table::table(&labels, 4..12, look);
    for rule in rules {
        let RuleStatus { offered, judged, matched, over_budget, faulted, shed, fuel, .. } = *rule;
        let counts = [offered, judged, matched, over_budget, faulted, shed, fuel].map(number);
        let time = Cell::new(rule.fuel_us.map(milliseconds).unwrap_or_default());
        let words = [rule.severity.name(), &rule.id, &rule.pack, rule.state.name()];
        let words = words.map(table::text);
        table.add_row(words.into_iter().chain(counts).chain([time]).collect::<Vec<_>>());
    }
    lines(&table, look)
}

fn narrow(rules: &[RuleStatus], look: &Look) -> String {
    let mut table = table::table(&["severity", "rule", "state", "matched", "unjudged"], 3..5, look);
    for rule in rules {
        let unjudged = rule.over_budget.saturating_add(rule.faulted).saturating_add(rule.shed);
        let words = [rule.severity.name(), &rule.id, rule.state.name()].map(table::text);
        let counts = [rule.matched, unjudged].map(number);
        table.add_row(words.into_iter().chain(counts).collect::<Vec<_>>());
    }
    lines(&table, look)
}

/// Rules that see no events, each with the reasons.
pub(crate) fn reasons(rules: &[RuleStatus], look: &Look) -> String {
    if rules.is_empty() {
        return "no rules\n".to_owned();
    }
    let mut table = table::table(&["severity", "rule", "pack", "why"], 0..0, look);
    for rule in rules {
        let why = rule.why.join("; ");
        let words = [rule.severity.name(), &rule.id, &rule.pack, &why].map(table::text);
        table.add_row(words.into_iter().collect::<Vec<_>>());
    }
    lines(&table, look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, assert_fits, look, rule};
    use daemoneye_bus::control::RuleState;

    #[test]
    fn the_table_has_every_count() {
        let expected = "\
SEVERITY  RULE           PACK   STATE   OFFERED  JUDGED  MATCHED  OVER BUDGET  FAULTED  SHED    FUEL   MS
high      shell-dev-tcp  linux  active    1,000      10        3            2        1     0  12,345  1.5
";
        assert_eq!(table(&[rule("shell-dev-tcp")], &look(120)), expected);
    }

    #[test]
    fn a_narrow_table_has_what_matters() {
        let expected = "\
SEVERITY  RULE           STATE   MATCHED  UNJUDGED
high      shell-dev-tcp  active        3         3
";
        assert_eq!(table(&[rule("shell-dev-tcp")], &look(56)), expected);
    }

    #[test]
    fn a_rule_that_sees_nothing_is_told_with_the_reason() {
        let mut inert = rule("wmi");
        inert.state = RuleState::Inert;
        inert.why = vec!["is for windows, this host is linux".to_owned()];
        let expected = "\
SEVERITY  RULE  PACK   WHY
high      wmi   linux  is for windows, this host is linux
";
        assert_eq!(reasons(&[inert], &look(80)), expected);
    }

    #[test]
    fn the_table_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [40, 80, 200] {
            let rules = [rule(HOSTILE), RuleStatus { why: vec![HOSTILE.to_owned()], ..rule("a") }];
            assert_fits(&table(&rules, &look(width)), width);
            assert_fits(&reasons(&rules, &look(width)), width);
        }
    }
}
