//! Text to plan, with the language's own compiler and every column of events.

use std::fmt;
use std::path::PathBuf;

use daemoneye_bus::event::{Field, FieldType};
use daemoneye_plan::Plan;

use super::source::{Language, Source};
use crate::line::line;

/// Everything that is wrong with a rule's text, in the order of the text.
#[derive(Debug)]
pub(crate) struct Errors {
    path: PathBuf,
    errors: Vec<PlacedError>,
}

/// One thing that is wrong. The line is that of the file.
#[derive(Debug)]
struct PlacedError {
    line: u32,
    column: u32,
    message: String,
    help: String,
}

impl Source {
    pub(super) fn compile(&self) -> Result<Plan, Errors> {
        let compiled = match self.language {
            Language::Sql => self.compile_sql(),
            Language::Sigma => self.compile_sigma(),
        };
        compiled.map_err(|errors| Errors { path: self.path.clone(), errors })
    }

    fn compile_sql(&self) -> Result<Plan, Vec<PlacedError>> {
        use daemoneye_sql::{Diagnostic, compile_within};
        let placed =
            |Diagnostic { at, message, help }| self.placed(at.line, at.column, message, help);
        match compile_within(&sql_schema(), &self.text, self.window) {
            Ok(compiled) => Ok(compiled.plan),
            Err(refused) => Err(refused.into_iter().map(placed).collect()),
        }
    }

    fn compile_sigma(&self) -> Result<Plan, Vec<PlacedError>> {
        use daemoneye_sigma::{Diagnostic, compile};
        let placed =
            |Diagnostic { at, message, help }| self.placed(at.line, at.column, message, help);
        match compile(&sigma_schema(), None, &self.text) {
            Ok(compiled) => Ok(compiled.plan),
            Err(refused) => Err(refused.into_iter().map(placed).collect()),
        }
    }

    fn placed(&self, line: u32, column: u32, message: String, help: String) -> PlacedError {
        PlacedError { line: line.saturating_add(self.first_line - 1), column, message, help }
    }
}

fn sql_schema() -> daemoneye_sql::Schema {
    let field = |field: &Field| daemoneye_sql::Field {
        name: field.name().to_owned(),
        field_type: match field.field_type() {
            FieldType::Integer => daemoneye_sql::FieldType::Integer,
            FieldType::Float => daemoneye_sql::FieldType::Float,
            FieldType::Text => daemoneye_sql::FieldType::Text,
        },
        aliases: aliases(*field),
        provided: true,
    };
    daemoneye_sql::Schema::new(Field::ALL.iter().map(field).collect())
}

fn sigma_schema() -> daemoneye_sigma::Schema {
    let field = |field: &Field| daemoneye_sigma::Field {
        name: field.name().to_owned(),
        field_type: match field.field_type() {
            FieldType::Integer => daemoneye_sigma::FieldType::Integer,
            FieldType::Float => daemoneye_sigma::FieldType::Float,
            FieldType::Text => daemoneye_sigma::FieldType::Text,
        },
        aliases: aliases(*field),
        provided: true,
    };
    daemoneye_sigma::Schema::new(Field::ALL.iter().map(field).collect())
}

fn aliases(field: Field) -> Vec<String> {
    field.aliases().iter().map(|alias| (*alias).to_owned()).collect()
}

impl std::error::Error for Errors {}

impl fmt::Display for Errors {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let path = self.path.display();
        write!(f, "{path}: the rule does not compile")?;
        for PlacedError { line: at, column, message, help } in &self.errors {
            let help = if help.is_empty() { String::new() } else { format!(" ({help})") };
            let mut shown = String::new();
            line(&mut shown, &format!("{path}:{at}:{column}: {message}{help}"));
            write!(f, "\n{}", shown.trim_end_matches('\n'))?;
        }
        Ok(())
    }
}
