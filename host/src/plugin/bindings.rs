//! Types generated from `wit/`, and the only conversions between them and ours.

use daemoneye_bus::event::{Batch, Column, Field, FieldType};

use crate::sight::Sight;

pub(super) mod rules {
    wasmtime::component::bindgen!({
        path: "../wit",
        world: "rule-plugin",
        ownership: Borrowing { duplicate_if_necessary: true },
    });
}

pub(super) mod language {
    wasmtime::component::bindgen!({ path: "../wit", world: "language-plugin" });
}

pub(crate) mod sink {
    wasmtime::component::bindgen!({ path: "../wit", world: "sink-plugin" });
}

pub(super) use rules::exports::daemoneye::plugin::rules as wit;

/// The columns that a plugin declared, as it gets them. Borrows the batch: the only copy is the one
/// into the plugin's memory.
pub(super) fn columns<'a>(batch: &'a Batch, declared: &[Field]) -> Vec<wit::Column<'a>> {
    declared.iter().map(|field| batch.column(*field).map_or(wit::Column::Absent, column)).collect()
}

fn column(column: &Column) -> wit::Column<'_> {
    match column {
        Column::Integers { validity, values } => {
            wit::Column::Integers(wit::Integers { validity: &validity.0, values })
        }
        Column::Floats { validity, values } => {
            wit::Column::Floats(wit::Floats { validity: &validity.0, values })
        }
        Column::Text { validity, offsets, bytes } => {
            wit::Column::Text(wit::Text { validity: &validity.0, offsets, bytes })
        }
    }
}

/// How many bytes of a batch a plugin gets to see: what opening it is metered by.
pub(super) fn size(batch: &Batch, declared: &[Field]) -> u64 {
    let bytes = |column: &Column| match column {
        Column::Integers { values, .. } => values.len() * 8,
        Column::Floats { values, .. } => values.len() * 8,
        Column::Text { offsets, bytes, .. } => offsets.len() * 4 + bytes.len(),
    };
    declared.iter().filter_map(|field| batch.column(*field)).map(|c| bytes(c) as u64).sum()
}

/// The schema as languages get it.
pub(super) fn schema(sight: Sight) -> Vec<language::exports::daemoneye::plugin::language::Field> {
    use language::exports::daemoneye::plugin::language as wit;
    let field = |field: &Field| wit::Field {
        name: field.name().to_owned(),
        type_: match field.field_type() {
            FieldType::Integer => wit::FieldType::Integer,
            FieldType::Float => wit::FieldType::Float,
            FieldType::Text => wit::FieldType::Text,
        },
        aliases: field.aliases().iter().map(|alias| (*alias).to_owned()).collect(),
        provided: sight.provides(*field),
    };
    Field::ALL.iter().map(field).collect()
}
