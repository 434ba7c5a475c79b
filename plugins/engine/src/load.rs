//! Plans in, engine out.

use std::collections::{BTreeSet, HashSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use daemoneye_plan::{Column, ColumnType, KIND, Operand, PROCESS_KEY, Plan};
use daemoneye_sdk::rules::{Batch, Declaration, Rule as DeclaredRule};
use serde::{Deserialize, Serialize};

use crate::correlation::Groups;
use crate::facts::Facts;
use crate::index::{Index, Sets};
use crate::processes::{Processes, Source};
use crate::rule::{Regexps, Rule, RuleError};
use crate::scan::Scan;
use crate::view::{BatchError, Known, View};

/// All rules, ready to judge batches.
#[derive(Debug)]
pub struct Engine {
    declaration: Declaration,
    pub(crate) rules: Vec<Rule>,
    pub(crate) index: Index,
    facts: Arc<Facts>,
    state: Mutex<State>,
}

/// What the engine knows from the batches before.
#[derive(Debug, Default)]
pub(crate) struct State {
    /// Nothing if no rule asks for any.
    pub(crate) processes: Option<Processes>,
    pub(crate) groups: Groups,
    /// What engines before this one had shed, and what did not go over from them.
    pub(crate) before: Counters,
    /// Nothing between two batches; what they took is used again.
    pub(crate) sets: Sets,
    /// With the batch that was opened last, while it is open.
    pub(crate) known: Known,
}

/// What the engine had to shed to stay within its bounds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[non_exhaustive]
pub struct Counters {
    /// Rows that came after the window of their group had passed them.
    pub late: u64,
    /// Groups for which there was no more room, with rows that still counted.
    pub evicted_groups: u64,
    /// Rows for which their group had no more room.
    pub evicted_rows: u64,
    /// Living processes for which there was no more room.
    pub evicted_processes: u64,
    /// Values of processes that were too long to be kept.
    pub oversized_values: u64,
    /// Groups that did not go over to this engine from another one, because their rule went or is
    /// another one.
    pub dropped_groups: u64,
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
        let (mut kept, mut parts, mut regexps) = (BTreeSet::new(), 0, Regexps::default());
        for (id, plan) in plans {
            let numbers = merge(&mut columns, &plan, &id)?;
            kept.extend(of_processes(&plan).map(|column| numbers[column]));
            let mut rule = compile(&plan, &numbers, &mut regexps, &id)?;
            rule.number_parts(&mut parts);
            rules.push(rule);
            let columns = numbers.into_iter().map(|n| u32::try_from(n).expect("few columns"));
            declared.push(DeclaredRule { id, columns: columns.collect() });
        }
        let is_text: Vec<_> =
            columns.iter().map(|column| column.column_type == ColumnType::Text).collect();
        let names = columns.iter().zip(&is_text);
        let text_names: Vec<_> = names.map(|(c, is_text)| is_text.then_some(&*c.name)).collect();
        let index = Index::new(&rules, &text_names).map_err(Box::new)?;
        let facts = Arc::new(Facts::new(&mut rules, &is_text).map_err(Box::new)?);
        let columns: Vec<_> = columns.into_iter().map(|column| column.name).collect();
        let state = Mutex::new(State {
            processes: processes(&columns, kept),
            groups: Groups::default(),
            before: Counters::default(),
            sets: Sets::of(rules.len()),
            known: Known::default(),
        });
        let declaration = Declaration { columns, rules: declared };
        Ok(Engine { declaration, rules, index, facts, state })
    }

    /// The rules, and the columns that batches must have.
    pub fn declaration(&self) -> &Declaration {
        &self.declaration
    }

    /// By rule: whether it goes by an event's own values alone.
    pub fn constant(&self) -> Vec<bool> {
        self.rules.iter().map(Rule::is_constant).collect()
    }

    /// Opens a batch.
    ///
    /// # Errors
    /// If the batch does not have the declared columns, or a column not the batch's rows.
    pub fn open(&self, batch: Batch) -> Result<Scan<'_>, BatchError> {
        let mut state = self.state();
        let known = std::mem::take(&mut state.known);
        let view = View::open(batch, self.declaration.columns.len(), known, &self.facts)?;
        if let Some(processes) = &mut state.processes {
            processes.learn(&view);
        }
        Ok(Scan::new(self, view))
    }

    /// What was shed so far.
    pub fn counters(&self) -> Counters {
        self.state().counters()
    }

    /// A panic elsewhere leaves what was learned so far, which is still true.
    pub(crate) fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    pub(crate) fn counters(&self) -> Counters {
        let State { processes, groups, before, .. } = self;
        let (evicted, oversized) =
            processes.as_ref().map_or((0, 0), |processes| (processes.evicted, processes.oversized));
        Counters {
            late: before.late + groups.late,
            evicted_groups: before.evicted_groups + groups.evicted_groups,
            evicted_rows: before.evicted_rows + groups.evicted_rows,
            evicted_processes: before.evicted_processes + evicted,
            oversized_values: before.oversized_values + oversized,
            dropped_groups: before.dropped_groups,
        }
    }
}

/// The columns of other processes that the plan reads, by their places in it.
fn of_processes(plan: &Plan) -> impl Iterator<Item = usize> {
    plan.operands().iter().filter_map(|operand| match operand {
        Operand::Process { column, .. } => Some(column.index()),
        _ => None,
    })
}

/// The table of processes with these columns, if there are any.
fn processes(columns: &[String], kept: BTreeSet<usize>) -> Option<Processes> {
    let number = |name: &str| columns.iter().position(|column| column == name);
    let (key, kind) = (number(PROCESS_KEY)?, number(KIND)?);
    let kept: Vec<usize> = kept.into_iter().collect();
    (!kept.is_empty()).then(|| Processes::new(Source { key, kind, kept }))
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

fn compile(
    plan: &Plan,
    columns: &[usize],
    regexps: &mut Regexps,
    rule: &str,
) -> Result<Rule, LoadError> {
    Rule::new(plan, columns, regexps).map_err(|error| refused(error, rule.to_owned()))
}

/// Why the plan of the rule cannot be run.
pub(crate) fn refused(error: RuleError, rule: String) -> LoadError {
    match error {
        RuleError::Regex { expression, source } => {
            LoadError::Regex { rule, expression, source: Box::new(source) }
        }
        RuleError::Variable => LoadError::Variable(rule),
    }
}
