//! Some rows of a batch as a batch of their own.

use super::batch::Batch;
use super::column::{Column, Validity};
use super::schema::Field;

impl Batch {
    /// These rows, in their order, with no more than these fields.
    ///
    /// # Panics
    /// If a row is not one of the batch, or there is none.
    pub fn select(&self, rows: &[u32], fields: &[Field]) -> Batch {
        let columns = self.columns().iter().filter(|(field, _)| fields.contains(field));
        let mut columns: Vec<(Field, Column)> =
            columns.map(|(field, column)| (*field, part(column, rows))).collect();
        let has_value =
            |column: &Column| (0..rows.len()).any(|row| column.validity().is_valid(row));
        columns.retain(|(_, column)| has_value(column));
        Batch::from_columns(rows.len(), columns).expect("rows of a batch are a batch")
    }
}

fn part(column: &Column, rows: &[u32]) -> Column {
    let validity = validity(column.validity(), rows);
    match column {
        Column::Integers { values, .. } => Column::Integers { validity, values: at(values, rows) },
        Column::Floats { values, .. } => Column::Floats { validity, values: at(values, rows) },
        Column::Text { offsets, bytes, .. } => text(validity, offsets, bytes, rows),
    }
}

fn at<T: Copy>(values: &[T], rows: &[u32]) -> Vec<T> {
    rows.iter().map(|row| values[*row as usize]).collect()
}

fn text(validity: Validity, offsets: &[u32], bytes: &[u8], rows: &[u32]) -> Column {
    let mut selected = (vec![0], Vec::new());
    for row in rows {
        let range = offsets[*row as usize] as usize..offsets[*row as usize + 1] as usize;
        selected.1.extend_from_slice(&bytes[range]);
        selected.0.push(u32::try_from(selected.1.len()).expect("a batch of less than 4 GiB"));
    }
    let (offsets, bytes) = selected;
    Column::Text { validity, offsets, bytes }
}

/// Empty, which says that every row has a value, stays empty.
fn validity(of_all: &Validity, rows: &[u32]) -> Validity {
    if of_all.0.is_empty() {
        return Validity::default();
    }
    let mut bits = vec![0; rows.len().div_ceil(8)];
    for (new, old) in rows.iter().enumerate() {
        bits[new / 8] |= u8::from(of_all.is_valid(*old as usize)) << (new % 8);
    }
    Validity(bits)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::event::{Event, Kind, MAX_ROWS};
    use proptest::prelude::*;

    fn event() -> impl Strategy<Value = Event> {
        let fields = (any::<Option<i64>>(), any::<Option<f64>>(), any::<Option<String>>());
        fields.prop_map(|(pid, usage, line)| {
            let mut event = Event::new(Kind::Exec, 1);
            pid.into_iter().for_each(|pid| event.set(Field::Pid, pid));
            usage.into_iter().for_each(|usage| event.set(Field::CpuUsage, usage));
            line.into_iter().for_each(|line| event.set(Field::CommandLine, line));
            event
        })
    }

    /// What is left of an event that has only the fields.
    fn reduced(event: &Event, fields: &[Field]) -> Event {
        let mut left = Event::default();
        for (field, value) in event.values().filter(|(field, _)| fields.contains(field)) {
            left.set(field, value.clone());
        }
        left
    }

    proptest! {
        #[test]
        fn a_part_of_a_batch_is_the_batch_of_these_events(
            events in prop::collection::vec((event(), any::<bool>()), 1..40),
            fields in prop::sample::subsequence(
                vec![Field::Pid, Field::CommandLine, Field::CpuUsage, Field::Time], 0..=4),
        ) {
            let all: Vec<Event> = events.iter().map(|(event, _)| event.clone()).collect();
            let batch = Batch::from_events(&all).expect("events");
            let taken = events.iter().enumerate().filter(|(_, (_, taken))| *taken);
            let rows: Vec<u32> = taken.map(|(row, _)| u32::try_from(row).expect("few")).collect();
            prop_assume!(!rows.is_empty());
            let selected = batch.select(&rows, &fields);
            let wanted = rows.iter().map(|row| reduced(&all[*row as usize], &fields));
            let found: Vec<_> = selected.events().collect();
            prop_assert_eq!(format!("{found:?}"), format!("{:?}", wanted.collect::<Vec<_>>()));
        }
    }

    #[test]
    fn all_rows_may_be_taken() {
        let events = vec![Event::new(Kind::Exec, 1).with(Field::Pid, 7); MAX_ROWS];
        let batch = Batch::from_events(&events).expect("events");
        let rows: Vec<u32> = (0..u32::try_from(MAX_ROWS).expect("few")).collect();
        let fields = [Field::Kind, Field::Time, Field::Pid];
        assert_eq!(batch.select(&rows, &fields), batch);
    }
}
