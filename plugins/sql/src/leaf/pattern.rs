//! Patterns, expressions and networks: literals, checked when the rule is compiled.

use super::literal;
use crate::script::Script;
use daemoneye_plan::{Literal, Pattern};
use daemoneye_sdk::language::{Diagnostic, Position, quoted};
use sqlparser::ast::{Expr, Spanned};
use std::net::IpAddr;

/// Takes `pattern ESCAPE escape` apart.
pub(super) fn like(
    script: &Script<'_>,
    pattern: &Expr,
    escape: Option<&Expr>,
) -> Result<Pattern, Diagnostic> {
    let text = text(script, pattern, "LIKE", "write LIKE 'text%'")?;
    let escape = escape.map(|escape| escape_character(script, escape)).transpose()?;
    Pattern::like(&text, escape).ok_or_else(|| {
        let message = format!("the pattern {} ends with its escape", quoted(&text));
        let help = "such a pattern matches nothing; double the escape";
        Diagnostic::new(place(script, pattern), message, help)
    })
}

fn escape_character(script: &Script<'_>, escape: &Expr) -> Result<char, Diagnostic> {
    const HELP: &str = "ESCAPE takes one character, for example ESCAPE '\\'";
    let text = text(script, escape, "ESCAPE", HELP)?;
    let mut characters = text.chars();
    match (characters.next(), characters.next()) {
        (Some(character), None) => Ok(character),
        _ => {
            let message = format!("the escape {} is not one character", quoted(&text));
            Err(Diagnostic::new(place(script, escape), message, HELP))
        }
    }
}

/// The expression, if it is well-formed.
pub(super) fn regexp(script: &Script<'_>, pattern: &Expr) -> Result<String, Diagnostic> {
    let text = text(script, pattern, "REGEXP", "write REGEXP 'expression'")?;
    match regex_syntax::parse(&text) {
        Ok(_) => Ok(text),
        Err(error) => {
            let message = format!("the expression {}: {}", quoted(&text), cause(&error));
            let help =
                "the syntax is that of the Rust crate regex: no look-around, no back references";
            Err(Diagnostic::new(place(script, pattern), message, help))
        }
    }
}

/// Groups of a well-formed expression; the whole, group 0, is not counted.
pub(super) fn groups(expression: &str) -> i64 {
    let groups =
        regex_syntax::parse(expression).map_or(0, |hir| hir.properties().explicit_captures_len());
    i64::try_from(groups).unwrap_or(i64::MAX)
}

/// The network, if it is one: an address, `/` and the number of bits that count.
pub(super) fn network(script: &Script<'_>, network: &Expr) -> Result<String, Diagnostic> {
    const HELP: &str = "a network is written '10.0.0.0/8' or 'fe80::/10'";
    let text = text(script, network, "cidr_match", HELP)?;
    let is_network = text.split_once('/').is_some_and(|(address, bits)| {
        let most = match address.parse() {
            Ok(IpAddr::V4(_)) => 32,
            Ok(IpAddr::V6(_)) => 128,
            Err(_) => return false,
        };
        bits.parse::<u8>().is_ok_and(|bits| bits <= most)
    });
    if is_network {
        return Ok(text);
    }
    let message = format!("the network {}", quoted(&text));
    Err(Diagnostic::new(place(script, network), message, HELP))
}

/// The error's own text is a drawing of several lines.
fn cause(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "not well-formed".to_owned(),
    }
}

/// The text that a literal must be.
pub(super) fn text(
    script: &Script<'_>,
    expr: &Expr,
    operator: &str,
    help: &str,
) -> Result<String, Diagnostic> {
    match literal::read(script, expr) {
        Some(Ok(Literal::Text(text))) => Ok(text),
        _ => {
            let message = format!("{operator} with {}, not text", quoted(&expr.to_string()));
            Err(Diagnostic::new(place(script, expr), message, help))
        }
    }
}

fn place(script: &Script<'_>, expr: &Expr) -> Position {
    script.position(script.index_at(expr.span().start))
}
