//! The lines of a ledger, and what is known when all are read. Pure but for the reader.

use std::io::{self, BufRead};

use crate::entry::{Entry, EntryError, Fact};
use crate::tree::{Growing, Hash};

/// The longest line: a source has at most 64 bytes, and acts are ours.
const MAX_LINE: u64 = 64 << 10;

/// What is wrong with a line.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum Flaw {
    /// It is no entry.
    #[error("entry {index} {cause}: rewritten")]
    Malformed {
        /// How many lines are before it.
        index: u64,
        /// Why.
        cause: EntryError,
    },
    /// Another entry belongs here.
    #[error("entry {found} stands where entry {expected} belongs: reordered, removed or inserted")]
    Order {
        /// How many lines are before it.
        expected: u64,
        /// What it says.
        found: u64,
    },
    /// It does not follow from the line before.
    #[error("entry {index} is not what its chain was made of: it or the one before is rewritten")]
    Chain {
        /// Its index.
        index: u64,
    },
    /// The last line has no end.
    #[error("entry {index} is torn: {bytes} bytes without an end")]
    Torn {
        /// How many lines are before it.
        index: u64,
        /// Its bytes.
        bytes: u64,
    },
}

/// What is known of the lines that were read.
#[derive(Debug, Clone)]
pub struct Book {
    /// Their tree.
    pub tree: Growing,
    /// The chain of the last.
    pub chain: Hash,
    /// The bytes of whole lines.
    pub bytes: u64,
    /// The sequence of the last batch in the write-ahead log; 0 if there is none.
    pub record: u64,
    /// How many batches and how many acts.
    pub counts: (u64, u64),
}

impl Book {
    /// Of a ledger without entries; another one for each origin.
    pub fn new(origin: &str) -> Self {
        let chain = Hash::of(format!("daemoneye ledger 1\n{origin}\n").as_bytes());
        Book { tree: Growing::default(), chain, bytes: 0, record: 0, counts: (0, 0) }
    }

    /// Reads all lines. `each` is shown each whole line and what is known with it; flaws are told.
    ///
    /// # Errors
    /// If the reader fails.
    pub fn read(
        &mut self,
        mut lines: impl BufRead,
        mut each: impl FnMut(&Book, &[u8]),
    ) -> io::Result<Vec<Flaw>> {
        let (mut flaws, mut line) = (Vec::new(), Vec::new());
        loop {
            line.clear();
            io::Read::take(&mut lines, MAX_LINE).read_until(b'\n', &mut line)?;
            let Some(whole) = line.strip_suffix(b"\n") else {
                if !line.is_empty() {
                    let bytes = line.len() as u64 + rest(&mut lines)?;
                    flaws.push(Flaw::Torn { index: self.tree.size(), bytes });
                }
                return Ok(flaws);
            };
            flaws.extend(self.take(whole).err());
            each(self, whole);
        }
    }

    /// Takes in a whole line, whatever is wrong with it: the next one is compared with what this one
    /// says of itself, so that one bad line is one flaw.
    fn take(&mut self, line: &[u8]) -> Result<(), Flaw> {
        let index = self.tree.size();
        self.tree.push(line);
        self.bytes += line.len() as u64 + 1;
        let entry = match Entry::parse(line) {
            Ok(entry) => entry,
            Err(cause) => return Err(Flaw::Malformed { index, cause }),
        };
        let expected = entry.expected_chain(self.chain);
        let found = entry.index;
        self.note(&entry);
        if found != index {
            return Err(Flaw::Order { expected: index, found });
        }
        if expected != entry.chain { Err(Flaw::Chain { index }) } else { Ok(()) }
    }

    fn note(&mut self, entry: &Entry) {
        self.chain = entry.chain;
        match &entry.fact {
            Fact::Batch(batch) => {
                self.record = batch.record;
                self.counts.0 += 1;
            }
            Fact::Act(_) => self.counts.1 += 1,
        }
    }

    /// The next entry, which is taken in.
    pub(crate) fn write(&mut self, time: i64, fact: Fact) -> Entry {
        let entry = Entry::new(self.tree.size(), time, fact, self.chain);
        let line = entry.line();
        self.tree.push(line.as_bytes());
        self.bytes += line.len() as u64 + 1;
        self.note(&entry);
        entry
    }
}

/// How many bytes are left.
fn rest(reader: &mut impl BufRead) -> io::Result<u64> {
    io::copy(reader, &mut io::sink())
}
