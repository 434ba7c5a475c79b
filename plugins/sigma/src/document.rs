//! The documents of a file: rules, filters and correlations.

use daemoneye_sdk::language::{Position, quoted};

use crate::correlation::{Correlation, Fields};
use crate::detection::{Body, Reader};
use crate::source::Source;
use crate::yaml::Node;

/// A rule over single events.
#[derive(Debug)]
pub(crate) struct Rule<'y> {
    pub(crate) document: &'y Node,
    names: Vec<&'y str>,
    pub(crate) source: Source,
    /// The detection, and after it those of the filters; all must hold.
    pub(crate) bodies: Vec<Body>,
}

/// What a file asks for.
#[derive(Debug)]
pub(crate) struct File<'y> {
    /// One rule or, with a correlation, those that it names, in its order.
    pub(crate) rules: Vec<Rule<'y>>,
    pub(crate) correlation: Option<Correlation<'y>>,
    /// What the correlation looks at, by rule.
    pub(crate) fields: Vec<Fields<'y>>,
}

/// Most documents of one file.
const MOST: usize = 64;

const KINDS: &str = "a document has one of detection, correlation and filter";

impl<'y> Rule<'y> {
    /// Whether the rule has this id or name.
    pub(crate) fn is_called(&self, name: &str) -> bool {
        self.names.contains(&name)
    }

    fn read(document: &'y Node, detection: &Node, reader: &mut Reader<'_>) -> Self {
        let source = Source::read(document, reader.refused);
        let names = ["id", "name"].into_iter();
        let names = names.filter_map(|key| Some(&*document.get(key)?.scalar()?.text)).collect();
        if detection.pairs().is_empty() {
            let message = format!("detection with {}", detection.noun());
            reader.refused.add(detection.at, message, "it is a map of selections and a condition");
        }
        Rule { document, names, source, bodies: vec![reader.body(detection, &[])] }
    }
}

impl<'y> File<'y> {
    /// The document that speaks for the file.
    pub(crate) fn document(&self) -> Option<&'y Node> {
        let rule = self.rules.first().map(|rule| rule.document);
        self.correlation.as_ref().map(|correlation| correlation.document).or(rule)
    }

    /// Everything wrong is refused; nothing if there is no rule at all.
    pub(crate) fn read(documents: &'y [Node], reader: &mut Reader<'_>) -> Option<Self> {
        if documents.len() > MOST {
            let message = format!("{} documents", documents.len());
            reader.refused.add(documents[MOST].at, message, "a file has one rule");
            return None;
        }
        let (mut rules, mut filters, mut correlations) = (Vec::new(), Vec::new(), Vec::new());
        for document in documents {
            match ["detection", "correlation", "filter"].map(|key| document.get(key)) {
                [Some(detection), None, None] => {
                    rules.push(Rule::read(document, detection, reader));
                }
                [None, Some(correlation), None] => {
                    correlations.push(Correlation::read(document, correlation, reader.refused));
                }
                [None, None, Some(filter)] => filters.push(filter),
                _ => refuse(document, reader),
            }
        }
        filters.into_iter().for_each(|filter| apply(filter, &mut rules, reader));
        match correlations.len() {
            0 => only(rules, reader),
            1 => correlations.pop().and_then(|one| correlated(one, rules, reader)),
            count => {
                let message = format!("{count} correlations");
                let help = "a file has one; correlations of correlations are not supported";
                reader.refused.add(correlations[1].document.at, message, help);
                None
            }
        }
    }
}

fn refuse(document: &Node, reader: &mut Reader<'_>) {
    let (message, help) = match document.get("action") {
        Some(_) => {
            ("a document with action", "write what is common into each rule, in files of their own")
        }
        None => ("a document that is no rule", KINDS),
    };
    reader.refused.add(document.at, message, help);
}

fn only<'y>(mut rules: Vec<Rule<'y>>, reader: &mut Reader<'_>) -> Option<File<'y>> {
    match rules.len() {
        1 => Some(File { rules, correlation: None, fields: Vec::new() }),
        0 if !reader.refused.is_empty() => None,
        0 => {
            reader.refused.add(Position::START, "a file without a rule", KINDS);
            None
        }
        count => {
            let message = format!("{count} rules without a correlation");
            let help = "write each rule into a file of its own";
            reader.refused.add(rules.remove(1).document.at, message, help);
            None
        }
    }
}

/// The rules that the correlation names, in its order, and no others.
fn correlated<'y>(
    correlation: Correlation<'y>,
    mut rules: Vec<Rule<'y>>,
    reader: &mut Reader<'_>,
) -> Option<File<'y>> {
    let mut named = Vec::new();
    for (at, name) in &correlation.rules {
        match rules.iter().position(|rule| rule.is_called(name)) {
            Some(place) => named.push(rules.remove(place)),
            None if named.iter().any(|rule| rule.is_called(name)) => {
                reader.refused.add(*at, format!("the rule {} twice", quoted(name)), "name it once");
            }
            None => unknown_rule(*at, name, reader),
        }
    }
    if let Some(rule) = rules.first() {
        let help = "write the rule into a file of its own";
        reader.refused.add(rule.document.at, "a rule that the correlation does not name", help);
    }
    let fields = named
        .iter()
        .map(|rule: &Rule<'_>| correlation.fields(|name| rule.is_called(name), reader.refused));
    let fields = fields.collect();
    Some(File { rules: named, correlation: Some(correlation), fields })
}

fn unknown_rule(at: Position, name: &str, reader: &mut Reader<'_>) {
    let message = format!("no rule {} in this file", quoted(name));
    let help = "the rules must stand in the same file, known by id or name; \
                correlations of correlations are not supported";
    reader.refused.add(at, message, help);
}

/// Adds a filter to each rule that it names.
fn apply(filter: &Node, rules: &mut [Rule<'_>], reader: &mut Reader<'_>) {
    let names = filter.texts("rules", reader.refused);
    if names.is_empty() {
        reader.refused.add(
            filter.at,
            "a filter without rules",
            "write rules: [id or name] or rules: any",
        );
    }
    for (at, name) in names {
        let is_any = name.eq_ignore_ascii_case("any");
        let mut meant: Vec<_> =
            rules.iter_mut().filter(|rule| is_any || rule.is_called(name)).collect();
        if meant.is_empty() {
            unknown_rule(at, name, reader);
        }
        meant.iter_mut().for_each(|rule| rule.bodies.push(reader.body(filter, &["rules"])));
    }
}
