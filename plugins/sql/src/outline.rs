//! Which lexemes of a rule are its tables, its conditions and its groups.

use crate::screen::Brackets;
use crate::script::Script;
use daemoneye_sdk::language::Diagnostic;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;
use std::ops::Range;

/// WITH tables of one rule.
const MOST_TABLES: usize = 16;
const SHAPE: &str = "WITH name AS (SELECT ...), ... SELECT columns FROM table WHERE condition";

/// A rule whose parts are not yet understood.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Outline {
    /// The WITH tables: the place of the name, and the query.
    pub(crate) tables: Vec<(usize, Select)>,
    pub(crate) select: Select,
}

/// One SELECT.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Select {
    /// What lies between the commas.
    pub(crate) projection: Vec<Range<usize>>,
    /// Empty where there is no FROM.
    pub(crate) from: Range<usize>,
    pub(crate) condition: Option<Range<usize>>,
    pub(crate) groups: Vec<Range<usize>>,
    pub(crate) having: Option<Range<usize>>,
    /// The rest is for questions; the screen lets none of it into a rule.
    pub(crate) distinct: bool,
    pub(crate) order: Vec<Range<usize>>,
    pub(crate) limit: Option<Range<usize>>,
    pub(crate) offset: Option<Range<usize>>,
}

impl Select {
    /// Where it says what a WITH table cannot: which rows, and in which order.
    pub(crate) fn cut(&self) -> Option<usize> {
        let order = self.order.first().map(|range| range.start);
        let cut = self.limit.iter().chain(&self.offset).map(|range| range.start);
        let distinct = self.distinct.then(|| self.projection.first().map_or(0, |one| one.start));
        order.into_iter().chain(cut).chain(distinct).min()
    }
}

/// Finds the parts of the whole script.
pub(crate) fn read(script: &Script<'_>, brackets: &Brackets) -> Result<Outline, Diagnostic> {
    let mut tables = Vec::new();
    let mut next = 0;
    if script.keyword(0) == Keyword::WITH {
        while next == 0 || *script.token(next) == Token::Comma {
            if tables.len() == MOST_TABLES {
                let message = format!("more than {MOST_TABLES} tables in WITH");
                return Err(Diagnostic::new(script.position(next), message, "join them"));
            }
            let close = table(script, brackets, next + 1)?;
            tables.push((next + 1, select(script, brackets, next + 4..close)?));
            next = close + 1;
        }
    }
    let select = select(script, brackets, next..script.len())?;
    Ok(Outline { tables, select })
}

/// The closing bracket of `name AS (SELECT ...)`.
fn table(script: &Script<'_>, brackets: &Brackets, name: usize) -> Result<usize, Diagnostic> {
    let expected = [
        matches!(script.token(name), Token::Word(_)),
        script.keyword(name + 1) == Keyword::AS,
        *script.token(name + 2) == Token::LParen,
        script.keyword(name + 3) == Keyword::SELECT,
    ];
    match expected.iter().position(|is_there| !is_there) {
        None => Ok(brackets.partner(name + 2)),
        Some(place) => {
            let place = name + place;
            let message = format!("{} in WITH", script.quoted(place..place + 1));
            Err(Diagnostic::new(script.position(place), message, format!("write {SHAPE}")))
        }
    }
}

fn select(
    script: &Script<'_>,
    brackets: &Brackets,
    range: Range<usize>,
) -> Result<Select, Diagnostic> {
    if script.keyword(range.start) != Keyword::SELECT || range.is_empty() {
        let found = script.quoted(range.start..range.start + 1);
        let message = format!("{found} where SELECT was expected");
        return Err(Diagnostic::new(script.position(range.start), message, SHAPE));
    }
    let part = |keyword, from: usize| {
        let mut places = outside(brackets, from..range.end);
        places.find(|index| script.keyword(*index) == keyword)
    };
    // In this order and no other. A word out of its place falls to the part where it stands, and is
    // refused there.
    let from = part(Keyword::FROM, range.start);
    let after = from.unwrap_or(range.start);
    let condition = part(Keyword::WHERE, after);
    let after = condition.unwrap_or(after);
    let group = part(Keyword::GROUP, after);
    let having = part(Keyword::HAVING, group.unwrap_or(after));
    let after = having.or(group).unwrap_or(after);
    let order = part(Keyword::ORDER, after);
    let limit = part(Keyword::LIMIT, order.unwrap_or(after));
    let offset = part(Keyword::OFFSET, limit.or(order).unwrap_or(after));
    let distinct = script.keyword(range.start + 1) == Keyword::DISTINCT;
    let first = range.start + 1 + usize::from(distinct);
    let end_of = |start: usize| {
        let starts = [from, condition, group, having, order, limit, offset].into_iter().flatten();
        starts.filter(|next| *next > start).min().unwrap_or(range.end)
    };
    let body = |start: Option<usize>| start.map(|start| start + 1..end_of(start));
    let by = |start: usize| {
        let by = usize::from(script.keyword(start + 1) == Keyword::BY);
        list(script, brackets, start + 1 + by..end_of(start))
    };
    Ok(Select {
        projection: list(script, brackets, first..end_of(range.start)),
        from: body(from).unwrap_or(range.end..range.end),
        condition: body(condition),
        groups: group.map_or_else(Vec::new, by),
        having: body(having),
        distinct,
        order: order.map_or_else(Vec::new, by),
        limit: body(limit),
        offset: body(offset),
    })
}

/// The lexemes that do not stand in a bracket of this range.
fn outside(brackets: &Brackets, range: Range<usize>) -> impl Iterator<Item = usize> + '_ {
    let after = |index: usize| brackets.closing(index).unwrap_or(index) + 1;
    std::iter::successors(Some(range.start), move |index| Some(after(*index)))
        .take_while(move |index| *index < range.end)
}

/// What lies between the commas outside of brackets.
pub(crate) fn list(
    script: &Script<'_>,
    brackets: &Brackets,
    range: Range<usize>,
) -> Vec<Range<usize>> {
    let is_comma = |index: &usize| *script.token(*index) == Token::Comma;
    let mut start = range.start;
    let mut items = Vec::new();
    for comma in outside(brackets, range.clone()).filter(is_comma).chain([range.end]) {
        items.push(start..comma);
        start = comma + 1;
    }
    items
}
