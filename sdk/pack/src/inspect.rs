//! `daemoneye-pack inspect`.

use std::fmt::Write;

use daemoneye_pack_format::{Pack, PackError, Rule, Trust};
use serde_json::{Value as Json, json};

use crate::args::{Format, Inspect};

pub(crate) fn run(args: &Inspect) -> Result<String, PackError> {
    let pack = Pack::read(&args.pack, &Trust::AllowUnsigned)?;
    Ok(match args.format {
        Format::Text => text(&pack),
        Format::Json => format!("{:#}\n", json(&pack)),
    })
}

fn text(pack: &Pack) -> String {
    let mut out = String::new();
    let authors = pack.authors.join(", ");
    line(&mut out, &format!("{} release {}: {}", pack.id, pack.release, pack.title));
    pack.description.lines().for_each(|text| line(&mut out, text));
    if !authors.is_empty() {
        line(&mut out, &format!("by {authors}"));
    }
    line(&mut out, "the signature was not checked");
    let width = pack.rules.iter().map(|rule| rule.id.as_str().len()).max().unwrap_or_default();
    for rule in &pack.rules {
        let techniques = techniques(rule).join(" ");
        let Rule { id, severity, language, title, tests, .. } = rule;
        let tests = tests.len();
        let head = format!("{id:width$}  {severity:8}  {language}  {tests:2} tests");
        line(&mut out, &format!("{head}  {title}  {techniques}"));
    }
    out
}

/// A pack that nobody has vouched for must not move the reader's cursor.
fn line(out: &mut String, text: &str) {
    for character in text.chars() {
        match character {
            hostile if hostile.is_control() || mark(hostile) => {
                let _ = write!(out, "{}", hostile.escape_unicode());
            }
            plain => out.push(plain),
        }
    }
    out.push('\n');
}

/// Marks that change the direction of text (Unicode annex 9), and so the order that one reads.
fn mark(character: char) -> bool {
    matches!(character, '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

fn json(pack: &Pack) -> Json {
    json!({
        "id": pack.id.as_str(),
        "release": pack.release,
        "title": pack.title,
        "description": pack.description,
        "authors": pack.authors,
        "rules": pack.rules.iter().map(rule).collect::<Vec<_>>(),
    })
}

fn rule(rule: &Rule) -> Json {
    json!({
        "id": rule.id.as_str(),
        "title": rule.title,
        "severity": rule.severity.name(),
        "techniques": techniques(rule),
        "why": rule.why,
        "false_positives": rule.false_positives,
        "references": rule.references,
        "language": rule.language,
        "text": rule.text,
        "tests": rule.tests.iter().map(|test| json!({
            "name": test.name,
            "expect": test.expect.name(),
            "events": test.events.len(),
        })).collect::<Vec<_>>(),
    })
}

fn techniques(rule: &Rule) -> Vec<&str> {
    rule.techniques.iter().map(daemoneye_pack_format::Technique::as_str).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hostile_text_is_shown_and_never_obeyed() {
        let cases = [
            ("plain ä 日本", "plain ä 日本\n"),
            ("\u{1b}[2Jgone", "\\u{1b}[2Jgone\n"),
            ("one\ntwo\r", "one\\u{a}two\\u{d}\n"),
            ("\u{202e}txt.exe", "\\u{202e}txt.exe\n"),
            ("\u{9b}31m", "\\u{9b}31m\n"),
        ];
        for (text, shown) in cases {
            let mut out = String::new();
            line(&mut out, text);
            assert_eq!(out, shown);
        }
    }
}
