//! Answers as the bus has them, cut into frames.

use std::collections::VecDeque;
use std::time::Duration;

use daemoneye_bus::control::{Cell, HuntAnswer, HuntEnd};
use daemoneye_hunt::{Datum, Told};

/// A page is full when it has so many bytes; one row may have more.
const PAGE_BYTES: usize = 1 << 20;

/// What is left of an answer.
pub(super) struct Pages {
    columns: Vec<String>,
    rows: VecDeque<Vec<Datum>>,
    end: HuntEnd,
}

impl Pages {
    pub(super) fn new(told: Told, took: Duration) -> Self {
        let Told { columns, rows, more, matched, incomplete } = told;
        let degraded = incomplete.iter().map(ToString::to_string).collect();
        let took = u64::try_from(took.as_micros()).unwrap_or(u64::MAX);
        Pages { columns, rows: rows.into(), end: HuntEnd { matched, more, degraded, took } }
    }

    /// Puts the next page into the answer, and the end behind the last.
    pub(super) fn next(&mut self, answer: &mut HuntAnswer) {
        answer.columns.clone_from(&self.columns);
        let mut bytes = 0;
        while bytes < PAGE_BYTES
            && let Some(row) = self.rows.pop_front()
        {
            bytes += row.iter().map(Datum::bytes).sum::<usize>();
            answer.rows.push(row.into_iter().map(cell).collect());
        }
        answer.end = self.rows.is_empty().then(|| self.end.clone());
    }
}

fn cell(datum: Datum) -> Option<Cell> {
    match datum {
        Datum::Null => None,
        Datum::Integer(number) => Some(Cell::Integer(number)),
        Datum::Float(number) => Some(Cell::Float(number)),
        Datum::Text(text) => Some(Cell::Text(text)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pages(texts: &[usize]) -> Vec<(usize, bool)> {
        let row = |length: &usize| vec![Datum::Text("x".repeat(*length))];
        let told = Told {
            columns: vec!["text".to_owned()],
            rows: texts.iter().map(row).collect(),
            more: false,
            matched: 0,
            incomplete: Vec::new(),
        };
        let mut pages = Pages::new(told, Duration::ZERO);
        let mut seen = Vec::new();
        loop {
            let mut answer = HuntAnswer {
                id: 1,
                columns: Vec::new(),
                rows: Vec::new(),
                scanned: 0,
                of: 0,
                end: None,
            };
            pages.next(&mut answer);
            seen.push((answer.rows.len(), answer.end.is_some()));
            if answer.end.is_some() {
                return seen;
            }
        }
    }

    #[test]
    fn a_page_ends_when_it_is_full_and_the_last_has_the_end() {
        let half = PAGE_BYTES / 2;
        assert_eq!(pages(&[]), [(0, true)]);
        assert_eq!(pages(&[1, 1]), [(2, true)]);
        assert_eq!(pages(&[half, half, 1]), [(2, false), (1, true)]);
        assert_eq!(pages(&[3 * PAGE_BYTES, 1]), [(1, false), (1, true)]);
    }
}
