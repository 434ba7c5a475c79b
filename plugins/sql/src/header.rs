//! What the comments before a rule say about it: `-- severity: high`.

use crate::script::Script;
use crate::window;
use daemoneye_sdk::language::{About, Diagnostic, Position, Severity, is_technique, quoted};

/// All that stands before the rule.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) about: About,
    /// `-- window:`, in microseconds.
    pub(crate) window: Option<u64>,
}

const SEVERITIES: &[(&str, Severity)] = &[
    ("info", Severity::Info),
    ("low", Severity::Low),
    ("medium", Severity::Medium),
    ("high", Severity::High),
    ("critical", Severity::Critical),
];

/// Reads the comments before the first word. One whose word before the colon is not known is an
/// ordinary comment.
pub(crate) fn read(script: &Script<'_>) -> Result<Header, Vec<Diagnostic>> {
    let mut header = Header::default();
    let mut refused = Vec::new();
    for (at, comment) in script.header() {
        let Some((key, value)) = comment.split_once(':') else { continue };
        refused.extend(header.set(*at, key.trim(), value.trim()).err());
    }
    if refused.is_empty() { Ok(header) } else { Err(refused) }
}

impl Header {
    fn set(&mut self, at: Position, key: &str, value: &str) -> Result<(), Diagnostic> {
        let refuse = |help| Err(Diagnostic::new(at, format!("the {key} {}", quoted(value)), help));
        match key.to_ascii_lowercase().as_str() {
            "id" if value.is_empty() => return refuse("write -- id: name-of-the-rule"),
            "id" => self.about.id = Some(value.to_owned()),
            "title" if value.is_empty() => return refuse("write -- title: what it finds"),
            "title" => self.about.title = Some(value.to_owned()),
            "severity" => {
                let is_it = |(name, _): &&(&str, Severity)| name.eq_ignore_ascii_case(value);
                match SEVERITIES.iter().find(is_it) {
                    Some((_, severity)) => self.about.severity = Some(*severity),
                    None => return refuse("a severity is info, low, medium, high or critical"),
                }
            }
            "techniques" | "technique" => {
                let techniques: Vec<_> = value.split(',').map(str::trim).collect();
                if !techniques.iter().all(|technique| is_technique(technique)) {
                    return refuse("write ATT&CK techniques: T1059.004, T1105");
                }
                self.about.techniques = techniques.into_iter().map(str::to_owned).collect();
            }
            "window" => match window::parse(value) {
                Some(window) => self.window = Some(window),
                None => return refuse(window::HELP),
            },
            _ => {}
        }
        Ok(())
    }
}
