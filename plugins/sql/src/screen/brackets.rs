//! Which bracket closes which, and how deep they go. CASE and END are brackets, too.

use crate::script::Script;
use daemoneye_sdk::language::Diagnostic;
use sqlparser::keywords::Keyword;
use sqlparser::tokenizer::Token;

/// Brackets within brackets, and NOTs within NOTs. The plan's own bound is twice as deep.
pub(crate) const DEEPEST: usize = 24;

/// The partner of every opening bracket.
#[derive(Debug, Default)]
pub(crate) struct Brackets {
    /// By the number of the opening bracket's lexeme; ascending.
    pairs: Vec<(usize, usize)>,
}

impl Brackets {
    /// Fails if a bracket has no partner or stands too deep.
    pub(crate) fn pair(script: &Script<'_>) -> Result<Self, Diagnostic> {
        let mut open = Vec::new();
        let mut pairs = Vec::new();
        for index in 0..script.len() {
            let (opens, closes) = shape(script, index);
            if opens && open.len() == DEEPEST {
                return Err(too_deep(script, index));
            } else if opens {
                open.push(index);
            } else if closes {
                let opening = open.pop().ok_or_else(|| unpaired(script, index))?;
                if is_case(script, opening) == (*script.token(index) == Token::RParen) {
                    return Err(unpaired(script, opening.max(index)));
                }
                pairs.push((opening, index));
            }
        }
        if let Some(index) = open.pop() {
            return Err(unpaired(script, index));
        }
        pairs.sort_unstable();
        Ok(Brackets { pairs })
    }

    /// The number of the lexeme that closes this opening bracket.
    pub(crate) fn partner(&self, opening: usize) -> usize {
        self.closing(opening).expect("every opening bracket was paired")
    }

    /// The number of the lexeme that closes what opens here, if anything does.
    pub(crate) fn closing(&self, opening: usize) -> Option<usize> {
        let found = self.pairs.binary_search_by_key(&opening, |(opening, _)| *opening);
        found.ok().map(|place| self.pairs[place].1)
    }
}

/// Whether the lexeme opens or closes.
fn shape(script: &Script<'_>, index: usize) -> (bool, bool) {
    match script.token(index) {
        Token::LParen => (true, false),
        Token::RParen => (false, true),
        _ if *script.token(index.wrapping_sub(1)) == Token::Period => (false, false),
        _ => (is_case(script, index), script.keyword(index) == Keyword::END),
    }
}

fn is_case(script: &Script<'_>, index: usize) -> bool {
    script.keyword(index) == Keyword::CASE
}

fn unpaired(script: &Script<'_>, index: usize) -> Diagnostic {
    let quoted = script.quoted(index..index + 1);
    let (what, help) = match script.token(index) {
        Token::LParen | Token::RParen => ("the bracket", "every ( needs one )"),
        _ => ("the word", "every CASE needs one END"),
    };
    let message = format!("{what} {quoted} without its partner");
    Diagnostic::new(script.position(index), message, help)
}

pub(crate) fn too_deep(script: &Script<'_>, index: usize) -> Diagnostic {
    let message = format!("nesting deeper than {DEEPEST}");
    Diagnostic::new(script.position(index), message, "split the rule or drop needless brackets")
}
