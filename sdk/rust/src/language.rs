//! A rule language: `wit/language.wit`, and what every compiler of one needs.
//!
//! ```
//! use daemoneye_sdk::language::{Compiled, Compiler, Diagnostic, Position, Source, Target};
//!
//! struct Nothing;
//!
//! impl Compiler for Nothing {
//!     const NAME: &str = "nothing";
//!     const EXTENSIONS: &[&str] = &["nothing"];
//!
//!     fn compile(_target: &Target, source: &Source) -> Result<Compiled, Vec<Diagnostic>> {
//!         let message = format!("the rule {}, which says nothing", source.name);
//!         Err(vec![Diagnostic::new(Position::START, message, "")])
//!     }
//! }
//!
//! daemoneye_sdk::export_language!(Nothing);
//! ```

mod schema;

use std::fmt;
use std::sync::OnceLock;

pub use crate::bindings::language_plugin::exports::daemoneye::plugin::language::{
    About, Compiled, Description, Diagnostic, Field, FieldType, Guest, Position, Severity, Shown,
    Source,
};
pub use schema::{Schema, nearest};

/// Diagnostics of one rule; an author mends these first.
pub const MOST_DIAGNOSTICS: usize = 64;

/// What rules are compiled for.
#[derive(Debug, Clone, Default)]
pub struct Target {
    /// The columns that events can have.
    pub schema: Schema,
    /// The operating system whose events they are (`linux`, `macos` or `windows`), or nothing for
    /// recorded events of any.
    pub platform: Option<String>,
}

/// The compiler of a rule language; whatever is one can be exported as a component.
pub trait Compiler {
    /// The key under which a rule file carries text of this language.
    const NAME: &str;
    /// Names of files that are one rule of this language each, without the dot.
    const EXTENSIONS: &[&str];

    /// Compiles one rule.
    ///
    /// # Errors
    /// Everything that is wrong with it, in the order of the text, at least one.
    fn compile(target: &Target, source: &Source) -> Result<Compiled, Vec<Diagnostic>>;
}

/// The target of this instance: a component is one language.
static TARGET: OnceLock<Target> = OnceLock::new();

impl<C: Compiler> Guest for C {
    fn describe() -> Description {
        let extensions = C::EXTENSIONS.iter().map(|extension| (*extension).to_owned()).collect();
        Description { name: C::NAME.to_owned(), extensions }
    }

    /// Only the first call counts: an instance keeps the columns that it was born with.
    fn open(schema: Vec<Field>, platform: Option<String>) {
        TARGET.get_or_init(|| Target { schema: Schema::new(schema), platform });
    }

    fn compile(source: Source) -> Result<Compiled, Vec<Diagnostic>> {
        C::compile(TARGET.get_or_init(Target::default), &source)
    }
}

impl Position {
    /// Where every text begins.
    pub const START: Position = Position { line: 1, column: 1 };
}

impl Diagnostic {
    /// Something that is wrong at a place; `help` is the nearest form that is allowed, if any.
    pub fn new(at: Position, message: impl Into<String>, help: impl Into<String>) -> Self {
        Diagnostic { at, message: message.into(), help: help.into() }
    }
}

impl fmt::Display for Diagnostic {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.at.line, self.at.column, self.message)
    }
}

impl std::error::Error for Diagnostic {}

/// A rule that says nothing about itself.
impl Default for About {
    fn default() -> Self {
        About { id: None, title: None, severity: None, techniques: Vec::new() }
    }
}

/// Whether this is the number of an ATT&CK technique: `T` and four digits, then perhaps a point and
/// three.
pub fn is_technique(text: &str) -> bool {
    let is_number =
        |text: &str, digits| text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    let Some(number) = text.strip_prefix('T') else { return false };
    match number.split_once('.') {
        Some((technique, part)) => is_number(technique, 4) && is_number(part, 3),
        None => is_number(number, 4),
    }
}

/// The words in backquotes for a message, cut to a length that one line can hold.
pub fn quoted(words: &str) -> String {
    const LONGEST_SHOWN: usize = 60;
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(LONGEST_SHOWN) {
        Some((end, _)) => format!("`{}…`", &line[..end]),
        None => format!("`{line}`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_technique_has_four_digits_and_perhaps_three_more() {
        for technique in ["T1059", "T1059.004"] {
            assert!(is_technique(technique), "{technique}");
        }
        for other in ["", "T", "T105", "T10591", "t1059", "T1059.", "T1059.4", "T105x", "1059"] {
            assert!(!is_technique(other), "{other}");
        }
    }

    #[test]
    fn what_is_quoted_fits_one_line() {
        assert_eq!(quoted("a\n  b"), "`a b`");
        let sixty = "é".repeat(60);
        assert_eq!(quoted(&sixty), format!("`{sixty}`"));
        assert_eq!(quoted(&format!("{sixty}é")), format!("`{sixty}…`"));
    }
}
