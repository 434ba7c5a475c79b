//! The first gate: refuses by its words whatever the grammar has no place for.
//!
//! It knows the exact place of each word, which the parser's tree does not, and it keeps from the
//! parser every construct that could make it recurse without a bound.

mod brackets;
mod refusals;
mod symbols;

use crate::correlate::sequence;
use crate::diagnostic::enough;
use crate::function;
use crate::script::Script;
use crate::view;
pub(crate) use brackets::{Brackets, DEEPEST, too_deep};
use daemoneye_sdk::language::{Diagnostic, Schema, quoted};
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, Word};
use std::collections::HashSet;

/// Every word that the grammar itself uses after the first SELECT.
const GRAMMAR: &[Keyword] = &[
    Keyword::FROM,
    Keyword::WHERE,
    Keyword::AS,
    Keyword::AND,
    Keyword::OR,
    Keyword::NOT,
    Keyword::LIKE,
    Keyword::ESCAPE,
    Keyword::IN,
    Keyword::BETWEEN,
    Keyword::IS,
    Keyword::NULL,
    Keyword::REGEXP,
    Keyword::TRUE,
    Keyword::FALSE,
    Keyword::CASE,
    Keyword::WHEN,
    Keyword::THEN,
    Keyword::ELSE,
    Keyword::END,
    Keyword::CAST,
    Keyword::LEFT,
    Keyword::INNER,
    Keyword::OUTER,
    Keyword::JOIN,
    Keyword::ON,
    Keyword::GROUP,
    Keyword::BY,
    Keyword::HAVING,
];

/// Words that the grammar of questions uses besides.
const QUESTION: &[Keyword] =
    &[Keyword::ORDER, Keyword::ASC, Keyword::DESC, Keyword::LIMIT, Keyword::OFFSET];

/// What is written: what is asked of events as they come, or of those that lie there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Dialect {
    Rule,
    Question,
}

/// Drops the closing semicolon and makes sure that the script is one SELECT.
pub(crate) fn one_statement(script: &mut Script<'_>) -> Result<(), Diagnostic> {
    let is_end = |index: &usize| *script.token(*index) == Token::SemiColon;
    if let Some(end) = (0..script.len()).find(is_end) {
        if let Some(next) = (end..script.len()).find(|index| !is_end(index)) {
            let message =
                format!("a second statement begins with {}", script.quoted(next..next + 1));
            return Err(Diagnostic::new(script.position(next), message, "a rule is one SELECT"));
        }
        script.truncate(end);
    }
    if matches!(script.keyword(0), Keyword::SELECT | Keyword::WITH) {
        return Ok(());
    }
    let message = match script.len() {
        0 => "a rule without text".to_owned(),
        _ => format!("a rule that begins with {}", script.quoted(0..1)),
    };
    Err(Diagnostic::new(script.position(0), message, refusals::SHAPE))
}

/// Looks at every word and symbol of the script; what it lets pass is safe to parse.
pub(crate) fn screen(
    script: &Script<'_>,
    schema: &Schema,
    dialect: Dialect,
) -> Result<Brackets, Vec<Diagnostic>> {
    let brackets = Brackets::pair(script).map_err(|unpaired| vec![unpaired])?;
    let mut screen = Screen {
        script,
        schema,
        dialect,
        brackets: &brackets,
        own: own_names(script),
        found: Vec::new(),
        met_construct: false,
    };
    let mut index = 1;
    while index < script.len() && !enough(&screen.found) {
        index = screen.lexeme(index);
    }
    if screen.found.is_empty() { Ok(brackets) } else { Err(screen.found) }
}

/// What stands behind AS, and before `AS (` in WITH.
fn own_names(script: &Script<'_>) -> HashSet<String> {
    let is_own = |index: &usize| {
        let is_label = *index > 0 && script.keyword(*index - 1) == Keyword::AS;
        let is_table = script.keyword(*index + 1) == Keyword::AS;
        is_label || is_table && *script.token(*index + 2) == Token::LParen
    };
    let word = |index: usize| match script.token(index) {
        Token::Word(word) => Some(word.value.to_ascii_lowercase()),
        _ => None,
    };
    (0..script.len()).filter(is_own).filter_map(word).collect()
}

struct Screen<'s> {
    script: &'s Script<'s>,
    schema: &'s Schema,
    dialect: Dialect,
    brackets: &'s Brackets,
    /// Names that the rule itself gives, in lower case.
    own: HashSet<String>,
    found: Vec<Diagnostic>,
    /// Whether a construct was found that the language does not have.
    met_construct: bool,
}

