//! One rule as a page.

use daemoneye_bus::control::{
    RuleAccess, RuleDetail, RuleLiteral, RuleStatus, RuleTrouble, Unevaluated,
};

use super::escape::{cut, prose};
use super::page::Page;
use super::rules::entities;
use super::words::{count, milliseconds, time};
use crate::terminal::Look;

/// Literals that people are shown; JSON has all of them.
const SHOWN_LITERALS: usize = 12;

/// The page.
pub(crate) fn page(detail: &RuleDetail, look: &Look) -> String {
    let RuleDetail { rule, trouble, state_lost, unevaluated, words, access } = detail;
    let mut page = Page::new(look);
    page.say("rule", about(rule));
    page.say("why", words.why.iter().map(|why| prose(why)).collect());
    page.say("may be", words.false_positives.iter().map(|other| prose(other)).collect());
    page.say("see", words.references.iter().map(|place| cut(place)).collect());
    page.say("text", words.text.as_deref().unwrap_or_default().lines().map(cut).collect());
    page.say("found by", access.iter().flat_map(found_by).collect());
    page.say("state", state(rule, trouble.as_ref(), look));
    page.say("events", events(rule));
    page.say("hits", hits(rule, look));
    page.say(
        "tests",
        rule.tested.map(|held| format!("held {}", time(held, look))).into_iter().collect(),
    );
    page.say("fuel", fuel(rule));
    let lost = state_lost
        .map(|since| format!("since {}, when a fault ended what was before", time(since, look)));
    page.say("remembers", lost.into_iter().collect());
    page.say("unjudged", unevaluated.iter().map(|event| one(event, look)).collect());
    page.text()
}

fn about(rule: &RuleStatus) -> Vec<String> {
    let severity = rule.severity.name();
    vec![cut(&rule.id), cut(&rule.title), format!("{severity}, from pack {}", cut(&rule.pack))]
}

fn found_by(access: &RuleAccess) -> Vec<String> {
    match access {
        RuleAccess::Always(reason) => vec![format!("always evaluated: {}", cut(reason))],
        RuleAccess::Literals(literals) => {
            let literal = |RuleLiteral { column, place, text }: &RuleLiteral| {
                format!("{} {} \"{}\"", cut(column), cut(place), cut(text))
            };
            let shown = literals.iter().take(SHOWN_LITERALS).map(literal);
            let rest = literals.len().saturating_sub(SHOWN_LITERALS);
            shown.chain((rest > 0).then(|| format!("and {rest} more"))).collect()
        }
    }
}

fn state(rule: &RuleStatus, trouble: Option<&RuleTrouble>, look: &Look) -> Vec<String> {
    let mut texts = vec![rule.state.name().to_owned()];
    texts.extend(rule.why.iter().map(|why| cut(why)));
    texts.extend(trouble.map(|RuleTrouble { since, fault }| {
        format!("in trouble since {}: {}", time(*since, look), cut(fault))
    }));
    texts
}

/// The identity, written out.
fn events(rule: &RuleStatus) -> Vec<String> {
    let unmatched = rule.judged.saturating_sub(rule.matched);
    let outcomes = [
        (rule.matched, "matched"),
        (unmatched, "not matched"),
        (rule.filtered, "filtered"),
        (rule.over_budget, "over budget"),
        (rule.faulted, "faulted"),
        (rule.shed, "shed"),
    ];
    let outcomes = outcomes.map(|(events, what)| format!("{} {what}", count(events)));
    vec![format!("{} offered = {}", count(rule.offered), outcomes.join(" + "))]
}

fn hits(rule: &RuleStatus, look: &Look) -> Vec<String> {
    let last = rule.fired.last.map(|last| {
        let processes = entities(rule.fired);
        format!("{} of {processes} processes, the last {}", count(rule.matched), time(last, look))
    });
    let exceptions = (rule.exceptions > 0)
        .then(|| format!("{} exceptions in force: see `daemoneye except list`", rule.exceptions));
    last.into_iter().chain(exceptions).collect()
}

fn fuel(rule: &RuleStatus) -> Vec<String> {
    let time = rule.fuel_us.map(|time| format!(", about {} ms on this host", milliseconds(time)));
    let p99 = rule.fuel_p99.map(|fuel| format!("99 of 100 events at most {}", count(fuel)));
    let all = format!("{}{}", count(rule.fuel), time.unwrap_or_default());
    std::iter::once(all).chain(p99).collect()
}

fn one(event: &Unevaluated, look: &Look) -> String {
    let when = event.time.map(|when| format!(", {}", time(when, look))).unwrap_or_default();
    let number = event.sequence.map(|number| format!(", event {number}")).unwrap_or_default();
    format!("segment {} row {}{number}{when}: {}", event.segment, event.row, cut(&event.why))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, assert_fits, look, rule};
    use daemoneye_bus::control::{RuleState, RuleWords};

    fn detail(text: &str) -> RuleDetail {
        let why = vec!["failed in batch after batch".to_owned()];
        let event = Unevaluated {
            segment: 12,
            row: 3,
            sequence: Some(99),
            time: Some(0),
            why: text.to_owned(),
        };
        RuleDetail {
            rule: RuleStatus { state: RuleState::Quarantined, why, ..rule("shell-dev-tcp") },
            trouble: Some(RuleTrouble { since: 0, fault: text.to_owned() }),
            state_lost: Some(0),
            unevaluated: vec![event],
            words: RuleWords {
                why: Some(format!("Sockets are odd. {text}")),
                false_positives: vec![text.to_owned()],
                references: vec!["https://attack.mitre.org".to_owned()],
                text: Some(format!("SELECT pid\nFROM {text}")),
            },
            access: Some(RuleAccess::Literals(vec![RuleLiteral {
                column: "command_line".to_owned(),
                place: "contains".to_owned(),
                text: text.to_owned(),
            }])),
        }
    }

    #[test]
    fn the_page_says_everything_and_the_identity_closes() {
        let expected = "\
rule        shell-dev-tcp
            shell-dev-tcp
            high, from pack linux
why         Sockets are odd. stack overflow
may be      stack overflow
see         https://attack.mitre.org
text        SELECT pid
            FROM stack overflow
found by    command_line contains \"stack overflow\"
state       quarantined
            failed in batch after batch
            in trouble since 1970-01-01 00:00:00: stack overflow
events      1,000 offered = 3 matched + 7 not matched + 987 filtered + 2 over budget + 1 faulted + 0 shed
hits        3 of 2 processes, the last 1970-01-01 00:00:03
            1 exceptions in force: see `daemoneye except list`
tests       held 1970-01-01 00:00:00
fuel        12,345, about 1.5 ms on this host
            99 of 100 events at most 2,047
remembers   since 1970-01-01 00:00:00, when a fault ended what was before
unjudged    segment 12 row 3, event 99, 1970-01-01 00:00:00: stack overflow
";
        assert_eq!(page(&detail("stack overflow"), &look(120)), expected);
    }

    #[test]
    fn the_page_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [40, 80, 200] {
            let mut detail = detail(HOSTILE);
            (detail.rule.id, detail.rule.title) = (HOSTILE.to_owned(), HOSTILE.to_owned());
            detail.rule.why = vec![HOSTILE.to_owned()];
            assert_fits(&page(&detail, &look(width)), width);
        }
    }
}
