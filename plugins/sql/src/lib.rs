//! The rule language SQL: one SELECT becomes one plan.
//!
//! ```text
//! text    -> script      lexemes that know where they stand
//!         -> header      what the comments before the rule say about it
//! script  -> screen      the first gate: words and symbols that the grammar has no place for
//!         -> outline     which lexemes are WITH, FROM, WHERE, GROUP BY and HAVING
//!         -> rows        tables and joins, by the parser; the second gate
//!         -> projection  what an alert shows, by the parser; the second gate
//!         -> condition   AND, OR, NOT and brackets, flat and bounded
//!         -> leaf        one comparison each, by the parser; the second gate
//! leaf    -> emit        nodes of the plan
//!         -> correlate   groups and sequences
//! ```
//!
//! A question over stored events (`query`) is the same and some more, with the values of its
//! parameters (`parameter`) in their places.
//!
//! Beside them stand `reference` (the lists as a page), `name` (what columns are called), `parse`
//! (the bounds under which the parser is asked), `check` (what a comparison means), `window` (how
//! long a row counts) and `component` (the compiler as the world `language-plugin` has it).
//!
//! What a rule may say is written down once, as lists: `view`, `function`, the grammar's words in
//! `screen`. Both gates allow by name; whatever neither names is refused with its place and the
//! nearest form that is allowed.
//!
//! Invariant: no text, however it looks, makes [`compile`] panic or need more than a small, constant
//! stack.

mod check;
mod compile;
mod component;
mod condition;
mod correlate;
mod diagnostic;
mod emit;
mod function;
mod header;
mod leaf;
mod name;
mod outline;
mod parameter;
mod parse;
mod projection;
mod query;
mod reference;
mod rows;
mod screen;
mod script;
mod view;
mod window;

pub use compile::{compile, compile_within};
pub use component::Sql;
pub use parameter::Parameters;
pub use query::{Bounds, Question, question};
pub use reference::{OPERATORS, reference};
pub use script::LONGEST_TEXT;
