//! The values of a key become tests.

use std::net::IpAddr;

use daemoneye_plan::{Case, Literal};
use daemoneye_sdk::language::quoted;

use super::Reader;
use super::encode::Text;
use super::glob::Glob;
use super::key::Key;
use super::modifier::{Change, Form};
use crate::expression::{Check, Expression};
use crate::yaml::{Node, Scalar, Value};

/// What a test costs besides its text.
const TEST: usize = 64;

const REGEX: &str =
    "the syntax is that of the Rust crate regex: no look-around, no back references";

impl Reader<'_> {
    /// Whether any value of the list fits; with `all`, whether all do; with `neq`, whether not.
    pub(super) fn key(&mut self, key: &Key, node: &Node) -> Expression {
        if node.items().is_empty() {
            self.refuse_value(key, node, "a list has at least one value");
        }
        let parts = if key.modifiers.all { self.all(key, node) } else { self.any(key, node) };
        if key.modifiers.negated {
            return Expression::Not(key.clause(&written(node)), Box::new(parts));
        }
        parts
    }

    fn all(&mut self, key: &Key, node: &Node) -> Expression {
        let parts = node.items().iter().map(|item| {
            let (written, checks) = self.item_checks(key, item);
            let clause = key.clause(&written);
            Expression::any(
                checks
                    .into_iter()
                    .map(|check| Expression::test(&key.field, &clause, check))
                    .collect(),
            )
        });
        Expression::all(parts.collect())
    }

    fn any(&mut self, key: &Key, node: &Node) -> Expression {
        let (mut parts, mut equal) = (Vec::new(), (Vec::new(), Vec::new()));
        for item in node.items() {
            let (written, mut checks) = self.item_checks(key, item);
            let clause = key.clause(&written);
            merge_equal(&mut checks, written, &mut equal);
            parts.extend(
                checks.into_iter().map(|check| Expression::test(&key.field, &clause, check)),
            );
        }
        parts.extend(self.equal(key, equal));
        Expression::any(parts)
    }

    /// All values that need no more than equality are one test, and the index finds it at once.
    fn equal(&self, key: &Key, equal: (Vec<Literal>, Vec<String>)) -> Option<Expression> {
        let (literals, written) = equal;
        let list =
            if written.len() == 1 { written.concat() } else { format!("[{}]", written.join(", ")) };
        let check = Check::Equal(literals, key.modifiers.case);
        (!written.is_empty()).then(|| Expression::test(&key.field, &key.clause(&list), check))
    }

    /// The value as it was written, and the checks of which any must hold.
    fn item_checks(&mut self, key: &Key, node: &Node) -> (String, Vec<Check>) {
        let Some(scalar) = node.scalar() else {
            self.refuse_value(key, node, "a field's values are texts, numbers or null");
            return (String::new(), Vec::new());
        };
        let checks = match key.modifiers.form {
            Form::Plain => self.plain(key, node, scalar),
            Form::Regexp => self.regexp(key, node, &scalar.text).map(|check| vec![check]),
            _ if key.field.is_none() => {
                self.refuse_value(key, node, "keywords have no field to look at");
                None
            }
            _ => self.field_check(key, node, scalar).map(|check| vec![check]),
        };
        let is_paid = self.pay(TEST + scalar.text.len(), node.at);
        (written(node), checks.filter(|_| is_paid).unwrap_or_default())
    }

    fn field_check(&mut self, key: &Key, node: &Node, scalar: &Scalar) -> Option<Check> {
        let check = field_check(key, scalar);
        if check.is_none() {
            let help = match key.modifiers.form {
                Form::Network => "write a network such as 10.0.0.0/8 or fe80::/10",
                Form::Reference => "write the name of a field",
                Form::Existence => "write true or false",
                _ => "write a number",
            };
            self.refuse_value(key, node, help);
        }
        check
    }

    fn regexp(&mut self, key: &Key, node: &Node, expression: &str) -> Option<Check> {
        let modifiers = &key.modifiers;
        let case = if modifiers.flags.contains('i') { Case::Ignored } else { Case::Observed };
        let flags: String = modifiers.flags.chars().filter(|flag| *flag != 'i').collect();
        let expression = if flags.is_empty() {
            expression.to_owned()
        } else {
            format!("(?{flags}){expression}")
        };
        match regex_syntax::parse(&expression) {
            Ok(_) => Some(Check::Regexp(expression, case)),
            Err(error) => {
                let cause = cause(&error);
                let message = format!("the expression {}: {cause}", quoted(&expression));
                self.refused.add(node.at, message, REGEX);
                None
            }
        }
    }

    /// A text with wildcards, a number, a truth or null. Once a modifier changes texts, a number is
    /// the text that was written.
    fn plain(&mut self, key: &Key, node: &Node, scalar: &Scalar) -> Option<Vec<Check>> {
        let literals = match scalar.value() {
            Value::Null if key.field.is_some() && key.modifiers.changes.is_empty() => {
                return Some(vec![Check::Null]);
            }
            Value::Null => {
                self.refuse_value(key, node, "null has no text; write '' for the empty text");
                return None;
            }
            Value::Text(_) => None,
            _ if key.field.is_none() || !key.modifiers.changes.is_empty() => None,
            // Recorded events say 1 or true, depending on who recorded them.
            Value::Truth(truth) => {
                Some(vec![Literal::Integer(truth.into()), Literal::Text(truth.to_string())])
            }
            Value::Integer(number) => Some(vec![Literal::Integer(number)]),
            Value::Float(number) => Some(vec![Literal::Float(number)]),
        };
        match literals {
            Some(literals) => Some(vec![Check::Equal(literals, key.modifiers.case)]),
            None => self.globs(key, node, &scalar.text),
        }
    }

    fn globs(&mut self, key: &Key, node: &Node, text: &str) -> Option<Vec<Check>> {
        let mut texts = vec![Text::Glob(Glob::parse(text))];
        for change in &key.modifiers.changes {
            let cost = |text: &Text| TEST.saturating_add(text.cost(*change));
            if !self.pay(texts.iter().map(cost).fold(0, usize::saturating_add), node.at) {
                return None;
            }
            let forms = texts.into_iter().map(|text| text.change(*change));
            texts = match forms.collect::<Result<Vec<_>, _>>() {
                Ok(forms) => forms.concat(),
                Err((message, help)) => {
                    self.refused.add(node.at, message, help);
                    return None;
                }
            };
        }
        let globs = texts.into_iter().map(Text::glob).collect::<Result<Vec<_>, _>>();
        let globs =
            globs.map_err(|(message, help)| self.refused.add(node.at, message, help)).ok()?;
        Some(globs.into_iter().map(|glob| check(key, glob)).collect())
    }
}

