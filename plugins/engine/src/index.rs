//! The index: for each rule the rows that cannot be ruled out, found without looking at the rules
//! one by one.
//!
//! ```text
//! literal      a text that must occur, and where
//! rarity       how rare it is
//! necessary    the literals of which a rule needs one
//! expression   the same for a regular expression
//! automaton    all literals of a column, in one pass
//! gate         cheap tests that many rules share, once per batch
//! rows         sets of rows
//! ```
//!
//! Invariant: a row that a rule matches is among its candidates.

mod automaton;
mod expression;
mod gate;
mod literal;
mod necessary;
mod rarity;
mod rows;

use daemoneye_sdk::rules::Candidate;

use self::automaton::Automaton;
use self::gate::Gates;
use self::literal::Literal;
use self::necessary::{TextColumn, necessary};
use self::rows::RowSets;
use crate::rule::Rule;
use crate::view::View;

/// What is known of all rules together.
#[derive(Debug)]
pub(crate) struct Index {
    rules: usize,
    /// For columns that have literals, by column.
    automata: Vec<(usize, Automaton)>,
    /// Rules that need no literal.
    open: Vec<usize>,
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
                None => open.push(number as usize),
                Some(needed) => needed
                    .literals
                    .into_iter()
                    .for_each(|(column, literal)| literals[column].push((literal, number))),
            }
        }
        let with_literals = literals.into_iter().enumerate().filter(|(_, l)| !l.is_empty());
        let automata = with_literals.map(|(column, l)| Ok((column, Automaton::new(l)?)));
        Ok(Index { rules: rules.len(), automata: automata.collect::<Result<_, _>>()?, open, gates })
    }

    /// The rules that may be true somewhere, by number, with their rows.
    pub(crate) fn candidates(&self, view: &View) -> Vec<Candidate> {
        let rows = view.rows();
        let mut found = RowSets::new(self.rules, rows);
        for (column, automaton) in &self.automata {
            if let Some(text) = view.text(*column) {
                automaton.scan(text, rows, &mut found);
            }
        }
        for rule in &self.open {
            (0..rows).for_each(|row| found.insert(*rule, row));
        }
        self.gates.close(view, &mut found);
        let rules = (0..self.rules).filter(|rule| !found.is_empty(*rule));
        let number = |rule| u32::try_from(rule).expect("rules were numbered as u32");
        rules.map(|rule| Candidate { rule: number(rule), rows: found.rows(rule) }).collect()
    }
}
