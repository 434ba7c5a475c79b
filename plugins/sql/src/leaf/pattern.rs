//! The patterns of LIKE and REGEXP: literals, checked when the rule is compiled.

use super::literal;
use crate::diagnostic::Diagnostic;
use crate::script::{Script, quoted};
use daemoneye_plan::{Literal, Pattern};
use sqlparser::ast::{Expr, Spanned};

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

/// The error's own text is a drawing of several lines.
fn cause(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "not well-formed".to_owned(),
    }
}

fn text(
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

fn place(script: &Script<'_>, expr: &Expr) -> crate::diagnostic::Position {
    script.position(script.index_at(expr.span().start))
}
