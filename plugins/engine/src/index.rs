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

use std::collections::BTreeSet;

use daemoneye_sdk::rules::Candidate;

use self::column::ColumnIndex;
use self::gate::Gates;
use self::necessary::{TextColumn, necessary};
use self::rows::RowSets;
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
    /// The columns that decide which rules are left for an event, but for those that change.
    read: Vec<usize>,
    /// By rule: whether more decides it than the texts of a row.
    changing: Vec<bool>,
    /// Whether any rule changes.
    changes: bool,
}

/// Sets of rows for each rule; nothing between two batches.
#[derive(Debug, Default)]
pub(crate) struct Sets {
    /// What the literals find.
    found: RowSets,
    /// What is left of it.
    left: RowSets,
}

impl Sets {
    /// For so many rules.
    pub(crate) fn of(rules: usize) -> Self {
        Sets { found: RowSets::of(rules), left: RowSets::of(rules) }
    }
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
        let columns = columns.collect::<Result<_, _>>()?;
        let reads: Vec<_> =
            rules.iter().map(|rule| rule.texts(|number| text_names[number].is_some())).collect();
        let changing: Vec<_> = reads.iter().map(Option::is_none).collect();
        let changes = changing.contains(&true);
        let read: BTreeSet<usize> = reads.into_iter().flatten().flatten().collect();
        Ok(Index { columns, open, gates, read: read.into_iter().collect(), changing, changes })
    }

    /// The rules that may be true somewhere, by number, with their rows: those that neither the
    /// literals nor the gates nor the sieve rule out. Only events are looked at whose like was not
    /// seen before. `sets` are empty, before and after.
    pub(crate) fn candidates(
        &self,
        rules: &[Rule],
        view: &View,
        sieve: &Sieve<'_>,
        sets: &mut Sets,
    ) -> Vec<Candidate> {
        sets.found.open(view.rows());
        sets.left.open(view.rows());
        if self.read.is_empty() {
            let all = rows::set_of(view.rows(), 0..view.rows());
            self.judge(rules, view, sieve, &all, sets);
        } else {
            self.judge_fresh(rules, view, sieve, sets);
        }
        let mut candidates = Vec::new();
        sets.left.drain(|rule, set| {
            candidates.push(Candidate { rule, rows: rows::rows(set).map(number).collect() });
        });
        candidates.sort_unstable_by_key(|candidate| candidate.rule);
        candidates
    }

    /// Judges one event of each kind that was not seen before, and what changes on all.
    fn judge_fresh(&self, rules: &[Rule], view: &View, sieve: &Sieve<'_>, sets: &mut Sets) {
        let mut repeats = view.repeats();
        let texts: Vec<_> = self.read.iter().map(|column| view.texts(*column)).collect();
        let recalled = repeats.recall(view.rows(), &texts);
        let fresh = rows::set_of(view.rows(), recalled.fresh().iter().copied());
        let is_whole = self.judge(rules, view, sieve, &fresh, sets);
        let changing = |rule: u32| self.changing[rule as usize];
        let twins: Vec<_> = recalled.twins().collect();
        sets.left.each(|rule, set| {
            if !changing(rule) {
                repeats.learn(&recalled, rule, rows::rows(set));
                let like = twins.iter().filter(|(_, first)| rows::has(set, *first));
                let like: Vec<usize> = like.map(|(row, _)| *row).collect();
                rows::insert(set, like.into_iter());
            }
        });
        repeats.end(is_whole);
        repeats.known(&recalled).for_each(|(row, rules)| sets.left.add_row(rules, row));
    }

    /// Leaves of each rule the rows of `fresh` that it may be true in, and of one that changes all
    /// such rows; whether nothing was left for want of budget.
    fn judge(
        &self,
        rules: &[Rule],
        view: &View,
        sieve: &Sieve<'_>,
        fresh: &[u64],
        Sets { found, left }: &mut Sets,
    ) -> bool {
        if !self.changes && rows::is_empty(fresh) {
            return true;
        }
        let all = rows::set_of(view.rows(), 0..view.rows());
        let asked = if self.changes { &*all } else { fresh };
        let mut shared = Shared::of_batch(view.bytes());
        self.find(view, asked, found);
        let mut gates = self.gates.over(rules, view, asked);
        found.drain(|number, set| {
            let rule = &rules[number as usize];
            if !self.changing[number as usize] {
                set.iter_mut().zip(fresh).for_each(|(word, fresh)| *word &= fresh);
            }
            gates.close(number, set, &mut shared);
            rows::retain(set, |row| sieve.may_match(rule, row, &mut shared));
            if !rows::is_empty(set) {
                left.add_set(number, set);
            }
        });
        !shared.was_short()
    }

    /// The rows that have a literal of a rule, and all of them for a rule that needs none.
    fn find(&self, view: &View, asked: &[u64], found: &mut RowSets) {
        for (column, index) in &self.columns {
            if let Some(texts) = view.texts(*column) {
                index.scan(texts, asked, found);
            }
        }
        self.open.iter().for_each(|rule| found.add_set(*rule, asked));
    }
}

fn number(row: usize) -> u32 {
    u32::try_from(row).expect("a batch has few rows")
}
