//! Plans in, engine out.

use std::collections::HashSet;

use daemoneye_plan::{Column, ColumnType, Plan};
use daemoneye_sdk::rules::{Batch, Declaration, Rule as DeclaredRule};

use crate::index::Index;
use crate::rule::{Rule, RuleError};
use crate::scan::Scan;
use crate::view::{BatchError, View};

/// All rules, ready to judge batches.
#[derive(Debug)]
pub struct Engine {
    declaration: Declaration,
    pub(crate) rules: Vec<Rule>,
    pub(crate) index: Index,
}

/// Why plans cannot be run.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum LoadError {
    /// Two plans for one rule.
    #[error("rule {0:?} loaded twice")]
    Repeated(String),
    /// Two rules do not agree on a column.
    #[error("rule {rule:?} reads column {column:?} as {found:?}, another rule as {other:?}")]
    ColumnType {
        /// The later rule.
        rule: String,
        /// The column.
        column: String,
        /// The type that the rule gives it.
        found: ColumnType,
        /// The type that a rule before gave it.
        other: ColumnType,
    },
    /// A regular expression that is none, or too large.
    #[error("rule {rule:?} has the regular expression {expression:?}: {source}")]
    Regex {
        /// The rule.
        rule: String,
        /// The expression.
        expression: String,
        /// What is wrong.
        source: Box<regex::Error>,
    },
    /// A regular expression that differs from row to row.
    #[error("rule {0:?} has a regular expression that is no literal")]
    Variable(String),
    /// More literals than an automaton can have.
    #[error("literals of the rules make no index: {0}")]
    Index(#[from] Box<aho_corasick::BuildError>),
}

impl Engine {
    /// Makes the plans ready to run. Rules are numbered in this order.
    ///
    /// # Errors
    /// If two plans are of one rule or do not agree on a column, or if a regular expression does
    /// not compile within its size limit.
    pub fn load(plans: Vec<(String, Plan)>) -> Result<Engine, LoadError> {
        let mut seen = HashSet::new();
        if let Some((id, _)) = plans.iter().find(|(id, _)| !seen.insert(id)) {
            return Err(LoadError::Repeated(id.clone()));
        }
        let mut columns: Vec<Column> = Vec::new();
        let (mut rules, mut declared) = (Vec::new(), Vec::new());
        for (id, plan) in plans {
            let numbers = merge(&mut columns, &plan, &id)?;
            rules.push(compile(&plan, &numbers, &id)?);
            let columns = numbers.into_iter().map(|n| u32::try_from(n).expect("few columns"));
            declared.push(DeclaredRule { id, columns: columns.collect() });
        }
        let is_text = |column: &Column| column.column_type == ColumnType::Text;
        let text_names: Vec<_> =
            columns.iter().map(|column| is_text(column).then_some(&*column.name)).collect();
        let index = Index::new(&rules, &text_names).map_err(Box::new)?;
        let columns = columns.into_iter().map(|column| column.name).collect();
        Ok(Engine { declaration: Declaration { columns, rules: declared }, rules, index })
    }

    /// The rules, and the columns that batches must have.
    pub fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    /// Opens a batch.
    ///
    /// # Errors
    /// If the batch does not have the declared columns, or a column not the batch's rows.
    pub fn open(&self, batch: Batch) -> Result<Scan<'_>, BatchError> {
        let view = View::new(batch, self.declaration.columns.len())?;
        Ok(Scan::new(self, view))
    }
}

/// The numbers of the plan's columns among all columns.
fn merge(columns: &mut Vec<Column>, plan: &Plan, rule: &str) -> Result<Vec<usize>, LoadError> {
    let number = |column: &Column| {
        let known = columns.iter().position(|other| other.name == column.name);
        let number = known.unwrap_or(columns.len());
        if known.is_none() {
            columns.push(column.clone());
        }
        let (found, other) = (column.column_type, columns[number].column_type);
        if found == other {
            return Ok(number);
        }
        let (rule, column) = (rule.to_owned(), column.name.clone());
        Err(LoadError::ColumnType { rule, column, found, other })
    };
    plan.columns().iter().map(number).collect()
}

fn compile(plan: &Plan, columns: &[usize], rule: &str) -> Result<Rule, LoadError> {
    let rule = rule.to_owned();
    Rule::new(plan, columns).map_err(|error| match error {
        RuleError::Regex { expression, source } => {
            LoadError::Regex { rule, expression, source: Box::new(source) }
        }
        RuleError::Variable => LoadError::Variable(rule),
    })
}
