//! `daemoneye-pack inspect`.
//!
//! ```text
//! budget  what each rule may take, as fuel, bytes and time on this host
//! ```

mod budget;

use daemoneye_host::plugin::SandboxError;
use daemoneye_pack_format::{Body, Pack, PackError, Parcel, Plugin, Rule, Trust};
use serde_json::{Value as Json, json};

use self::budget::{Allowed, Pace};
use crate::args::{Format, Inspect};
use crate::line::line;

/// Why nothing is shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub(crate) enum Failed {
    #[error(transparent)]
    Pack(#[from] PackError),
    #[error(transparent)]
    Sandbox(#[from] SandboxError),
}

/// A pack, its size as a `.pack` file, and what fuel is here.
struct Inspected {
    pack: Pack,
    bytes: usize,
    pace: Pace,
}

pub(crate) fn run(args: &Inspect) -> Result<String, Failed> {
    let bytes = Parcel::open(&args.pack)?.to_bytes().len();
    let pack = Pack::read(&args.pack, &Trust::AllowUnsigned)?;
    let inspected = Inspected { pack, bytes, pace: Pace::measure()? };
    Ok(match args.format {
        Format::Text => text(&inspected),
        Format::Json => format!("{:#}\n", json(&inspected)),
    })
}

fn text(inspected: &Inspected) -> String {
    let mut out = String::new();
    about(&mut out, inspected);
    let Inspected { pack, pace, .. } = inspected;
    pack.plugins.iter().for_each(|plugin| line(&mut out, &component(pack, plugin)));
    let width = pack.rules.iter().map(|rule| rule.id.as_str().len()).max().unwrap_or_default();
    for rule in &pack.rules {
        let techniques = techniques(rule).join(" ");
        let Rule { id, severity, title, tests, .. } = rule;
        let (tests, language) = (tests.len(), language(rule));
        let head = format!("{id:width$}  {severity:8}  {language}  {tests:2} tests");
        line(&mut out, &format!("{head}  {title}  {techniques}"));
    }
    line(&mut out, &format!("an event may take of a rule: {}", pace.told(Allowed::default())));
    let of_its_own = |rule: &&Rule| Allowed::of(rule) != Allowed::default();
    for rule in pack.rules.iter().filter(of_its_own) {
        line(&mut out, &format!("  of {}: {}", rule.id, pace.told(Allowed::of(rule))));
    }
    out
}

/// What is said of the pack as a whole.
fn about(out: &mut String, Inspected { pack, bytes, pace }: &Inspected) {
    let authors = pack.authors.join(", ");
    line(out, &format!("{} release {}: {}", pack.id, pack.release, pack.title));
    pack.description.lines().for_each(|text| line(out, text));
    if !authors.is_empty() {
        line(out, &format!("by {authors}"));
    }
    line(out, "the signature was not checked");
    let review = pack.review_by.map(|day| format!(", to be reviewed by {day}")).unwrap_or_default();
    line(out, &format!("for agents with api {}{review}", pack.api));
    let (rules, plugins) = (pack.rules.len(), pack.plugins.len());
    line(out, &format!("{rules} rules, {plugins} plugins, {bytes} bytes as a .pack file"));
    line(out, &format!("on this host {} fuel is a millisecond", pace.per_millisecond()));
}

/// What a component is and asks for.
fn component(pack: &Pack, plugin: &Plugin) -> String {
    let list =
        |names: &[String]| if names.is_empty() { "nothing".into() } else { names.join(", ") };
    let amount = |amount: Option<u64>| amount.map_or("default".to_owned(), |n| n.to_string());
    format!(
        "{}  {}  {} bytes  imports {}  fuel {}  memory {}  wants {}",
        plugin.path,
        plugin.world,
        size(pack, plugin),
        list(&plugin.imports),
        amount(plugin.fuel),
        amount(plugin.memory),
        list(&plugin.capabilities),
    )
}

fn size(pack: &Pack, plugin: &Plugin) -> usize {
    pack.components.get(&plugin.path).map_or(0, |bytes| bytes.len())
}

/// What depends on this host is in `host`, so that the rest is the same everywhere.
fn json(Inspected { pack, bytes, pace }: &Inspected) -> Json {
    let of_rule =
        |rule: &Rule| (rule.id.to_string(), pace.milliseconds(Allowed::of(rule).fuel).into());
    let budgets: serde_json::Map<String, Json> = pack.rules.iter().map(of_rule).collect();
    json!({
        "id": pack.id.as_str(),
        "release": pack.release,
        "title": pack.title,
        "description": pack.description,
        "authors": pack.authors,
        "api": pack.api,
        "review_by": pack.review_by,
        "size_bytes": bytes,
        "plugins": pack.plugins.iter().map(|one| plugin(pack, one)).collect::<Vec<_>>(),
        "rules": pack.rules.iter().map(rule).collect::<Vec<_>>(),
        "host": { "fuel_per_millisecond": pace.per_millisecond(), "budget_ms": budgets },
    })
}

fn plugin(pack: &Pack, plugin: &Plugin) -> Json {
    let mut object = json!(plugin);
    object["size_bytes"] = size(pack, plugin).into();
    object
}

fn rule(rule: &Rule) -> Json {
    let allowed = Allowed::of(rule);
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
        "budget": { "fuel_per_event": allowed.fuel, "memory_bytes": allowed.memory },
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
