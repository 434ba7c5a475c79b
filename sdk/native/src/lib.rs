//! Events of the bus as plugins see them, for compilers and engines that are linked as libraries:
//! tools, benches and tests. The agent hands the same to components.

use daemoneye_bus::event::{Batch, Column, Field, FieldType};
use daemoneye_sdk::language::{self, Schema};
use daemoneye_sdk::rules::{self, Place};

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
    let rows = u32::try_from(batch.rows()).expect("a batch has at most 1,024 rows");
    let mut made = rules::Batch::new(rows, Vec::new());
    for name in names {
        match Field::named(name).and_then(|field| batch.column(field)) {
            Some(column) => push(&mut made, column),
            None => {
                made.columns.push(Place::Absent);
                made.validity.extend(vec![0; batch.rows().div_ceil(8)]);
            }
        }
    }
    made
}

/// Copies the column behind those that are there, as the agent does for components.
fn push(made: &mut rules::Batch, column: &Column) {
    let rows = made.rows as usize;
    let number = |place: usize, width: usize| {
        u32::try_from(place / width.max(1)).expect("fewer columns than fields")
    };
    let place = match column {
        Column::Integers { values, .. } => {
            let place = Place::Integers(number(made.integers.len(), rows));
            made.integers.extend(values);
            place
        }
        Column::Floats { values, .. } => {
            let place = Place::Floats(number(made.floats.len(), rows));
            made.floats.extend(values);
            place
        }
        Column::Text { offsets, bytes, .. } => {
            let place = Place::Text(number(made.offsets.len(), rows + 1));
            let base = u32::try_from(made.bytes.len()).expect("a batch of less than 4 GiB");
            made.offsets.extend(offsets.iter().map(|offset| base + offset));
            made.bytes.extend(bytes);
            place
        }
    };
    made.columns.push(place);
    match column.validity().0.as_slice() {
        [] => made.validity.extend((0..rows.div_ceil(8)).map(|byte| all_of(rows - byte * 8))),
        bits => made.validity.extend(bits),
    }
}

/// A byte with a bit for each of so many rows, at most eight.
fn all_of(rows: usize) -> u8 {
    if rows >= 8 { 0xFF } else { (1 << rows) - 1 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use daemoneye_bus::event::{Event, Kind};

    #[test]
    fn columns_are_in_the_order_of_their_names_and_no_value_moves() {
        let events = (0..11_i64).map(|n| {
            let event = Event::new(Kind::Exec, n).with(Field::CpuUsage, 0.5);
            if n % 3 == 0 { event.with(Field::Name, n.to_string()) } else { event }
        });
        let events: Vec<Event> = events.collect();
        let batch = Batch::from_events(&events).expect("events");
        let names = ["name", "pid", "time", "kind", "cpu_usage"].map(str::to_owned);
        let made = columns(&batch, &names);
        let text = |column, row| made.text(column).and_then(|text| text.get(row));
        for (row, event) in events.iter().enumerate() {
            assert_eq!(text(0, row), event.text(Field::Name), "{row}");
            assert_eq!(text(3, row), Some("exec"), "{row}");
            let time = made.integers(2).and_then(|times| times.get(row));
            assert_eq!(time, event.integer(Field::Time), "{row}");
            assert_eq!(made.floats(4).and_then(|floats| floats.get(row)), Some(0.5), "{row}");
        }
        assert!(made.integers(1).is_none());
    }

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
