//! Which bracket closes which, and how deep they go.

use crate::diagnostic::Diagnostic;
use crate::script::Script;
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
            match script.token(index) {
                Token::LParen if open.len() == DEEPEST => return Err(too_deep(script, index)),
                Token::LParen => open.push(index),
                Token::RParen => {
                    let opening = open.pop().ok_or_else(|| unpaired(script, index))?;
                    pairs.push((opening, index));
                }
                _ => {}
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
        let found = self.pairs.binary_search_by_key(&opening, |(opening, _)| *opening);
        self.pairs[found.expect("every opening bracket was paired")].1
    }
}

fn unpaired(script: &Script<'_>, index: usize) -> Diagnostic {
    let message = format!("the bracket {} without its partner", script.quoted(index..index + 1));
    Diagnostic::new(script.position(index), message, "every ( needs one )")
}

pub(crate) fn too_deep(script: &Script<'_>, index: usize) -> Diagnostic {
    let message = format!("nesting deeper than {DEEPEST}");
    Diagnostic::new(script.position(index), message, "split the rule or drop needless brackets")
}
