//! The symbols of the grammar, and what to write instead of the others.

use crate::script::Script;
use sqlparser::tokenizer::Token;

const ARITHMETIC: &str = "rules calculate with + - * / % and ||";
const QUOTES: &str = "text is written 'like this'";

/// What to write instead of this symbol, if the grammar has no place for it here.
pub(super) fn refused(script: &Script<'_>, index: usize) -> Option<&'static str> {
    match script.token(index) {
        Token::Comma | Token::Period | Token::LParen | Token::RParen => None,
        Token::Eq | Token::DoubleEq | Token::Neq => None,
        Token::Lt | Token::LtEq | Token::Gt | Token::GtEq => None,
        Token::SingleQuotedString(_) | Token::Number(_, false) => None,
        Token::HexStringLiteral(_) if script.clause(index..index + 1).starts_with('0') => None,
        Token::Minus | Token::Plus | Token::Mul | Token::Div | Token::Mod => None,
        Token::StringConcat => None,
        Token::RArrow if is_argument_of_table(script, index) => None,
        other => Some(instead(other)),
    }
}

/// Whether the arrow follows a name right behind a bracket or a comma: `sequence(by => pid)`.
fn is_argument_of_table(script: &Script<'_>, index: usize) -> bool {
    index >= 2 && matches!(script.token(index - 2), Token::LParen | Token::Comma)
}

fn instead(symbol: &Token) -> &'static str {
    match symbol {
        Token::Ampersand | Token::Pipe | Token::Tilde | Token::Caret => ARITHMETIC,
        Token::ShiftLeft | Token::ShiftRight => ARITHMETIC,
        Token::RArrow => "arguments have names in sequence(..) and all_of(..) only",
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
        _ => "the symbols are = == <> != < <= > >= + - * / % || ( ) , . and ;",
    }
}
