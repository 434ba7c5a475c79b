//! Queries over stored events: the language of the rules, the engine of the rules, the sandbox of
//! the rules.

use std::sync::{Arc, Mutex, PoisonError};

use daemoneye_bus::control::{Cell, Rows};
use daemoneye_bus::event::{Batch, Field, Value};
use daemoneye_store::Store;

use crate::catalog::{self, Languages};
use crate::plugin::{Limits, Plan, RulePlugin, RuleTemplate};

/// The name under which a query is compiled; no rule of a pack can be called so.
const QUERY: &str = "(query)";
/// Rows in one answer at most.
const MAX_ROWS: usize = 100_000;

/// Runs queries. One at a time compiles; any number scan.
#[derive(Clone)]
pub struct Hunts {
    store: Arc<Store>,
    engine: RuleTemplate,
    languages: Arc<Mutex<Languages>>,
}

impl Hunts {
    /// Queries over this store.
    pub fn new(store: Arc<Store>, engine: RuleTemplate, languages: Arc<Mutex<Languages>>) -> Self {
        Hunts { store, engine, languages }
    }

    /// The newest `limit` rows that one SELECT finds, oldest first.
    ///
    /// # Errors
    /// What is wrong with the query, or with the store, in words for the operator.
    pub fn run(&self, sql: &str, limit: usize) -> Result<Rows, String> {
        let (mut plugin, shown) = self.compile(sql)?;
        let limit = limit.clamp(1, MAX_ROWS);
        let columns = shown.iter().map(|(label, _)| label.clone()).collect();
        let mut rows = Rows { columns, rows: Vec::new(), scanned: 0, more: false };
        for segment in self.store.segments(.., true).map_err(|error| format!("store: {error}"))? {
            let (_, _, batch) = segment.map_err(|error| format!("store: {error}"))?;
            rows.scanned += batch.rows() as u64;
            let judgement = plugin.judge(&batch);
            if let Some((_, fault, _)) = judgement.faults.first() {
                return Err(format!("query: {fault}"));
            }
            let found = judgement.findings.iter().rev().map(|finding| finding.row);
            rows.rows.extend(found.map(|row| cells(&batch, row, &shown)));
            if rows.rows.len() > limit {
                rows.more = true;
                break;
            }
        }
        rows.rows.truncate(limit);
        rows.rows.reverse();
        Ok(rows)
    }

    fn compile(&self, sql: &str) -> Result<(RulePlugin, Vec<(String, Field)>), String> {
        let mut languages = self.languages.lock().unwrap_or_else(PoisonError::into_inner);
        let language = languages.get("sql").ok_or("language sql is not loaded")?;
        let compiled = language.compile(QUERY, sql, None).map_err(|diagnostics| {
            diagnostics.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n")
        })?;
        drop(languages);
        let shown = catalog::shown(&compiled.shown)
            .map_err(|column| format!("language sql shows unknown column {column:?}"))?;
        let plan = Plan { rule: QUERY.to_owned(), bytes: compiled.plan };
        let plugin = self.engine.load(vec![plan], Limits::RULES).map_err(|e| e.to_string())?;
        Ok((plugin, shown))
    }
}

fn cells(batch: &Batch, row: usize, shown: &[(String, Field)]) -> Vec<Option<Cell>> {
    let cell = |field: &Field| {
        batch.value(*field, row).map(|value| match value {
            Value::Integer(value) => Cell::Integer(value),
            Value::Float(value) => Cell::Float(value),
            Value::Text(value) => Cell::Text(value),
        })
    };
    shown.iter().map(|(_, field)| cell(field)).collect()
}
