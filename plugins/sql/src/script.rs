//! The text of a rule as lexemes, each of which knows where it stands.

use crate::diagnostic::place;
use crate::parameter::Parameters;
use daemoneye_sdk::language::{Diagnostic, Position, quoted};
use sqlparser::dialect::SQLiteDialect;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer, TokenizerError, Whitespace};
use std::ops::Range;

/// Bytes of one rule's text.
pub const LONGEST_TEXT: usize = 1 << 20;

/// The dialect whose lexemes and precedences rules have.
pub(crate) static DIALECT: SQLiteDialect = SQLiteDialect {};

/// A rule's text, cut into lexemes; white space and comments are gone.
#[derive(Debug)]
pub(crate) struct Script<'a> {
    text: &'a str,
    tokens: Vec<TokenWithSpan>,
    /// Where each token stands in `text`.
    bytes: Vec<Range<usize>>,
    /// Comments to the end of the line that stand before the first lexeme.
    header: Vec<(Position, String)>,
}

impl<'a> Script<'a> {
    pub(crate) fn read(text: &'a str) -> Result<Self, Diagnostic> {
        if text.len() > LONGEST_TEXT {
            return Err(too_long(text.len()));
        }
        let mut tokens = Tokenizer::new(&DIALECT, text)
            .tokenize_with_location()
            .map_err(|error| unreadable(&error))?;
        let header = header(&tokens);
        tokens.retain(|token| !matches!(token.token, Token::Whitespace(_)));
        let bytes = places(text, &tokens);
        Ok(Script { text, tokens, bytes, header })
    }

    /// The comments before the first lexeme.
    pub(crate) fn header(&self) -> &[(Position, String)] {
        &self.header
    }

    /// How many lexemes there are.
    pub(crate) fn len(&self) -> usize {
        self.tokens.len()
    }

    /// Forgets every lexeme from this one on.
    pub(crate) fn truncate(&mut self, len: usize) {
        self.tokens.truncate(len);
        self.bytes.truncate(len);
    }

    /// Puts values in the places of parameters.
    pub(crate) fn bind(&mut self, parameters: &Parameters) -> Result<(), Diagnostic> {
        let mut next = 0;
        while next < self.len() {
            let (lexemes, name, value) = match (self.token(next), self.token(next + 1)) {
                (Token::Placeholder(name), _) => {
                    (1, name.clone(), parameters.numbered(name.trim_start_matches('?')))
                }
                (Token::Colon, Token::Word(word)) => {
                    (2, format!(":{}", word.value), parameters.named(&word.value))
                }
                _ => {
                    next += 1;
                    continue;
                }
            };
            let value = value.ok_or_else(|| without_value(self.position(next), &name))?;
            self.tokens[next].token = value;
            self.tokens.drain(next + 1..next + lexemes);
            self.bytes.drain(next + 1..next + lexemes);
            next += 1;
        }
        Ok(())
    }

    /// The lexeme with this number, `EOF` beyond the last.
    pub(crate) fn token(&self, index: usize) -> &Token {
        self.tokens.get(index).map_or(&Token::EOF, |token| &token.token)
    }

    /// The keyword that this lexeme is, `NoKeyword` for anything else.
    pub(crate) fn keyword(&self, index: usize) -> Keyword {
        match self.token(index) {
            Token::Word(word) => word.keyword,
            _ => Keyword::NoKeyword,
        }
    }

    pub(crate) fn tokens(&self, range: Range<usize>) -> &[TokenWithSpan] {
        &self.tokens[range]
    }

    /// Where this lexeme begins; the end of the text beyond the last.
    pub(crate) fn position(&self, index: usize) -> Position {
        match self.tokens.get(index) {
            Some(token) => place(token.span.start),
            None => self.tokens.last().map_or(Position::START, |last| place(last.span.end)),
        }
    }

    /// The lexeme that begins here or, where none does, the first one after it.
    pub(crate) fn index_at(&self, location: Location) -> usize {
        self.tokens.partition_point(|token| token.span.start < location)
    }

    /// These lexemes as the author wrote them, with all that stands between them.
    pub(crate) fn clause(&self, range: Range<usize>) -> &'a str {
        match (self.bytes.get(range.start), self.bytes.get(range.end.wrapping_sub(1))) {
            (Some(first), Some(last)) if first.start < last.end => {
                &self.text[first.start..last.end]
            }
            _ => "",
        }
    }

    /// These lexemes in backquotes for a message, cut to a length that one line can hold.
    pub(crate) fn quoted(&self, range: Range<usize>) -> String {
        let clause = self.clause(range);
        if clause.is_empty() {
            return "the end of the text".to_owned();
        }
        quoted(clause)
    }
}

fn header(tokens: &[TokenWithSpan]) -> Vec<(Position, String)> {
    let is_space = |token: &&TokenWithSpan| matches!(token.token, Token::Whitespace(_));
    let comments = tokens.iter().take_while(is_space).filter_map(|token| match &token.token {
        Token::Whitespace(Whitespace::SingleLineComment { comment, .. }) => {
            Some((place(token.span.start), comment.trim_end().to_owned()))
        }
        _ => None,
    });
    comments.collect()
}

fn without_value(at: Position, name: &str) -> Diagnostic {
    let help = "give it one: --param VALUE for ?1, ?2 and so on, --param name=VALUE for :name";
    Diagnostic::new(at, format!("the parameter {} without a value", quoted(name)), help)
}

fn too_long(bytes: usize) -> Diagnostic {
    Diagnostic::new(
        Position::START,
        format!("text of {bytes} bytes"),
        format!("a rule has at most {LONGEST_TEXT} bytes; split it"),
    )
}

fn unreadable(error: &TokenizerError) -> Diagnostic {
    let message =
        lower_first(error.message.trim_end_matches('.')).replace("EOF", "end of the text");
    let help = match &message {
        text if text.contains("string") => "text is written 'like this', a quote in it ''",
        text if text.contains("comment") => "a comment is -- to the end of the line or /* ... */",
        _ => "",
    };
    Diagnostic::new(place(error.location), message, help)
}

/// One walk over the text finds the bytes of all tokens, which stand in its order.
fn places(text: &str, tokens: &[TokenWithSpan]) -> Vec<Range<usize>> {
    let mut walk = Walk { rest: text.char_indices(), at: Location::new(1, 1), len: text.len() };
    tokens.iter().map(|t| walk.byte_of(t.span.start)..walk.byte_of(t.span.end)).collect()
}

struct Walk<'a> {
    rest: std::str::CharIndices<'a>,
    at: Location,
    len: usize,
}

impl Walk<'_> {
    fn byte_of(&mut self, location: Location) -> usize {
        while self.at < location {
            match self.rest.next() {
                Some((_, '\n')) => self.at = Location::new(self.at.line + 1, 1),
                Some(_) => self.at.column += 1,
                None => return self.len,
            }
        }
        self.rest.offset()
    }
}

/// Error texts of the tokenizer and the parser begin with a capital letter, ours do not.
pub(crate) fn lower_first(text: &str) -> String {
    let mut chars = text.chars();
    chars.next().map_or_else(String::new, |c| c.to_lowercase().chain(chars).collect())
}
