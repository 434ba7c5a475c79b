//! Values that a question leaves open: `?1`, `:name`.

use daemoneye_plan::Literal;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Token, Word};

/// The values of a question's parameters.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct Parameters {
    /// `?1` is the first.
    pub numbered: Vec<Literal>,
    /// By name, without the colon.
    pub named: Vec<(String, Literal)>,
}

impl Parameters {
    /// The lexeme that stands for `?number`.
    pub(crate) fn numbered(&self, number: &str) -> Option<Token> {
        let place = number.parse::<usize>().ok()?.checked_sub(1)?;
        self.numbered.get(place).map(token)
    }

    /// The lexeme that stands for `:name`.
    pub(crate) fn named(&self, name: &str) -> Option<Token> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, literal)| token(literal))
    }
}

/// One lexeme, so that no value can change what the question is.
fn token(literal: &Literal) -> Token {
    match literal {
        Literal::Null => Token::Word(Word {
            value: "NULL".to_owned(),
            quote_style: None,
            keyword: Keyword::NULL,
        }),
        Literal::Integer(number) => Token::Number(number.to_string(), false),
        Literal::Float(number) => Token::Number(format!("{number:e}"), false),
        Literal::Text(text) => Token::SingleQuotedString(text.clone()),
    }
}