impl Screen<'_> {
    /// Looks at one lexeme and says which comes next.
    fn lexeme(&mut self, index: usize) -> usize {
        match self.script.token(index) {
            Token::Word(word) if word.quote_style.is_some() => index + 1,
            Token::Word(word) => self.word(index, word),
            Token::LParen if self.is_subquery(index) => {
                let help = "a rule reads one event; write the values themselves";
                let close = self.brackets.partner(index);
                self.refuse(index + 1..close, "the subquery", help);
                close
            }
            _ => self.symbol(index),
        }
    }

    /// Whether a query opens here, other than that of a WITH table.
    fn is_subquery(&self, index: usize) -> bool {
        let begins = self.script.keyword(index + 1);
        let is_table = self.script.keyword(index - 1) == Keyword::AS && begins == Keyword::SELECT;
        refusals::begins_query(begins) && !is_table
    }

    fn symbol(&mut self, index: usize) -> usize {
        if let Some(help) = symbols::refused(self.script, index) {
            self.refuse(index..index + 1, "the symbol", help);
        }
        index + 1
    }

    fn word(&mut self, index: usize, word: &Word) -> usize {
        let called = *self.script.token(index + 1) == Token::LParen;
        if GRAMMAR.contains(&word.keyword) || self.is_introduced(index) || self.belongs(index) {
            return index + 1;
        }
        if self.is_name(index, &word.value) && !called {
            return index + 1;
        }
        if let Some(help) = refusals::help(&word.value) {
            return self.construct(index, help);
        }
        if called {
            return self.call(index, &word.value);
        }
        if word.keyword != Keyword::NoKeyword {
            self.stray(index, &word.value);
        }
        index + 1
    }

    /// Whether the word names something, and if only a table that does not exist.
    fn is_name(&self, index: usize, word: &str) -> bool {
        let is_column = self.schema.named(word).is_some();
        let is_table = matches!(self.script.keyword(index - 1), Keyword::FROM | Keyword::JOIN);
        let is_own = self.own.contains(&word.to_ascii_lowercase());
        is_column || is_own || is_table || view::named(word).is_some()
    }

    /// Whether a word that is refused elsewhere has its place here: the SELECTs around WITH, and
    /// DISTINCT in an aggregate.
    fn belongs(&self, index: usize) -> bool {
        let before = self.script.token(index - 1);
        let is_question = self.dialect == Dialect::Question;
        match self.script.keyword(index) {
            word if is_question && QUESTION.contains(&word) => true,
            Keyword::DISTINCT if is_question && self.begins_select(index - 1) => true,
            Keyword::SELECT => {
                let opens = *before == Token::LParen;
                opens || self.script.keyword(0) == Keyword::WITH && *before == Token::RParen
            }
            Keyword::DISTINCT if *before == Token::LParen => {
                let called = self.script.token(index.saturating_sub(2));
                matches!(called, Token::Word(word) if function::is_aggregate(&word.value))
            }
            _ => false,
        }
    }

    fn begins_select(&self, index: usize) -> bool {
        self.script.keyword(index) == Keyword::SELECT
    }

    /// Whether the word is a name because of what stands beside it: a label, a column or its table.
    fn is_introduced(&self, index: usize) -> bool {
        self.script.keyword(index - 1) == Keyword::AS
            || *self.script.token(index - 1) == Token::Period
            || *self.script.token(index + 1) == Token::Period
            || *self.script.token(index + 1) == Token::RArrow
    }

    /// Refuses a run of words such as LEFT OUTER JOIN at once, with the bracket that follows.
    fn construct(&mut self, index: usize, help: Option<&'static str>) -> usize {
        let mut end = index + 1;
        while refusals::continues(self.script, end) {
            end += 1;
        }
        match help {
            Some(help) => self.refuse(index..end, "the construct", help),
            None if self.found.is_empty() => {
                self.refuse(index..end, "the construct", refusals::SHAPE);
            }
            None => {}
        }
        match self.script.token(end) {
            Token::LParen => self.brackets.partner(end),
            _ => end,
        }
    }

    fn call(&mut self, index: usize, name: &str) -> usize {
        if function::named(name).is_some() {
            return index + 1;
        }
        let (what, help) = match self.script.keyword(index - 1) {
            Keyword::FROM if sequence::named(name).is_some() => return index + 1,
            Keyword::FROM => ("the table function", view::instead_of("")),
            Keyword::WITH => ("the columns of the table", "write SELECT value AS name".to_owned()),
            _ if self.own.contains(&name.to_ascii_lowercase()) => return index + 1,
            _ => ("the unknown function", function::instead_of(name)),
        };
        self.refuse(index..index + 1, what, help);
        self.brackets.partner(index + 1)
    }

    /// A word that other dialects reserve and that is no column is never handed to the parser. After
    /// a construct it is most likely a part of it, and is not worth a second line.
    fn stray(&mut self, index: usize, name: &str) {
        if self.met_construct {
            return;
        }
        let message = format!("{} is neither a column nor a word of the language", quoted(name));
        let help = match self.schema.nearest(name) {
            Some(known) => format!("did you mean `{known}`?"),
            None => "a name of your own is written after AS".to_owned(),
        };
        self.found.push(Diagnostic::new(self.script.position(index), message, help));
    }

    fn refuse(&mut self, range: std::ops::Range<usize>, what: &str, help: impl Into<String>) {
        self.met_construct = true;
        let at = self.script.position(range.start);
        let message = format!("{what} {}", self.script.quoted(range));
        self.found.push(Diagnostic::new(at, message, help));
    }
}
