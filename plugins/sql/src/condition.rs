//! The skeleton of a condition: AND, OR, NOT and brackets; its leaves are ranges of lexemes.
//!
//! Rules of many thousand terms are common, and a parser's tree of them leans to the left as deep
//! as there are terms. Here a chain is one flat node, and depth comes from brackets alone, so that
//! neither building nor dropping a condition can exhaust a small stack.

use crate::function::{self, Called};
use crate::outline;
use crate::screen::{Brackets, DEEPEST, too_deep};
use crate::script::Script;
use daemoneye_sdk::language::Diagnostic;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;
use std::ops::Range;

/// A condition whose leaves are not yet understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Condition {
    /// All hold.
    All(Vec<Condition>),
    /// At least one holds.
    Any(Vec<Condition>),
    /// The lexemes are those of the whole negation.
    Not(Box<Condition>, Range<usize>),
    /// `COALESCE(condition, 0)`: what an outcome of NULL becomes.
    IfNull(Box<Condition>, bool),
    /// The lexemes between two of the above.
    Leaf(Range<usize>),
}

/// Reads the condition that these lexemes are.
pub(crate) fn read(
    script: &Script<'_>,
    brackets: &Brackets,
    range: Range<usize>,
) -> Result<Condition, Diagnostic> {
    let mut reader = Reader { script, brackets, next: range.start, end: range.end, depth: 0 };
    reader.any()
}

struct Reader<'s> {
    script: &'s Script<'s>,
    brackets: &'s Brackets,
    next: usize,
    /// The innermost bracket ends here.
    end: usize,
    depth: usize,
}

impl Reader<'_> {
    fn any(&mut self) -> Result<Condition, Diagnostic> {
        let mut terms = vec![self.all()?];
        while self.takes(Keyword::OR) {
            terms.push(self.all()?);
        }
        Ok(one_or(terms, Condition::Any))
    }

    fn all(&mut self) -> Result<Condition, Diagnostic> {
        let mut terms = vec![self.term()?];
        while self.takes(Keyword::AND) {
            terms.push(self.term()?);
        }
        Ok(one_or(terms, Condition::All))
    }

    fn term(&mut self) -> Result<Condition, Diagnostic> {
        let start = self.next;
        if self.takes(Keyword::NOT) {
            let inner = Box::new(self.deeper(Self::term)?);
            return Ok(Condition::Not(inner, start..self.next));
        }
        if let Some(close) = self.group_end(self.next) {
            return self.within(self.next + 1..close, close + 1);
        }
        if let Some((inner, truth)) = self.if_null() {
            let condition = self.within(inner.clone(), inner.end + 3)?;
            return Ok(Condition::IfNull(Box::new(condition), truth));
        }
        self.leaf()
    }

    fn leaf(&mut self) -> Result<Condition, Diagnostic> {
        let start = self.next;
        let mut ranges_open = 0;
        while self.next < self.end {
            match self.script.keyword(self.next) {
                Keyword::OR => break,
                Keyword::AND if ranges_open == 0 => break,
                Keyword::AND => ranges_open -= 1,
                Keyword::BETWEEN => ranges_open += 1,
                _ => self.next = self.brackets.closing(self.next).unwrap_or(self.next),
            }
            self.next += 1;
        }
        if start == self.next {
            let found = self.script.quoted(start..start + 1);
            let message = format!("{found} where a condition was expected");
            return Err(Diagnostic::new(self.script.position(start), message, ""));
        }
        Ok(Condition::Leaf(start..self.next))
    }

    /// The closing bracket, if a bracket that holds a whole condition opens here.
    fn group_end(&self, open: usize) -> Option<usize> {
        let opens = open < self.end && *self.script.token(open) == Token::LParen;
        let close = opens.then(|| self.brackets.partner(open))?;
        self.is_boundary(close + 1).then_some(close)
    }

    /// The condition and the truth, if `COALESCE(condition, truth)` stands here alone.
    fn if_null(&self) -> Option<(Range<usize>, bool)> {
        let Token::Word(name) = self.script.token(self.next) else { return None };
        if !matches!(function::named(&name.value), Some(Called::Coalesce(_))) {
            return None;
        }
        let close = self.group_end(self.next + 1)?;
        let inner = self.next + 2..close.checked_sub(2)?;
        let is_pair = *self.script.token(inner.end) == Token::Comma;
        let truth = truth_of(self.script.token(inner.end + 1))?;
        let is_one = outline::list(self.script, self.brackets, inner.clone()).len() == 1;
        (is_pair && is_one && !inner.is_empty()).then_some((inner, truth))
    }

    /// Whether a condition can end before this lexeme.
    fn is_boundary(&self, index: usize) -> bool {
        index >= self.end || matches!(self.script.keyword(index), Keyword::AND | Keyword::OR)
    }

    fn within(&mut self, inner: Range<usize>, after: usize) -> Result<Condition, Diagnostic> {
        let outer = std::mem::replace(&mut self.end, inner.end);
        self.next = inner.start;
        let condition = self.deeper(Self::any)?;
        self.end = outer;
        self.next = after;
        Ok(condition)
    }

    fn deeper(
        &mut self,
        read: fn(&mut Self) -> Result<Condition, Diagnostic>,
    ) -> Result<Condition, Diagnostic> {
        if self.depth == DEEPEST {
            return Err(too_deep(self.script, self.next));
        }
        self.depth += 1;
        let condition = read(self);
        self.depth -= 1;
        condition
    }

    fn takes(&mut self, keyword: Keyword) -> bool {
        let found = self.next < self.end && self.script.keyword(self.next) == keyword;
        self.next += usize::from(found);
        found
    }
}

fn one_or(mut terms: Vec<Condition>, many: fn(Vec<Condition>) -> Condition) -> Condition {
    match terms.len() {
        1 => terms.remove(0),
        _ => many(terms),
    }
}

fn truth_of(token: &Token) -> Option<bool> {
    match token {
        Token::Number(digits, false) if digits == "0" => Some(false),
        Token::Number(digits, false) if digits == "1" => Some(true),
        Token::Word(word) if word.keyword == Keyword::FALSE => Some(false),
        Token::Word(word) if word.keyword == Keyword::TRUE => Some(true),
        _ => None,
    }
}
