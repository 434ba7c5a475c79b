//! The rule language Sigma: one YAML file becomes one plan.
//!
//! ```text
//! text       -> yaml         trees that know where they stand, flat and bounded
//! trees      -> document     rules, filters and correlations of one file
//! rule       -> about        what it says about itself
//!            -> source       where its events come from
//!            -> detection    selections: keys with modifiers, values; they become expressions
//!            -> condition    names of selections, joined
//! correlation                which rules, grouped by what, within which time
//! all of it  -> emit         nodes of the plan
//!            -> inert        why it can never match here, if it cannot
//! ```
//!
//! Beside them stand `schema` (what columns there are) and `component` (the glue to the world
//! `language-plugin`). What a rule may say is in `docs/sigma.md`; the modifiers are one list, in
//! `detection/modifier`.
//!
//! A rule gives the verdicts that pySigma's SQLite backend gives it over columns without case.
//!
//! Invariant: no text, however it looks, makes [`compile`] panic or need more than a small, constant
//! stack.

mod about;
mod compile;
#[cfg(target_family = "wasm")]
mod component;
mod condition;
mod correlation;
mod detection;
mod diagnostic;
mod document;
mod emit;
mod expression;
mod inert;
mod schema;
mod source;
mod yaml;

pub use about::{About, Severity};
pub use compile::{Compiled, Shown, compile};
pub use diagnostic::{Diagnostic, Position};
pub use schema::{Field, FieldType, Schema};
pub use yaml::LONGEST_TEXT;

/// The key under which a rule file carries Sigma.
pub const NAME: &str = "sigma";

/// The extensions of files that are one Sigma rule each.
pub const EXTENSIONS: &[&str] = &["yml", "yaml"];
