//! Some rows of a batch as a batch: where few of many are of interest, the rest need not be looked at.

use daemoneye_sdk::rules::{Batch, Column, Place};

/// With at least one row of so many, the whole batch is looked at: less is copied.
const FEW: usize = 4;

/// The batch of these rows alone and which of the batch they are, if they are few; else the batch.
pub(super) fn of(batch: Batch, rows: Option<Vec<u32>>) -> (Batch, Option<Vec<u32>>) {
    match rows.filter(|rows| rows.len() * FEW < batch.rows as usize) {
        Some(rows) => (taken(&batch, &rows), Some(rows)),
        None => (batch, None),
    }
}

fn taken(batch: &Batch, rows: &[u32]) -> Batch {
    let column = |(number, place): (usize, &Place)| match place {
        Place::Absent => Column::Absent,
        Place::Integers(_) => Column::Integers(each(rows, |row| batch.integers(number)?.get(row))),
        Place::Floats(_) => Column::Floats(each(rows, |row| batch.floats(number)?.get(row))),
        Place::Text(_) => {
            Column::Text(each(rows, |row| batch.text(number)?.get(row).map(str::to_owned)))
        }
    };
    Batch::new(count(rows.len()), batch.columns.iter().enumerate().map(column).collect())
}

fn each<T>(rows: &[u32], value: impl Fn(usize) -> Option<T>) -> Vec<Option<T>> {
    rows.iter().map(|row| value(*row as usize)).collect()
}

/// A batch has few rows.
pub(super) fn count(rows: usize) -> u32 {
    u32::try_from(rows).expect("a batch has few rows")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn batch(rows: i64) -> Batch {
        let text = (0..rows).map(|row| (row % 3 > 0).then(|| row.to_string())).collect();
        let integers = (0..rows).map(|row| (row % 2 > 0).then_some(row)).collect();
        let floats = (0..rows).map(|row| Some(row as f64)).collect();
        let columns = vec![
            Column::Integers(integers),
            Column::Absent,
            Column::Text(text),
            Column::Floats(floats),
        ];
        Batch::new(count(usize::try_from(rows).expect("few")), columns)
    }

    #[test]
    fn few_rows_are_taken_with_their_values() {
        let (part, places) = of(batch(100), Some(vec![3, 50, 99]));
        assert_eq!(places, Some(vec![3, 50, 99]));
        let integers = part.integers(0).expect("numbers");
        assert_eq!([0, 1, 2].map(|row| integers.get(row)), [Some(3), None, Some(99)]);
        assert!(part.integers(1).is_none() && part.text(1).is_none());
        let text = part.text(2).expect("texts");
        assert_eq!([0, 1, 2].map(|row| text.get(row)), [None, Some("50"), None]);
        assert_eq!(part.floats(3).expect("numbers").get(1), Some(50.0));
    }

    #[test]
    fn many_rows_are_left_where_they_are() {
        let rows = |rows: usize| of(batch(100), Some((0..count(rows)).collect()));
        assert_eq!((rows(24).0.rows, rows(25).0.rows), (24, 100));
        assert!(rows(24).1.is_some() && rows(25).1.is_none());
        assert_eq!(of(batch(100), None).0.rows, 100);
    }
}
