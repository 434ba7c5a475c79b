//! One line of a ledger. Pure.
//!
//! ```text
//! INDEX TIME batch SOURCE NUMBER FIRST LAST RECORD HASH CHAIN
//! INDEX TIME act NAME DETAIL ... CHAIN
//! ```
//!
//! The chain is BLAKE3 over the chain of the line before and everything of this line before its own.

use std::fmt;

use crate::tree::Hash;

/// A published batch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BatchFact {
    /// The source, without spaces.
    pub source: String,
    /// Its number within the source.
    pub number: u64,
    /// The lowest number of an event in it.
    pub first: i64,
    /// The highest number of an event in it.
    pub last: i64,
    /// Its sequence in the write-ahead log.
    pub record: u64,
    /// BLAKE3 of its bytes.
    pub hash: Hash,
}

/// Something that was done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Act {
    /// One word, such as `start`.
    pub name: String,
    /// More about it; line breaks and other control characters become spaces.
    pub detail: String,
}

/// What an entry tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Fact {
    /// A batch was published.
    Batch(BatchFact),
    /// Something was done.
    Act(Act),
}

impl Fact {
    /// Something was done.
    pub fn act(name: &str, detail: impl Into<String>) -> Self {
        Fact::Act(Act { name: name.to_owned(), detail: detail.into() })
    }
}

/// One entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// How many entries are before it.
    pub index: u64,
    /// When it was written, microseconds since the Unix epoch.
    pub time: i64,
    /// What it tells.
    pub fact: Fact,
    /// What binds it to all entries before it.
    pub chain: Hash,
}

/// Why a line is no entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum EntryError {
    /// It is not UTF-8.
    #[error("is not text")]
    Text,
    /// A part is missing or is not what it should be.
    #[error("has no {0}")]
    Part(&'static str),
}

impl Entry {
    /// The entry that comes after the one with this chain.
    pub fn new(index: u64, time: i64, fact: Fact, before: Hash) -> Self {
        let mut entry = Entry { index, time, fact, chain: before };
        entry.chain = entry.expected_chain(before);
        entry
    }

    /// The chain that it should have after an entry with this one.
    pub fn expected_chain(&self, before: Hash) -> Hash {
        let mut hasher = blake3::Hasher::new();
        hasher.update(before.as_bytes()).update(self.body().as_bytes());
        Hash(hasher.finalize().into())
    }

    /// Its line, without the line break.
    pub fn line(&self) -> String {
        format!("{} {}", self.body(), self.chain)
    }

    /// Reads a line.
    ///
    /// # Errors
    /// If it is not, byte for byte, the line of an entry.
    pub fn parse(line: &[u8]) -> Result<Self, EntryError> {
        let text = std::str::from_utf8(line).map_err(|_| EntryError::Text)?;
        let (body, chain) = text.rsplit_once(' ').ok_or(EntryError::Part("chain"))?;
        let chain = Hash::parse(chain).ok_or(EntryError::Part("chain"))?;
        let mut words = body.splitn(4, ' ');
        let index = number(words.next(), "index")?;
        let time = number(words.next(), "time")?;
        let fact = match (words.next(), words.next()) {
            (Some("batch"), Some(rest)) => Fact::Batch(batch(rest)?),
            (Some("act"), Some(rest)) => {
                let (name, detail) = rest.split_once(' ').unwrap_or((rest, ""));
                Fact::act(name, detail)
            }
            _ => return Err(EntryError::Part("kind")),
        };
        let entry = Entry { index, time, fact, chain };
        if entry.line() == text { Ok(entry) } else { Err(EntryError::Part("canonical form")) }
    }

    fn body(&self) -> String {
        format!("{} {} {}", self.index, self.time, self.fact)
    }
}

impl fmt::Display for Fact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Fact::Batch(BatchFact { source, number, first, last, record, hash }) => {
                write!(f, "batch {source} {number} {first} {last} {record} {hash}")
            }
            Fact::Act(Act { name, detail }) => {
                let detail = detail.replace(char::is_control, " ");
                write!(f, "act {name} {detail}")
            }
        }
    }
}

fn batch(rest: &str) -> Result<BatchFact, EntryError> {
    let mut words = rest.split(' ');
    Ok(BatchFact {
        source: words.next().unwrap_or_default().to_owned(),
        number: number(words.next(), "number of the batch")?,
        first: number(words.next(), "first event")?,
        last: number(words.next(), "last event")?,
        record: number(words.next(), "record")?,
        hash: words.next().and_then(Hash::parse).ok_or(EntryError::Part("hash"))?,
    })
}

fn number<T: std::str::FromStr>(word: Option<&str>, what: &'static str) -> Result<T, EntryError> {
    word.and_then(|word| word.parse().ok()).ok_or(EntryError::Part(what))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn fact() -> impl Strategy<Value = Fact> {
        let hash = any::<[u8; 32]>().prop_map(Hash);
        let numbers = (any::<u64>(), any::<i64>(), any::<i64>(), any::<u64>());
        prop_oneof![
            ("[a-z:.0-9]{0,20}", numbers, hash).prop_map(|(source, numbers, hash)| {
                let (number, first, last, record) = numbers;
                Fact::Batch(BatchFact { source, number, first, last, record, hash })
            }),
            ("[a-z-]{1,8}", "\\PC*").prop_map(|(name, detail)| Fact::act(&name, detail)),
        ]
    }

    proptest! {
        #[test]
        fn every_entry_is_read_back(
            fact in fact(), index: u64, time: i64, before in any::<[u8; 32]>().prop_map(Hash)
        ) {
            let entry = Entry::new(index, time, fact, before);
            prop_assert_eq!(Entry::parse(entry.line().as_bytes()), Ok(entry));
        }

        #[test]
        fn no_bytes_make_the_reader_panic(bytes: Vec<u8>) {
            let _ = Entry::parse(&bytes);
        }
    }

    #[test]
    fn a_line_break_in_a_detail_makes_no_second_line() {
        let fact = Fact::act("start", "a\nb\r\0c");
        let line = Entry::new(0, 0, fact, Hash([0; 32])).line();
        assert!(line.starts_with("0 0 act start a b  c "), "{line}");
    }

    #[test]
    fn numbers_have_one_form() {
        let line = Entry::new(7, 1, Fact::act("a", ""), Hash([0; 32])).line();
        assert!(Entry::parse(line.as_bytes()).is_ok());
        for other in [
            format!("0{line}"),
            format!("+{line}"),
            format!("{line} "),
            line.replace("act", "acts"),
        ] {
            assert!(Entry::parse(other.as_bytes()).is_err(), "{other}");
        }
    }
}
