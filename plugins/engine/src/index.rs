//! The index: for each rule the rows that cannot be ruled out, found without looking at the rules
//! one by one.
//!
//! ```text
//! necessary    the literals of which a rule needs one
//! expression   the same for a regular expression
//! column       all literals of a column, in one pass
//! gate         cheap tests that many rules share, once per batch
//! rows         sets of rows
//! ```
//!
//! Invariant: a row that a rule matches is among its candidates.

mod column;
mod expression;
mod gate;
pub(crate) mod necessary;
mod rows;

use daemoneye_sdk::rules::Candidate;

use self::column::ColumnIndex;
use self::gate::Gates;
use self::necessary::{TextColumn, necessary};
pub(crate) use self::rows::RowSets;
use crate::literals::Literal;
use crate::rule::Rule;
use crate::sieve::Sieve;
use crate::steps::Shared;
use crate::view::View;

/// What is known of all rules together.
#[derive(Debug)]
pub(crate) struct Index {
    /// For columns that have literals, by column.
    columns: Vec<(usize, ColumnIndex)>,
    /// Rules that need no literal.
    open: Vec<u32>,
    gates: Gates,
}

impl Index {
    /// The index of these rules. `text_names` has the names of the columns with text, by column.
    pub(crate) fn new(
        rules: &[Rule],
        text_names: &[Option<&str>],
    ) -> Result<Self, aho_corasick::BuildError> {
        let text_column =
            |number: usize| text_names[number].map(|name| TextColumn { number, name });
        let mut literals: Vec<Vec<(Literal, u32)>> = vec![Vec::new(); text_names.len()];
        let (mut open, mut gates) = (Vec::new(), Gates::default());
        for (number, rule) in (0_u32..).zip(rules) {
            let needed = necessary(rule, text_column);
            gates.add(rule, needed.is_none());
            match needed {
                None => open.push(number),
                Some(needed) => needed
                    .literals
                    .into_iter()
                    .for_each(|(column, literal)| literals[column].push((literal, number))),
            }
        }
        let with_literals = literals.into_iter().enumerate().filter(|(_, l)| !l.is_empty());
        let columns = with_literals.map(|(column, l)| Ok((column, ColumnIndex::new(l)?)));
        Ok(Index { columns: columns.collect::<Result<_, _>>()?, open, gates })
    }

    /// The rules that may be true somewhere, by number, with their rows: those that neither the
    /// literals nor the gates nor the sieve rule out. `found` is empty, before and after.
    pub(crate) fn candidates(
        &self,
        rules: &[Rule],
        view: &View,
        sieve: &Sieve<'_>,
        found: &mut RowSets,
    ) -> Vec<Candidate> {
        let mut shared = Shared::of_batch(view.bytes());
        found.open(view.rows());
        for (column, index) in &self.columns {
            if let Some(texts) = view.texts(*column) {
                index.scan(texts, found);
            }
        }
        found.add_all(&self.open);
        let mut gates = self.gates.over(rules, view);
        let mut candidates = Vec::new();
        found.drain(|rule, set| {
            gates.close(rule, set, &mut shared);
            let may_match =
                |row: &u32| sieve.may_match(&rules[rule as usize], *row as usize, &mut shared);
            let rows: Vec<u32> = rows::rows(set).map(number).filter(may_match).collect();
            if !rows.is_empty() {
                candidates.push(Candidate { rule, rows });
            }
        });
        candidates.sort_unstable_by_key(|candidate| candidate.rule);
        candidates
    }
}

fn number(row: usize) -> u32 {
    u32::try_from(row).expect("a batch has few rows")
}
