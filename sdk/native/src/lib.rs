//! Events of the bus as plugins see them, for compilers and engines that are linked as libraries:
//! tools, benches and tests. The agent hands the same to components.

use daemoneye_bus::event::{self, Batch, Field, FieldType};
use daemoneye_sdk::language::{self, Schema};
use daemoneye_sdk::rules::{self, Column};

/// Every column that events can have, all of them provided, as the agent describes them to a
/// language.
pub fn schema() -> Schema {
    let field = |field: &Field| language::Field {
        name: field.name().to_owned(),
        type_: match field.field_type() {
            FieldType::Integer => language::FieldType::Integer,
            FieldType::Float => language::FieldType::Float,
            FieldType::Text => language::FieldType::Text,
        },
        aliases: field.aliases().iter().map(|alias| (*alias).to_owned()).collect(),
        provided: true,
    };
    Schema::new(Field::ALL.iter().map(field).collect())
}

/// The columns with these names, in this order. A name that is no field's is an absent column.
pub fn columns(batch: &Batch, names: &[String]) -> rules::Batch {
    let column = |name: &String| match Field::named(name) {
        Some(field) if batch.column(field).is_some() => column(batch, field),
        _ => Column::Absent,
    };
    let rows = u32::try_from(batch.rows()).expect("a batch has at most 1,024 rows");
    rules::Batch::new(rows, names.iter().map(column).collect())
}

fn column(batch: &Batch, field: Field) -> Column {
    let rows = 0..batch.rows();
    match field.field_type() {
        FieldType::Integer => Column::Integers(rows.map(|row| batch.integer(field, row)).collect()),
        FieldType::Float => Column::Floats(rows.map(|row| float(batch, field, row)).collect()),
        FieldType::Text => {
            Column::Text(rows.map(|row| batch.text(field, row).map(str::to_owned)).collect())
        }
    }
}

fn float(batch: &Batch, field: Field, row: usize) -> Option<f64> {
    match batch.column(field)? {
        event::Column::Floats { validity, values } if validity.is_valid(row) => {
            values.get(row).copied()
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_field_is_a_column_by_its_name_and_its_aliases() {
        let schema = schema();
        for field in Field::ALL {
            for name in field.aliases().iter().chain([&field.name()]) {
                assert_eq!(
                    schema.named(name).map(|f| f.name.as_str()),
                    Some(field.name()),
                    "{name}"
                );
            }
            assert!(schema.provides(field.name()), "{field:?}");
        }
    }
}
