//! Rules as a table.

use daemoneye_bus::control::RuleStatus;

use super::table::{self, lines, number};
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
        "offered",
        "judged",
        "matched",
        "over budget",
        "faulted",
        "fuel",
    ];
    let mut table = table::table(&labels, 3..9, look);
    for rule in rules {
        let counts =
            [rule.offered, rule.judged, rule.matched, rule.over_budget, rule.faulted, rule.fuel];
        let words = [rule.severity.name(), &rule.id, &rule.pack].map(table::text);
        table.add_row(words.into_iter().chain(counts.map(number)).collect::<Vec<_>>());
    }
    lines(&table, look)
}

fn narrow(rules: &[RuleStatus], look: &Look) -> String {
    let mut table = table::table(&["severity", "rule", "matched", "unjudged"], 2..4, look);
    for rule in rules {
        let unjudged = rule.over_budget.saturating_add(rule.faulted);
        let words = [rule.severity.name(), &rule.id].map(table::text);
        let counts = [rule.matched, unjudged].map(number);
        table.add_row(words.into_iter().chain(counts).collect::<Vec<_>>());
    }
    lines(&table, look)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, assert_fits, look, rule};

    #[test]
    fn the_table_has_every_count() {
        let expected = "\
SEVERITY  RULE           PACK   OFFERED  JUDGED  MATCHED  OVER BUDGET  FAULTED    FUEL
high      shell-dev-tcp  linux    1,000      10        3            2        1  12,345
";
        assert_eq!(table(&[rule("shell-dev-tcp")], &look(120)), expected);
    }

    #[test]
    fn a_narrow_table_has_what_matters() {
        let expected = "\
SEVERITY  RULE           MATCHED  UNJUDGED
high      shell-dev-tcp        3         3
";
        assert_eq!(table(&[rule("shell-dev-tcp")], &look(48)), expected);
    }

    #[test]
    fn the_table_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [40, 80, 200] {
            assert_fits(&table(&[rule(HOSTILE), rule("a")], &look(width)), width);
        }
    }
}
