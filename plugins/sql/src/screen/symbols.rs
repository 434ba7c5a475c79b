//! The symbols of the grammar, and what to write instead of the others.

use super::GRAMMAR;
use crate::script::Script;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

const ARITHMETIC: &str = "rules do not calculate; compare the column itself with a value";
const QUOTES: &str = "text is written 'like this'";

/// What to write instead of this symbol, if the grammar has no place for it here.
pub(super) fn refused(script: &Script<'_>, index: usize) -> Option<&'static str> {
    match script.token(index) {
        Token::Comma | Token::Period | Token::LParen | Token::RParen => None,
        Token::Eq | Token::DoubleEq | Token::Neq => None,
        Token::Lt | Token::LtEq | Token::Gt | Token::GtEq => None,
        Token::SingleQuotedString(_) | Token::Number(_, false) => None,
        Token::HexStringLiteral(_) if script.clause(index..index + 1).starts_with('0') => None,
        Token::Minus | Token::Plus if !ends_value(script, index - 1) => None,
        Token::Mul if means_all_columns(script, index) => None,
        other => Some(instead(other)),
    }
}

/// Whether a value ends here, so that a sign after it would be arithmetic.
fn ends_value(script: &Script<'_>, index: usize) -> bool {
    match script.token(index) {
        Token::Word(word) if word.quote_style.is_none() => {
            let is_literal = [Keyword::NULL, Keyword::TRUE, Keyword::FALSE].contains(&word.keyword);
            is_literal || !GRAMMAR.contains(&word.keyword)
        }
        Token::Word(_) | Token::Number(..) | Token::SingleQuotedString(_) => true,
        Token::HexStringLiteral(_) | Token::RParen => true,
        _ => false,
    }
}

fn means_all_columns(script: &Script<'_>, index: usize) -> bool {
    script.keyword(index - 1) == Keyword::SELECT
        || matches!(script.token(index - 1), Token::Period | Token::Comma)
}

fn instead(symbol: &Token) -> &'static str {
    match symbol {
        Token::Plus | Token::Minus | Token::Mul | Token::Div | Token::Mod => ARITHMETIC,
        Token::Ampersand | Token::Pipe | Token::Tilde | Token::Caret => ARITHMETIC,
        Token::ShiftLeft | Token::ShiftRight => ARITHMETIC,
        Token::StringConcat => "write the text as one literal",
        Token::Arrow | Token::LongArrow => "match the JSON text with LIKE or REGEXP",
        Token::Placeholder(_) | Token::Colon | Token::AtSign | Token::Question => {
            "a rule has no parameters; write the value itself"
        }
        Token::HexStringLiteral(_) => "binary values are not supported; a number is written 0x1f",
        Token::DoubleQuotedString(_) | Token::NationalStringLiteral(_) => QUOTES,
        Token::EscapedStringLiteral(_) | Token::UnicodeStringLiteral(_) => QUOTES,
        Token::DollarQuotedString(_) | Token::QuoteDelimitedStringLiteral(_) => QUOTES,
        Token::Spaceship => "write column = value OR column IS NULL",
        Token::ExclamationMark => "write NOT",
        _ => "the symbols are = == <> != < <= > >= ( ) , . and ;",
    }
}
