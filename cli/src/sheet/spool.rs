//! Rows that wait on disk until it is known what their columns are: a page at a time is in memory.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Seek, Write};

use daemoneye_bus::control::Cell;

use super::Row;

/// The largest whole number up to which a float has all of them.
const EXACT: u64 = 1 << 53;

/// What values of a column there were.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Seen {
    whole: bool,
    /// A whole number that no float is.
    large: bool,
    fraction: bool,
    text: bool,
}

/// As what a column is written, so that nothing of it is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// Nothing but NULL.
    Null,
    /// Whole numbers.
    Whole,
    /// Numbers.
    Number,
    /// Texts, and beside them numbers as they are printed.
    Text,
}

impl Seen {
    fn look(&mut self, cell: &Cell) {
        match cell {
            Cell::Integer(number) => {
                self.whole = true;
                self.large |= number.unsigned_abs() > EXACT;
            }
            Cell::Float(_) => self.fraction = true,
            Cell::Text(_) => self.text = true,
        }
    }

    pub(super) fn kind(self) -> Kind {
        match self {
            Seen { text: true, .. } | Seen { large: true, fraction: true, .. } => Kind::Text,
            Seen { fraction: true, .. } => Kind::Number,
            Seen { whole: true, .. } => Kind::Whole,
            Seen { .. } => Kind::Null,
        }
    }
}

/// A file without a name, for whoever runs this program only; it is gone when that ends.
pub(super) struct Spool {
    writer: BufWriter<File>,
    seen: Vec<Seen>,
}

impl Spool {
    pub(super) fn new() -> io::Result<Self> {
        Ok(Spool { writer: BufWriter::new(tempfile::tempfile()?), seen: Vec::new() })
    }

    /// Keeps a page of rows of so many columns.
    pub(super) fn push(&mut self, columns: usize, rows: &[Row]) -> io::Result<()> {
        self.seen.resize(columns, Seen::default());
        for row in rows {
            for (seen, cell) in self.seen.iter_mut().zip(row) {
                cell.iter().for_each(|cell| seen.look(cell));
            }
        }
        if rows.is_empty() {
            return Ok(());
        }
        let page = postcard::to_stdvec(rows).map_err(io::Error::other)?;
        self.writer.write_all(&(page.len() as u64).to_le_bytes())?;
        self.writer.write_all(&page)
    }

    /// What every column is, and the pages as they came.
    pub(super) fn read(self) -> io::Result<(Vec<Kind>, Pages)> {
        let mut file = self.writer.into_inner().map_err(io::IntoInnerError::into_error)?;
        file.rewind()?;
        Ok((self.seen.into_iter().map(Seen::kind).collect(), Pages(BufReader::new(file))))
    }
}

/// Pages of rows, one after the other.
pub(super) struct Pages(BufReader<File>);

impl Iterator for Pages {
    type Item = io::Result<Vec<Row>>;

    fn next(&mut self) -> Option<Self::Item> {
        let mut length = [0; 8];
        match self.0.read_exact(&mut length) {
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return None,
            Err(error) => return Some(Err(error)),
            Ok(()) => {}
        }
        Some(self.page(u64::from_le_bytes(length)))
    }
}

impl Pages {
    fn page(&mut self, length: u64) -> io::Result<Vec<Row>> {
        let mut page = Vec::new();
        (&mut self.0).take(length).read_to_end(&mut page)?;
        postcard::from_bytes(&page).map_err(io::Error::other)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_column_is_written_so_that_no_value_of_it_is_lost() {
        let text = || Cell::Text("x".to_owned());
        let edge = EXACT.cast_signed();
        let cases = [
            (vec![], Kind::Null),
            (vec![Cell::Integer(i64::MIN)], Kind::Whole),
            (vec![Cell::Float(0.5)], Kind::Number),
            (vec![Cell::Integer(-edge), Cell::Float(0.5)], Kind::Number),
            (vec![Cell::Integer(edge + 1), Cell::Float(0.5)], Kind::Text),
            (vec![Cell::Integer(1), text()], Kind::Text),
            (vec![text()], Kind::Text),
        ];
        for (cells, kind) in cases {
            let mut seen = Seen::default();
            cells.iter().for_each(|cell| seen.look(cell));
            assert_eq!(seen.kind(), kind, "{cells:?}");
        }
    }

    #[test]
    fn pages_come_back_as_they_were() {
        let text = |text: &str| Some(Cell::Text(text.to_owned()));
        let pages =
            [vec![vec![text("\u{202e}\0\r\n"), None]], vec![vec![None, Some(Cell::Float(0.5))]; 3]];
        let mut spool = Spool::new().expect("a file");
        for page in &pages {
            spool.push(2, page).expect("room");
            spool.push(2, &[]).expect("nothing");
        }
        let (kinds, read) = spool.read().expect("the file");
        assert_eq!(kinds, [Kind::Text, Kind::Number]);
        assert_eq!(read.map(|page| page.expect("a page")).collect::<Vec<_>>(), pages);
    }
}
