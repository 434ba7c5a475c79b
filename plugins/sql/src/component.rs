//! The thin glue between the compiler and the world `language-plugin`.

use crate::{EXTENSIONS, NAME, Schema, compile_within};
use daemoneye_sdk::language::{
    About, Compiled, Description, Diagnostic, Field, FieldType, Guest, Position, Severity, Shown,
    Source,
};
use std::sync::OnceLock;

static SCHEMA: OnceLock<Schema> = OnceLock::new();

struct Sql;

impl Guest for Sql {
    fn describe() -> Description {
        Description {
            name: NAME.into(),
            extensions: EXTENSIONS.iter().map(|e| (*e).into()).collect(),
        }
    }

    /// Only the first call counts: an instance keeps the columns that it was born with.
    fn open(schema: Vec<Field>, _platform: Option<String>) {
        SCHEMA.get_or_init(|| Schema::new(schema.into_iter().map(crate::Field::from).collect()));
    }

    fn compile(source: Source) -> Result<Compiled, Vec<Diagnostic>> {
        let schema = SCHEMA.get_or_init(Schema::default);
        let refused =
            |refused: Vec<crate::Diagnostic>| refused.into_iter().map(Into::into).collect();
        let compiled = compile_within(schema, &source.text, source.window);
        compiled.and_then(|compiled| encoded(schema, compiled)).map_err(refused)
    }
}

fn encoded(schema: &Schema, compiled: crate::Compiled) -> Result<Compiled, Vec<crate::Diagnostic>> {
    let plan = compiled.plan.to_bytes().map_err(|error| {
        let at = crate::Position { line: 1, column: 1 };
        vec![crate::Diagnostic::new(at, error.to_string(), "split the rule into several")]
    })?;
    let shown = compiled.shown.into_iter();
    let shown = shown.map(|shown| Shown { label: shown.label, column: shown.column }).collect();
    let lacking = compiled.plan.lacking(|name| schema.named(name).is_some_and(|f| f.provided));
    let inert = (!lacking.is_empty())
        .then(|| format!("needs {}, which the sensor here does not provide", lacking.join(", ")));
    Ok(Compiled { plan, columns: compiled.columns, shown, about: compiled.about.into(), inert })
}

impl From<Field> for crate::Field {
    fn from(field: Field) -> Self {
        let field_type = match field.type_ {
            FieldType::Integer => crate::FieldType::Integer,
            FieldType::Float => crate::FieldType::Float,
            FieldType::Text => crate::FieldType::Text,
        };
        crate::Field {
            name: field.name,
            field_type,
            aliases: field.aliases,
            provided: field.provided,
        }
    }
}

impl From<crate::About> for About {
    fn from(about: crate::About) -> Self {
        let crate::About { id, title, severity, techniques } = about;
        let severity = severity.map(|severity| match severity {
            crate::Severity::Info => Severity::Info,
            crate::Severity::Low => Severity::Low,
            crate::Severity::Medium => Severity::Medium,
            crate::Severity::High => Severity::High,
            crate::Severity::Critical => Severity::Critical,
        });
        About { id, title, severity, techniques }
    }
}

impl From<crate::Diagnostic> for Diagnostic {
    fn from(diagnostic: crate::Diagnostic) -> Self {
        let crate::Diagnostic { at, message, help } = diagnostic;
        Diagnostic { at: Position { line: at.line, column: at.column }, message, help }
    }
}

daemoneye_sdk::export_language!(Sql);
