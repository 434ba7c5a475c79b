//! `daemoneye-pack inspect`.

use daemoneye_pack_format::{Body, Pack, PackError, Plugin, Rule, Trust};
use serde_json::{Value as Json, json};

use crate::args::{Format, Inspect};
use crate::line::line;

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
    let review = pack.review_by.map(|day| format!(", to be reviewed by {day}")).unwrap_or_default();
    line(&mut out, &format!("for agents with api {}{review}", pack.api));
    pack.plugins.iter().for_each(|plugin| line(&mut out, &component(plugin)));
    let width = pack.rules.iter().map(|rule| rule.id.as_str().len()).max().unwrap_or_default();
    for rule in &pack.rules {
        let techniques = techniques(rule).join(" ");
        let Rule { id, severity, title, tests, .. } = rule;
        let (tests, language) = (tests.len(), language(rule));
        let head = format!("{id:width$}  {severity:8}  {language}  {tests:2} tests");
        line(&mut out, &format!("{head}  {title}  {techniques}"));
    }
    out
}

/// What a component is and asks for.
fn component(plugin: &Plugin) -> String {
    let list =
        |names: &[String]| if names.is_empty() { "nothing".into() } else { names.join(", ") };
    let amount = |amount: Option<u64>| amount.map_or("default".to_owned(), |n| n.to_string());
    format!(
        "{}  {}  imports {}  fuel {}  memory {}  wants {}",
        plugin.path,
        plugin.world,
        list(&plugin.imports),
        amount(plugin.fuel),
        amount(plugin.memory),
        list(&plugin.capabilities),
    )
}

fn json(pack: &Pack) -> Json {
    json!({
        "id": pack.id.as_str(),
        "release": pack.release,
        "title": pack.title,
        "description": pack.description,
        "authors": pack.authors,
        "api": pack.api,
        "review_by": pack.review_by,
        "plugins": pack.plugins,
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
        "language": rule.body.text().map(|text| &text.language),
        "text": rule.body.text().map(|text| &text.text),
        "component": rule.body.component().map(|component| component.file.as_str()),
        "prefilter": rule.body.component().and_then(|c| c.prefilter.as_ref()).map(|p| &p.text),
        "tests": rule.tests.iter().map(|test| json!({
            "name": test.name,
            "expect": test.expect.name(),
            "events": test.events.len(),
        })).collect::<Vec<_>>(),
    })
}

/// What the rule is written in, or where its component is.
fn language(rule: &Rule) -> &str {
    match &rule.body {
        Body::Text(text) => &text.language,
        Body::Component(component) => component.file.as_str(),
    }
}

fn techniques(rule: &Rule) -> Vec<&str> {
    rule.techniques.iter().map(daemoneye_pack_format::Technique::as_str).collect()
}
