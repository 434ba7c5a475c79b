//! The thin glue between the compiler and the world `language-plugin`.

use crate::{EXTENSIONS, NAME, Schema, compile};
use daemoneye_sdk::language::{
    About, Compiled, Description, Diagnostic, Field, FieldType, Guest, Position, Severity, Shown,
    Source,
};
use std::sync::OnceLock;

/// The columns, and the platform whose events they are.
static HOST: OnceLock<(Schema, Option<String>)> = OnceLock::new();

struct Sigma;

impl Guest for Sigma {
    fn describe() -> Description {
        Description {
            name: NAME.into(),
            extensions: EXTENSIONS.iter().map(|e| (*e).into()).collect(),
        }
    }

    /// Only the first call counts: an instance keeps the columns that it was born with.
    fn open(schema: Vec<Field>, platform: Option<String>) {
        let schema = schema.into_iter().map(crate::Field::from).collect();
        HOST.get_or_init(|| (Schema::new(schema), platform));
    }

    fn compile(source: Source) -> Result<Compiled, Vec<Diagnostic>> {
        let (schema, platform) = HOST.get_or_init(Default::default);
        let refused =
            |refused: Vec<crate::Diagnostic>| refused.into_iter().map(Into::into).collect();
        let compiled = compile(schema, platform.as_deref(), &source.text);
        compiled.and_then(encoded).map_err(refused)
    }
}

fn encoded(compiled: crate::Compiled) -> Result<Compiled, Vec<crate::Diagnostic>> {
    let plan = compiled.plan.to_bytes().map_err(|error| {
        let at = crate::Position { line: 1, column: 1 };
        let (message, help) = (error.to_string(), "split the rule into several".to_owned());
        vec![crate::Diagnostic { at, message, help }]
    })?;
    let shown = compiled.shown.into_iter();
    let shown = shown.map(|shown| Shown { label: shown.label, column: shown.column }).collect();
    let (columns, inert) = (compiled.columns, compiled.inert);
    Ok(Compiled { plan, columns, shown, about: compiled.about.into(), inert })
}

impl From<crate::About> for About {
    fn from(about: crate::About) -> Self {
        let severity = about.severity.map(|severity| match severity {
            crate::Severity::Info => Severity::Info,
            crate::Severity::Low => Severity::Low,
            crate::Severity::Medium => Severity::Medium,
            crate::Severity::High => Severity::High,
            crate::Severity::Critical => Severity::Critical,
        });
        About { id: about.id, title: about.title, severity, techniques: about.techniques }
    }
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

impl From<crate::Diagnostic> for Diagnostic {
    fn from(diagnostic: crate::Diagnostic) -> Self {
        let crate::Diagnostic { at, message, help } = diagnostic;
        Diagnostic { at: Position { line: at.line, column: at.column }, message, help }
    }
}

daemoneye_sdk::export_language!(Sigma);
