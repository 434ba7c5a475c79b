//! The rule language SQL: one SELECT becomes one plan.
//!
//! ```text
//! text    -> script     lexemes that know where they stand
//! script  -> screen     the first gate: words and symbols that the grammar has no place for
//!         -> head       projection and table, by the parser; the second gate
//!         -> condition  AND, OR, NOT and brackets, flat and bounded
//!         -> leaf       one comparison each, by the parser; the second gate
//! leaf    -> emit       nodes of the plan
//! ```
//!
//! Beside them stand `schema` and `name` (what columns there are, and what they are called),
//! `parse` (the bounds under which the parser is asked), `check` (what a comparison means) and
//! `component` (the glue to the world `language-plugin`).
//!
//! What a rule may say is written down once, as lists: `view`, `function`, the grammar's words in
//! `screen`. Both gates allow by name; whatever neither names is refused with its place and the
//! nearest form that is allowed.
//!
//! Invariant: no text, however it looks, makes [`compile`] panic or need more than a small, constant
//! stack.

mod check;
mod compile;
#[cfg(target_family = "wasm")]
mod component;
mod condition;
mod diagnostic;
mod emit;
mod function;
mod head;
mod leaf;
mod name;
mod parse;
mod schema;
mod screen;
mod script;
mod view;

pub use compile::{Compiled, compile};
pub use diagnostic::{Diagnostic, Position};
pub use head::Shown;
pub use schema::{Field, FieldType, Schema};
pub use script::LONGEST_TEXT;

/// The key under which a rule file carries SQL.
pub const NAME: &str = "sql";

/// The extensions of files that are one SQL rule each.
pub const EXTENSIONS: &[&str] = &["sql"];