/// What a modifier that says what the value is makes of it, if the value is that.
fn field_check(key: &Key, scalar: &Scalar) -> Option<Check> {
    let modifiers = &key.modifiers;
    Some(match (modifiers.form, scalar.value()) {
        (Form::Order(comparison), Value::Integer(number)) => {
            Check::Compare(comparison, Literal::Integer(number))
        }
        (Form::Order(comparison), Value::Float(number)) => {
            Check::Compare(comparison, Literal::Float(number))
        }
        (Form::Part(format), Value::Integer(number)) => {
            Check::Part(format, modifiers.comparison, number)
        }
        (Form::Reference, Value::Text(name)) if !name.is_empty() => {
            Check::Reference(name.into(), modifiers.relation(), modifiers.case)
        }
        (Form::Network, Value::Text(text)) => Check::Network(network(text)?.into()),
        (Form::Existence, _) => match &*scalar.text.to_ascii_lowercase() {
            "true" | "yes" => Check::Present,
            "false" | "no" => Check::Null,
            _ => return None,
        },
        _ => return None,
    })
}

/// A keyword may stand anywhere in a text.
fn check(key: &Key, glob: Glob) -> Check {
    let case = key.modifiers.case;
    let glob = if key.field.is_none() { glob.opened(Change::Contains) } else { glob };
    match glob.plain() {
        Some(text) => Check::Equal(vec![Literal::Text(text.to_owned())], case),
        None => Check::Like(glob.pattern(), case),
    }
}

/// Moves the literals of equalities to those of the other values.
fn merge_equal(checks: &mut Vec<Check>, written: String, equal: &mut (Vec<Literal>, Vec<String>)) {
    let before = equal.0.len();
    checks.retain_mut(|check| match check {
        Check::Equal(literals, _) => {
            equal.0.append(literals);
            false
        }
        _ => true,
    });
    if equal.0.len() > before {
        equal.1.push(written);
    }
}

/// The value as an author would write it.
fn written(node: &Node) -> String {
    let one = |scalar: &Scalar| match scalar.value() {
        Value::Text(text) => format!("'{}'", text.replace('\'', "''")),
        Value::Null => "null".to_owned(),
        _ => scalar.text.clone(),
    };
    match node.scalar() {
        Some(scalar) => one(scalar),
        None => {
            let all: Vec<_> = node.items().iter().filter_map(Node::scalar).map(one).collect();
            format!("[{}]", all.join(", "))
        }
    }
}

/// The network with the length of its prefix; an address alone is a network of itself.
fn network(text: &str) -> Option<String> {
    let (address, prefix) = text.split_once('/').map_or((text, None), |(a, p)| (a, Some(p)));
    let address: IpAddr = address.parse().ok()?;
    let longest = if address.is_ipv4() { 32 } else { 128 };
    let prefix = prefix.map_or(Some(longest), |prefix| prefix.parse::<u8>().ok())?;
    (prefix <= longest).then(|| format!("{address}/{prefix}"))
}

/// The error's own text is a drawing of several lines.
fn cause(error: &regex_syntax::Error) -> String {
    match error {
        regex_syntax::Error::Parse(error) => error.kind().to_string(),
        regex_syntax::Error::Translate(error) => error.kind().to_string(),
        _ => "not well-formed".to_owned(),
    }
}
