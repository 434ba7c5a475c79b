//! Rules as a table.

use daemoneye_bus::control::{Fired, MAX_ENTITIES, RuleStatus};

use super::table::{self, lines};
use super::words::{count, milliseconds, short_time};
use crate::terminal::Look;

/// Below this there is room only for what an operator looks for first.
const NARROW: u16 = 72;
/// From here on there is room for every column.
const WIDE: u16 = 200;

/// A column: its label, and what stands in it.
type Column = (&'static str, Align, fn(&RuleStatus, &Look) -> String);

#[derive(Clone, Copy, PartialEq, Eq)]
enum Align {
    Left,
    Right,
}

const SEVERITY: Column = ("severity", Align::Left, |rule, _| rule.severity.name().to_owned());
const RULE: Column = ("rule", Align::Left, |rule, _| rule.id.clone());
const STATE: Column = ("state", Align::Left, |rule, _| rule.state.name().to_owned());
const HITS: Column = ("hits", Align::Right, |rule, _| count(rule.matched));
const UNJUDGED: Column = ("unjudged", Align::Right, |rule, _| count(unjudged(rule)));
const ENTITIES: Column = ("procs", Align::Right, |rule, _| entities(rule.fired));
const COST: Column =
    ("ms", Align::Right, |rule, _| rule.fuel_us.map(milliseconds).unwrap_or_default());
const LAST: Column = ("last hit", Align::Left, |rule, look| {
    rule.fired.last.map_or("-".to_owned(), |last| short_time(last, look))
});
const EXCEPTIONS: Column = ("exc", Align::Right, |rule, _| count(rule.exceptions));
const TESTED: Column = ("tested", Align::Left, |rule, look| {
    rule.tested.map_or("-".to_owned(), |tested| short_time(tested, look))
});

/// What there is room for.
fn columns(width: u16) -> Vec<Column> {
    if width < NARROW {
        return vec![SEVERITY, RULE, STATE, HITS, UNJUDGED];
    }
    if width < WIDE {
        return vec![SEVERITY, RULE, STATE, HITS, ENTITIES, UNJUDGED, COST, LAST, EXCEPTIONS];
    }
    vec![
        SEVERITY,
        RULE,
        ("pack", Align::Left, |rule, _| rule.pack.clone()),
        STATE,
        ("offered", Align::Right, |rule, _| count(rule.offered)),
        ("judged", Align::Right, |rule, _| count(rule.judged)),
        HITS,
        ENTITIES,
        ("over budget", Align::Right, |rule, _| count(rule.over_budget)),
        ("faulted", Align::Right, |rule, _| count(rule.faulted)),
        ("shed", Align::Right, |rule, _| count(rule.shed)),
        ("fuel", Align::Right, |rule, _| count(rule.fuel)),
        ("p99", Align::Right, |rule, _| rule.fuel_p99.map_or("-".to_owned(), count)),
        COST,
        LAST,
        TESTED,
        EXCEPTIONS,
    ]
}

/// The table.
pub(crate) fn table(rules: &[RuleStatus], look: &Look) -> String {
    if rules.is_empty() {
        return "no rules\n".to_owned();
    }
    let columns = columns(look.width);
    let labels: Vec<&str> = columns.iter().map(|(label, ..)| *label).collect();
    let mut table = table::table(&labels, 0..0, look);
    for (place, _) in columns.iter().enumerate().filter(|(_, column)| column.1 == Align::Right) {
        table::align_right(&mut table, place);
    }
    for rule in rules {
        let cells = columns.iter().map(|(_, _, cell)| table::text(&cell(rule, look)));
        table.add_row(cells.collect::<Vec<_>>());
    }
    lines(&table, look)
}

fn unjudged(rule: &RuleStatus) -> u64 {
    rule.over_budget.saturating_add(rule.faulted).saturating_add(rule.shed)
}

/// How many processes; where only so many are told apart, at least as many.
pub(super) fn entities(fired: Fired) -> String {
    let more = if fired.entities >= MAX_ENTITIES { "+" } else { "" };
    format!("{}{more}", count(fired.entities))
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
    fn a_wide_table_has_every_count() {
        let expected = "\
SEVERITY  RULE           PACK   STATE   OFFERED  JUDGED  HITS  PROCS  OVER BUDGET  FAULTED  SHED    FUEL    P99   MS  LAST HIT     TESTED       EXC
high      shell-dev-tcp  linux  active    1,000      10     3      2            2        1     0  12,345  2,047  1.5  1 Jan 00:00  1 Jan 00:00    1
";
        assert_eq!(table(&[rule("shell-dev-tcp")], &look(200)), expected);
    }

    #[test]
    fn at_eighty_columns_a_rule_is_one_line_with_what_it_found_and_what_it_costs() {
        let expected = "\
SEVERITY  RULE           STATE   HITS  PROCS  UNJUDGED   MS  LAST HIT     EXC
high      shell-dev-tcp  active     3      2         3  1.5  1 Jan 00:00    1
";
        assert_eq!(table(&[rule("shell-dev-tcp")], &look(80)), expected);
    }

    #[test]
    fn a_narrow_table_has_what_matters() {
        let expected = "\
SEVERITY  RULE           STATE   HITS  UNJUDGED
high      shell-dev-tcp  active     3         3
";
        assert_eq!(table(&[rule("shell-dev-tcp")], &look(56)), expected);
    }

    #[test]
    fn over_a_limit_processes_are_not_told_apart_and_the_table_says_so() {
        let said = [999, 1_000].map(|number| entities(Fired { last: None, entities: number }));
        assert_eq!(said, ["999", "1,000+"]);
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
