//! How releases in shadow differ from active ones, as a page.

use daemoneye_bus::control::{PackState, ShadowExample, ShadowRule, ShadowStatus};

use super::escape::cut;
use super::page::Page;
use super::words::{count, time};
use crate::terminal::Look;

/// The page.
pub(crate) fn page(shadow: &[ShadowStatus], look: &Look) -> String {
    if shadow.is_empty() {
        return "no pack judges in shadow\n".to_owned();
    }
    let mut page = Page::new(look);
    for status in shadow {
        page.say("pack", pack(status, look));
        for rule in &status.rules {
            page.say("rule", told(rule, look));
        }
    }
    page.text()
}

fn pack(status: &ShadowStatus, look: &Look) -> Vec<String> {
    let ShadowStatus { pack, release, active, since, events, shed, .. } = status;
    let beside = match active {
        Some(active) => format!("beside the active release {active}"),
        None => "of which no release is active".to_owned(),
    };
    let mut texts = vec![
        format!("{} release {release} {beside}, since {}", cut(pack), time(*since, look)),
        format!("{} events compared, {} shed", count(*events), count(*shed)),
    ];
    if status.rules.is_empty() {
        texts.push("nothing was found by either".to_owned());
    }
    texts
}

fn told(rule: &ShadowRule, look: &Look) -> Vec<String> {
    let ShadowRule { rule: id, both, only_active, only_shadow, unjudged, examples } = rule;
    let counts = format!(
        "{}: {} only active, {} only shadow, {} both, {} not judged by the shadow",
        cut(id),
        count(*only_active),
        count(*only_shadow),
        count(*both),
        count(*unjudged)
    );
    std::iter::once(counts).chain(examples.iter().map(|one| example(one, look))).collect()
}

fn example(example: &ShadowExample, look: &Look) -> String {
    let who = match example.found_by {
        PackState::Shadow => "only shadow",
        PackState::Active | PackState::Refused => "only active",
    };
    let when = example.time.map(|when| format!(", {}", time(when, look))).unwrap_or_default();
    let pid = example.pid.map(|pid| format!(", pid {pid}")).unwrap_or_default();
    let line = example.command_line.as_deref().map(cut).unwrap_or_default();
    format!("  {who}{when}{pid}: {line}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::render::samples::{HOSTILE, assert_fits, look};

    fn status(text: &str) -> ShadowStatus {
        let example = ShadowExample {
            found_by: PackState::Shadow,
            time: Some(0),
            pid: Some(42),
            sequence: Some(7),
            command_line: Some(text.to_owned()),
        };
        let rule = ShadowRule {
            rule: "shell-dev-tcp".to_owned(),
            both: 3,
            only_active: 0,
            only_shadow: 1,
            unjudged: 0,
            examples: vec![example],
        };
        ShadowStatus {
            pack: "linux".to_owned(),
            release: 4,
            active: Some(3),
            since: 0,
            events: 1_000,
            shed: 2,
            rules: vec![rule],
        }
    }

    #[test]
    fn the_difference_is_told_rule_by_rule_with_examples() {
        let expected = "\
pack        linux release 4 beside the active release 3, since 1970-01-01 00:00:00
            1,000 events compared, 2 shed
rule        shell-dev-tcp: 0 only active, 1 only shadow, 3 both, 0 not judged by the shadow
              only shadow, 1970-01-01 00:00:00, pid 42: nc -e /bin/sh
";
        assert_eq!(page(&[status("nc -e /bin/sh")], &look(120)), expected);
        assert_eq!(page(&[], &look(80)), "no pack judges in shadow\n");
    }

    #[test]
    fn the_page_fits_and_hostile_text_is_harmless_at_any_width() {
        for width in [40, 80, 200] {
            let mut hostile = status(HOSTILE);
            (hostile.pack, hostile.rules[0].rule) = (HOSTILE.to_owned(), HOSTILE.to_owned());
            assert_fits(&page(&[hostile], &look(width)), width);
        }
    }
}
