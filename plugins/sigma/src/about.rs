//! What a rule says about itself.

use crate::diagnostic::{Refusals, quoted};
use crate::yaml::Node;

/// How bad it is if the rule matches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Severity {
    /// Sigma's `informational`.
    Info,
    /// Sigma's `low`.
    Low,
    /// Sigma's `medium`.
    Medium,
    /// Sigma's `high`.
    High,
    /// Sigma's `critical`.
    Critical,
}

/// What a rule says about itself; nothing where it says nothing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct About {
    /// `id`, as it was written.
    pub id: Option<String>,
    /// `title`.
    pub title: Option<String>,
    /// `level`.
    pub severity: Option<Severity>,
    /// The ATT&CK techniques among `tags`, such as `T1059.004`.
    pub techniques: Vec<String>,
}

const LEVELS: &[(&str, Severity)] = &[
    ("informational", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

impl About {
    pub(crate) fn read(document: &Node, refused: &mut Refusals) -> Self {
        let mut text = |key| document.text(key, refused).map(str::to_owned);
        let (id, title) = (text("id"), text("title"));
        let severity = severity(document, refused);
        let tags = document.texts("tags", refused);
        let techniques = tags.into_iter().filter_map(|(_, tag)| technique(tag)).collect();
        About { id, title, severity, techniques }
    }
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
    let digits =
        |text: &str, count| text.len() == count && text.bytes().all(|b| b.is_ascii_digit());
    let is_technique = match number.split_once('.') {
        None => digits(number, 4),
        Some((technique, part)) => digits(technique, 4) && digits(part, 3),
    };
    is_technique.then(|| format!("T{number}"))
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
