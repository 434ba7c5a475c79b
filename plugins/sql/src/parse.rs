//! Hands small runs of lexemes to the parser, under bounds that keep its trees small.
//!
//! The parser recurses over brackets and builds chains of operators as trees that lean to the left;
//! both are dropped recursively. What it is given here is bounded in both, so that it needs a small
//! and constant stack.

use crate::function;
use crate::script::{DIALECT, Script, lower_first};
use daemoneye_sdk::language::Diagnostic;
use sqlparser::ast::{Expr, SelectItem, TableWithJoins};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan};
use std::ops::Range;

/// Brackets, and CASEs, within each other in one comparison.
const DEEPEST_VALUE: usize = 8;
/// Operators that an operand of one comparison can stand below; `a NOT BETWEEN b AND c` has three.
const MOST_OPERATORS: usize = 24;
/// The parser's own bound on recursion; a bracket costs it two, a sign one.
const RECURSION: usize = 24;

/// Parses the lexemes as one expression.
pub(crate) fn expression(script: &Script<'_>, range: Range<usize>) -> Result<Expr, Diagnostic> {
    whole(script, range, Parser::parse_expr)
}

/// Parses the lexemes as one item of a projection.
pub(crate) fn item(script: &Script<'_>, range: Range<usize>) -> Result<SelectItem, Diagnostic> {
    whole(script, range, Parser::parse_select_item)
}

/// Parses the lexemes as tables and their joins.
pub(crate) fn tables(
    script: &Script<'_>,
    range: Range<usize>,
) -> Result<Vec<TableWithJoins>, Diagnostic> {
    whole(script, range, |parser| parser.parse_comma_separated(Parser::parse_table_and_joins))
}

fn whole<T>(
    script: &Script<'_>,
    range: Range<usize>,
    parse: fn(&mut Parser<'static>) -> Result<T, ParserError>,
) -> Result<T, Diagnostic> {
    bounded(script, range.clone())?;
    let tokens = plain_calls(script.tokens(range.clone()).to_vec());
    let mut parser =
        Parser::new(&DIALECT).with_recursion_limit(RECURSION).with_tokens_with_locations(tokens);
    let parsed = parse(&mut parser).map_err(|error| refused(script, &range, &error))?;
    match parser.peek_token() {
        TokenWithSpan { token: Token::EOF, .. } => Ok(parsed),
        rest => {
            let index = script.index_at(rest.span.start);
            let message = format!(
                "{} after {}",
                script.quoted(index..index + 1),
                script.quoted(range.start..index)
            );
            let help = "AND or OR joins two conditions; a comma separates two columns";
            Err(Diagnostic::new(script.position(index), message, help))
        }
    }
}

/// The parser has a grammar of its own for some functions (`substr`, `trim`, `date`); a name that is
/// no keyword to it calls a function like any other.
fn plain_calls(mut tokens: Vec<TokenWithSpan>) -> Vec<TokenWithSpan> {
    for index in 1..tokens.len() {
        let is_called = tokens[index].token == Token::LParen;
        if let Token::Word(word) = &mut tokens[index - 1].token
            && is_called
            && function::named(&word.value).is_some()
        {
            word.keyword = Keyword::NoKeyword;
        }
    }
    tokens
}

fn bounded(script: &Script<'_>, range: Range<usize>) -> Result<(), Diagnostic> {
    // The operators of each bracket that is open, up to the next comma or word of CASE.
    let mut open = vec![0_usize];
    for index in range {
        let keyword = script.keyword(index);
        match script.token(index) {
            Token::LParen => open.push(0),
            Token::RParen => drop(open.pop()),
            _ if keyword == Keyword::CASE => open.push(0),
            _ if keyword == Keyword::END => drop(open.pop()),
            Token::Comma => open.last_mut().into_iter().for_each(|operators| *operators = 0),
            _ if CASE.contains(&keyword) => {
                open.last_mut().into_iter().for_each(|operators| *operators = 0);
            }
            _ => {
                let operators = usize::from(is_operator(script, index));
                open.last_mut().into_iter().for_each(|all| *all += operators);
            }
        }
        let (message, help) = if open.len() > DEEPEST_VALUE + 1 {
            let message = format!("a value in more than {DEEPEST_VALUE} brackets");
            (message, "name a part of it in a WITH table")
        } else if open.iter().sum::<usize>() > MOST_OPERATORS {
            let message = format!("a comparison of more than {MOST_OPERATORS} operators");
            (message, "AND and OR outside of brackets join any number of comparisons")
        } else {
            continue;
        };
        return Err(Diagnostic::new(script.position(index), message, help));
    }
    Ok(())
}

const CASE: &[Keyword] = &[Keyword::WHEN, Keyword::THEN, Keyword::ELSE];

fn is_operator(script: &Script<'_>, index: usize) -> bool {
    match script.token(index) {
        Token::Eq | Token::DoubleEq | Token::Neq => true,
        Token::Lt | Token::LtEq | Token::Gt | Token::GtEq => true,
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod => true,
        Token::StringConcat => true,
        _ => matches!(
            script.keyword(index),
            Keyword::AND
                | Keyword::OR
                | Keyword::NOT
                | Keyword::IS
                | Keyword::IN
                | Keyword::LIKE
                | Keyword::BETWEEN
                | Keyword::REGEXP
        ),
    }
}

/// The parser writes `Expected: X, found: Y at Line: 1, Column: 2`; the place is left out where it
/// reached the end of what it was given.
fn refused(script: &Script<'_>, range: &Range<usize>, error: &ParserError) -> Diagnostic {
    let text = match error {
        ParserError::ParserError(text) | ParserError::TokenizerError(text) => text.as_str(),
        ParserError::RecursionLimitExceeded => {
            let help = "drop needless brackets and signs";
            return Diagnostic::new(script.position(range.start), "nesting too deep", help);
        }
    };
    let (text, place) = text.rsplit_once(" at Line: ").unwrap_or((text, ""));
    let index = place_of(place).map_or(range.end, |location| script.index_at(location));
    let found = script.quoted(index..index + 1);
    let expected = text.strip_prefix("Expected: ").and_then(|rest| rest.split_once(", found"));
    let message = match expected {
        Some((expected, _)) => format!("{found} where {} was expected", plain(expected)),
        None => lower_first(text),
    };
    Diagnostic::new(script.position(index), message, "")
}

/// What the parser expected, without what other dialects would have allowed.
fn plain(expected: &str) -> &str {
    match expected {
        is if is.starts_with("[NOT] NULL") => "NULL or NOT NULL",
        "(" => "a list in brackets",
        other => other,
    }
}

fn place_of(text: &str) -> Option<Location> {
    let (line, column) = text.split_once(", Column: ")?;
    Some(Location::new(line.parse().ok()?, column.parse().ok()?))
}
