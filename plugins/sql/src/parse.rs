//! Hands small runs of lexemes to the parser, under bounds that keep its trees small.
//!
//! The parser recurses over brackets and builds chains of operators as trees that lean to the left;
//! both are dropped recursively. What it is given here is bounded in both, so that it needs a small
//! and constant stack.

use crate::diagnostic::Diagnostic;
use crate::script::{DIALECT, Script, lower_first};
use sqlparser::ast::{Expr, Statement};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan};
use std::ops::Range;

/// Brackets within brackets in one comparison.
const DEEPEST_VALUE: usize = 6;
/// Operators in one comparison; `a NOT BETWEEN b AND c` has three.
const MOST_OPERATORS: usize = 8;
/// The parser's own bound on recursion; a bracket costs it two, a sign one.
const RECURSION: usize = 20;

/// Parses the lexemes as one expression.
pub(crate) fn expression(script: &Script<'_>, range: Range<usize>) -> Result<Expr, Diagnostic> {
    whole(script, range, Parser::parse_expr)
}

/// Parses the lexemes as one statement.
pub(crate) fn statement(script: &Script<'_>, range: Range<usize>) -> Result<Statement, Diagnostic> {
    whole(script, range, Parser::parse_statement)
}

fn whole<T>(
    script: &Script<'_>,
    range: Range<usize>,
    parse: fn(&mut Parser<'static>) -> Result<T, ParserError>,
) -> Result<T, Diagnostic> {
    bounded(script, range.clone())?;
    let tokens = script.tokens(range.clone()).to_vec();
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

fn bounded(script: &Script<'_>, range: Range<usize>) -> Result<(), Diagnostic> {
    let (mut depth, mut operators) = (0_usize, 0);
    for index in range {
        match script.token(index) {
            Token::LParen => depth += 1,
            Token::RParen => depth = depth.saturating_sub(1),
            _ => operators += usize::from(is_operator(script, index)),
        }
        let (message, help) = if depth > DEEPEST_VALUE {
            (format!("a value in more than {DEEPEST_VALUE} brackets"), "drop the brackets")
        } else if operators > MOST_OPERATORS {
            let message = format!("a comparison of more than {MOST_OPERATORS} operators");
            (message, "a comparison has one operator; AND and OR join comparisons")
        } else {
            continue;
        };
        return Err(Diagnostic::new(script.position(index), message, help));
    }
    Ok(())
}

/// Signs are no operators here: the screen lets them stand before literals only.
fn is_operator(script: &Script<'_>, index: usize) -> bool {
    match script.token(index) {
        Token::Eq | Token::DoubleEq | Token::Neq => true,
        Token::Lt | Token::LtEq | Token::Gt | Token::GtEq => true,
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
