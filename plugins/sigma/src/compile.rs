//! One file from text to plan.

use daemoneye_plan::Plan;
use daemoneye_sdk::language::{Compiled, Diagnostic, Position, Schema, Shown};

use crate::about;
use crate::detection::Reader;
use crate::diagnostic::Refusals;
use crate::document::File;
use crate::emit::{Emitter, Unknown};
use crate::inert;
use crate::yaml::{self, Node};

/// Compiles one file. `platform` is the operating system whose events there are (`linux`, `macos` or
/// `windows`), or nothing for recorded events of any.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text. What is no YAML keeps the rest from
/// being looked at, and what is no condition the rest of that condition.
pub fn compile(
    schema: &Schema,
    platform: Option<&str>,
    text: &str,
) -> Result<Compiled, Vec<Diagnostic>> {
    let documents = yaml::read(text).map_err(|refused| vec![refused])?;
    let mut refused = Refusals::default();
    let file = File::read(&documents, &mut Reader::new(&mut refused));
    let document = file.as_ref().and_then(File::document);
    let about = document.map(|node| about::read(node, &mut refused)).unwrap_or_default();
    let shown = document.map(|node| shown(schema, node, &mut refused)).unwrap_or_default();
    let Some(file) = refused.or(file)? else {
        return Err(vec![Diagnostic::new(Position::START, "a file without a rule", "")]);
    };
    let (plan, met_unknown) = plan(schema, platform, &file, Unknown::Null)?;
    // A plan in which unknown fields are columns says which of them it cannot do without.
    let probe = if met_unknown { plan_probe(schema, platform, &file)? } else { plan.clone() };
    let inert = inert::reason(schema, platform, &file, &probe);
    let at = file.document().map_or(Position::START, |node| node.at);
    let bytes = plan.to_bytes().map_err(|error| too_large(at, error.to_string()))?;
    let columns = plan.columns().iter().map(|column| column.name.clone()).collect();
    Ok(Compiled { plan: bytes, columns, shown, about, inert })
}

fn plan_probe(
    schema: &Schema,
    platform: Option<&str>,
    file: &File<'_>,
) -> Result<Plan, Vec<Diagnostic>> {
    plan(schema, platform, file, Unknown::Column).map(|(plan, _)| plan)
}

fn plan(
    schema: &Schema,
    platform: Option<&str>,
    file: &File<'_>,
    unknown: Unknown,
) -> Result<(Plan, bool), Vec<Diagnostic>> {
    let at = file.document().map_or(Position::START, |node| node.at);
    let mut emitter = Emitter::new(schema, unknown);
    emitter.file(file, platform);
    if !emitter.is_whole() {
        return Err(too_large(at, "a rule whose plan is too large"));
    }
    let met_unknown = emitter.met_unknown;
    match emitter.builder.finish() {
        Ok(plan) => Ok((plan, met_unknown)),
        Err(error) => Err(too_large(at, error.to_string())),
    }
}

fn too_large(at: Position, message: impl Into<String>) -> Vec<Diagnostic> {
    vec![Diagnostic::new(at, message, "split the rule into several")]
}

fn shown(schema: &Schema, document: &Node, refused: &mut Refusals) -> Vec<Shown> {
    let mut shown: Vec<Shown> = Vec::new();
    for (_, name) in document.texts("fields", refused) {
        let Some(field) = schema.named(name) else { continue };
        if shown.iter().all(|other| other.column != field.name) {
            shown.push(Shown { label: name.to_owned(), column: field.name.clone() });
        }
    }
    shown
}
