//! What one rule will cost and why, for its author: what the index will do with it, what it keeps,
//! and an estimate of the fuel.
//!
//! ```text
//! reason   why no literal finds a rule
//! price    steps of one candidate, estimated
//! ```

mod price;
mod reason;

use daemoneye_plan::{Column, ColumnType, Operand, Plan};

use crate::correlation::group::MAX_ROWS;
use crate::correlation::groups::MAX_GROUPS;
use crate::index::necessary::{self, MIN_BITS, Necessary, TextColumn};
use crate::literals::Anchor;
use crate::load::{Engine, LoadError};
use crate::processes::MAX_PROCESSES;

/// Fuel that one step takes, an order of magnitude: a comparison with what leads to it, or 16 bytes
/// of text, as instructions of WebAssembly.
pub const FUEL_PER_STEP: u64 = 30;

/// What one rule will cost and why.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Explanation {
    /// The columns that the rule reads, each once.
    pub columns: Vec<String>,
    /// How events that may match are found.
    pub access: Access,
    /// The groups that are kept between events; nothing for a rule that judges each event by itself.
    pub groups: Option<Groups>,
    /// The columns that are kept of each living process; none if the rule asks for no other process.
    pub of_processes: Vec<String>,
    /// Most living processes that are kept.
    pub max_processes: usize,
    /// What it costs, estimated.
    pub cost: Cost,
}

/// How events that may match are found.
#[derive(Debug, Clone, PartialEq)]
pub enum Access {
    /// By literals: an event without any of them is never looked at.
    Literals {
        /// One of them must be there.
        literals: Vec<Needed>,
        /// How rare an event with one of them is, estimated: one event in 2 to the power of this.
        bits: f32,
    },
    /// Every event is a candidate.
    Always {
        /// Why, a sentence without its full stop.
        reason: String,
    },
}

/// A literal that finds a rule.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Needed {
    /// The column that it is looked for in.
    pub column: String,
    /// The text, its ASCII letters in lower case: either case is found. Of a long text it is the
    /// rarest part, and what is cut within a character is shown with a replacement character.
    pub text: String,
    /// Where in the value it must be.
    pub place: Place,
}

/// Where in a value a literal must be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Place {
    /// Anywhere.
    Anywhere,
    /// At its start.
    Start,
    /// At its end.
    End,
    /// It is all of the value.
    Whole,
}

/// The groups that a rule over several events keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Groups {
    /// How long an event counts, in microseconds.
    pub window: u64,
    /// Most groups of the rule.
    pub max_groups: usize,
    /// Most events of one group.
    pub max_rows: usize,
}

/// What a rule costs, estimated. What all rules share, such as looking for literals, is not in it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Cost {
    /// Steps to judge one candidate if none of its tests is spared: one for each comparison, and one
    /// for each 16 bytes of text that is looked through, in values of typical length.
    pub steps: u64,
    /// Fuel for one candidate: [`FUEL_PER_STEP`] for each step.
    pub candidate_fuel: u64,
    /// Fuel for one event on average, candidate or not. For a rule that is always evaluated it is
    /// the most: cheap tests that rules share mostly spare it the rest.
    pub event_fuel: f64,
}

/// Explains the plan of the rule `id`. Estimates are orders of magnitude.
///
/// # Errors
/// If the engine could not load the plan.
pub fn explain(id: &str, plan: &Plan) -> Result<Explanation, LoadError> {
    let engine = Engine::load(vec![(id.to_owned(), plan.clone())])?;
    let (columns, rule) = (plan.columns(), &engine.rules[0]);
    let text_column = |number: usize| {
        let column: &Column = columns.get(number)?;
        let text = TextColumn { number, name: &column.name };
        (column.column_type == ColumnType::Text).then_some(text)
    };
    let mut bits = Vec::with_capacity(plan.nodes().len());
    let needed = necessary::however_rare(rule, text_column, |of_node| bits.push(of_node));
    let access = match needed.filter(|set| set.bits >= MIN_BITS) {
        Some(set) => by_literals(columns, set),
        None => Access::Always { reason: reason::always(plan, &bits) },
    };
    Ok(Explanation {
        columns: columns.iter().map(|column| column.name.clone()).collect(),
        cost: cost(price::steps(plan), &access),
        access,
        groups: plan.correlation().map(|correlation| Groups {
            window: correlation.window,
            max_groups: MAX_GROUPS,
            max_rows: MAX_ROWS,
        }),
        of_processes: of_processes(plan),
        max_processes: MAX_PROCESSES,
    })
}

fn by_literals(columns: &[Column], set: Necessary) -> Access {
    let needed = set.literals.into_iter().map(|(column, literal)| Needed {
        column: columns[column].name.clone(),
        text: String::from_utf8_lossy(&literal.text).into_owned(),
        place: match literal.anchor {
            Anchor::Contains => Place::Anywhere,
            Anchor::Prefix => Place::Start,
            Anchor::Suffix => Place::End,
            Anchor::Exact => Place::Whole,
        },
    });
    Access::Literals { literals: needed.collect(), bits: set.bits }
}

fn of_processes(plan: &Plan) -> Vec<String> {
    let asked = |index: usize| {
        let of_process = |operand: &Operand| matches!(operand, Operand::Process { column, .. } if column.index() == index);
        plan.operands().iter().any(of_process)
    };
    let columns = plan.columns().iter().enumerate();
    columns.filter(|(index, _)| asked(*index)).map(|(_, column)| column.name.clone()).collect()
}

fn cost(steps: u64, access: &Access) -> Cost {
    let candidate_fuel = steps.saturating_mul(FUEL_PER_STEP);
    let share = match access {
        Access::Literals { bits, .. } => f64::from(-bits).exp2(),
        Access::Always { .. } => 1.0,
    };
    Cost { steps, candidate_fuel, event_fuel: candidate_fuel as f64 * share }
}
