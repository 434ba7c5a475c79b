//! Text to plan, with the language's own compiler and every column of events.

use std::fmt;
use std::path::PathBuf;

use daemoneye_plan::Plan;
use daemoneye_sdk::language::{self, Compiler, Diagnostic, Target};
use daemoneye_sigma::Sigma;
use daemoneye_sql::Sql;

use super::source::{Language, Source};
use crate::line::line;

/// Everything that is wrong with a rule's text, in the order of the text; the lines are the file's.
#[derive(Debug)]
pub(crate) struct Errors {
    path: PathBuf,
    errors: Vec<Diagnostic>,
}

impl Source {
    pub(super) fn compile(&self) -> Result<Plan, Errors> {
        self.compiled().map_err(|refused| Errors {
            path: self.path.clone(),
            errors: refused.into_iter().map(|wrong| self.placed(wrong)).collect(),
        })
    }

    /// As the agent has it compiled where every field is provided and no platform is known.
    fn compiled(&self) -> Result<Plan, Vec<Diagnostic>> {
        let target = Target { schema: daemoneye_native::schema(), platform: None };
        let (name, text) = (self.name.clone(), self.text.clone());
        let source = language::Source { name, text, window: self.window };
        let compiled = match self.language {
            Language::Sql => Sql::compile(&target, &source),
            Language::Sigma => Sigma::compile(&target, &source),
        }?;
        Ok(Plan::from_bytes(&compiled.plan).expect("a language compiles to a plan"))
    }

    /// The same in the file's lines.
    fn placed(&self, mut diagnostic: Diagnostic) -> Diagnostic {
        diagnostic.at.line = diagnostic.at.line.saturating_add(self.first_line - 1);
        diagnostic
    }
}

impl std::error::Error for Errors {}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(f, "{path}: the rule does not compile")?;
        for wrong in &self.errors {
            let help = &wrong.help;
            let help = if help.is_empty() { String::new() } else { format!(" ({help})") };
            let mut shown = String::new();
            line(&mut shown, &format!("{path}:{wrong}{help}"));
            write!(f, "\n{}", shown.trim_end_matches('\n'))?;
        }
        Ok(())
    }
}
