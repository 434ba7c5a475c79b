//! What a rule says about itself.

use daemoneye_sdk::language::{About, Severity, is_technique, quoted};

use crate::diagnostic::Refusals;
use crate::yaml::Node;

const LEVELS: &[(&str, Severity)] = &[
    ("informational", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

pub(crate) fn read(document: &Node, refused: &mut Refusals) -> About {
    let mut text = |key| document.text(key, refused).map(str::to_owned);
    let (id, title) = (text("id"), text("title"));
    let severity = severity(document, refused);
    let tags = document.texts("tags", refused);
    let techniques = tags.into_iter().filter_map(|(_, tag)| technique(tag)).collect();
    About { id, title, severity, techniques }
}

fn severity(document: &Node, refused: &mut Refusals) -> Option<Severity> {
    let level = document.text("level", refused)?;
    let known = LEVELS.iter().find(|(name, _)| level.eq_ignore_ascii_case(name));
    if known.is_none() {
        let at = document.get("level").map_or(document.at, |node| node.at);
        let names: Vec<_> = LEVELS.iter().map(|(name, _)| *name).collect();
        let help = format!("the levels are {}", names.join(", "));
        refused.add(at, format!("the level {}", quoted(level)), help);
    }
    known.map(|(_, severity)| *severity)
}

/// `attack.t1059.004` is `T1059.004`; other tags are no techniques.
fn technique(tag: &str) -> Option<String> {
    let number = tag.strip_prefix("attack.t").or_else(|| tag.strip_prefix("attack.T"))?;
    Some(format!("T{number}")).filter(|name| is_technique(name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_tags_of_techniques_are_techniques() {
        let table = [
            ("attack.t1059", Some("T1059")),
            ("attack.T1059.004", Some("T1059.004")),
            ("attack.execution", None),
            ("attack.t105", None),
            ("attack.t1059.4", None),
            ("cve.2021-44228", None),
        ];
        for (tag, expected) in table {
            assert_eq!(technique(tag).as_deref(), expected, "{tag}");
        }
    }
}
