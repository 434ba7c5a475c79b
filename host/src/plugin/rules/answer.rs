//! What a plugin answers is checked before it means anything.

use daemoneye_bus::alert::Evidence;
use daemoneye_bus::event::Field;

use super::super::bindings::wit;
use super::super::fault::{Fault, LoadError};

/// Most findings of one rule in one batch: one per row.
const MAX_EVIDENCE: usize = 64;
const MAX_TEXT_BYTES: usize = 8 << 10;
const MAX_RULES: usize = 100_000;

/// A declaration that fits together.
pub(super) struct Declaration {
    pub(super) fields: Vec<Field>,
    pub(super) rules: Vec<String>,
}

pub(super) fn check(plugin: &str, declared: wit::Declaration) -> Result<Declaration, LoadError> {
    let misfit = |cause| LoadError::Declaration { plugin: plugin.to_owned(), cause };
    let fields =
        declared.columns.iter().map(|name| field(plugin, name)).collect::<Result<_, _>>()?;
    if declared.rules.len() > MAX_RULES {
        return Err(misfit(format!("{} rules, over {MAX_RULES}", declared.rules.len())));
    }
    let mut seen = std::collections::HashSet::new();
    for rule in &declared.rules {
        if !seen.insert(rule.id.as_str()) {
            return Err(misfit(format!("rule {:?} declared twice", rule.id)));
        }
        let columns = declared.columns.len();
        if let Some(column) = rule.columns.iter().find(|column| **column as usize >= columns) {
            return Err(misfit(format!(
                "rule {:?} reads column number {column} of {columns}",
                rule.id
            )));
        }
    }
    Ok(Declaration { fields, rules: declared.rules.into_iter().map(|rule| rule.id).collect() })
}

/// There is one word for each rule.
pub(super) fn constant(plugin: &str, told: &[bool], rules: usize) -> Result<(), LoadError> {
    let cause = || format!("{} rules are constant or not, of {rules}", told.len());
    let misfit = || LoadError::Declaration { plugin: plugin.to_owned(), cause: cause() };
    (told.len() == rules).then_some(()).ok_or_else(misfit)
}

/// Only own names: aliases are a matter of languages.
fn field(plugin: &str, name: &str) -> Result<Field, LoadError> {
    let found = Field::named(name).filter(|field| field.name() == name);
    let (plugin, column) = (plugin.to_owned(), name.to_owned());
    found.ok_or(LoadError::UnknownColumn { plugin, column })
}

/// Candidates name declared rules, each at most once, and existing rows, ascending.
pub(super) fn candidates(
    candidates: &[wit::CandidateResult],
    rules: &[super::Rule],
    rows: usize,
) -> Result<(), Fault> {
    let mut seen = vec![false; rules.len()];
    for candidate in candidates {
        let unknown = Fault::UnknownRule { rule: candidate.rule, rules: rules.len() };
        let known = seen.get_mut(candidate.rule as usize).ok_or(unknown)?;
        if std::mem::replace(known, true) {
            return Err(Fault::TooMuch(format!("rule number {} named twice", candidate.rule)));
        }
        // Which row it is matters only if there is one.
        let too_far = candidate.rows.last().is_some_and(|row| *row as usize >= rows);
        if too_far || !candidate.rows.is_sorted_by(|row, next| row < next) {
            let rule = &rules[candidate.rule as usize].id;
            ascending(rule, candidate.rows.iter().copied(), |row| (row as usize) < rows)?;
        }
    }
    Ok(())
}

/// A verdict speaks of the rows that were asked about, and of each row once.
pub(super) fn verdict(rule: &str, asked: &[u32], verdict: &wit::Verdict) -> Result<(), Fault> {
    let was_asked = |row: u32| asked.binary_search(&row).is_ok();
    ascending(rule, verdict.over_budget.iter().copied(), was_asked)?;
    let found = verdict.findings.iter().map(|finding| finding.row);
    ascending(rule, found.clone(), was_asked)?;
    let both = found.clone().find(|row| verdict.over_budget.binary_search(row).is_ok());
    if let Some(row) = both {
        return Err(Fault::BadRow { rule: rule.to_owned(), row });
    }
    verdict.findings.iter().try_for_each(|finding| size(rule, finding))
}

fn ascending(
    rule: &str,
    rows: impl Iterator<Item = u32>,
    allowed: impl Fn(u32) -> bool,
) -> Result<(), Fault> {
    let mut next = 0;
    for row in rows {
        if u64::from(row) < next || !allowed(row) {
            return Err(Fault::BadRow { rule: rule.to_owned(), row });
        }
        next = u64::from(row) + 1;
    }
    Ok(())
}

fn size(rule: &str, finding: &wit::Finding) -> Result<(), Fault> {
    if finding.evidence.len() > MAX_EVIDENCE {
        let count = finding.evidence.len();
        return Err(Fault::TooMuch(format!("rule {rule:?} with {count} pieces of evidence")));
    }
    for evidence in &finding.evidence {
        let bytes = evidence.clause.len() + evidence.field.len() + evidence.value.len();
        if bytes > MAX_TEXT_BYTES {
            return Err(Fault::TooMuch(format!("rule {rule:?} with evidence of {bytes} bytes")));
        }
    }
    Ok(())
}

pub(super) fn evidence(evidence: wit::Evidence) -> Evidence {
    let wit::Evidence { clause, field, value } = evidence;
    Evidence { clause, field, value }
}
