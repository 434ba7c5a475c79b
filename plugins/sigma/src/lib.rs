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
//! Beside them stands `component` (the compiler as the world `language-plugin` has it). What a rule
//! may say is in `docs/sigma.md`; the modifiers are one list, in `detection/modifier`.
//!
//! A rule gives the verdicts that pySigma's SQLite backend gives it over columns without case.
//!
//! Invariant: no text, however it looks, makes [`compile`] panic or need more than a small, constant
//! stack.

mod about;
mod compile;
mod component;
mod condition;
mod correlation;
mod detection;
mod diagnostic;
mod document;
mod emit;
mod expression;
mod inert;
mod source;
mod yaml;

pub use compile::compile;
pub use component::Sigma;
pub use yaml::LONGEST_TEXT;
